"""Erasing a person (LGPD): who was erased, by one function, and which backups were rewritten for it."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
