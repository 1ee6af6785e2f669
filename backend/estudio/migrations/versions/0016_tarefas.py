"""The queue of jobs (procrastinate's own tables, in a schema of their own), and the runs of what is done by itself."""

from estudio.migrations.statements import execute_files, execute_queue, refuse_downgrade

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

QUEUE = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
"""The newest of the library's own migrations when this one was written."""


def upgrade() -> None:
    execute_queue(known=QUEUE)
    execute_files(revision)


def downgrade() -> None:
    refuse_downgrade()
