"""What became of a COMMIT. An answer that was lost or swallowed is asked for again, never guessed."""

import time

import psycopg
import structlog

from estudio import db
from estudio.domain.errors import BancoIndisponivel, BancoRecusou, CommitDesfeito, IntegrityBroken, OutcomeUnknown
from estudio.services.contagem_service import Connection
from estudio.services.execucao_service import Execucao

log = structlog.get_logger(__name__)

READ_BACK_SECONDS = 60


def commit_and_read_back(connection: Connection, execucao: Execucao) -> None:
    """COMMIT, then read on another connection what became of it.

    A transaction that had failed before answers COMMIT with a ROLLBACK and no error; a connection that dies in COMMIT
    answers nothing at all. Raises CommitDesfeito when nothing was changed, OutcomeUnknown when nobody can say.
    """
    execucao.step("commit")
    row = connection.execute("select pg_current_xact_id()::text").fetchone()
    assert row is not None, "a SELECT of a scalar always has its row"
    xid = str(row[0])
    execucao.remember_transaction(xid)
    answered = False
    try:
        connection.execute("commit")
        answered = True
    except psycopg.OperationalError as lost:
        log.warning("commit_sem_resposta", xid=xid, motivo=type(lost).__name__)
    execucao.step("leitura")
    status = _wait_for_status(xid)
    if status == "aborted":
        raise CommitDesfeito(mes=execucao.competencia.label)
    if status != "committed":
        raise OutcomeUnknown(
            f"Não se sabe se a transação de {execucao.competencia.label} foi gravada: o servidor não respondeu. "
            "Rode `estudio extrato list` quando ele voltar; ele diz o que aconteceu."
        )
    _ensure_recorded(execucao, answered=answered)


def _wait_for_status(xid: str) -> str | None:
    """committed, aborted, or None when it stays in progress or out of reach for a minute."""
    deadline = time.monotonic() + READ_BACK_SECONDS
    while True:
        try:
            with db.borrow() as other:
                row = other.execute("select pg_xact_status(%s::xid8)", [xid]).fetchone()
        except psycopg.errors.InvalidParameterValue:
            # "In the future": the server came back from a crash and never heard of it.
            return "aborted"
        except (psycopg.OperationalError, BancoIndisponivel, BancoRecusou) as away:
            log.warning("servidor_fora", motivo=type(away).__name__)
            row = None
        if row and row[0] in ("committed", "aborted"):
            return str(row[0])
        if time.monotonic() > deadline:
            return None
        time.sleep(0.2)


def _ensure_recorded(execucao: Execucao, *, answered: bool) -> None:
    with db.borrow() as other:
        found = other.execute(
            """select 1 from estudio.auditoria
               where tabela = 'competencias' and depois ->> 'run_id' = %s and xid = %s::xid8""",
            [str(execucao.run_id), execucao.xid],
        ).fetchone()
    if found is None and not answered:
        # After a crash the number is given to another transaction, and that one was committed.
        raise CommitDesfeito(mes=execucao.competencia.label)
    if found is None:
        raise IntegrityBroken(f"A transação de {execucao.competencia.label} foi gravada, mas não está nos livros.")
