"""Processes that run one command of `estudio` at the same moment: `oito.py 8 FOLDER extrato close … --json`.

Everything is imported once and forked, so that they begin within a few milliseconds of each other; none shares a
connection. Each writes its document into the folder; prints one JSON list of
[pid, exit code], in the same order.
"""

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import NoReturn

from estudio.cli import main


def run_child(start: int, answer: Path, words: list[str]) -> NoReturn:
    """Wait for the start (the end of the pipe), run the command, end with its exit code."""
    code = 70
    os.read(start, 1)
    os.dup2(os.open(answer, os.O_WRONLY | os.O_CREAT, 0o600), sys.stdout.fileno())
    try:
        main(words)
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        os._exit(code)


def fork_all(count: int, folder: Path, words: list[str]) -> list[tuple[int, int]]:
    start, starter = os.pipe()
    children = []
    for number in range(count):
        pid = os.fork()
        if pid == 0:
            os.close(starter)
            run_child(start, folder / f"{number}.json", words)
        children.append(pid)
    os.close(starter)
    return [(pid, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])) for pid in children]


if __name__ == "__main__":
    # It loads when it is used, which would take each of them half a second of its own.
    importlib.import_module(f"estudio.cli.{sys.argv[3]}")
    sys.stdout.write(json.dumps(fork_all(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])) + "\n")
