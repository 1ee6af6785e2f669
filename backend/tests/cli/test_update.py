"""`estudio update` as people and programs use it: what happened said plainly, exit codes, and never half of it."""

import json
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from click.testing import CliRunner
from conftest import REVISOES, Banco
from primeiros import make_first_books, read_everything

from estudio import db, schema
from estudio.cli import main
from estudio.cli.output import Output
from estudio.services import atualizacao_service
from estudio.services.backup_banco import drop_database, find_databases

BACK = "Nada mudou: os livros estão como antes, e a versão anterior do programa continua a funcionar com eles."


def run_json(*, code: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["update", "--json"])
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def drop_formers(banco: Banco) -> None:
    for name in find_databases(f"{banco.name}_"):
        db.reset()
        drop_database(name)


def fail(_settings: Config, _revision: str) -> None:
    raise RuntimeError("a luz caiu")


@pytest.mark.usefixtures("empty_database")
def test_a_new_studio_gets_its_tables_and_a_second_update_finds_nothing_to_do() -> None:
    assert run_json()["aplicadas"] == REVISOES
    told = CliRunner().invoke(main, ["update"])
    assert (told.exit_code, told.stdout) == (0, "")
    assert "Não há o que atualizar" in told.stderr


def test_a_person_is_told_each_step_and_what_is_kept(empty_database: Banco) -> None:
    make_first_books(empty_database)
    told = CliRunner().invoke(main, ["update"])
    assert told.exit_code == 0, told.output
    (former,) = find_databases(f"{empty_database.name}_")
    for words in ("Lendo a cópia de novo, do disco…", "Os livros são desta versão.", ".dump", former):
        assert words in told.stderr
    # Its backups lie on another machine: said, and not taken for the update's doing.
    assert "Não é da atualização, mas precisa de atenção (backups_selados)" in told.stderr
    db.reset()
    drop_database(former)


def test_a_refusal_says_where_it_stopped_and_that_nothing_changed(empty_database: Banco) -> None:
    make_first_books(empty_database)
    with empty_database.connect():
        document = run_json(code=1)
    assert document["codigo"] == "em_uso"
    assert BACK in document["avisos"][0]
    assert schema.list_pending() == REVISOES[1:]


def test_a_migration_that_crashes_says_so_with_its_number_and_changes_nothing(
    empty_database: Banco, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_first_books(empty_database)
    before = read_everything(empty_database)
    monkeypatch.setattr(command, "upgrade", fail)
    told = CliRunner().invoke(main, ["update"])
    assert told.exit_code == 3
    assert f"no passo “Atualizando as tabelas”. {BACK}" in told.stderr
    assert "O programa falhou (RuntimeError)" in told.stderr
    assert read_everything(empty_database) == before


def test_who_interrupts_it_after_the_switch_is_not_told_that_nothing_changed(
    empty_database: Banco, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_prefix: str) -> list[str]:
        raise KeyboardInterrupt

    make_first_books(empty_database)
    monkeypatch.setattr(atualizacao_service, "find_databases", interrupt)
    told = CliRunner().invoke(main, ["update"])
    assert told.exit_code == 3
    assert "no passo “Trocando o banco”, quando os livros já eram desta versão do programa." in told.stderr
    assert "Nada mudou" not in told.stderr
    assert schema.list_pending() == []
    drop_formers(empty_database)


def test_where_nobody_answers_after_the_switch_nobody_claims_to_know(
    empty_database: Banco, monkeypatch: pytest.MonkeyPatch
) -> None:
    def set_allowed(word: str) -> None:
        with empty_database.server.connect() as superuser:
            superuser.execute(f"alter database {empty_database.name} allow_connections {word}".encode())

    def hang_up(_prefix: str) -> list[str]:
        set_allowed("false")
        raise KeyboardInterrupt

    make_first_books(empty_database)
    monkeypatch.setattr(atualizacao_service, "find_databases", hang_up)
    told = CliRunner().invoke(main, ["update"])
    set_allowed("true")
    assert told.exit_code == 3
    assert "não se sabe se ele foi feito" in told.stderr
    drop_formers(empty_database)


@pytest.mark.parametrize("told", [None, "Lendo a cópia de novo, do disco", "Trocando o banco"])
def test_who_interrupts_it_before_is_told_that_nothing_changed(
    empty_database: Banco, monkeypatch: pytest.MonkeyPatch, told: str | None
) -> None:
    say = Output.say

    def interrupt(output: Output, text: str) -> None:
        say(output, text)
        if told is None or text.startswith(told):
            raise KeyboardInterrupt

    make_first_books(empty_database)
    before = read_everything(empty_database)
    with monkeypatch.context() as patched:
        patched.setattr(Output, "say", interrupt)
        assert BACK in CliRunner().invoke(main, ["update"]).stderr
    assert read_everything(empty_database) == before


@pytest.mark.parametrize("program", ["web", "worker", "run"])
def test_who_starts_the_program_on_books_of_before_is_told_to_update(empty_database: Banco, program: str) -> None:
    make_first_books(empty_database)
    told = CliRunner().invoke(main, [program])
    assert told.exit_code == 1, told.output
    assert "estudio update" in told.stderr
    assert schema.list_pending() == REVISOES[1:]
