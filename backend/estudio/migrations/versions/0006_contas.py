"""People's own access: links that give a password, browsers that several people share, PINs."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
