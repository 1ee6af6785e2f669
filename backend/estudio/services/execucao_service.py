"""The Execução: one attempt at a transition of a month, remembered even when the attempt dies.

It writes on a connection of its own, so that progress is seen by other processes and a failure survives the rollback.
It proves nothing about the month: `competencias` and `extratos` do. Two locks of its connection tell the living from
the dead: one says that some transition is running (tried, never waited for), one that this very Execução is.
"""

import os
import socket
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString

import psycopg
import structlog

from estudio import db
from estudio.config import get_settings
from estudio.domain.competencia import Competencia
from estudio.domain.errors import (
    BancoIndisponivel,
    CommitDesfeito,
    OperacaoFalhou,
    OutcomeUnknown,
    Refusal,
)
from estudio.domain.usuario import Quem
from estudio.log_files import Parte
from estudio.services.contagem_service import Progress, tell_nobody
from estudio.services.execucao_etapas import Andamento, Watcher
from estudio.services.execucao_travas import ALIVE, RUNNING, Connection, explain_running, let_go, try_lock

log = structlog.get_logger(__name__)

# Progress is written at most this often, so that the statements of a closing do not grow with its rows.
PROGRESS_WRITES = 20


@dataclass
class Execucao:
    """A running attempt. Use `open_execucao`; every exit of its block leaves an outcome in the row."""

    id: int
    run_id: uuid.UUID
    competencia: Competencia
    acao: str
    connection: Connection
    watch: Watcher
    etapa: str = "inicio"
    xid: str | None = None
    extrato_id: int | None = None
    _ordem: int = 0
    _started_ns: int = 0
    _writes: int = 0
    _counted: Progress | None = None
    _finished: bool = field(default=False)

    def step(self, etapa: str) -> None:
        """A stage begins (and the one before it is over)."""
        self._close_step()
        self.etapa = etapa
        self._ordem += 1
        self._started_ns = time.perf_counter_ns()
        self._writes = 0
        self._counted = None
        # In one statement: who looks in between would see less done than before.
        self._write(
            """with passo as (insert into estudio.execucao_passos (execucao_id, ordem, etapa) values (%s, %s, %s))
               update estudio.execucoes set etapa = %s, lote = 0, lotes = null, registros = 0, registros_total = null
               where id = %s""",
            [self.id, self._ordem, etapa, etapa, self.id],
        )
        log.info("etapa", etapa=etapa, mes=self.competencia.slug)
        self.watch(Andamento(self.id, etapa))

    def progress(self, progress: Progress) -> None:
        """A batch of a count is done. Watchers hear of each; the row is written a bounded number of times."""
        # By rows: how many batches there will be is not always known.
        due = progress.registros * PROGRESS_WRITES >= (self._writes + 1) * progress.registros_total
        self._counted = progress
        if due or progress.registros == progress.registros_total:
            self._writes += 1
            self._write(
                """update estudio.execucoes set lote = %s, lotes = %s, registros = %s, registros_total = %s
                   where id = %s""",
                [progress.lote, progress.lotes, progress.registros, progress.registros_total, self.id],
            )
        counted = (progress.lote, progress.lotes, progress.registros, progress.registros_total)
        self.watch(Andamento(self.id, self.etapa, *counted))

    def remember_transaction(self, xid: str) -> None:
        """The transaction that is about to commit: its fate can be asked for when the answer is lost."""
        self.xid = xid
        self.connection.execute("update estudio.execucoes set xid = %s where id = %s", [xid, self.id])

    def finish(self, desfecho: str, *, codigo: str | None = None, mensagem: str | None = None) -> None:
        """The outcome, once: fechado · reaberto · selado · sem_dados · recusado(codigo) · falhou(stage)."""
        if self._finished:
            return
        self._finished = True
        self._close_step()
        self._write(_FINISH, [desfecho, codigo, mensagem, self.extrato_id, self.id])
        log.info("desfecho", desfecho=desfecho, codigo=codigo, mes=self.competencia.slug)

    def _close_step(self) -> None:
        if self._ordem:
            counted = self._counted
            self._write(
                """update estudio.execucao_passos set ms = %s, registros = %s, detalhe = %s
                   where execucao_id = %s and ordem = %s""",
                [
                    (time.perf_counter_ns() - self._started_ns) // 1_000_000,
                    counted and counted.registros,
                    # How many batches it took.
                    counted and str(counted.lote),
                    self.id,
                    self._ordem,
                ],
            )

    def _write(self, statement: LiteralString, values: list[Any]) -> None:
        # The server may be the very thing that failed. Then the row stays as it is, and the next look settles it: what
        # happened to the month is known from the month, and must not be hidden by a report that could not be written.
        try:
            self.connection.execute(statement, values)
        except psycopg.OperationalError as error:
            log.warning("execucao_sem_servidor", etapa=self.etapa, motivo=type(error).__name__)


