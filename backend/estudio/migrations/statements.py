"""Executes the frozen statements of a revision: whole files, in the order of their names."""

from pathlib import Path
from typing import Any

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


def execute_queue(*, known: str) -> None:
    """Bring the library's own tables to what the installed library wants: all of them where there are none, otherwise
    its migrations since. `known` is the newest of those when the revision was written.

    A comment on the schema says how far it is, so that a new database and an old one end alike whichever library made
    the new one (docs/decisions/0028-jobs.md). Not its migrations from the first on: PostgreSQL 15 adds no value to an
    enumeration and uses it in one transaction.
    """
    connection = op.get_bind().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    assert (procrastinate.schema.migrations_path / known).is_file(), (
        "the queue's library is older than the tables want it"
    )
    update_queue(connection)


def update_queue(connection: psycopg.Connection[Any]) -> None:
    """The same on a connection, in its transaction."""
    files = sorted(procrastinate.schema.migrations_path.glob("*.sql"))
    connection.execute(f"create schema if not exists {QUEUE_SCHEMA}".encode())
    connection.execute(f"set local search_path = {QUEUE_SCHEMA}, pg_temp".encode())
    row = connection.execute(
        f"select obj_description('{QUEUE_SCHEMA}'::regnamespace, 'pg_namespace')".encode()
    ).fetchone()
    reached = row[0] if row is not None else None
    if reached is None:
        connection.execute(procrastinate.schema.SchemaManager.get_schema())
    else:
        for file in files:
            if file.name > reached:
                connection.execute(file.read_bytes())
    connection.execute(f"comment on schema {QUEUE_SCHEMA} is '{files[-1].name}'".encode())


def refuse_downgrade() -> None:
    """The way back is a restore: a downgrade would drop books."""
    raise NotImplementedError("there is no way back from a migration but a restored backup")
