"""The books: tables, audit, guards, counts, readiness, transitions and rights."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
