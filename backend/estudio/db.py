"""The database: the engines, the one Session factory, transactions. Importing it connects to nothing.

The program works as the role estudio_app, which owns nothing. The owner's connection is for whoever migrates, drills or
restores, and is not kept. How a connection comes about is in db_connection.py, what errors mean in db_refusals.py, the
schema in schema.py.
"""

import os
import random
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar

import psycopg
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from estudio import embedded
from estudio.config import get_settings
from estudio.db_connection import Connection, open_connection
from estudio.db_refusals import AWAY, RETRIED, find_origin, translate, translated
from estudio.domain.errors import BancoIndisponivel, ConfiguracaoInvalida, OutcomeUnknown, Refusal

__all__ = [
    "Connection",
    "borrow",
    "connect",
    "connect_owner",
    "elsewhere",
    "get_app_url",
    "get_engine",
    "get_owner_engine",
    "get_owner_url",
    "raw",
    "reset",
    "run",
    "transaction",
    "translate",
    "translated",
]

T = TypeVar("T")

APP_SETTING = "DATABASE_URL"
OWNER_SETTING = "DATABASE_OWNER_URL"

_Session = sessionmaker(expire_on_commit=False)

_mutex = threading.RLock()
# By process as well: a child of a fork must not talk on its parent's connections.
_engines: dict[tuple[int, str, tuple[str, str] | None], Engine] = {}
_servers: dict[Path, embedded.Server] = {}

# The two addresses of another database, where a deed works in one. Never the whole process's: while a copy is tried in
# a database that is thrown away, another thread may be closing a month.
_elsewhere: ContextVar[tuple[str, str] | None] = ContextVar("elsewhere", default=None)


def get_app_url() -> str:
    """Return the address that the program works with, password included; without one, of the embedded server."""
    there = _elsewhere.get()
    if there is not None:
        return there[0]
    return get_settings().database_url or _get_server().app_url()


def get_owner_url() -> str:
    """Return the address of whoever migrates, drills and restores. Raises ConfiguracaoInvalida when it is not set."""
    there = _elsewhere.get()
    if there is not None:
        return there[1]
    settings = get_settings()
    if not settings.database_url and not settings.database_owner_url:
        return _get_server().owner_url()
    if settings.database_url and settings.database_owner_url:
        return settings.database_owner_url
    missing, given = (OWNER_SETTING, APP_SETTING) if settings.database_url else (APP_SETTING, OWNER_SETTING)
    raise ConfiguracaoInvalida(
        f"Falta {missing}: com {given} informado, o programa precisa dos dois endereços do mesmo banco, o de quem "
        "trabalha (estudio_app) e o de quem cria as tabelas.",
        configuracao=missing,
    )


def get_engine() -> Engine:
    """Return the engine of the app's role; it connects when it is first used."""
    return _get_engine(APP_SETTING)


def get_owner_engine() -> Engine:
    """Return the engine of the owner's login, which keeps no connection open."""
    return _get_engine(OWNER_SETTING)


def connect() -> Connection:
    """Return a connection of its own (psycopg, autocommit) as the app's role; a `with` closes it.

    It waits for locks without end, unlike those of `transaction`: who uses it bounds the waiting by statement_timeout.
    """
    connection = _open(APP_SETTING, autocommit=True)
    connection.execute("set lock_timeout = 0")
    return connection


@contextmanager
def borrow() -> Generator[Connection, None, None]:
    """A pooled connection of the app's role (psycopg, autocommit) for a block; it goes back as it was found.

    Eight milliseconds cheaper than a connection of one's own. Settings and locks of the session are the borrower's to
    take back.
    """
    with get_engine().execution_options(isolation_level="AUTOCOMMIT").connect() as pooled:
        connection = pooled.connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        try:
            yield connection
        finally:
            try:
                connection.rollback()
            except psycopg.Error:
                # It was lost on the way, and what happened to the borrower is the borrower's to say.
                pooled.invalidate()


def connect_owner() -> Connection:
    """Return a connection of its own (psycopg, autocommit) as the owner's login; a `with` closes it."""
    return _open(OWNER_SETTING, autocommit=True)


