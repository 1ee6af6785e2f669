"""Deeds in a process of their own (filho.py), started and always ended: none outlives the benchmark."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FILHO = Path(__file__).with_name("filho.py")


def run_filho(deed: str, month: str, **settings: str) -> dict[str, Any]:
    """Do a deed in a process of its own and return what it says. Raises CalledProcessError."""
    with start_filho(deed, month, **settings) as process:
        return read_filho(process)


@contextmanager
def start_filho(deed: str, month: str, **settings: str) -> Generator["subprocess.Popen[str]", None, None]:
    """Start a deed; whatever happens in the block, its process is gone after it."""
    # A session of its own: a Ctrl-C is this process' to handle, which then ends that one.
    process = subprocess.Popen(
        [sys.executable, str(FILHO), deed, month],
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def read_filho(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Wait for a deed and return what it says. Raises CalledProcessError."""
    output, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    result: dict[str, Any] = json.loads(output.splitlines()[-1])
    return result
