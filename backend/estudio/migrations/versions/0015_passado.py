"""Indexes for a month as it stood: the audit trail by the month of its rows."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
