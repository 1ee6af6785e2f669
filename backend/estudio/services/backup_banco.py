"""Databases beside the studio's own, on its server: made empty for a drill or a restore, renamed, thrown away."""

import hashlib
import re
import secrets
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, LiteralString
from urllib.parse import quote, unquote, urlsplit

import psycopg
import structlog
from psycopg import sql
from sqlalchemy import Engine, NullPool, create_engine

from estudio import db, schema
from estudio.db_connection import Connection, open_connection
from estudio.domain.errors import BancoRecusou, EmUso, JaExiste, OutcomeUnknown
from estudio.rights import OWNER_ROLE

log = structlog.get_logger(__name__)

MAINTENANCE: Final = "postgres"
"""The database that every server has: where one stands to rename the others."""

MAX_NAME: Final = 63
"""Bytes of a name. PostgreSQL cuts a longer one off without a word: the date at its end is gone, two become one."""

PATIENCE_S: Final = 5
"""Seconds in which a connection that was closed is gone on the server as well."""

# Of what kind a session is, is told only to whom its login belongs.
_VISITORS: Final = """select count(*) from pg_stat_activity
                      where datname = %s and coalesce(backend_type, 'client backend') = 'client backend'"""

_DRILL: Final = re.compile(r"estudio_ensaio_([0-9]{14})_[0-9a-f]{8}")
_STAMP: Final = "%Y%m%d%H%M%S"
_DEAD_AFTER: Final = timedelta(days=1)


def get_database_url(name: str) -> str:
    """The owner's address of another database on the same server."""
    return urlsplit(db.get_owner_url())._replace(path=f"/{quote(name, safe='')}").geturl()


def _get_app_database_url(name: str) -> str:
    """The program's own address of another database on the same server."""
    return urlsplit(db.get_app_url())._replace(path=f"/{quote(name, safe='')}").geturl()


def get_own_name() -> str:
    """The name of the studio's database."""
    return unquote(urlsplit(db.get_owner_url()).path[1:])


def name_beside(own: str, suffix: str) -> str:
    """A name for a database that belongs to `own`; where both are too long together, the beginning of `own` and a mark
    of all of it."""
    room = MAX_NAME - len(suffix.encode())
    if len(own.encode()) <= room:
        return own + suffix
    mark = f"_{hashlib.sha256(own.encode()).hexdigest()[:8]}"
    return own.encode()[: room - len(mark)].decode(errors="ignore") + mark + suffix


def connect_to(name: str) -> db.Connection:
    """A connection of the owner's login (psycopg, autocommit) to another database; a `with` closes it."""
    return open_connection(get_database_url(name), setting=db.OWNER_SETTING, autocommit=True)


@contextmanager
def open_engine(name: str) -> Generator[Engine, None, None]:
    """An engine of the owner's login on another database, which keeps no connection."""
    url = get_database_url(name)
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: open_connection(url, setting=db.OWNER_SETTING),
        poolclass=NullPool,
        isolation_level="READ COMMITTED",
        hide_parameters=True,
    )
    try:
        yield engine
    finally:
        engine.dispose()


def create_database(name: str) -> None:
    """An empty one of the owner's login. Raises JaExiste, BancoRecusou."""
    try:
        with db.connect_owner() as connection:
            # template0: nobody is ever connected to it, and it holds nothing of anybody's.
            connection.execute(
                sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(name))
            )
    except psycopg.errors.DuplicateDatabase as error:
        raise JaExiste(f"Já existe um banco chamado {name}. Escolha outro nome.", banco=name) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise _no_createdb() from error


def drop_database(name: str) -> None:
    """Gone, also while somebody is still connected."""
    with db.connect_owner() as connection:
        # Not WITH (FORCE): it is refused while autovacuum is at work there, which only a superuser may end. A plain
        # DROP sends that away by itself, and waits for whoever is on the way out.
        connection.execute(
            """select pg_terminate_backend(pid) from pg_stat_activity
               where datname = %s and backend_type = 'client backend' and pg_has_role(usesysid, 'usage')""",
            [name],
        )
        connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))


@contextmanager
def working_in(name: str) -> Generator[None, None, None]:
    """For a block this thread works in another database of the same server; others go on in the studio's own."""
    with db.elsewhere(_get_app_database_url(name), get_database_url(name)):
        yield


