"""The schema's history, in Alembic's form. Frozen: it imports no model, and what a revision executed never changes."""
