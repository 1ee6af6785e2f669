"""`estudio run`: pages and worker together; a second one refused; what falls is started again; one Ctrl-C ends both."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers import TestServer

from estudio.cli.run import _hold_folder
from estudio.domain.errors import EmUso
from estudio.prioridade import CORTESIA

RUN = [sys.executable, "-m", "estudio", "run"]

# Who lived two seconds has shown that it can; another one is given up at its second end.
HASTY = """
import sys
from estudio.cli import main, run
run.FIRME_S, run.QUEDAS, run.ESPERA_S = 2, 2, 1
main(["run", *sys.argv[1:]])
"""

pytestmark = pytest.mark.usefixtures("banco")


def find_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(port: int, command: Sequence[str] = RUN) -> Generator[subprocess.Popen[str], None, None]:
    process = subprocess.Popen([*command, "--port", str(port)], stderr=subprocess.PIPE, text=True)
    try:
        await_that(lambda: answers(port))
        yield process
    finally:
        process.kill()
        process.wait(30)
        assert process.stderr is not None
        process.stderr.close()


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.URLError:
        return False


def await_that(happens: Callable[[], object], seconds: int = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def list_children(pid: int) -> dict[str, int]:
    """The command of each process that the keeper started, and its pid."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
        if "estudio.cli.amarrado" in words:
            found[words[words.index("estudio.cli.amarrado") + 2]] = int(child)
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def find_priority(pid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.proof)])
def test_one_signal_ends_both(number: signal.Signals) -> None:
    port = find_port()
    with running(port) as process:
        await_that(lambda: len(list_children(process.pid)) == 2)
        children = list_children(process.pid)
        assert set(children) == {"web", "worker"}
        # What nobody waits for gives way to the pages.
        await_that(lambda: find_priority(children["worker"]) - find_priority(children["web"]) == CORTESIA)
        process.send_signal(number)
        assert process.wait(60) == 0
        assert not any(is_alive(pid) for pid in children.values())
    assert not answers(port)


def test_a_second_one_in_the_same_folder_is_refused_plainly() -> None:
    with running(find_port()) as process:
        told = subprocess.run(
            [*RUN, "--port", str(find_port())], capture_output=True, text=True, timeout=60, check=False
        )
        assert told.returncode == 1
        assert f"(processo {process.pid})" in told.stderr
        assert "ESTUDIO_DATA_DIR" in told.stderr


def test_a_full_disk_keeps_nobody_from_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", refuse)
    with _hold_folder(tmp_path), pytest.raises(EmUso), _hold_folder(tmp_path):
        pass


def test_what_falls_is_started_again() -> None:
    port = find_port()
    with running(port) as process:
        await_that(lambda: len(list_children(process.pid)) == 2)
        before = list_children(process.pid)
        serving = [int(pid) for pid in Path(f"/proc/{before['web']}/task/{before['web']}/children").read_text().split()]
        assert serving
        os.kill(before["worker"], signal.SIGKILL)
        os.kill(before["web"], signal.SIGKILL)
        await_that(lambda: len(set(list_children(process.pid).values()) - set(before.values())) == 2)
        # Nor do those that it had started go on answering in its place.
        assert not any(is_alive(pid) for pid in serving)
        await_that(lambda: answers(port))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.mark.proof
def test_a_server_that_is_away_takes_no_pages_along(servidor_proprio: TestServer) -> None:
    """The worker cannot start without it, however often; the pages answer, and say so."""
    port = find_port()
    with running(port, [sys.executable, "-c", HASTY]) as process:
        await_that(lambda: len(list_children(process.pid)) == 2)
        before = list_children(process.pid)
        time.sleep(4)
        servidor_proprio.kill()
        os.kill(before["worker"], signal.SIGKILL)
        seen = set()

        def falls_again() -> bool:
            seen.add(list_children(process.pid).get("worker", 0))
            return len(seen - {before["worker"], 0}) >= 4

        await_that(falls_again)
        assert process.poll() is None
        assert list_children(process.pid)["web"] == before["web"]
        assert answers(port)
        servidor_proprio.restart()

        def stays() -> bool:
            worker = list_children(process.pid).get("worker")
            time.sleep(4)
            return worker is not None and list_children(process.pid).get("worker") == worker

        await_that(stays)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.mark.proof
def test_when_the_keeper_is_killed_nobody_stays_behind() -> None:
    port = find_port()
    with running(port) as process:
        await_that(lambda: len(list_children(process.pid)) == 2)
        children = list_children(process.pid)
        process.kill()
        await_that(lambda: not any(is_alive(pid) for pid in children.values()))
        await_that(lambda: not answers(port))


def test_what_the_pages_refuse_ends_all_with_their_word(monkeypatch: pytest.MonkeyPatch) -> None:
    told = subprocess.run([*RUN, "--host", "0.0.0.0"], capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 2
    assert "TLS_CERTIFICATE" in told.stderr
    monkeypatch.setenv("CRON_SCHEDULE", "todo dia 1")
    told = subprocess.run(RUN, capture_output=True, text=True, timeout=60, check=False)
    assert (told.returncode, "CRON_SCHEDULE" in told.stderr) == (2, True)
