"""`estudio db` as people and programs use it: the tables, and psql with its own arguments and exit codes."""

import json
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from click.testing import CliRunner
from conftest import REVISOES, TEMPLATE, Banco
from doctor_studio import make_studio
from servers import create_database, drop_database
from sqlalchemy import text

from estudio import config
from estudio.cli import main
from estudio.services.migracao_service import migrate_books


def run(*words: str, code: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["db", *words, "--json"])
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def psql(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """As a process of its own: what psql says goes past Python's streams."""
    program = [sys.executable, "-m", "estudio", "db", "psql", *words]
    return subprocess.run(program, input=given, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.usefixtures("empty_database")
def test_migrate_makes_the_tables_and_twice_is_once() -> None:
    assert run("check", code=1)["codigo"] == "migracao_recusada"
    assert run("migrate")["aplicadas"] == REVISOES
    assert run("migrate")["aplicadas"] == []
    assert run("check")["pendentes"] == []


@pytest.mark.usefixtures("empty_database")
def test_a_person_is_told_what_was_done() -> None:
    told = CliRunner().invoke(main, ["db", "migrate"])
    assert (told.exit_code, told.stdout) == (0, "")
    assert f"✓ Tabelas atualizadas: {', '.join(REVISOES)}." in told.stderr
    assert "já estavam em dia" in CliRunner().invoke(main, ["db", "migrate"]).stderr


def test_a_migration_that_would_change_a_sealed_month_is_undone(banco: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = make_studio(banco)

    def spoil(config: Config, _revision: str) -> None:
        connection = config.attributes["connection"]
        connection.execute(text("alter table estudio.pagamentos disable trigger guard_update"))
        change = text("update estudio.pagamentos set forma = 'debito' where id = :id")
        connection.execute(change, {"id": studio.sealed})

    monkeypatch.setattr(command, "upgrade", spoil)
    assert run("migrate", code=4)["codigo"] == "integridade"
    with banco.connect() as connection:
        row = connection.execute("select forma from estudio.pagamentos where id = %s", [studio.sealed]).fetchone()
    assert row == ("pix",)


def test_a_migration_that_changes_nothing_sealed_is_kept(banco: Banco) -> None:
    make_studio(banco)
    assert migrate_books() == []


def test_psql_works_as_the_programs_role_in_the_studios_database(banco: Banco) -> None:
    told = psql("-X", "-At", "-c", "select current_user, current_database(), count(*) from competencias")
    assert told.returncode == 0, told.stderr
    assert told.stdout == f"estudio_app|{banco.name}|1200\n"


@pytest.mark.usefixtures("banco")
def test_psql_hands_on_its_exit_code_and_its_input() -> None:
    assert psql("-X", "-c", "select 1/0").returncode == 1
    assert psql("-X", "-v", "ON_ERROR_STOP=1", given="select falta;").returncode == 3
    assert psql("-X", "-At", given="select 'ateliê';").stdout == "ateliê\n"
    assert psql("-X", "-c", "update estudio.competencias set estado = 'aberta'").returncode == 1
    assert psql("--version").stdout.startswith("psql (PostgreSQL)")


def test_the_password_is_never_among_the_arguments_of_psql(banco: Banco) -> None:
    password = urlsplit(banco.app_url).password
    told = psql("-X", "-c", r"\! tr '\0' '\n' < /proc/$PPID/cmdline")
    assert "psql" in told.stdout
    assert password is not None
    assert password not in told.stdout


def test_psql_on_a_server_that_is_away_says_so_in_portuguese() -> None:
    told = psql("-c", "select 1")
    assert told.returncode == 1
    assert "não respondeu" in told.stderr


def test_help_of_psql_is_the_programs_and_a_setting_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "papel do programa" in CliRunner().invoke(main, ["db", "psql", "--help"]).stdout
    monkeypatch.setenv("DATABASE_URL", "mysql://x")
    config.reset()
    told = CliRunner().invoke(main, ["db", "check"])
    assert told.exit_code == 2
    assert "DATABASE_URL" in told.stderr


def test_what_a_restore_left_beside_the_studio_is_shown_and_dropped_by_its_name_alone(banco: Banco) -> None:
    """On the test's server others come and go meanwhile."""
    beside = f"{banco.name}_antes_20260101000000"
    create_database(banco.server, beside, template=TEMPLATE)
    create_database(banco.server, f"{beside}_b")
    try:
        found = {each["nome"]: each for each in run("list")["bancos"]}
        assert banco.name not in found
        assert (found[beside]["estudio"], found[beside]["selos"]) == ("Estúdio", 0)
        assert found[f"{beside}_b"]["estudio"] is None
        assert found[beside]["tamanho"] > 1_000_000
        assert beside in CliRunner().invoke(main, ["db", "list"]).stdout

        refused = CliRunner().invoke(main, ["db", "drop", beside], input="sim\n")
        assert (refused.exit_code, "Nada foi apagado" in refused.stderr) == (2, True)
        with psycopg.connect(banco.server.owner_url(beside)):
            assert run("drop", beside, "--confirmo", beside, code=1)["codigo"] == "em_uso"
        assert run("drop", banco.name, "--confirmo", banco.name, code=2)["codigo"] == "uso"
        for unknown in ("postgres", "template0", f"{beside}_c"):
            assert run("drop", unknown, "--confirmo", unknown, code=1)["codigo"] == "nao_encontrado"
        assert beside in {each["nome"] for each in run("list")["bancos"]}

        told = CliRunner().invoke(main, ["db", "drop", beside], input=f"{beside}\n")
        assert (told.exit_code, f"✓ {beside} foi apagado" in told.stderr) == (0, True)
        assert beside not in {each["nome"] for each in run("list")["bancos"]}
    finally:
        for name in (beside, f"{beside}_b"):
            drop_database(banco.server, name)