def clone_database(maintenance: Connection, name: str, clone: str) -> None:
    """A copy of a database that nobody is connected to, file by file; nobody can connect while it is made."""
    owner = _ask(maintenance, "select pg_get_userbyid(datdba) from pg_database where datname = %s", name)
    try:
        maintenance.execute(
            sql.SQL("create database {} template {} owner {} strategy file_copy").format(
                sql.Identifier(clone), sql.Identifier(name), sql.Identifier(owner)
            )
        )
    except psycopg.errors.ObjectInUse as error:
        raise _in_use(name) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise _no_createdb() from error


def ensure_nobody(maintenance: Connection, name: str) -> None:
    """Raises EmUso when somebody is connected to a database, and stays."""
    deadline = time.monotonic() + PATIENCE_S
    while _ask(maintenance, _VISITORS, name):
        if time.monotonic() > deadline:
            raise _in_use(name)
        time.sleep(0.05)


def count_visits(maintenance: Connection, name: str) -> int:
    """How many sessions a database has had; exact while nobody is connected, for each is counted before it is gone."""
    return int(_ask(maintenance, "select sessions from pg_stat_database where datname = %s", name))


def find_databases(prefix: str) -> list[str]:
    """The names that begin so."""
    with db.connect_owner() as connection:
        query = "select datname from pg_database where starts_with(datname, %s) order by 1"
        return [str(row[0]) for row in connection.execute(query, [prefix]).fetchall()]


def switch_databases(new: str, former: str, *, last: Callable[[Connection], None]) -> None:
    """The new database takes the studio's name, and the studio's another, in one transaction; `last` is its last step.

    Raises EmUso when somebody is connected to either, OutcomeUnknown when the answer to the COMMIT was lost, or nobody
    waited for it.
    """
    own = get_own_name()
    db.get_engine().dispose()
    with connect_to(MAINTENANCE) as connection:
        decided = False
        try:
            with connection.transaction():
                for old, name in ((own, former), (new, own)):
                    connection.execute(
                        sql.SQL("alter database {} rename to {}").format(sql.Identifier(old), sql.Identifier(name))
                    )
                last(connection)
                decided = True
        except psycopg.errors.ObjectInUse as error:
            raise _in_use(own) from error
        except BaseException as error:
            # Ctrl-C as well: from here on the server may have done it.
            if decided:
                raise OutcomeUnknown(
                    f"Não se sabe se os bancos {own} e {new} foram trocados: a resposta do servidor se perdeu, ou o "
                    "comando foi interrompido. Rode o comando de novo: ele descobre qual está no lugar."
                ) from error
            raise


@contextmanager
def open_drill_database() -> Generator[db.Connection, None, None]:
    """A connection to a new, migrated database without a row, as the role that owns its tables; gone afterwards."""
    with db.translated():
        name = name_drill()
        create_database(name)
        try:
            with open_engine(name) as engine:
                schema.migrate_new(engine)
            with connect_to(name) as connection:
                connection.execute(sql.SQL("set role {}").format(sql.Identifier(OWNER_ROLE)))
                yield connection
        finally:
            drop_database(name)


def name_drill() -> str:
    """A name for the database of a drill; those of drills that died are gone afterwards."""
    agora = sweep_drills()
    return f"estudio_ensaio_{agora:{_STAMP}}_{secrets.token_hex(4)}"


def sweep_drills() -> datetime:
    """Drop the databases of drills that died: our name, and older than a day by the server's clock, which is one for
    all machines: by that of a machine that is ahead, the drill that another is at would be old. Returns its time."""
    with db.connect_owner() as connection:
        rows = connection.execute("select clock_timestamp(), array(select datname::text from pg_database)").fetchall()
    agora: datetime = rows[0][0].astimezone(UTC)
    names: list[str] = rows[0][1]
    for name in names:
        found = _DRILL.fullmatch(name)
        if found and datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC) < agora - _DEAD_AFTER:
            drop_database(name)
            log.info("ensaio_antigo_removido", banco=name)
    return agora


def _ask(connection: Connection, query: LiteralString, name: str) -> Any:
    row = connection.execute(query, [name]).fetchone()
    assert row is not None, f"the server has no database {name}"
    return row[0]


def _in_use(name: str) -> EmUso:
    return EmUso(
        f"Há alguém conectado ao banco {name}. Pare o programa em todas as máquinas (`estudio run`, `web`, `worker`) "
        "e tente de novo.",
        banco=name,
    )


def _no_createdb() -> BancoRecusou:
    return BancoRecusou(
        "O login de DATABASE_OWNER_URL não pode criar bancos, e sem isso não há ensaio, restauração nem atualização. "
        "Peça a quem administra o servidor: ALTER ROLE … CREATEDB.",
        configuracao=db.OWNER_SETTING,
    )
