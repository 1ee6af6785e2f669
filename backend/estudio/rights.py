"""Who may do what in a database: the two roles, their settings, and the proof that the program's login can do no more.

estudio_dono owns everything and never logs in; estudio_app logs in and owns nothing. A database that was cloned or
restored has its tables but not its rights (no dump carries them along): `ensure_rights` gives them again.
"""

from typing import Any, Final

import psycopg
from psycopg import sql

from estudio import db
from estudio.db_connection import Connection, parse_address
from estudio.domain.errors import BancoRecusou

OWNER_ROLE: Final = "estudio_dono"
APP_ROLE: Final = "estudio_app"

SETTINGS: Final = {
    # pg_temp is named, and last: unnamed, a temporary table would come before ours.
    "search_path": "estudio, pg_temp",
    # A client that was killed lets the month go at once, a frozen one within a minute.
    "client_connection_check_interval": "1s",
    "idle_in_transaction_session_timeout": "60s",
    # Nobody waits for a lock without end. A closing bounds its own wait (statement_timeout) and sets this to 0.
    "lock_timeout": "10s",
}


def ensure_rights(connection: Connection) -> None:
    """Make both roles and give, on this connection's database, what no dump and no clone carries along.

    As the owner's login, who owns the database. What is right already is not touched, so that this needs no more rights
    than there is to do.
    """
    try:
        _ensure_roles(connection)
        _ensure_database_rights(connection)
    except psycopg.errors.InsufficientPrivilege as error:
        raise BancoRecusou(_few_rights(connection), motivo=str(error.diag.message_primary)) from error


def list_app_excesses() -> list[str]:
    """Return, as people read it, everything that the login of DATABASE_URL may do and must not; nothing is well."""
    with db.translated(), db.connect() as connection:
        row = connection.execute(_EXCESSES, [APP_ROLE, OWNER_ROLE]).fetchone()
    assert row is not None, "a select without from has one row"
    return [what for what, found in zip(_EXCESS_NAMES, row, strict=True) if found]


def ensure_app_owns_nothing() -> None:
    """Raise BancoRecusou when the program could get around the guards of the books by its own login."""
    excesses = list_app_excesses()
    if excesses:
        raise BancoRecusou(
            f"O login de DATABASE_URL pode mais do que deveria: {'; '.join(excesses)}. "
            f"Use nele o papel {APP_ROLE}, que `estudio db migrate` cria, e nenhum outro.",
            excessos=excesses,
        )


def _ensure_roles(connection: Connection) -> None:
    owner, app = sql.Identifier(OWNER_ROLE), sql.Identifier(APP_ROLE)
    address = parse_address(db.get_app_url(), setting=db.APP_SETTING)
    if address.get("user") != APP_ROLE:
        raise BancoRecusou(
            f"DATABASE_URL entra como {address.get('user', '(ninguém)')!r}, mas o programa trabalha só como "
            f"{APP_ROLE}, que não é dono de nada. Escreva {APP_ROLE} e uma senha nova nela: a migração cria esse papel."
        )
    if not _is_true(connection, "select exists (select from pg_roles where rolname = %s)", OWNER_ROLE):
        connection.execute(sql.SQL("create role {} nologin").format(owner))
    if not _is_true(connection, "select exists (select from pg_roles where rolname = %s)", APP_ROLE):
        connection.execute(sql.SQL("create role {} login").format(app))
        if "password" in address:
            # Hashed here, so that no log of the server ever holds it.
            hashed = connection.pgconn.encrypt_password(
                address["password"].encode(), APP_ROLE.encode(), b"scram-sha-256"
            ).decode()
            connection.execute(sql.SQL("alter role {} password {}").format(app, sql.Literal(hashed)))
    for name, value in SETTINGS.items():
        if not _is_true(connection, _HAS_SETTING, APP_ROLE, f"{name}={value}"):
            # A list of names is a list in SQL as well: in one literal it would be one name with a comma in it.
            parts = sql.SQL(", ").join(sql.Literal(part) for part in value.split(", "))
            connection.execute(sql.SQL("alter role {} set {} = {}").format(app, sql.Identifier(name), parts))
    kind = "SET" if connection.info.server_version >= 160_000 else "MEMBER"
    if not _is_true(connection, "select pg_has_role(current_user, %s, %s)", OWNER_ROLE, kind):
        connection.execute(sql.SQL("grant {} to current_user").format(owner))


