"""The agenda: the hour of a sessão, none upon another of the same artista, and the link of each artista's calendar."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
