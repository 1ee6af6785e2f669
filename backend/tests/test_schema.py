"""The schema and its rights: migrated once, by one at a time, by whoever may; and the program's login may do little."""

import ast
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from conftest import Banco, use_database
from psycopg import sql
from servers import TestServer, create_database, drop_database
from sqlalchemy import Connection, text

from estudio import config, db, migrations, rights, schema
from estudio.domain.errors import BancoRecusou, IntegrityBroken, MigracaoRecusada, UsageRefusal

MIGRATIONS = Path(migrations.__file__).parent


def list_tables(banco: Banco) -> list[str]:
    with banco.connect_as_superuser() as superuser:
        rows = superuser.execute("select tablename from pg_tables where schemaname = 'estudio' order by 1").fetchall()
    return [str(row[0]) for row in rows]


# --- migrating ------------------------------------------------------------------------------------------------------


def test_an_empty_database_becomes_the_studios_and_a_second_time_nothing_happens(empty_database: Banco) -> None:
    assert schema.list_pending() == ["0001", "0002", "0008"]
    assert schema.migrate() == ["0001", "0002", "0008"]
    assert schema.list_pending() == []
    tables = list_tables(empty_database)
    assert {"pagamentos", "competencias", "extratos", "alembic_version"} <= set(tables)
    with db.transaction() as session:
        session.execute(text("insert into itens (nome) values ('Agulhas')"))
    assert schema.migrate() == []
    assert list_tables(empty_database) == tables
    with db.transaction(read_only=True) as session:
        assert session.scalar(text("select count(*) from itens")) == 1


@pytest.mark.usefixtures("empty_database")
def test_two_migrations_at_once_are_one_and_nothing() -> None:
    results: list[list[str]] = []
    barrier = threading.Barrier(2)

    def work() -> None:
        barrier.wait()
        results.append(schema.migrate())

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [[], ["0001", "0002", "0008"]]


def test_everything_belongs_to_the_owners_role_and_nothing_to_the_apps(banco: Banco) -> None:
    with banco.connect_as_superuser() as superuser:
        owners = superuser.execute(
            """select distinct pg_get_userbyid(relowner) from pg_class where relnamespace = 'estudio'::regnamespace
               union select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'estudio'
               union select pg_get_userbyid(proowner) from pg_proc p where pronamespace = 'estudio'::regnamespace
                 and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')"""
        ).fetchall()
        login = superuser.execute("select rolcanlogin from pg_roles where rolname = 'estudio_dono'").fetchall()
    assert owners == [("estudio_dono",)]
    assert login == [(False,)]


@pytest.mark.usefixtures("banco")
def test_a_database_newer_than_the_program_is_refused() -> None:
    with db.get_owner_engine().begin() as connection:
        connection.execute(text("update estudio.alembic_version set version_num = '9999'"))
    for look in (schema.list_pending, schema.migrate):
        with pytest.raises(MigracaoRecusada, match="mais nova que este programa"):
            look()


