"""`estudio doctor` as people and programs use it: sentences, one document, exit codes."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import Banco
from doctor_studio import make_studio
from servers import TestServer

from estudio.cli import main
from estudio.services.doctor_service import count_checks


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *words])


def run_json(*, code: int) -> dict[str, Any]:
    result = run("--json")
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_a_studio_without_trouble_ends_with_zero_and_warnings_do_not_fail(servidor_proprio: TestServer) -> None:
    document = run_json(code=0)
    assert document["ok"] is True
    assert document["resumo"]["falha"] == 0
    assert document["resumo"]["aviso"] > 0
    assert len(document["conferencias"]) == count_checks()
    assert servidor_proprio.pid is not None
    told = run()
    assert told.exit_code == 0
    assert "0 falhas" in told.stderr
    assert "✓ servidor" in told.stdout


def test_one_failure_ends_with_one_and_says_what_to_do(banco: Banco) -> None:
    make_studio(banco)
    with banco.connect_as_superuser() as connection:
        connection.execute("drop trigger guard_insert on pagamentos")
    document = run_json(code=1)
    assert document["ok"] is False
    (found,) = [c for c in document["conferencias"] if c["codigo"] == "gatilhos"]
    assert found["situacao"] == "falha"
    assert found["assunto"] == "Guarda"
    assert "guard_insert em pagamentos" in found["mensagem"]
    told = run("--problemas")
    assert told.exit_code == 1
    assert "✗ gatilhos" in told.stdout
    assert "✓" not in told.stdout


def test_books_that_differ_from_their_seal_end_with_four(banco: Banco) -> None:
    studio = make_studio(banco)
    with studio.behind_the_guard("pagamentos") as connection:
        connection.execute("update pagamentos set forma = 'debito' where id = %s", [studio.sealed])
    document = run_json(code=4)
    assert [c["codigo"] for c in document["conferencias"] if c["integridade"]] == ["cadeia"]
    told = run()
    assert told.exit_code == 4
    assert "não feche nenhum mês" in told.stderr


def test_without_a_server_it_ends_with_one_and_still_looks_at_the_machine() -> None:
    document = run_json(code=1)
    codes = {c["codigo"]: c["situacao"] for c in document["conferencias"]}
    assert codes["servidor"] == "falha"
    assert "espaco_backups" in codes


def test_a_setting_that_nobody_can_mean_stops_it_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRON_SCHEDULE", "todo dia")
    told = run()
    assert told.exit_code == 2
    assert "CRON_SCHEDULE" in told.stderr