@contextmanager
def transaction(*, read_only: bool = False, isolation: str | None = None) -> Generator[Session, None, None]:
    """One transaction: committed at the end of the block, rolled back when anything leaves it otherwise.

    `isolation` is one of SQLAlchemy's names ("SERIALIZABLE", …), READ COMMITTED unless told. Errors of the database
    come out as refusals. Raises OutcomeUnknown when the answer to the COMMIT was lost.
    """
    options: dict[str, object] = {"postgresql_readonly": read_only}
    if isolation is not None:
        options["isolation_level"] = isolation
    with translated(), _Session(bind=get_engine().execution_options(**options)) as session:
        yield session
        _commit(session, read_only=read_only)


def run(deed: Callable[[Session], T], *, isolation: str | None = None) -> T:
    """Do a deed in a transaction, and once more when it met a deadlock or a serialization failure."""
    try:
        with transaction(isolation=isolation) as session:
            return deed(session)
    except Refusal as refusal:
        origin = find_origin(refusal.__cause__)
        if origin is None or origin.sqlstate not in RETRIED:
            raise
    # Two that met once do not meet again in the same step.
    time.sleep(random.uniform(0.005, 0.05))
    with transaction(isolation=isolation) as session:
        return deed(session)


@contextmanager
def elsewhere(app_url: str, owner_url: str) -> Generator[None, None, None]:
    """For a block whatever this thread does is done at these addresses; no other thread's work is."""
    token = _elsewhere.set((app_url, owner_url))
    try:
        yield
    finally:
        with _mutex:
            for setting in (APP_SETTING, OWNER_SETTING):
                if (engine := _engines.pop(_name_engine(setting), None)) is not None:
                    engine.dispose()
        _elsewhere.reset(token)


def raw(session: Session) -> Connection:
    """Return psycopg's connection beneath a session, in its transaction: for COPY and server-side cursors."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    return connection


def reset() -> None:
    """Close every connection and use the embedded server no longer; the next use begins anew."""
    with _mutex:
        for engine in _engines.values():
            engine.dispose()
        _engines.clear()
        for server in _servers.values():
            server.stop()
        _servers.clear()


def _commit(session: Session, *, read_only: bool) -> None:
    session.flush()
    if not session.in_transaction():
        return
    connection = raw(session)
    if connection.closed:
        raise BancoIndisponivel
    if connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
        # The server would answer this COMMIT with a rollback and no error: a failure that looks like success.
        raise RuntimeError("a statement failed and its error was swallowed: there is nothing left to commit")
    try:
        session.commit()
    except DBAPIError as error:
        origin = find_origin(error)
        lost = origin is not None and (origin.sqlstate is None or origin.sqlstate in AWAY)
        if lost and not read_only:
            raise OutcomeUnknown from error
        raise


def _get_server() -> embedded.Server:
    with _mutex:
        data_dir = get_settings().estudio_data_dir
        if data_dir not in _servers:
            _servers[data_dir] = embedded.ensure_running(data_dir)
        return _servers[data_dir]


def _get_engine(setting: str) -> Engine:
    with _mutex:
        key = _name_engine(setting)
        if key not in _engines:
            _engines[key] = _create_engine(setting)
        return _engines[key]


def _name_engine(setting: str) -> tuple[int, str, tuple[str, str] | None]:
    return os.getpid(), setting, _elsewhere.get()


def _create_engine(setting: str) -> Engine:
    def creator() -> Connection:
        return _open(setting, autocommit=False)

    if setting == OWNER_SETTING:
        return create_engine(
            "postgresql+psycopg://",
            creator=creator,
            poolclass=NullPool,
            isolation_level="READ COMMITTED",
            hide_parameters=True,
        )
    return create_engine(
        "postgresql+psycopg://",
        creator=creator,
        # Said in each BEGIN: a server may have another default, in which a closing would count an older world.
        isolation_level="READ COMMITTED",
        # What people wrote is in no error's words either.
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=10,
        pool_timeout=30,
    )


def _open(setting: str, *, autocommit: bool) -> Connection:
    get_url = get_app_url if setting == APP_SETTING else get_owner_url
    try:
        return open_connection(get_url(), setting=setting, autocommit=autocommit)
    except BancoIndisponivel:
        if get_settings().database_url:
            raise
    # Our own server died (killed, out of memory): it is started again, and recovers.
    embedded.ensure_running(get_settings().estudio_data_dir)
    return open_connection(get_url(), setting=setting, autocommit=autocommit)