def test_a_migration_that_fails_leaves_nothing(empty_database: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade = command.upgrade

    def upgrade_and_fail(settings: Config, revision: str) -> None:
        upgrade(settings, revision)
        raise RuntimeError("a luz caiu")

    monkeypatch.setattr(command, "upgrade", upgrade_and_fail)
    with pytest.raises(RuntimeError, match="a luz caiu"):
        schema.migrate()
    assert list_tables(empty_database) == []


@pytest.fixture
def add_revision(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Gives the schema's history one revision more, which executes one statement."""

    def add(statement: str) -> None:
        def upgrade(settings: Config, _revision: str) -> None:
            connection: Connection = settings.attributes["connection"]
            connection.exec_driver_sql(statement)

        monkeypatch.setattr(command, "upgrade", upgrade)

    return add


@pytest.mark.usefixtures("banco")
def test_a_migration_that_changes_what_is_sealed_is_undone(add_revision: Callable[[str], None]) -> None:
    def verify(connection: Connection) -> object:
        return connection.exec_driver_sql("select nome from estudio.identidade").fetchall()

    add_revision("update estudio.identidade set nome = 'Outro'")
    with pytest.raises(IntegrityBroken, match="foi desfeita"):
        schema.migrate(verify=verify)
    with db.transaction(read_only=True) as session:
        assert session.scalar(text("select nome from identidade")) == "Estúdio"
    add_revision("update estudio.itens set nome = 'Outro'")
    schema.migrate(verify=verify)


@pytest.mark.usefixtures("empty_database")
def test_a_database_without_books_has_nothing_to_verify() -> None:
    def verify(_connection: Connection) -> object:
        raise AssertionError("there was nothing sealed yet")

    assert schema.migrate(verify=verify) == ["0001", "0002", "0008"]


@pytest.mark.usefixtures("banco")
def test_there_is_no_way_down() -> None:
    with db.get_owner_engine().begin() as connection:
        connection.execute(text("set local role estudio_dono"))
        settings = schema._get_config()
        settings.attributes["connection"] = connection
        with pytest.raises(NotImplementedError, match="restored backup"):
            command.downgrade(settings, "base")


def test_migrations_import_no_model() -> None:
    imported = set()
    for module in MIGRATIONS.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module)
            elif isinstance(node, ast.Import):
                imported |= {name.name for name in node.names}
    assert {name for name in imported if name.startswith("estudio")} == {"estudio.migrations.statements"}


def test_the_files_of_a_revision_are_executed_in_the_order_of_their_names(banco: Banco) -> None:
    names = [path.name for path in sorted((MIGRATIONS / "sql" / "0001").glob("*.sql"))]
    assert names
    assert names == sorted(names)
    assert list_tables(banco)


# --- rights ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("banco")
def test_the_programs_login_may_do_no_more_than_it_must() -> None:
    assert rights.list_app_excesses() == []
    rights.ensure_app_owns_nothing()


@pytest.mark.parametrize(
    "attack",
    [
        "create temp table competencias (mes date, estado text)",
        "create table estudio.minha (n int)",
        "create table public.minha (n int)",
        "create schema minha",
        "create function estudio.f() returns int language sql return 1",
        "set role estudio_dono",
        "set session_replication_role = replica",
        "alter table estudio.pagamentos disable trigger all",
        "truncate estudio.pagamentos",
        "update estudio.competencias set estado = 'aberta'",
        "update estudio.alembic_version set version_num = '0'",
        "alter role estudio_app superuser",
        "create role outra",
        "copy estudio.pagamentos to program 'cat'",
    ],
)
def test_the_programs_login_is_refused_what_would_get_around_the_guards(banco: Banco, attack: str) -> None:
    with banco.connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(attack.encode())


def test_settings_of_the_role_hold_for_whoever_logs_in_as_it(banco: Banco) -> None:
    with banco.connect() as connection:
        found = connection.execute(
            """select current_setting('search_path'), current_setting('client_connection_check_interval'),
                      current_setting('idle_in_transaction_session_timeout'), current_setting('lock_timeout')"""
        ).fetchone()
    assert found == ("estudio, pg_temp", "1s", "1min", "10s")


# What too much is, how it is taken back, and what is said of it.
EXCESSES = [
    ("grant estudio_dono to estudio_app", "revoke estudio_dono from estudio_app", "outro papel"),
    (
        "grant temp on database estudio to estudio_app",
        "revoke temp on database estudio from estudio_app",
        "temporárias",
    ),
    ("grant create on schema public to estudio_app", "revoke create on schema public from estudio_app", "objetos"),
    ("alter role estudio_app createrole", "alter role estudio_app nocreaterole", "cria papéis"),
    ("alter role estudio_app bypassrls", "alter role estudio_app nobypassrls", "regras de linha"),
    (
        "grant set on parameter session_replication_role to estudio_app",
        "revoke set on parameter session_replication_role from estudio_app",
        "gatilhos",
    ),
    ("create table estudio.x (); alter table estudio.x owner to estudio_app", "drop table estudio.x", "dono de alguma"),
]


def test_too_many_rights_are_found_and_named(servidor_proprio: TestServer) -> None:
    # A server of one's own: roles are the whole cluster's.
    with servidor_proprio.connect("estudio") as superuser:
        for grant, undo, said in EXCESSES:
            superuser.execute(grant.encode())
            with pytest.raises(BancoRecusou, match=said):
                rights.ensure_app_owns_nothing()
            superuser.execute(undo.encode())
            rights.ensure_app_owns_nothing()


def test_a_database_url_of_another_role_is_refused_before_anything_is_made(
    empty_database: Banco, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database.superuser_url)
    config.reset()
    with pytest.raises(BancoRecusou, match=r"entra como 'postgres'.*só como estudio_app") as refusal:
        schema.migrate()
    assert isinstance(refusal.value, UsageRefusal)
    assert list_tables(empty_database) == []
    with pytest.raises(BancoRecusou, match="pode mais do que deveria: não entra como estudio_app; é superusuário"):
        rights.ensure_app_owns_nothing()


def test_an_owner_that_does_not_own_the_database_is_told_what_to_ask_for(
    server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"w_{uuid.uuid4().hex[:16]}"
    create_database(server, name)
    with server.connect() as superuser:
        superuser.execute(sql.SQL("alter database {} owner to postgres").format(sql.Identifier(name)))
        superuser.execute(sql.SQL("create role {} login createrole password 'p'").format(sql.Identifier(name)))
    use_database(monkeypatch, server, name)
    owner = psycopg.conninfo.conninfo_to_dict(server.owner_url(name))
    monkeypatch.setenv(
        "DATABASE_OWNER_URL",
        server.owner_url(name).replace(f"{owner['user']}:{owner['password']}@", f"{name}:p@"),
    )
    config.reset()
    with pytest.raises(BancoRecusou, match=f"ALTER ROLE {name} CREATEROLE; ALTER DATABASE {name} OWNER TO {name};"):
        schema.migrate()
    db.reset()
    drop_database(server, name)
    with server.connect() as superuser:
        superuser.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


def test_an_owner_without_superuser_is_enough(servidor_proprio: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with servidor_proprio.connect() as superuser:
        superuser.execute("create role chefe login createrole password 'p'")
        superuser.execute("create database livros owner chefe")
        superuser.execute("drop database estudio")
        superuser.execute("reassign owned by estudio_app to postgres; drop owned by estudio_app; drop role estudio_app")
        superuser.execute("drop owned by estudio_dono; drop role estudio_dono")
    use_database(monkeypatch, servidor_proprio, "livros")
    owner = psycopg.conninfo.conninfo_to_dict(servidor_proprio.owner_url("livros"))
    monkeypatch.setenv(
        "DATABASE_OWNER_URL",
        servidor_proprio.owner_url("livros").replace(f"{owner['user']}:{owner['password']}@", "chefe:p@"),
    )
    config.reset()
    assert schema.migrate() == ["0001", "0002", "0008"]
    assert schema.migrate() == []
    assert rights.list_app_excesses() == []


def test_a_clone_gets_its_rights_again(server: TestServer, banco: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"r_{uuid.uuid4().hex[:16]}"
    with server.connect() as superuser:
        superuser.execute(
            sql.SQL("create database {} template {} owner {}").format(
                sql.Identifier(name), sql.Identifier(banco.name), sql.Identifier(server.owner)
            )
        )
    use_database(monkeypatch, server, name)
    assert "temporárias" in " ".join(rights.list_app_excesses())
    with db.connect_owner() as owner:
        rights.ensure_rights(owner)
    assert rights.list_app_excesses() == []
    db.reset()
    drop_database(server, name)
