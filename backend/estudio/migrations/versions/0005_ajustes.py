"""What the studio sets for itself: name, colour, logo; and codes that never become others."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
