"""Second factors, passkeys, and the step between a password and an acesso."""

from estudio.migrations.statements import execute_files, refuse_downgrade

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