def _ensure_database_rights(connection: Connection) -> None:
    owner, app = sql.Identifier(OWNER_ROLE), sql.Identifier(APP_ROLE)
    database = sql.Identifier(connection.info.dbname)
    if not _is_true(connection, "select has_database_privilege(%s, current_database(), 'CREATE')", OWNER_ROLE):
        connection.execute(sql.SQL("grant create on database {} to {}").format(database, owner))
    if not _is_true(connection, "select has_database_privilege(%s, current_database(), 'CONNECT')", APP_ROLE):
        connection.execute(sql.SQL("grant connect on database {} to {}").format(database, app))
    # A temporary table could stand in the way of ours, and so could one in public.
    if _is_true(connection, "select has_database_privilege(%s, current_database(), 'TEMP')", APP_ROLE):
        connection.execute(sql.SQL("revoke temp on database {} from public").format(database))
    if _is_true(connection, _USES_PUBLIC, APP_ROLE):
        connection.execute("revoke all on schema public from public")
    connection.execute(sql.SQL("create schema if not exists estudio authorization {}").format(owner))
    # Whoever does not own the database gets a warning for a revoke, and no error.
    if _is_true(connection, "select has_database_privilege(%s, current_database(), 'TEMP')", APP_ROLE) or _is_true(
        connection, _USES_PUBLIC, APP_ROLE
    ):
        raise BancoRecusou(_few_rights(connection))


def _few_rights(connection: Connection) -> str:
    user, name = connection.info.user, connection.info.dbname
    return (
        f"O login {user!r} de DATABASE_OWNER_URL não tem direitos para criar os papéis e as tabelas em {name!r}. "
        f"Peça a quem administra o servidor: ALTER ROLE {user} CREATEROLE; ALTER DATABASE {name} OWNER TO {user};"
    )


def _is_true(connection: Connection, query: str, *values: Any) -> bool:
    row = connection.execute(query.encode(), values).fetchone()
    return bool(row and row[0])


_HAS_SETTING: Final = """
    select exists (select from pg_db_role_setting s join pg_roles r on r.oid = s.setrole
                   where r.rolname = %s and s.setdatabase = 0 and %s = any (s.setconfig))"""

_USES_PUBLIC: Final = """
    select exists (select from pg_namespace
                   where nspname = 'public' and has_schema_privilege(%s, oid, 'CREATE, USAGE'))"""

_EXCESS_NAMES: Final = (
    f"não entra como {APP_ROLE}",
    "é superusuário ou cria papéis, bancos ou réplicas",
    "passa por cima das regras de linha",
    "faz parte de outro papel",
    "é dono de alguma coisa",
    "cria tabelas temporárias ou esquemas neste banco",
    "cria objetos em algum esquema",
    "desliga gatilhos (session_replication_role)",
)
_EXCESSES: Final = """
    select current_user <> %s or session_user <> current_user,
           r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication,
           r.rolbypassrls,
           exists (select from pg_auth_members m where m.member = r.oid)
           or coalesce(pg_has_role(r.oid, o.oid, 'MEMBER'), false),
           exists (select from pg_shdepend d where d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid
                   and d.deptype = 'o'),
           has_database_privilege(current_database(), 'TEMP, CREATE'),
           exists (select from pg_namespace n where has_schema_privilege(n.oid, 'CREATE')),
           has_parameter_privilege('session_replication_role', 'SET')
    from pg_roles r left join pg_roles o on o.rolname = %s where r.rolname = current_user"""
