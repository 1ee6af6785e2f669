"""The log goes on after the real logrotate took its file away, and no line is lost."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import structlog
from ferramentas import find_tool

from estudio import config, logs
from estudio.log_files import Parte

CONF = Path(__file__).resolve().parents[2] / "scripts" / "logrotate_atomic_extrato.conf"
COMANDOS, FECHAMENTO = Parte.COMANDOS.arquivo, Parte.FECHAMENTO.arquivo


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "logs"
    # logrotate keeps away from a folder that others may write in.
    folder.mkdir(mode=0o755)
    monkeypatch.setenv("LOG_DIR", str(folder))
    monkeypatch.setenv("LOG_ROTATION", "logrotate")
    config.reset()
    return folder


def rotate(folder: Path) -> None:
    """With the configuration as it is delivered, but for the folder."""
    text = CONF.read_text(encoding="utf-8")
    assert "/caminho/do/estudio/backend/logs/" in text
    conf = folder.parent / "logrotate.conf"
    conf.write_text(text.replace("/caminho/do/estudio/backend/logs", str(folder)), encoding="utf-8")
    conf.chmod(0o644)
    done = subprocess.run(
        [find_tool("logrotate"), "--force", "--state", folder.parent / "estado", conf],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def read(path: Path, field: str = "evento") -> list[Any]:
    return [json.loads(line).get(field) for line in path.read_text(encoding="utf-8").splitlines()]


def find_rotated(folder: Path) -> Path:
    (rotated,) = [path for path in folder.iterdir() if not path.name.endswith(".log")]
    return rotated


def test_a_running_program_writes_into_the_new_file(folder: Path) -> None:
    logs.start()
    logs.configure()
    log = structlog.get_logger("estudio.teste")
    log.info("antes")
    rotate(folder)
    log.info("depois")
    assert read(find_rotated(folder)) == ["antes"]
    assert read(folder / COMANDOS) == ["depois"]


def test_no_line_is_lost_or_torn_while_it_rotates(folder: Path) -> None:
    logs.start()
    logs.configure()
    log = structlog.get_logger("estudio.teste")

    begun, rotated = threading.Event(), threading.Event()
    written: list[int] = []

    def write() -> None:
        while len(written) < 4000 or not rotated.is_set():
            log.info("linha", numero=len(written))
            written.append(len(written))
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    # logrotate leaves an empty log where it is.
    assert begun.wait(60)
    try:
        rotate(folder)
    finally:
        rotated.set()
        writer.join()
    log.info("fim")
    numbers = [number for path in (find_rotated(folder), folder / COMANDOS) for number in read(path, "numero")]
    assert numbers == [*written, None]


def test_the_next_run_of_the_program_writes_into_the_new_file(folder: Path) -> None:
    def run() -> None:
        told = subprocess.run([sys.executable, "-m", "estudio", "extrato", "list"], check=False, capture_output=True)
        assert told.returncode == 1, "the database of the tests' environment is nowhere"

    run()
    assert (folder / FECHAMENTO).stat().st_size > 0
    rotate(folder)
    assert (folder / FECHAMENTO).stat().st_size == 0
    assert (folder / FECHAMENTO).stat().st_mode & 0o077 == 0
    run()
    assert "fim" in read(folder / FECHAMENTO)
