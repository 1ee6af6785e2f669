"""`estudio avisos`: the log of what was told, and a test of every address, against receivers on loopback."""

import json
from collections.abc import Generator
from typing import Any

import pytest
from agosto import AGOSTO, close, enter_agosto
from click.testing import CliRunner, Result
from conftest import Banco
from receptor import Receptor, open_receptor

from estudio import config
from estudio.cli import main
from estudio.services.aviso_entrega import deliver_due


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["avisos", *words])


def run_json(*words: str, code: int = 0) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.fixture
def receptor(banco: Banco, monkeypatch: pytest.MonkeyPatch) -> Generator[Receptor, None, None]:
    del banco
    with open_receptor() as opened:
        monkeypatch.setenv("ALERT_ADDRESSES", opened.endereco)
        monkeypatch.setenv("ALERT_QUIET_HOURS", "nunca")
        config.reset()
        yield opened


def test_a_test_reaches_every_address_also_at_night(receptor: Receptor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_QUIET_HOURS", "00:00-23:59")
    config.reset()
    told = run_json("test")
    assert receptor.titulos == ["Estúdio: Teste dos avisos do estúdio"]
    assert told["estado"] == "entregue"
    assert [(e["destino"], e["estado"], e["tentativas"]) for e in told["entregas"]] == [
        ("Webhook 127.0.0.1", "entregue", 1)
    ]
    said = run("test")
    assert said.exit_code == 0
    assert "Todos os endereços receberam." in said.output
    assert len(receptor.pedidos) == 2


def test_who_did_not_get_it_is_named_and_no_address_is(receptor: Receptor) -> None:
    receptor.resposta = 403
    said = run("test")
    assert said.exit_code == 1
    assert "Não receberam: Webhook 127.0.0.1" in said.output
    assert "o serviço respondeu 403" in said.output
    assert "segredo" not in said.output
    assert run_json("test", code=1)["estado"] == "pendente"


def test_a_test_that_a_process_without_addresses_took_reached_nobody(
    receptor: Receptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deliver_second() -> tuple[int, int]:
        with monkeypatch.context() as other:
            other.setenv("ALERT_ADDRESSES", "")
            config.reset()
            assert deliver_due() == (0, 0)
        config.reset()
        return deliver_due()

    monkeypatch.setattr("estudio.cli.avisos.deliver_due", deliver_second)
    said = run("test")
    assert said.exit_code == 1
    assert "Nenhum endereço recebeu" in said.output
    assert "Todos os endereços" not in said.output
    assert receptor.pedidos == []


@pytest.mark.usefixtures("banco")
def test_without_an_address_it_says_where_one_is_written() -> None:
    refused = run_json("test", code=1)
    assert refused["codigo"] == "sem_destino"
    assert "ALERT_ADDRESSES" in refused["mensagem"]
    assert run_json("list")["destinos"] == []


def test_the_log_tells_what_was_told_and_whether_it_arrived(receptor: Receptor) -> None:
    enter_agosto()
    close(AGOSTO)
    deliver_due()
    assert len(receptor.pedidos) == 1
    (entrega,) = run_json("list")["entregas"]
    assert (entrega["titulo"], entrega["estado"]) == ("Agosto/2025 fechado", "entregue")
    said = run("list").output
    assert "Agosto/2025 fechado" in said
    assert "Webhook 127.0.0.1" in said
    assert "segredo" not in said


@pytest.mark.usefixtures("banco")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALERT_ADDRESSES", "nada"),
        ("ALERT_ADDRESSES", "a@b.example ://x"),
        ("ALERT_ADDRESSES", " ".join(f"a{n}@b.example" for n in range(21))),
        ("ALERT_QUIET_HOURS", "22-8"),
        ("ALERT_QUIET_HOURS", "24:00-08:00"),
        ("HEARTBEAT_URL", "ftp://x/segredo"),
        ("HEARTBEAT_URL", "segredo"),
        ("HEARTBEAT_MINUTES", "0"),
    ],
)
def test_a_setting_that_nobody_can_mean_is_refused_and_its_secret_is_not_said(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    config.reset()
    said = run("list")
    assert said.exit_code == 2
    assert name in said.output
    assert "segredo" not in said.output
    assert "b.example" not in said.output
