"""Indexes for what Busca looks for in all the years: an amount, and a word within the notes."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
