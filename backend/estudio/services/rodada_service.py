"""Rodadas: the runs of the rotinas. When the last one went well, whether another is to be tried already, what to tell.

By the program's clock, like the schedule. A row without an outcome is a run that goes on, or one whose process is gone:
the queue knows which, and the next run of the same rotina ends it.
"""

import os
import socket
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.rotina import Desfecho, Rotina
from estudio.services.aviso_service import record_aviso, record_fechamento

RECUOS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 25, 60))
"""After so many failures in a row it is tried again when this much has passed."""

EM_ANDAMENTO: Final = timedelta(minutes=5)
"""Somebody else was at the same thing: they will soon be done, or have failed."""

NADA_DE_NOVO: Final = timedelta(minutes=10)
"""There was nothing to do, although it seemed due: asked again at once it would be asked without end."""

FECHAMENTO: Final = "fechamento"
"""The rotina that closes months."""

DE_OUTROS: Final = frozenset({"em_andamento", "documentos_em_andamento"})
"""The refusals that say so."""

AGORA: Final = timedelta(hours=1)
"""A success this far in the future was written before the clock was set back, and says nothing about today."""


def find_last_success(session: Session, rotina: str, alvo: str = "") -> datetime | None:
    """When the last run that went well began, of a rotina that is about nothing in particular, or about this."""
    begun: datetime | None = session.scalar(
        text(
            """select iniciada_em from estudio.rodadas
               where rotina = :rotina and alvo = :alvo and desfecho in ('feita', 'nada') order by id desc limit 1"""
        ),
        {"rotina": rotina, "alvo": alvo},
    )
    return begun


def is_waiting(session: Session, rotina: Rotina, alvo: str, agora: datetime) -> bool:
    """Whether the last runs went badly or were for nothing, and it is too early for another."""
    rows = session.execute(
        text(
            """select desfecho, codigo, coalesce(terminada_em, iniciada_em) as em from estudio.rodadas
               where rotina = :rotina and alvo = :alvo order by id desc limit 5"""
        ),
        {"rotina": rotina.nome, "alvo": alvo},
    ).all()
    bad = 0
    for row in rows:
        if row.desfecho not in (Desfecho.FALHOU, Desfecho.INTERROMPIDA, None):
            break
        bad += 1
    if bad:
        # A process may be killed for any reason: the first time it is no reason to wait.
        wait = timedelta() if bad == 1 and rows[0].desfecho != Desfecho.FALHOU else RECUOS[min(bad, len(RECUOS)) - 1]
    elif rows and rows[0].desfecho == Desfecho.RECUSADA:
        wait = EM_ANDAMENTO if rows[0].codigo in DE_OUTROS else rotina.espera
    elif rows and rows[0].desfecho == Desfecho.NADA:
        wait = NADA_DE_NOVO
    else:
        return False
    # Not where the clock was set back behind it: that would be a wait without end.
    since: timedelta = agora - rows[0].em
    return timedelta() <= since < wait


def open_rodada(rotina: Rotina, alvo: str, *, run_id: UUID, tarefa_id: int | None) -> int:
    """Remember that a run begins. One before it that has no outcome is over: two never run at once."""
    with db.transaction() as session:
        session.execute(
            text(
                """update estudio.rodadas set desfecho = 'interrompida', terminada_em = :agora
                   where rotina = :rotina and alvo = :alvo and desfecho is null"""
            ),
            {"rotina": rotina.nome, "alvo": alvo, "agora": clock.now()},
        )
        rodada_id: int = session.execute(
            text(
                """insert into estudio.rodadas (rotina, alvo, run_id, tarefa_id, maquina, pid, iniciada_em)
                   values (:rotina, :alvo, :run_id, :tarefa_id, :maquina, :pid, :agora) returning id"""
            ),
            {
                "rotina": rotina.nome,
                "alvo": alvo,
                "run_id": run_id,
                "tarefa_id": tarefa_id,
                "maquina": socket.gethostname(),
                "pid": os.getpid(),
                "agora": clock.now(),
            },
        ).scalar_one()
        return rodada_id


def finish_rodada(
    rodada_id: int, desfecho: Desfecho, *, codigo: str | None = None, mensagem: str | None = None
) -> None:
    """The outcome, and in the same transaction the aviso of one that went badly: once for each cause."""
    with db.transaction() as session:
        rotina, alvo = session.execute(
            text(
                """update estudio.rodadas set desfecho = :desfecho, codigo = :codigo, mensagem = :mensagem,
                     terminada_em = :agora where id = :id returning rotina, alvo"""
            ),
            {
                "id": rodada_id,
                "desfecho": desfecho,
                "codigo": codigo,
                "mensagem": mensagem and mensagem[:2000],
                "agora": clock.now(),
            },
        ).one()
        # Who was at the same thing tells of it.
        if desfecho in (Desfecho.RECUSADA, Desfecho.FALHOU) and codigo not in DE_OUTROS:
            _record_trouble(session, rodada_id, rotina, alvo, desfecho=desfecho, codigo=codigo or "")


def settle_interrupted(session: Session) -> int:
    """Give an outcome to the runs whose job nobody works any more; returns how many."""
    done = session.execute(
        text(
            """update estudio.rodadas r set desfecho = 'interrompida', terminada_em = :agora
               where r.desfecho is null and not exists (
                 select from tarefas.procrastinate_jobs j where j.id = r.tarefa_id and j.status = 'doing')
               returning r.id"""
        ),
        {"agora": clock.now()},
    )
    return len(done.all())


def list_rodadas(session: Session, *, limit: int) -> list[dict[str, Any]]:
    """The newest runs first."""
    rows = session.execute(
        text(
            """select id, rotina, alvo, run_id, maquina, pid, iniciada_em, terminada_em, desfecho, codigo, mensagem
               from estudio.rodadas order by id desc limit :limit"""
        ),
        {"limit": limit},
    )
    return [dict(row) for row in rows.mappings()]


def prune_rodadas(session: Session, *, before: datetime) -> int:
    """Forget runs of long ago, but of each rotina the last that went well: it says when the next is due."""
    done = session.execute(
        text(
            """delete from estudio.rodadas r where r.terminada_em < :before and r.id not in (
                 select max(id) from estudio.rodadas where desfecho in ('feita', 'nada') group by rotina, alvo)
               returning id"""
        ),
        {"before": before},
    )
    return len(done.all())


def _record_trouble(
    session: Session, rodada_id: int, rotina: str, alvo: str, *, desfecho: Desfecho, codigo: str
) -> None:
    if rotina == FECHAMENTO:
        # Its Execução told of it, unless it did not even begin.
        record_fechamento(session, alvo, desfecho=desfecho, codigo=codigo)
        return
    # The same cause again is told again only after it had gone well in between.
    since = session.scalar(
        text(
            """select coalesce(max(id), 0) from estudio.rodadas
               where rotina = :rotina and alvo = :alvo and desfecho in ('feita', 'nada') and id < :id"""
        ),
        {"rotina": rotina, "alvo": alvo, "id": rodada_id},
    )
    record_aviso(
        session,
        f"rotina:{rotina}:{alvo}:{codigo}:{since}",
        f"rotina_{desfecho}",
        {"rotina": rotina, "alvo": alvo, "codigo": codigo, "rodada": rodada_id},
    )
