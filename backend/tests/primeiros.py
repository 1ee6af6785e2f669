"""Books of an older program: at a revision of the tables, or entered and closed by the very first one."""

import hashlib
import re
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from conftest import Banco
from psycopg import sql
from sqlalchemy import text

from estudio import db, schema
from estudio.rights import OWNER_ROLE, ensure_rights

LIVROS = Path(__file__).parent / "primeiros_livros.sql"
TABLES = re.findall(r"^INSERT INTO estudio\.([a-z_]+) ", LIVROS.read_text(encoding="utf-8"), re.MULTILINE)


def migrate_to(revision: str) -> None:
    """The tables as the program of that revision made them; the settings name the database."""
    with db.get_owner_engine().begin() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        ensure_rights(raw)
        connection.execute(text(f"set local role {OWNER_ROLE}"))
        config = schema._get_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def make_first_books(banco: Banco) -> None:
    """In an empty database: the tables of 0001, and the books as that program left them."""
    migrate_to("0001")
    with banco.connect_as_superuser() as connection:
        asleep = _list_guards(connection)
        connection.execute("set session_replication_role = replica")
        for table, guard in asleep:
            _set_guard(connection, "disable trigger", table, guard)
        for table in sorted(set(TABLES)):
            connection.execute(sql.SQL("delete from estudio.{}").format(sql.Identifier(table)))
        connection.execute(LIVROS.read_text(encoding="utf-8").encode())
        connection.execute(
            """update competencias set estado = case when mes < '2025-08-01' then 'vazia' else 'fechada' end
               where mes <= '2025-09-01'"""
        )
        for table, guard in asleep:
            _set_guard(connection, "enable always trigger", table, guard)


def read_everything(banco: Banco) -> str:
    """One digest of the revision and of every row: what an update that failed may not have changed."""
    digest = hashlib.sha256()
    with banco.connect_as_superuser() as connection:
        names = [
            row[0]
            for row in connection.execute(
                """select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
                   where n.nspname in ('estudio', 'tarefas') and c.relkind = 'r' order by 1"""
            ).fetchall()
        ]
        # The copy that is made beforehand is remembered there, and by whom it was.
        for name in sorted(set(names) - {"estudio.backups", "estudio.auditoria"}):
            table = sql.Identifier(*name.split("."))
            rows = connection.execute(sql.SQL("select t::text from {} t order by 1").format(table)).fetchall()
            digest.update(f"{name} {rows}\n".encode())
    return digest.hexdigest()


def _list_guards(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """The triggers that fire whatever the role of the session."""
    return [
        (row[0], row[1])
        for row in connection.execute(
            """select c.relname, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
               where c.relnamespace = 'estudio'::regnamespace and t.tgenabled = 'A'"""
        ).fetchall()
    ]


def _set_guard(connection: psycopg.Connection[Any], what: str, table: str, guard: str) -> None:
    connection.execute(f"alter table estudio.{table} {what} {guard}".encode())
