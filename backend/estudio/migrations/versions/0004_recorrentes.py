"""Gastos that come back every month, and what became of each month's draft."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
