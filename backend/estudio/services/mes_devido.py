"""The month that waits to be closed: which it is, and since when it is late."""

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock
from estudio.config import get_settings
from estudio.domain.competencia import Competencia
from estudio.services.agendamento import find_due, find_turn

CLOSING_HOURS: Final = 2
"""A closing that was due may take so long, with its backup, before it is called late."""

PATIENCE_DAYS: Final = 10
"""Where nobody scheduled the closing, a finished month may stay open for so long."""


def find_oldest_finished(session: Session, hoje: date) -> Competencia | None:
    """The first month that is over, has rows and is open: it keeps all later ones from closing."""
    return find_oldest_open(session, before=hoje.replace(day=1))


def find_oldest_open(session: Session, *, before: date) -> Competencia | None:
    """The first month that has rows and is open, of those before this first day of a month."""
    mes = session.scalar(
        text(
            """select min(c.mes) from estudio.competencias c
               cross join lateral (select c.mes as inicio, (c.mes + interval '1 month')::date as fim) periodo
               where c.estado = 'aberta' and c.mes < :before
                 and c.mes >= (select date_trunc('month', least(min(p.data), (select min(data) from estudio.gastos),
                                                                (select min(data) from estudio.acertos)))
                               from estudio.pagamentos p)
                 and (exists (select from estudio.pagamentos p where p.data >= inicio and p.data < fim)
                      or exists (select from estudio.gastos g where g.data >= inicio and g.data < fim)
                      or exists (select from estudio.acertos a where a.data >= inicio and a.data < fim))"""
        ),
        {"before": before},
    )
    return Competencia.of(mes) if mes else None


def find_deadline(competencia: Competencia) -> datetime | None:
    """The instant after which an open month is late; None when CRON_SCHEDULE never closes it."""
    if not get_settings().enable_monthly_extrato_job:
        return find_turn(competencia) + timedelta(days=PATIENCE_DAYS)
    due = find_due(competencia)
    return None if due is None else due + timedelta(hours=CLOSING_HOURS)


def is_late(competencia: Competencia) -> bool:
    """Whether a finished month that is open should have been closed by now; one that is never closed is."""
    deadline = find_deadline(competencia)
    return deadline is None or clock.now() > deadline
