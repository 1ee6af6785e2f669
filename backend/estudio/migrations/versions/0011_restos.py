"""What was left over: answers to programs that name an erased person, the calendar of who was let out."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
