"""Who is logged in: acessos, links that work once, and what was tried in vain."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
