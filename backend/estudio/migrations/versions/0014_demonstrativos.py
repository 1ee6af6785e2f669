"""Each artista's statement: handed over by a link, and answered."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
