"""The program as people run it: `estudio web` and `estudio worker` in processes of their own, ended with the block."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent.parent / "backend"

DESPEDIDA_S = 30


@contextmanager
def run_web() -> Generator[tuple[int, "subprocess.Popen[bytes]"], None, None]:
    """The pages, at a port that is free."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with _run("web", "--port", str(port)) as process:
        yield port, process


@contextmanager
def run_worker() -> Generator["subprocess.Popen[bytes]", None, None]:
    with _run("worker") as process:
        yield process


@contextmanager
def _run(*words: str) -> Generator["subprocess.Popen[bytes]", None, None]:
    # A session of its own: a Ctrl-C is this process' to handle, which then ends all that was started there.
    process = subprocess.Popen(
        [sys.executable, "-m", "estudio", *words],
        env=os.environ | {"PYTHONPATH": str(PROGRAM)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        process.wait(DESPEDIDA_S)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def list_processes(process: "subprocess.Popen[bytes]") -> list[int]:
    """It and those that it keeps: of the pages, the ones that serve."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [process.pid, *map(int, children)]
