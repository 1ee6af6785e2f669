"""The transaction in which a month changes its state: how it begins, how long it may take."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from estudio import db
from estudio.config import get_settings
from estudio.domain.errors import TempoEsgotado
from estudio.domain.usuario import Quem


@dataclass(frozen=True)
class Transicao:
    """A transaction that changes a month's state, and how long it may still take.

    PostgreSQL 15 has no setting for the length of a transaction, so each statement is given what is left of it.
    """

    connection: db.Connection
    ends_ns: int

    def bound(self) -> None:
        """Bound the statements that follow by the time that is left. Raises TempoEsgotado when there is none."""
        left_ms = (self.ends_ns - time.monotonic_ns()) // 1_000_000
        if left_ms <= 0:
            raise TempoEsgotado
        self.connection.execute("select set_config('statement_timeout', %s, true)", [f"{left_ms}ms"])


@contextmanager
def open_transicao(quem: Quem) -> Generator[Transicao, None, None]:
    """READ COMMITTED, bounded in time, told who acts; nothing is written before the lock."""
    seconds = get_settings().atomic_transaction_timeout
    with db.translated(), db.connect() as connection:
        transicao = Transicao(connection, time.monotonic_ns() + seconds * 1_000_000_000)
        connection.execute("begin isolation level read committed")
        transicao.bound()
        connection.execute(
            "select set_config('estudio.origem', %s, true), set_config('estudio.quem', %s, true)",
            [quem.origem, "" if quem.usuario_id is None else str(quem.usuario_id)],
        )
        yield transicao
