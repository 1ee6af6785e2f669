"""Alembic's way in. schema.py hands over a connection that is already the owner's role and in a transaction."""

from alembic import context

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("As migrações rodam com `estudio db migrate`.")

context.configure(connection=connection, version_table_schema="estudio")
with context.begin_transaction():
    context.run_migrations()
