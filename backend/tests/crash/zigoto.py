"""A process that forks closings to be killed: everything is imported once, so that two hundred deaths take a minute.

Reads commands from stdin, one a line: `run N` forks a child that closes the month and kills itself at boundary N (0: at
none), or is killed from outside. Answers `pid P`, and `end CODE LAST` when that child is gone: CODE is its exit code or
minus the signal, LAST the number of boundaries it passed, when it lived to count them. The exit codes are those of the
command line: 0 only when the closing said that the month is closed (cli/exits.py).

A boundary is the moment before or after something of which a crash may leave half: a stage, a statement that changes
the month, a write, a sync, a rename, a link.
"""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from estudio import db, logs
from estudio.cli.exits import CRASHED, DONE, explain
from estudio.domain.errors import EstudioError
from estudio.services.execucao_service import Execucao
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction

STATEMENTS = (
    "begin",
    "commit",
    "select estudio.travar",
    "select run_id from estudio.fechar",
    "insert into estudio.execucoes",
)


@dataclass
class Way:
    """How far this process got, and where it ends."""

    passed: int = 0
    fatal: int = 0

    def reach(self) -> None:
        """One boundary more; the fatal one is the last thing that happens."""
        self.passed += 1
        if self.passed == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


way = Way()


def _bounded(deed: Callable[..., Any], when: Callable[..., bool] = lambda *_, **__: True) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        bounds = when(*args, **kwargs)
        if bounds:
            way.reach()
        done = deed(*args, **kwargs)
        if bounds:
            way.reach()
        return done

    return run


def _changes_the_month(_connection: Any, query: Any, *_: Any, **__: Any) -> bool:
    return isinstance(query, str) and query.strip().startswith(STATEMENTS)


def set_boundaries() -> None:
    """Put a boundary before and after each of them, for this process alone."""
    for name in ("fsync", "rename", "replace", "link", "unlink", "write"):
        setattr(os, name, _bounded(getattr(os, name)))
    for deed in (Execucao.step, Execucao.finish, Execucao.remember_transaction):
        setattr(Execucao, deed.__name__, _bounded(deed))
    name = "execute"
    setattr(psycopg.Connection, name, _bounded(psycopg.Connection.execute, _changes_the_month))


def run_child(month: str, answer: int) -> None:
    """Close the month and tell how many boundaries there were."""
    ano, mes = (int(part) for part in month.split("-"))
    set_boundaries()
    try:
        generate_extrato_with_atomic_transaction(mes, ano)
    finally:
        os.pwrite(answer, f"{way.passed:8d}".encode(), 0)


def main(month: str) -> None:
    """Serve until stdin ends."""
    logs.start()
    logs.configure()
    answer = os.memfd_create("fronteiras")
    for line in sys.stdin:
        way.fatal = int(line.split()[1])
        os.pwrite(answer, b"       0", 0)
        pid = os.fork()
        if pid == 0:
            code = CRASHED
            try:
                run_child(month, answer)
                code = DONE
            except EstudioError as error:
                code = explain(error).code
            finally:
                db.reset()
                os._exit(code)
        _answer(f"pid {pid}")
        _, status = os.waitpid(pid, 0)
        _answer(f"end {os.waitstatus_to_exitcode(status)} {int(os.pread(answer, 8, 0))}")


def _answer(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
