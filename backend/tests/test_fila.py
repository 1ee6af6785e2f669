"""The queue's own tables: those of the library as it is installed, in a schema of their own, and no right too many."""

from pathlib import Path
from typing import Any

import procrastinate.schema
import psycopg
import pytest
from conftest import Banco
from psycopg import sql

from estudio import migrations

CATALOGUE = """
    select 'coluna', c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' '
           || a.attnotnull || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = %(schema)s::regnamespace and c.relkind in ('r', 'c')
    union all select 'indice', pg_get_indexdef(i.indexrelid) from pg_index i
    join pg_class c on c.oid = i.indrelid where c.relnamespace = %(schema)s::regnamespace
    union all select 'regra', conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    from pg_constraint where connamespace = %(schema)s::regnamespace and contype <> 'n'
    union all select 'funcao', p.oid::regprocedure || regexp_replace(p.prosrc, '\\s+', ' ', 'g') from pg_proc p
    where p.pronamespace = %(schema)s::regnamespace
    union all select 'gatilho', pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = %(schema)s::regnamespace and not t.tgisinternal
    union all select 'valor', t.typname || ' ' || string_agg(e.enumlabel, ',' order by e.enumlabel)
    from pg_enum e join pg_type t on t.oid = e.enumtypid
    where t.typnamespace = %(schema)s::regnamespace group by 1, t.typname
    order by 1, 2"""
"""What there is, whatever the order of columns and values is and whatever numbers it has."""


def read_catalogue(connection: psycopg.Connection[Any], schema: str) -> set[tuple[str, str]]:
    # So that nothing is said with its schema.
    connection.execute(sql.SQL("set search_path = {}").format(sql.Identifier(schema)))
    rows = connection.execute(CATALOGUE.replace("%(schema)s", f"'{schema}'").encode()).fetchall()
    return {(kind, what.replace(f"{schema}.", "")) for kind, what in rows}


def test_our_migrations_brought_what_the_installed_library_wants(banco: Banco) -> None:
    """When this fails the library was updated: its new migrations come with one of ours (execute_queue)."""
    with banco.connect_as_superuser() as connection:
        connection.execute("create schema biblioteca")
        connection.execute("set search_path = biblioteca")
        connection.execute(procrastinate.schema.SchemaManager.get_schema().encode())
        wanted = read_catalogue(connection, "biblioteca")
        found = read_catalogue(connection, "tarefas")
    assert len(wanted) > 60
    assert {what for what in wanted if what not in found} == set()
    assert {what for what in found if what not in wanted} == set()


def test_the_newest_of_the_librarys_migrations_is_named_by_one_of_ours() -> None:
    versions = "".join(path.read_text() for path in (Path(migrations.__file__).parent / "versions").glob("*.py"))
    newest = max(path.name for path in procrastinate.schema.migrations_path.glob("*.sql"))
    assert newest in versions


def test_a_database_says_how_far_its_queue_is(banco: Banco) -> None:
    with banco.connect_as_superuser() as connection:
        row = connection.execute("select obj_description('tarefas'::regnamespace, 'pg_namespace')").fetchone()
    assert row == (max(path.name for path in procrastinate.schema.migrations_path.glob("*.sql")),)


def test_all_of_it_is_the_owners_and_nobody_elses(banco: Banco) -> None:
    with banco.connect_as_superuser() as connection:
        owners = connection.execute(
            """select pg_get_userbyid(relowner) from pg_class where relnamespace = 'tarefas'::regnamespace
               union select pg_get_userbyid(proowner) from pg_proc where pronamespace = 'tarefas'::regnamespace
               union select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'tarefas'"""
        ).fetchall()
        everybodys = connection.execute(
            """select p.proname from pg_proc p cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
               where p.pronamespace = 'tarefas'::regnamespace and a.grantee = 0"""
        ).fetchall()
        loose = connection.execute(
            """select proname from pg_proc where pronamespace = 'tarefas'::regnamespace
               and proconfig is distinct from array['search_path=tarefas, pg_temp']"""
        ).fetchall()
    assert owners == [("estudio_dono",)]
    assert everybodys == []
    assert loose == []


@pytest.mark.parametrize(
    "statement",
    [
        "truncate tarefas.procrastinate_jobs",
        "alter table tarefas.procrastinate_jobs disable trigger all",
        "create table tarefas.outra (id int)",
        "drop function tarefas.procrastinate_register_worker_v1()",
        "delete from tarefas.procrastinate_events",
        "update tarefas.procrastinate_events set at = now()",
        "insert into tarefas.procrastinate_periodic_defers (task_name, defer_timestamp) values ('x', 1)",
        "select tarefas.procrastinate_defer_periodic_job_v2('q', null, null, 't', 0, '', 1, '{}')",
        "alter schema tarefas rename to outras",
    ],
)
def test_the_programs_login_works_jobs_and_changes_nothing_else(banco: Banco, statement: str) -> None:
    with banco.connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())
