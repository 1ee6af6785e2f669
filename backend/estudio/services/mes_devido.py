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
               where c.estado = 'aberta' and c.mes < :before
                 and c.mes in (select estudio.meses_com_lancamentos(ate => :before))"""
        ),
        {"before": before},
    )
    return Competencia.of(mes) if mes else None


def find_touched(session: Session, competencia: Competencia) -> datetime | None:
    """When somebody last reopened this month, or brought rows into the books: its schedule begins anew then."""
    touched: datetime | None = session.scalar(
        text(
            """select greatest(
                 (select max(s.em::timestamptz) from estudio.selos s where s.tipo = 'reabertura' and s.mes = :mes),
                 (select max(i.feita_em) from estudio.importacoes i where i.desfeita_em is null))"""
        ),
        {"mes": competencia.first_day},
    )
    return touched


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
