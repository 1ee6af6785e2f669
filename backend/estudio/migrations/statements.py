"""Executes the frozen statements of a revision: whole files, in the order of their names."""

from pathlib import Path

import psycopg
from alembic import op

SQL = Path(__file__).parent / "sql"


def execute_files(revision: str) -> None:
    """Send each file as one message without parameters, so that a percent sign or a colon is only that."""
    connection = op.get_bind().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    files = sorted((SQL / revision).glob("*.sql"))
    assert files, f"no statements for revision {revision}"
    for file in files:
        connection.execute(file.read_bytes())


def refuse_downgrade() -> None:
    """The way back is a restore: a downgrade would drop books."""
    raise NotImplementedError("there is no way back from a migration but a restored backup")
