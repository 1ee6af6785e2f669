"""`estudio worker --once`: what is due is done, the exit code says how it went; and settings that nobody can mean."""

import json
import subprocess
import sys
from typing import Any

import pytest
from agosto import AGOSTO, enter_agosto, state
from conftest import Banco

from estudio import clock, config

WORKER = [sys.executable, "-m", "estudio", "worker", "--once"]


def work(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*WORKER, *words], capture_output=True, text=True, timeout=120, check=False)


def work_json() -> tuple[int, dict[str, Any]]:
    told = work("--json")
    document: dict[str, Any] = json.loads(told.stdout)
    return told.returncode, document


@pytest.mark.usefixtures("empty_database")
def test_on_the_first_day_the_tables_are_made_and_nothing_is_due() -> None:
    told = work()
    assert told.returncode == 0, told.stderr
    assert "Tabelas atualizadas: 0016" in told.stderr
    assert "Não há nada a fazer agora" in told.stderr


@pytest.mark.usefixtures("banco")
def test_what_is_due_is_done_once_and_told() -> None:
    enter_agosto()
    code, document = work_json()
    assert code == 0
    assert {(done["rotina"], done["desfecho"]) for done in document["tarefas"]} >= {
        ("fechamento", "feita"), ("copia_completa", "feita"), ("ensaio", "feita"), ("documentos", "feita"),
    }  # fmt: skip
    assert ("fechamento", "2025-08") in {(done["rotina"], done["alvo"]) for done in document["tarefas"]}
    assert state(AGOSTO) == "fechada"
    code, document = work_json()
    assert (code, document["tarefas"]) == (0, [])


def test_what_is_refused_is_said_by_the_exit_code(banco: Banco) -> None:
    enter_agosto()
    with banco.connect_as_superuser() as behind:
        behind.execute("update pagamentos set percentual = null where valor_centavos = 15000")
    told = work()
    assert told.returncode == 1
    assert "recusada" in told.stdout
    assert "estudio rotinas" in told.stderr
    # Not again at once; all else was done.
    assert work().returncode == 0


@pytest.mark.usefixtures("banco")
def test_a_folder_of_backups_that_is_a_file_keeps_the_month_open(monkeypatch: pytest.MonkeyPatch) -> None:
    enter_agosto()
    config.get_settings().backup_dir.write_text("não sou uma pasta")
    told = work()
    assert told.returncode == 1
    assert state(AGOSTO) == "aberta"
    monkeypatch.setenv("BACKUP_SCHEDULE", "amanhã")
    told = work()
    assert (told.returncode, "BACKUP_SCHEDULE" in told.stderr) == (2, True)


@pytest.mark.usefixtures("banco")
def test_what_is_done_by_itself_is_shown() -> None:
    enter_agosto()

    def show() -> dict[str, dict[str, Any]]:
        told = subprocess.run(
            [sys.executable, "-m", "estudio", "rotinas", "--json"],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return {row["rotina"]: row for row in json.loads(told.stdout)["rotinas"]}

    before = show()
    assert before["fechamento"]["devidas"] == ["2025-08"]
    assert before["backup"]["ultima"] is None
    assert work().returncode == 0
    after = show()
    assert {row["rotina"] for row in after.values() if row["devidas"]} == set()
    assert after["fechamento"]["ultima"]["mensagem"].startswith("Agosto/2025 fechado: versão 1")
    assert after["ensaio"]["proxima"] > clock.now().isoformat()[:10]
    told = subprocess.run(
        [sys.executable, "-m", "estudio", "rotinas"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert "Fechamento do mês" in told
    assert "Trabalhando agora  ninguém" in told
