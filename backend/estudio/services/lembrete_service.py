"""Reminders: one letter a day to each person who has something to know, at REMINDER_TIME, until the day is over.

Another thing than the avisos: those are codes, go to the addresses of the settings, and are worth telling three days
later. A reminder names people, is written when it leaves, and is worth nothing tomorrow. Whoever takes one puts it off
by ARRENDAMENTO, sends it, and marks it: any number may work at it, and a mailbox knows one that comes twice.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock, db, sql
from estudio.config import get_settings
from estudio.config_avisos import NUNCA, parse_hora
from estudio.domain.errors import CorreioRecusou
from estudio.domain.usuario import Usuario
from estudio.services.correio_service import SEGUNDOS, Carta, send_carta
from estudio.services.lembrete_consulta import find_lembrete
from estudio.services.lembrete_texto import write_assunto, write_texto

ARRENDAMENTO: Final = timedelta(seconds=20 * SEGUNDOS)
"""Longer than a mail server may take for all its answers."""

RECUOS: Final = tuple(timedelta(minutes=minutes) for minutes in (2, 10, 30, 60))
"""After so many failures it is tried again when this much has passed; then every hour, until the day is over."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tomado:
    """One person who is ours for the moment, and of which day."""

    usuario_id: int
    dia: date
    tentativas: int


@dataclass(slots=True)
class Enviados:
    """How many letters left, how many people had nothing to be told, and why one did not leave."""

    cartas: int = 0
    nada: int = 0
    recusa: CorreioRecusou | None = None


def find_hora(agora: datetime) -> datetime | None:
    """When the letters of this instant's day leave, by the wall; None where none does."""
    settings = get_settings()
    if not settings.smtp_host or settings.reminder_time == NUNCA:
        return None
    hora = parse_hora(settings.reminder_time)
    return clock.to_local(agora).replace(hour=hora.hour, minute=hora.minute, second=0, microsecond=0)


def is_hora(agora: datetime) -> bool:
    """From the hour of the letters until midnight: who was off then is reminded late, and never in the small hours."""
    hora = find_hora(agora)
    return hora is not None and clock.to_local(agora) >= hora


def has_due(session: Session, agora: datetime) -> bool:
    """Whether somebody is still to be looked at today."""
    return is_hora(agora) and bool(session.scalar(text(sql.load("lembretes_devidos")), _bind(agora)))


def send_due() -> Enviados:
    """Remind everybody who is due, each in transactions of their own, or a crash would send all of them again."""
    done = Enviados()
    while (tomado := db.run(lambda session: take_next(session, clock.now()))) is not None:
        try:
            sent = _remind(tomado)
        except CorreioRecusou as refusal:
            log.warning("lembrete_nao_enviado", usuario=tomado.usuario_id, motivo=refusal.details["motivo"], tela=False)
            done.recusa = refusal
            _finish(tomado, adiado=RECUOS[min(tomado.tentativas, len(RECUOS)) - 1])
            continue
        _finish(tomado, adiado=None)
        done.cartas += sent
        done.nada += not sent
    return done


def take_next(session: Session, agora: datetime) -> Tomado | None:
    """Whose turn it is: nobody else gets them until it is over, or the sender is gone."""
    if not is_hora(agora):
        return None
    row = session.execute(text(sql.load("lembretes_tomar")), _bind(agora) | {"ate": agora + ARRENDAMENTO}).first()
    return None if row is None else Tomado(*row)


def _remind(tomado: Tomado) -> bool:
    """Whether there was something to say, and it left. Raises CorreioRecusou."""
    settings = get_settings()
    with db.transaction(read_only=True) as session:
        usuario = session.get_one(Usuario, tomado.usuario_id)
        if not usuario.ativo or not usuario.lembretes:
            return False
        estudio, estudio_id = session.execute(text("select nome, estudio_id::text from estudio.identidade")).one()
        hora = parse_hora(settings.reminder_time)
        lembrete = find_lembrete(session, quem=usuario.as_quem("rotina"), hoje=tomado.dia, hora=hora)
        if lembrete.is_vazio:
            return False
        key = f"{estudio_id}:{usuario.id}:{tomado.dia.isoformat()}"
        carta = Carta(
            usuario.email,
            write_assunto(lembrete, estudio=estudio),
            write_texto(lembrete, nome=usuario.nome, papel=usuario.papel, origem=settings.public_url),
            numero=f"lembrete.{hashlib.sha256(key.encode()).hexdigest()[:32]}",
        )
    send_carta(carta)
    return True


def _finish(tomado: Tomado, *, adiado: timedelta | None) -> None:
    """It is over for the day, or put off."""
    agora = clock.now()
    with db.transaction() as session:
        session.execute(
            text(
                """update estudio.lembretes set terminado_em = :terminado, proxima_em = :proxima
                   where usuario_id = :id and dia = :dia"""
            ),
            {
                "id": tomado.usuario_id,
                "dia": tomado.dia,
                "terminado": agora if adiado is None else None,
                "proxima": agora + (adiado or timedelta()),
            },
        )


def _bind(agora: datetime) -> dict[str, Any]:
    # Further ahead than any pause was written before the clock was set back.
    return {"agora": agora, "hoje": clock.business_day(agora), "longe": agora + RECUOS[-1] + timedelta(minutes=1)}
