"""The transaction in which a month changes its state: how it begins, how long it may take, whom it waits for."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from estudio import clock, db
from estudio.config import get_settings
from estudio.domain.competencia import Competencia
from estudio.domain.errors import Ocupado, TempoEsgotado
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
        self._set("statement_timeout")

    def allow_idle(self) -> None:
        """Let the month wait for work outside the database, such as writing a backup, as long as there is time."""
        self._set("idle_in_transaction_session_timeout")

    def ensure_in_time(self) -> int:
        """Return the milliseconds that are left. Raises TempoEsgotado when there are none."""
        left_ms = (self.ends_ns - time.monotonic_ns()) // 1_000_000
        if left_ms <= 0:
            raise TempoEsgotado
        return left_ms

    def _set(self, limit: str) -> None:
        self.connection.execute("select set_config(%s, %s, true)", [limit, f"{self.ensure_in_time()}ms"])


@contextmanager
def open_transicao(quem: Quem) -> Generator[Transicao, None, None]:
    """READ COMMITTED, bounded in time, told who acts; nothing is written before the lock."""
    seconds = get_settings().atomic_transaction_timeout
    with db.translated(), db.borrow() as connection:
        transicao = Transicao(connection, time.monotonic_ns() + seconds * 1_000_000_000)
        connection.execute("begin isolation level read committed")
        transicao.bound()
        # No lock_timeout: it counts anew for each lock, and ends the waiting before statement_timeout can say for whom.
        connection.execute(
            """select set_config('estudio.origem', %s, true), set_config('estudio.quem', %s, true),
                      set_config('lock_timeout', '0', true)""",
            [quem.origem, "" if quem.usuario_id is None else str(quem.usuario_id)],
        )
        yield transicao


def lock_month(transicao: Transicao, competencia: Competencia) -> None:
    """Take the month: writers in flight are waited for, later ones wait. Raises Ocupado with who would not let go."""
    try:
        transicao.connection.execute("select estudio.travar_competencia(%s)", [competencia.first_day])
    except psycopg.errors.QueryCanceled as late:
        raise _explain_writer(competencia) from late


def _explain_writer(competencia: Competencia) -> Ocupado:
    with db.borrow() as connection:
        writer = connection.execute(
            """select a.pid, a.application_name, a.xact_start from pg_locks l join pg_stat_activity a using (pid)
               where l.locktype = 'advisory' and l.granted and l.classid = 7 and l.mode = 'ShareLock'
                 and l.objid = estudio.numero_do_mes(%s)::oid
                 and l.database = (select oid from pg_database where datname = current_database())
               order by a.xact_start limit 1""",
            [competencia.first_day],
        ).fetchone()
    if writer is None:
        return Ocupado(f"{competencia.label} estava ocupado e a espera acabou; nada foi alterado. Tente de novo.")
    pid, name, since = writer
    return Ocupado(
        f"{competencia.label} está ocupado desde {clock.to_local(since):%d/%m às %H:%M:%S} por um lançamento que não "
        f"termina ({name}, processo {pid} do banco). Nada foi alterado; termine o lançamento ou tente mais tarde.",
        pid=pid,
    )