@contextmanager
def open_execucao(
    acao: str, competencia: Competencia, *, quem: Quem, watch: Watcher = tell_nobody
) -> Generator[Execucao, None, None]:
    """One attempt, from its first moment to its outcome. Raises EmAndamento when another one is running.

    What leaves the block as a refusal is written as recusado, as any other error as falhou with the stage (a server
    that went away comes out as OperacaoFalhou). What goes wrong once COMMIT may have been sent is an unknown outcome:
    it stays open and is settled by the next look. A process that is killed leaves the row without an outcome and its
    locks free, which `settle_interrupted` tells apart from a running one.
    """
    with _borrow_for_locks() as connection:
        if not try_lock(connection, RUNNING, 0):
            raise explain_running(connection)
        settle_interrupted(connection)
        execucao = _insert(connection, acao, competencia, quem, watch)
        log.info("execucao", numero=str(execucao.run_id), acao=acao, mes=competencia.slug)
        with structlog.contextvars.bound_contextvars(run_id=str(execucao.run_id), parte=Parte.FECHAMENTO):
            try:
                yield execucao
            except BaseException as error:
                told = _conclude(execucao, error)
                if told is not error:
                    raise told from error
                raise


def _conclude(execucao: Execucao, error: BaseException) -> BaseException:
    """Write the outcome of an attempt that an error ended, where there is one to tell; returns the error to be told."""
    if execucao.xid is not None and not isinstance(error, CommitDesfeito):
        # The COMMIT may have been sent: what went wrong says nothing about the month. The next look asks the books.
        log.error("desfecho_desconhecido", etapa=execucao.etapa, mes=execucao.competencia.slug, motivo=str(error))
        return OutcomeUnknown() if isinstance(error, Refusal | psycopg.Error) else error
    if isinstance(error, BancoIndisponivel):
        log.error("falhou", etapa=execucao.etapa, mes=execucao.competencia.slug, motivo=str(error))
        failed = OperacaoFalhou(mes=execucao.competencia.label, etapa=execucao.etapa)
        execucao.finish("falhou", codigo=execucao.etapa, mensagem=failed.message)
        return failed
    if isinstance(error, Refusal):
        desfecho = "sem_dados" if error.codigo == "sem_dados" else "recusado"
        execucao.finish(desfecho, codigo=error.codigo, mensagem=error.message)
        return error
    log.error("falhou", etapa=execucao.etapa, mes=execucao.competencia.slug, exc_info=error)
    execucao.finish("falhou", codigo=execucao.etapa, mensagem=f"{type(error).__name__} na etapa {execucao.etapa}")
    return error


@contextmanager
def _borrow_for_locks() -> Generator[Connection, None, None]:
    """A connection whose locks and settings last as long as the block; they go with it when the process dies."""
    with db.borrow() as connection:
        try:
            yield connection
        finally:
            with suppress(psycopg.OperationalError):
                connection.execute("select pg_advisory_unlock_all()")
                connection.execute("reset idle_session_timeout")
                connection.execute("reset synchronous_commit")


