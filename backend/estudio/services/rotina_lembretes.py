"""The rotina of the reminders: at REMINDER_TIME each person is told once of tomorrow, and of what was forgotten."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from estudio.domain.rotina import Rotina
from estudio.services.lembrete_service import find_hora, has_due, send_due


def find_alvos(session: Session, agora: datetime) -> list[str]:
    return [""] if has_due(session, agora) else []


def find_proxima(_: Session, agora: datetime) -> datetime | None:
    hora = find_hora(agora)
    return hora if hora is None or hora > agora else hora + timedelta(days=1)


def remind(_: str) -> str | None:
    """Raises CorreioRecusou when a letter did not leave; the others did."""
    done = send_due()
    if done.recusa is not None:
        raise done.recusa
    if not done.cartas and not done.nada:
        return None
    return f"Lembretes enviados: {done.cartas}; sem nada a lembrar: {done.nada}."


def list_rotinas() -> tuple[Rotina, ...]:
    # Each person has a pause of her own: one whose address is wrong keeps no other waiting.
    return (
        Rotina(
            "lembretes", "Lembretes", find_alvos, remind, trava="lembretes", prioridade=50, find_proxima=find_proxima,
            espera=timedelta(minutes=1),
        ),
    )  # fmt: skip
