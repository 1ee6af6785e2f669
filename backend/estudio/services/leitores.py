"""Several processes that each read a part of a month, and their answers joined: in order, whoever is done first.

Python counts and writes rows on one processor only, so readers are processes (`leitor`). How many there are changes no
byte of what comes out. What they have read ahead of their turn is bounded, so memory does not grow with the month.
"""

import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Channel
from multiprocessing.connection import wait
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any, Final

import psycopg
import structlog
from psycopg.conninfo import make_conninfo

import estudio
from estudio.config import get_settings
from estudio.domain.errors import LeitorParou
from estudio.services.leitor import CHANNEL, PART, REFUSED, Acesso

log = structlog.get_logger(__name__)

AHEAD: Final = 8 << 20
"""Bytes that a reader may be ahead of its turn; then it waits."""

WORTHWHILE: Final = 100_000
"""Rows from which readers gain more than their start costs."""

_BEAT_S: Final = 1
_PATIENCE_S: Final = 5

# The folder that somebody works in is nobody's program, and the address of the database is told on the channel.
_START: Final = "import sys; sys.path.insert(0, sys.argv[1]); from estudio.services.leitor import main; main()"
_BACKEND: Final = str(Path(estudio.__file__).resolve().parents[1])


def count_leitores(rows: int, connection: psycopg.Connection[Any] | None = None) -> int:
    """How many readers so many rows are given: `EXTRATO_WORKERS`; one where they are few, or nobody else's to see.

    What a transaction has written and not committed, other connections do not see.
    """
    leitores = get_settings().extrato_workers if rows >= WORTHWHILE else 1
    if leitores > 1 and connection is not None:
        row = connection.execute("select pg_current_xact_id_if_assigned() is null").fetchone()
        assert row is not None, "a SELECT of a scalar always has its row"
        return leitores if row[0] else 1
    return leitores


@dataclass(eq=False)
class _Parte:
    """One request, and what has come of it and was not handed on yet."""

    messages: deque[tuple[int, Any]] = field(default_factory=deque)
    held: int = 0
    over: bool = False

    def take(self) -> Iterator[Any]:
        while self.messages:
            size, message = self.messages.popleft()
            self.held -= size
            yield message


@dataclass(eq=False)
class _Leitor:
    process: "subprocess.Popen[bytes]"
    channel: Channel
    parte: _Parte | None = None


class Leitores:
    """Running readers. Use `open_leitores`."""

    def __init__(self, leitores: list[_Leitor], beat: Callable[[], object]) -> None:
        self._leitores, self._beat = leitores, beat

    def read(self, requests: Iterable[tuple[Any, ...]], *, in_order: bool = True) -> Generator[Any, None, None]:
        """The parts of all answers, in the order of the requests; these are asked for when a reader is free.

        Raises the error that a reader met in the database, or LeitorParou.
        """
        asked, line = iter(requests), deque[_Parte]()
        turned = time.monotonic()
        while self._hand_out(asked, line):
            turn = line[0]
            busy = {
                leitor.channel: leitor
                for leitor in self._leitores
                if leitor.parte is not None and (leitor.parte is turn or not in_order or leitor.parte.held < AHEAD)
            }
            for channel in wait(list(busy), _BEAT_S):
                assert isinstance(channel, Channel)
                _receive(busy[channel])
            while line:
                for parte in [line[0]] if in_order else line:
                    yield from parte.take()
                if not line[0].over:
                    break
                line.popleft()
            if time.monotonic() - turned >= _BEAT_S:
                self._beat()
                turned = time.monotonic()

    def _hand_out(self, asked: Iterator[tuple[Any, ...]], line: deque[_Parte]) -> bool:
        """Give each free reader the next request; False when all was asked for and answered."""
        for leitor in self._leitores:
            if leitor.parte is None and (request := next(asked, None)) is not None:
                with _stopping(leitor):
                    leitor.channel.send(request)
                leitor.parte = _Parte()
                line.append(leitor.parte)
        return bool(line)


@contextmanager
def open_leitores(
    quantos: int, connection: psycopg.Connection[Any] | None = None, *, beat: Callable[[], object] | None = None
) -> Generator[Leitores, None, None]:
    """Start readers; when the block ends, none of them is there any more.

    With a connection, which is in a transaction, they see its database as it sees it at this moment. It must not fall
    asleep meanwhile: `beat` is called about once a second, and unless told otherwise speaks to it.
    """
    acesso = None if connection is None else _share(connection)
    with _started(quantos) as leitores:
        for leitor in leitores:
            with _stopping(leitor):
                leitor.channel.send(acesso)
        yield Leitores(leitores, beat or (lambda: connection is not None and connection.execute("select 1")))
        for leitor in leitores:
            # One that is gone by now has answered all that it was asked.
            with suppress(BrokenPipeError):
                leitor.channel.send(None)
        for leitor in leitores:
            with suppress(subprocess.TimeoutExpired):
                leitor.process.wait(_PATIENCE_S)


@contextmanager
def _started(quantos: int) -> Generator[list[_Leitor], None, None]:
    leitores: list[_Leitor] = []
    try:
        for _ in range(quantos):
            leitores.append(_start())
        yield leitores
    finally:
        for leitor in leitores:
            leitor.process.kill()
            leitor.channel.close()
        for leitor in leitores:
            leitor.process.wait()


def _start() -> _Leitor:
    here, there = socket.socketpair()
    with there:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, _BACKEND],
            stdin=there.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A Ctrl-C is its starter's to handle, which then ends it.
            start_new_session=True,
        )
    assert CHANNEL == 0, "what is its standard input"
    return _Leitor(process, Channel(here.detach()))


def _share(connection: psycopg.Connection[Any]) -> Acesso:
    row = connection.execute("select pg_export_snapshot(), current_setting('statement_timeout')").fetchone()
    assert row is not None, "a SELECT of scalars always has its row"
    info = connection.info
    conninfo = make_conninfo(**info.get_parameters(), password=info.password or None)
    return Acesso(conninfo, *row)


def _receive(leitor: _Leitor) -> None:
    assert leitor.parte is not None, "only those are listened to that were asked"
    with _stopping(leitor):
        answer = leitor.channel.recv_bytes()
    kind, message = ForkingPickler.loads(answer)
    if kind == PART:
        leitor.parte.messages.append((len(answer), message))
        leitor.parte.held += len(answer)
    elif kind == REFUSED:
        raise message
    elif message is not None:
        log.error("leitor_parou", motivo=message)
        raise LeitorParou
    else:
        leitor.parte.over, leitor.parte = True, None


@contextmanager
def _stopping(leitor: _Leitor) -> Generator[None, None, None]:
    """Talking to a reader that is gone. Raises LeitorParou."""
    try:
        yield
    except (EOFError, ConnectionError) as error:
        log.error("leitor_parou", saida=leitor.process.poll())
        raise LeitorParou from error