def settle_interrupted(connection: Connection) -> int:
    """Give an outcome to every Execução whose process is gone; returns how many.

    The books decide: the audit of a transition carries its run. One whose transaction the server still has in progress
    (a COMMIT that hangs on a sick disk) stays as it is.
    """
    orphans = connection.execute(
        "select id, run_id, acao, xid from estudio.execucoes where desfecho is null order by id"
    ).fetchall()
    settled = 0
    for id_, run_id, acao, xid in orphans:
        if not try_lock(connection, ALIVE, id_):
            continue
        if xid is None or not _is_in_progress(connection, xid):
            connection.execute(_SETTLE, {"id": id_, "run": str(run_id), "feito": _DONE[acao]})
            settled += 1
        let_go(connection, ALIVE, id_)
    return settled


def _is_in_progress(connection: Connection, xid: str) -> bool:
    # A number that the server has not given out yet is one from before a crash, whose transaction did not come back.
    row = connection.execute(
        """select case when %(xid)s::xid8 < pg_snapshot_xmax(pg_current_snapshot())
                  then pg_xact_status(%(xid)s::xid8) = 'in progress' else false end""",
        {"xid": xid},
    ).fetchone()
    assert row is not None, "a SELECT of a scalar always has its row"
    return bool(row[0])


_SETTLE = """
    update estudio.execucoes e set terminada_em = clock_timestamp(),
        desfecho = case when feito.sim then %(feito)s else 'interrompido' end,
        extrato_id = (select x.id from estudio.extratos x where x.run_id = e.run_id),
        mensagem = case when feito.sim then 'Concluído; o processo parou antes de registrar o desfecho.'
                        else 'Parou na etapa ' || e.etapa || '; nada foi alterado.' end
    from (select exists (select from estudio.auditoria
                         where tabela = 'competencias' and depois ->> 'run_id' = %(run)s) as sim) feito
    where e.id = %(id)s and e.desfecho is null"""

# With its outcome the aviso of a closing that did not close, once until it is closed: a failure always, a refusal
# unless somebody was there who read it.
_FINISH: Final[LiteralString] = """
    with feito as (
        update estudio.execucoes set desfecho = %s, codigo = %s, mensagem = %s, extrato_id = %s,
            terminada_em = clock_timestamp() where id = %s returning acao, mes, quem, desfecho, codigo
    )
    insert into estudio.avisos (evento, tipo, dados)
    select 'fechamento:' || to_char(mes, 'YYYY-MM') || ':' || case desfecho when 'falhou' then desfecho else codigo end
             || ':' || (select count(*) from estudio.extratos x where x.mes = feito.mes),
           'fechamento_' || desfecho, jsonb_build_object('mes', to_char(mes, 'YYYY-MM'), 'codigo', codigo)
    from feito where acao = 'fechamento' and (desfecho = 'falhou' or (desfecho = 'recusado' and quem is null))
    on conflict on constraint avisos_evento_unico do nothing"""

_DONE = {"fechamento": "fechado", "reabertura": "reaberto", "selagem": "selado"}


def _insert(connection: Connection, acao: str, competencia: Competencia, quem: Quem, watch: Watcher) -> Execucao:
    run_id = uuid.uuid4()
    # A frozen process must not keep every later closing out: its connection ends after as long as a closing may take.
    seconds = get_settings().atomic_transaction_timeout + 60
    # It proves nothing, so it does not wait for the disk at each of its steps; what a power cut takes is settled later.
    connection.execute(
        "select set_config('idle_session_timeout', %s, false), set_config('synchronous_commit', 'off', false)",
        [f"{seconds}s"],
    )
    # Locked by the statement that makes it: nobody ever sees the row without its lock.
    row = connection.execute(
        """insert into estudio.execucoes (run_id, acao, mes, origem, quem, maquina, pid)
           values (%s, %s, %s, %s, %s, %s, %s) returning id, pg_advisory_lock(8, id::int)""",
        [run_id, acao, competencia.first_day, quem.origem, quem.usuario_id, socket.gethostname(), os.getpid()],
    ).fetchone()
    assert row is not None, "INSERT … RETURNING of one row"
    return Execucao(row[0], run_id, competencia, acao, connection, watch)
