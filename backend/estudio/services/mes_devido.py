"""The month that waits to be closed: which it is, and since when it is late."""

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock
from estudio.config import get_settings
from estudio.domain.competencia import Competencia
from estudio.services.agendamento import find_due, find_turn
from estudio.services.rodada_service import AGORA

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
    """When somebody last reopened this month, brought rows into the books by an import, or took such rows back (mostly
    the right file comes next): its schedule begins anew then. Not what was done before the clock was set back: until
    that instant comes again nothing would be closed, and nothing late."""
    touched: datetime | None = session.scalar(
        text(
            """select greatest(
                 (select max(s.em::timestamptz) from estudio.selos s
                  where s.tipo = 'reabertura' and s.mes = :mes and s.em::timestamptz < :ate),
                 (select max(i.feita_em) from estudio.importacoes i where i.feita_em < :ate),
                 (select max(i.desfeita_em) from estudio.importacoes i where i.desfeita_em < :ate))"""
        ),
        {"mes": competencia.first_day, "ate": clock.now() + AGORA},
    )
    return touched


def find_deadline(session: Session, competencia: Competencia) -> datetime:
    """The instant after which a month that is open is late: schedule, grace and a closing's time have passed, also
    since somebody reopened it, or brought rows in or took them back."""
    touched = find_touched(session, competencia)
    if get_settings().enable_monthly_extrato_job:
        due = find_due(competencia, desde=touched)
        # A schedule that never comes closes nothing: late at once.
        return find_turn(competencia) if due is None else due + timedelta(hours=CLOSING_HOURS)
    return max(find_turn(competencia), touched or find_turn(competencia)) + timedelta(days=PATIENCE_DAYS)


def is_late(session: Session, competencia: Competencia, agora: datetime) -> bool:
    """Whether a finished month that is open should have been closed by now."""
    return agora > find_deadline(session, competencia)
