"""Executes the frozen statements of a revision: whole files, in the order of their names."""

from pathlib import Path

import procrastinate.schema
import psycopg
from alembic import op

SQL = Path(__file__).parent / "sql"

QUEUE_SCHEMA = "tarefas"


def execute_files(revision: str) -> None:
    """Send each file as one message without parameters, so that a percent sign or a colon is only that."""
    connection = op.get_bind().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    files = sorted((SQL / revision).glob("*.sql"))
    assert files, f"no statements for revision {revision}"
    for file in files:
        connection.execute(file.read_bytes())


def execute_queue_files(*, after: str = "", until: str) -> None:
    """Execute the library's own migrations of its queue, from the one behind `after` to `until`.

    They never change once they are published, as ours do not: its whole schema in one file follows the version that is
    installed, and would give a new database other tables than an old one has (docs/decisions/0028-jobs.md).
    """
    connection = op.get_bind().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    files = sorted(procrastinate.schema.migrations_path.glob("*.sql"))
    wanted = [file for file in files if after < file.name <= until]
    assert [file.name for file in wanted[-1:]] == [until], f"the queue's migration {until} is not there"
    connection.execute(f"create schema if not exists {QUEUE_SCHEMA}".encode())
    connection.execute(f"set local search_path = {QUEUE_SCHEMA}, pg_temp".encode())
    for file in wanted:
        connection.execute(file.read_bytes())


def refuse_downgrade() -> None:
    """The way back is a restore: a downgrade would drop books."""
    raise NotImplementedError("there is no way back from a migration but a restored backup")
