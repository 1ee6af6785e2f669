"""Acertos: what passes between the studio and an artista besides her comissões, as rows of the books."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
