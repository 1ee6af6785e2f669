"""The schema: migrated by the owner in one transaction, and what of it a database lacks."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from estudio import db
from estudio.db_connection import Connection
from estudio.db_refusals import find_origin
from estudio.domain.errors import IntegrityBroken, MigracaoRecusada
from estudio.rights import OWNER_ROLE, ensure_app_owns_nothing, ensure_rights

# Two migrations of one database take turns. (5 to 9 are the locks of the deeds.)
MIGRATION_LOCK: Final = 4

Verify = Callable[[SqlConnection], object]


def migrate(*, verify: Verify | None = None) -> list[str]:
    """Bring the database of DATABASE_URL to this program's schema and return the revisions that were applied, in order.

    Everything is one transaction. `verify` reads what is sealed, before and after: where the two differ, nothing is
    kept and IntegrityBroken is raised. Raises BancoRecusou when a login has too few rights, or the app's too many.
    """
    with db.translated():
        try:
            applied = _migrate(db.get_owner_engine(), verify)
        except (DBAPIError, psycopg.Error) as error:
            if not _met_another_migration(error):
                raise
            applied = _migrate(db.get_owner_engine(), verify)
    ensure_app_owns_nothing()
    return applied


def migrate_new(engine: Engine) -> None:
    """Bring a database that holds nothing yet to this program's schema; `engine` is of the owner's login."""
    with db.translated():
        _migrate(engine, None)


def list_pending() -> list[str]:
    """Return the revisions that the database lacks, in the order in which they would be applied."""
    with db.translated(), db.connect() as connection:
        return _list_pending(connection)


def has_revision() -> bool:
    """Whether the database was ever migrated; asked as the owner, before the program's own login may exist."""
    with db.translated(), db.connect_owner() as connection:
        return _read_revision(connection) is not None


def _migrate(engine: Engine, verify: Verify | None) -> list[str]:
    with engine.begin() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        raw.execute(sql.SQL("select pg_advisory_xact_lock({}, 0)").format(sql.Literal(MIGRATION_LOCK)))
        # Somebody at work on the tables is waited for, but not for ever.
        raw.execute("set local lock_timeout = '60s'")
        ensure_rights(raw)
        raw.execute(sql.SQL("set local role {}").format(sql.Identifier(OWNER_ROLE)))
        pending = _list_pending(raw)
        is_new = _read_revision(raw) is None
        sealed = None if verify is None or is_new else verify(connection)
        config = _get_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if verify is not None and not is_new and verify(connection) != sealed:
            raise IntegrityBroken("A migração mudaria o que está fechado. Ela foi desfeita, e nada mudou.")
        return pending


def _met_another_migration(error: BaseException) -> bool:
    # Roles are the cluster's, the lock is one database's: two databases may be making them at the same moment.
    origin = find_origin(error)
    return origin is not None and origin.sqlstate in ("23505", "42710", "XX000")


def _get_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _list_pending(connection: Connection) -> list[str]:
    known = [script.revision for script in ScriptDirectory.from_config(_get_config()).walk_revisions()]
    current = _read_revision(connection)
    if current is None:
        return known[::-1]
    if current not in known:
        raise MigracaoRecusada(
            f"O banco está na versão {current} das tabelas, mais nova que este programa. Atualize o programa.",
            versao=current,
        )
    return known[: known.index(current)][::-1]


def _read_revision(connection: Connection) -> str | None:
    found = connection.execute("select to_regclass('estudio.alembic_version') is not null").fetchone()
    if not found or not found[0]:
        return None
    row = connection.execute("select version_num from estudio.alembic_version").fetchone()
    return str(row[0]) if row else None
