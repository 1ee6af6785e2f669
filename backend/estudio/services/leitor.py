"""The process that reads a part of a month: requests on a channel, the parts of its answers on the same.

Started and ended by `leitores`. It reads and nothing else; it knows no setting, and of the database what it is told on
the channel. Whoever started it being gone, it is gone as well.
"""

import logging
import os
import select
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Channel
from typing import Any, Final

import psycopg

CHANNEL: Final = 0
"""The descriptor of the channel: where other programs have their standard input."""

PART, END, REFUSED, BROKEN = "parte", "fim", "recusa", "falha"
"""What an answer is: a part of it, its end, an error of the database, and anything that went wrong besides."""


@dataclass(frozen=True, repr=False)
class Acesso:
    """How a reader comes to see what its starter sees: the same database, the same snapshot, the same patience."""

    conninfo: str
    snapshot: str
    statement_timeout: str


def main() -> None:
    """Answer requests until there are no more."""
    channel = Channel(CHANNEL)
    threading.Thread(target=_end_with_starter, daemon=True).start()
    try:
        with ExitStack() as stack:
            acesso: Acesso | None = channel.recv()
            connection = None if acesso is None else stack.enter_context(_open(acesso))
            while (request := channel.recv()) is not None:
                deed, *arguments = request
                for part in _DEEDS[deed](connection, *arguments):
                    channel.send((PART, part))
                channel.send((END, None))
    except psycopg.Error as error:
        channel.send((REFUSED, error))
    except EOFError:
        return
    except BaseException as error:
        from estudio.log_traces import format_trace

        # What it read is nobody's in a log.
        channel.send((BROKEN, format_trace(error)))
        raise


def _end_with_starter() -> None:
    """A query may keep the other thread for a minute before it would notice."""
    gone = select.poll()
    gone.register(CHANNEL, 0)
    gone.poll()
    os._exit(1)


@contextmanager
def _open(acesso: Acesso) -> Iterator[psycopg.Connection[Any]]:
    connection = psycopg.connect(acesso.conninfo, autocommit=True)
    try:
        connection.execute("select set_config('statement_timeout', %s, false)", [acesso.statement_timeout])
        # Readers are what works side by side here; servers of the server's own for each of them would only take turns.
        connection.execute("set max_parallel_workers_per_gather = 0")
        connection.execute("begin isolation level repeatable read, read only")
        connection.execute(psycopg.sql.SQL("set transaction snapshot {}").format(acesso.snapshot))
        yield connection
    finally:
        # Nothing was written, so there is nothing to say to the server.
        connection.close()


def _write_sheet(connection: psycopg.Connection[Any], *arguments: Any) -> Generator[Any, None, None]:
    from estudio.services.backup_lote import read_written

    return read_written(connection, *arguments)


def _read_sheet(_connection: None, piece: bytes) -> Iterator[Any]:
    from estudio.services.backup_pedaco import count_piece

    yield count_piece(piece)


def _total(connection: psycopg.Connection[Any], *arguments: Any) -> Generator[Any, None, None]:
    import structlog

    from estudio.services.contagem_service import total_kind

    # Whoever joins the batches logs them.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    return total_kind(connection, *arguments)


_DEEDS: Final[dict[str, Callable[..., Iterator[Any]]]] = {
    "escrever": _write_sheet,
    "ler": _read_sheet,
    "contar": _total,
}
"""Each imports what it needs when it is asked for, so that a reader is there quickly."""
