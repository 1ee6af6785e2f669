"""How well each month is kept: its newest backup, when that was read back and when it was restored to try it.

Asked of the table of backups; whether the files are still what it says, the rotinas and the doctor look.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.competencia import Competencia
from estudio.services.backup_ensaio import IGUAL
from estudio.services.rodada_service import AGORA

ANTIGO: Final = timedelta(days=100)
"""A backup that was tried longer ago is one to try again; the rotina does so after thirty days."""

MESES: Final = 12


def list_guardados(
    session: Session, agora: datetime, *, aberto: Competencia, limit: int | None = MESES
) -> tuple[list[dict[str, Any]], int]:
    """The months that hold something, newest first, each with its newest backup (`criado_em` None: it has none); and
    how many there are in all. `aberto`: the oldest that is open.

    `situacao`: sem_backup, danificado, nao_lido, nao_ensaiado, ensaio_antigo or provado.
    """
    rows = session.execute(
        text(
            """with meses as (
                   select mes from estudio.extratos where estado = 'vigente'
                   union select mes from estudio.meses_com_lancamentos(cast(:aberto as date), cast(:hoje as date)) mes
                 )
                 select m.mes, m.todos, b.*
                 from (select mes, count(*) over () as todos from meses order by mes desc limit :limite) m
                 left join lateral (
                   select criado_em, verificado_em, ensaiado_em, resultado, bytes from estudio.backups b
                   where b.mes = m.mes and apagado_em is null
                   order by criado_em > clock_timestamp() + :adiante, criado_em desc limit 1) b on true
                 order by m.mes desc"""
        ),
        {"limite": limit, "aberto": aberto.first_day, "hoje": clock.business_day(agora), "adiante": AGORA},
    ).all()
    found = [{"mes": Competencia.of(row.mes).slug, **_describe(row, agora)} for row in rows]
    return found, rows[0].todos if rows else 0


def find_copia(session: Session, agora: datetime) -> dict[str, Any] | None:
    """The newest copy of the whole studio; one dated ahead of the clock only where there is no other."""
    row = session.execute(
        text(
            """select criado_em, verificado_em, ensaiado_em, resultado, bytes from estudio.backups
               where tipo = 'completo' and apagado_em is null
               order by criado_em > clock_timestamp() + :adiante, criado_em desc limit 1"""
        ),
        {"adiante": AGORA},
    ).first()
    return None if row is None else _describe(row, agora)


def _describe(row: Row[Any], agora: datetime) -> dict[str, Any]:
    return {
        "criado_em": row.criado_em,
        "verificado_em": row.verificado_em,
        "ensaiado_em": row.ensaiado_em,
        "bytes": row.bytes,
        "resultado": row.resultado,
        "situacao": _judge(row, agora),
    }


def _judge(row: Row[Any], agora: datetime) -> str:
    if row.criado_em is None:
        return "sem_backup"
    if row.resultado not in (None, IGUAL):
        return "danificado"
    if row.verificado_em is None:
        return "nao_lido"
    if row.ensaiado_em is None:
        return "nao_ensaiado"
    return "ensaio_antigo" if agora - row.ensaiado_em > ANTIGO else "provado"
