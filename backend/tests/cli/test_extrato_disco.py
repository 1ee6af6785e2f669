"""Scenario 35: a closing where the log cannot be written, and one where the backup cannot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from agosto import AGOSTO, SETEMBRO, add_payment, count_rows, ensure_whole, enter_agosto, execucoes, state
from conftest import Banco
from discos import mount

from estudio import config

CLOSE = ("extrato", "close", "--year", "2025", "--month", "8")

pytestmark = pytest.mark.usefixtures("banco")


def run() -> "subprocess.CompletedProcess[str]":
    """As a person does, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "estudio", *CLOSE], capture_output=True, text=True, timeout=120, check=False
    )


def ensure_closed_without_log(folder: Path) -> None:
    done = run()
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("não pôde ser escrito") == 1
    assert f"o registro {folder / 'atomic_extrato.log'}" in done.stderr
    assert "O programa continua sem ele; veja LOG_DIR." in done.stderr
    assert "Agosto/2025 está fechado: versão 1" in done.stderr
    assert "R$ 350,00" in done.stdout
    assert state(AGOSTO) == "fechada"
    ensure_whole()


def test_scenario_35_with_a_file_where_the_log_folder_should_be_it_closes_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_agosto()
    folder = tmp_path / "registro"
    folder.write_text("não é uma pasta", encoding="utf-8")
    monkeypatch.setenv("LOG_DIR", str(folder))
    ensure_closed_without_log(folder)
    assert folder.read_text(encoding="utf-8") == "não é uma pasta"


def test_scenario_35_with_a_log_folder_on_a_disk_that_is_read_only_it_closes_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_agosto()
    folder = tmp_path / "registro"
    with mount(folder, "size=64k"):
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        monkeypatch.setenv("LOG_DIR", str(folder))
        ensure_closed_without_log(folder)


def test_scenario_35_with_the_disk_of_the_log_full_it_closes_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_agosto()
    folder = tmp_path / "registro"
    with mount(folder, "size=64k"):
        _fill(folder)
        monkeypatch.setenv("LOG_DIR", str(folder))
        ensure_closed_without_log(folder)


def test_scenario_35_with_the_disk_of_the_backups_full_it_is_refused_and_closes_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, banco: Banco
) -> None:
    cast = enter_agosto()
    before = count_rows()
    folder = tmp_path / "disco"
    with mount(folder, "size=64k"):
        monkeypatch.setenv("BACKUP_DIR", str(folder / "backups"))
        config.reset()
        ballast = _fill(folder)
        refused = run()
        assert refused.returncode == 1
        assert "o disco está cheio" in refused.stderr
        assert str(folder) in refused.stderr
        assert state(AGOSTO) == "aberta"
        assert count_rows() == before
        assert [(e["desfecho"], e["codigo"]) for e in execucoes()] == [("recusado", "disco")]
        with banco.connect() as connection:
            assert connection.execute("select count(*) from estudio.extratos").fetchone() == (0,)
        # Nobody is kept from working meanwhile.
        add_payment(cast, "10.00", SETEMBRO.first_day)
        ballast.unlink()
        done = run()
        assert done.returncode == 0, done.stderr
        assert state(AGOSTO) == "fechada"
        ensure_whole()


def _fill(folder: Path) -> Path:
    """Leave no byte free."""
    ballast = folder / "lastro"
    room = os.statvfs(folder)
    ballast.write_bytes(b"x" * (room.f_bavail * room.f_frsize))
    assert os.statvfs(folder).f_bavail == 0
    return ballast
