"""Alerts that leave: to which address, how often tried, what became of it; and what is not well at this moment."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
