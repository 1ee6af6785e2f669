"""The rotinas of the months: each is closed when it is due, and announced some days before.

Due months are told from the books at each look, oldest first, so that a machine that was off catches up. What a person
did to a month counts: one that was reopened, and months into which something was imported, wait for the next run of the
schedule, and are not shut again under the hands of who is at work on them.
"""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.config import get_settings
from estudio.domain.competencia import Competencia
from estudio.domain.errors import SemDados
from estudio.domain.rotina import Rotina
from estudio.domain.usuario import SOZINHO
from estudio.services.agendamento import find_due
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction
from estudio.services.mes_devido import find_oldest_finished, find_oldest_open
from estudio.services.rodada_service import record_aviso


def find_devido(session: Session, agora: datetime) -> list[str]:
    """The oldest open month that is over and has rows, once its hour has come. Later ones wait for it."""
    if not get_settings().enable_monthly_extrato_job:
        return []
    found = find_oldest_finished(session, clock.business_day(agora))
    if found is None:
        return []
    due = find_due(found, desde=_find_touched(session, found))
    return [found.slug] if due is not None and due <= agora else []


def find_proximo(session: Session, agora: datetime) -> datetime | None:
    """When the oldest open month is closed: one that is over, or else the current one."""
    if not get_settings().enable_monthly_extrato_job:
        return None
    month = Competencia.of(clock.business_day(agora))
    found = find_oldest_open(session, before=month.next_first_day) or month
    return find_due(found, desde=_find_touched(session, found))


def close_devido(alvo: str) -> str | None:
    """Close it as cron and people do; whoever was quicker is right."""
    competencia = Competencia.parse(alvo)
    try:
        extrato = generate_extrato_with_atomic_transaction(competencia.mes, competencia.ano, quem=SOZINHO)
    except SemDados:
        return None
    return f"{competencia.label} fechado: versão {extrato.versao}, selo {extrato.selo.selo_sha256[:16]}."


def find_anuncio(session: Session, agora: datetime) -> list[str]:
    """The month that will be closed within EXTRATO_NOTICE_DAYS, unless that was told already."""
    days = get_settings().extrato_notice_days
    if not get_settings().enable_monthly_extrato_job or not days:
        return []
    found = find_oldest_open(session, before=Competencia.of(clock.business_day(agora)).next_first_day)
    if found is None:
        return []
    due = find_due(found, desde=_find_touched(session, found))
    if due is None or not agora < due <= agora + timedelta(days=days):
        return []
    told = text("select exists (select from estudio.avisos where evento = :evento)")
    return [] if session.scalar(told, {"evento": _name_anuncio(found, due)}) else [found.slug]


def announce(alvo: str) -> str | None:
    """Leave the notice in the outbox."""
    competencia = Competencia.parse(alvo)
    with db.transaction() as session:
        due = find_due(competencia, desde=_find_touched(session, competencia))
        if due is None:
            return None
        dados = {"mes": competencia.slug, "em": due.isoformat()}
        told = record_aviso(session, _name_anuncio(competencia, due), "fechamento_previsto", dados)
    return f"{competencia.label} fecha em {due:%d/%m/%Y às %H:%M}." if told else None


def list_rotinas() -> tuple[Rotina, ...]:
    hours = timedelta(hours=get_settings().extrato_retry_hours)
    return (
        Rotina(
            "fechamento",
            "Fechamento do mês",
            find_devido,
            close_devido,
            trava="fechamento",
            prioridade=100,
            find_proxima=find_proximo,
            espera=hours,
        ),
        Rotina("anuncio", "Aviso do fechamento", find_anuncio, announce, trava="anuncio"),
    )


def _name_anuncio(competencia: Competencia, due: datetime) -> str:
    return f"fechamento_previsto:{competencia.slug}:{due:%Y-%m-%d}"


def _find_touched(session: Session, competencia: Competencia) -> datetime | None:
    touched: datetime | None = session.scalar(
        text(
            """select greatest(
                 (select max(s.em::timestamptz) from estudio.selos s where s.tipo = 'reabertura' and s.mes = :mes),
                 (select max(i.feita_em) from estudio.importacoes i where i.desfeita_em is null))"""
        ),
        {"mes": competencia.first_day},
    )
    return touched
