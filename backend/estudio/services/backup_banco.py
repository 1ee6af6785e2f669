"""Databases beside the studio's own, on its server: made empty for a drill or a restore, renamed, thrown away."""

import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, unquote, urlsplit

import psycopg
import structlog
from psycopg import sql
from sqlalchemy import Engine, NullPool, create_engine

from estudio import clock, db, schema
from estudio.db_connection import open_connection
from estudio.domain.errors import BancoRecusou, JaExiste
from estudio.rights import OWNER_ROLE

log = structlog.get_logger(__name__)

_DRILL: Final = re.compile(r"estudio_ensaio_([0-9]{14})_[0-9a-f]{8}")
_STAMP: Final = "%Y%m%d%H%M%S"
_DEAD_AFTER: Final = timedelta(days=1)


def get_database_url(name: str) -> str:
    """The owner's address of another database on the same server."""
    return urlsplit(db.get_owner_url())._replace(path=f"/{quote(name, safe='')}").geturl()


def get_own_name() -> str:
    """The name of the studio's database."""
    return unquote(urlsplit(db.get_owner_url()).path[1:])


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
        raise BancoRecusou(
            "O login de DATABASE_OWNER_URL não pode criar bancos, e sem isso não há ensaio nem restauração. "
            "Peça a quem administra o servidor: ALTER ROLE … CREATEDB.",
            configuracao=db.OWNER_SETTING,
        ) from error


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
    sweep_drills()
    return f"estudio_ensaio_{clock.now():{_STAMP}}_{secrets.token_hex(4)}"


def sweep_drills() -> None:
    """Drop the databases of drills that died: our name, and older than a day."""
    limit = clock.now() - _DEAD_AFTER
    with db.connect_owner() as connection:
        names = [row[0] for row in connection.execute("select datname from pg_database").fetchall()]
    for name in names:
        found = _DRILL.fullmatch(name)
        if found and datetime.strptime(found[1], _STAMP).replace(tzinfo=limit.tzinfo) < limit:
            drop_database(name)
            log.info("ensaio_antigo_removido", banco=name)
