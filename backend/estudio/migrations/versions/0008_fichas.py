"""Fichas: what a program shows to be let in at the API."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
