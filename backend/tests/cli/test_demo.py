"""`estudio demo` from nothing to the newest Extrato, as a process of its own on the server of the wheel."""

import json
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from cli.test_web import find_port, get

from estudio import config, embedded
from estudio.cli import demo
from estudio.services.demo_pasta import MARK
from estudio.services.demo_textos import SENHA, USUARIOS


@pytest.fixture
def folder(run_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the sample studio is made: another account, which the server runs as under root, can pass through."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "BACKUP_DIR"):
        monkeypatch.delenv(name)
    folder = run_path / f"exemplo-{uuid.uuid4().hex[:8]}"
    monkeypatch.setenv("ESTUDIO_DATA_DIR", str(folder))
    # The worker of the sample is not to be waited for in the middle of thirteen drills.
    monkeypatch.setenv("DRILL_SCHEDULE", "0 0 30 2 *")
    config.reset()
    return folder


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "estudio", *words], capture_output=True, text=True, timeout=240, check=False
    )


def run_json(*words: str) -> dict[str, Any]:
    told = run(*words, "--json")
    assert told.returncode == 0, told.stderr + told.stdout
    document: dict[str, Any] = json.loads(told.stdout)
    return document


def run_and_look(folder: Path) -> tuple[str, str]:
    """`estudio demo --serve` until its pages answer, and ended; what it said on both streams."""
    port = find_port()
    words = [sys.executable, "-m", "estudio", "demo", "--serve", "--port", str(port)]
    said = [folder.with_suffix(suffix) for suffix in (".saida", ".erros")]
    with said[0].open("wb") as output, said[1].open("wb") as errors:
        serving = subprocess.Popen(words, stdout=output, stderr=errors)
        try:
            while serving.poll() is None and b"Entram nas p" not in said[1].read_bytes():
                time.sleep(0.2)
            assert serving.poll() is None, said[1].read_text()
            assert "Entrar" in get(f"http://127.0.0.1:{port}/")[2]
        finally:
            serving.send_signal(signal.SIGINT)
            serving.wait(90)
    return said[0].read_text(), said[1].read_text()


def test_a_sample_studio_is_made_closed_verified_tried_and_shown(folder: Path) -> None:
    stdout, stderr = run_and_look(folder)
    assert (folder / MARK).is_file()
    assert stderr.count("backup provado") == 12
    assert "Cadeia íntegra: 12 meses fechados" in stderr
    assert "restaurado num banco vazio" in stderr
    assert f"export ESTUDIO_DATA_DIR={folder}" in stderr
    for _, email, papel, _ in USUARIOS:
        assert f"  {papel:<10} {email}" in stderr
    assert SENHA in stderr
    for words in ("Extrato de ", "Receita Total (Bruta)", "Comissões por Artista", "Helena Prado", "R$ ", "provado"):
        assert words in stdout
    assert run_json("extrato", "verify")["integro"] is True
    examined = run("doctor", "--json")
    failed = [c["codigo"] for c in json.loads(examined.stdout)["conferencias"] if c["situacao"] == "falha"]
    # The newest finished month is left open for whoever tries it.
    assert set(failed) <= {"fechamento_atrasado"}
    assert run_json("extrato", "close")["desfecho"] == "fechado"


@pytest.mark.proof
def test_the_same_day_makes_the_same_sample(folder: Path) -> None:
    once, again = run_json("demo"), run_json("demo")
    assert once["pasta"] == again["pasta"] == str(folder)
    assert len(again["fechados"]) == 12
    assert once["extrato"]["conteudo_sha256"] == again["extrato"]["conteudo_sha256"]


def test_the_sample_is_served_as_a_studio_that_tells_nobody_outside_and_leaves_a_month_to_close(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".env").write_text(
        "ALERT_ADDRESSES=dona@estudio.example\nHEARTBEAT_URL=https://vigia.example/x\nENABLE_BACKUP_JOBS=false\n"
    )
    served: list[dict[str, str]] = []

    def execve(_path: str, words: list[str], environment: dict[str, str]) -> None:
        assert words[3:5] == ["run", "--port"]
        served.append(environment)

    monkeypatch.setattr("os.execve", execve)
    demo._serve(tmp_path, 8000)
    for name, value in served[0].items():
        monkeypatch.setenv(name, value)
    config.reset()
    settings = config.get_settings()
    assert (settings.alert_addresses, settings.heartbeat_url, settings.reminder_time) == ((), "", "nunca")
    assert (settings.enable_backup_jobs, settings.enable_monthly_extrato_job) == (True, False)
    assert settings.backup_dir == tmp_path / "backups"


def test_a_sample_that_is_in_use_is_not_taken_away(folder: Path) -> None:
    folder.mkdir(mode=0o711)
    (folder / MARK).touch()
    server = embedded.ensure_running(folder)
    try:
        told = run("demo")
        assert told.returncode == 1
        assert "em uso por outro programa" in told.stderr
        assert (folder / "servidor" / "pgdata").is_dir()
    finally:
        server.stop()
