"""The documents of a closed month, kept as bytes with their hash."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
