"""Reminders: who wants them, and of which day each was reminded last."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
