"""`estudio web`: served for real, refused where it would be unsafe, and the link of the first start."""

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from estudio import config
from estudio.cli import web
from estudio.services.demo_pasta import MARK

SERVE = [sys.executable, "-m", "estudio", "web"]


def find_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(port: int) -> Generator[subprocess.Popen[str], None, None]:
    process = subprocess.Popen([*SERVE, "--port", str(port)], stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert process.stderr is not None
        process.stderr.close()


def get(url: str) -> tuple[int, str, str]:
    """Status, where it was in the end, and the page."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, url, error.read().decode()
        except urllib.error.URLError:
            assert time.monotonic() < deadline, "nobody answers"
            time.sleep(0.1)


def find_count(metrics: str, rota: str) -> int:
    """How many requests of a pattern are counted, whatever their method and answer."""
    lines = re.findall(
        rf'^estudio_http_request_duration_seconds_count{{[^}}]*rota="{rota}"[^}}]*}} (\S+)$', metrics, re.MULTILINE
    )
    return sum(round(Decimal(line)) for line in lines)


@pytest.mark.usefixtures("empty_database")
def test_the_first_start_prepares_the_tables_and_prints_a_link_that_opens() -> None:
    port = find_port()
    with served(port) as process:
        status, where, page = get(f"http://127.0.0.1:{port}/")
        assert (status, where) == (200, f"http://127.0.0.1:{port}/primeiro-acesso")
        assert "ainda não tem dono" in page
        assert process.stderr is not None
        told = ""
        while (found := re.search(r"http://\S+/primeiro-acesso/\S+", told)) is None:
            told += process.stderr.readline()
        assert "Tabelas atualizadas: 0001" in told
        status, _, page = get(found[0])
        assert status == 200
        assert 'name="outra_vez"' in page
        for _ in range(20):
            get(f"http://127.0.0.1:{port}/health")
        # Whichever of the processes answers, it speaks for all.
        counted = {find_count(get(f"http://127.0.0.1:{port}/metrics")[2], "/health") for _ in range(12)}
        assert counted == {20}
    assert process.returncode == 0
    key = config.get_settings().estudio_data_dir / "chave_das_paginas"
    assert key.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("banco")
def test_told_to_stop_while_it_starts_it_stops() -> None:
    with served(find_port()) as process:
        begun = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        deadline = time.monotonic() + 60
        while len(begun.read_text().split()) < web.PROCESSOS:
            assert time.monotonic() < deadline, "no process that serves was started"
            time.sleep(0.01)
    assert process.returncode == 0


def refuse(*words: str) -> str:
    told = subprocess.run([*SERVE, *words], capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 2, told.stderr
    return told.stderr


def test_passwords_never_go_over_the_network_in_the_open() -> None:
    for host in ("0.0.0.0", "192.168.0.7", "estudio.example"):
        assert "TLS_CERTIFICATE" in refuse("--host", host)


def test_the_sample_is_served_to_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = config.get_settings().estudio_data_dir
    folder.mkdir(parents=True)
    (folder / MARK).touch()
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    assert "estúdio de exemplo" in refuse("--host", "0.0.0.0")
    # Bound to loopback, and published by what stands in front.
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    config.reset()
    assert "estúdio de exemplo" in refuse()


def test_an_address_of_the_newer_kind_is_refused() -> None:
    assert "IPv6" in refuse("--host", "::1")


def test_a_certificate_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TLS_CERTIFICATE", str(tmp_path / "nenhum.pem"))
    assert "TLS_CERTIFICATE precisa ser um arquivo" in refuse()
    monkeypatch.delenv("TLS_CERTIFICATE")
    monkeypatch.setenv("TLS_KEY", str(tmp_path / "nenhum.pem"))
    assert "TLS_CERTIFICATE precisa ser um arquivo" in refuse()


@pytest.mark.usefixtures("banco")
def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        told = subprocess.run(
            [*SERVE, "--port", str(taken.getsockname()[1])], capture_output=True, text=True, timeout=60, check=False
        )
    assert told.returncode == 1
    assert "já está em uso" in told.stderr
