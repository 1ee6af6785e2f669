"""The rotinas of the alerts: they are delivered, what is not well is looked for, and a sign of life is given.

The sign goes to an address outside, which tells somebody when it stays away: a machine that is dead tells nothing.
"""

from datetime import datetime, timedelta
from typing import Final

import requests
from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.config import get_settings
from estudio.domain.errors import AvisoRecusado, SinalRecusado
from estudio.domain.rotina import Rotina
from estudio.services.aviso_destinos import hand_over
from estudio.services.aviso_entrega import deliver_due, has_due, is_heard
from estudio.services.fila import prune_tarefas
from estudio.services.rodada_service import AGORA, find_last_success, prune_rodadas
from estudio.services.rotina_copias import has_rows

VIGIA: Final = timedelta(hours=1)
EXAME: Final = timedelta(days=1)
LEMBRADAS: Final = timedelta(days=400)
"""How long runs are remembered: a year and the month of its end."""

SEGUNDOS: Final = (10, 15)
"""To reach whoever waits for the sign, and for the answer."""


def find_entregas(session: Session, agora: datetime) -> list[str]:
    return [""] if has_due(session, agora) else []


def deliver(_: str) -> str:
    arrived, failed = deliver_due()
    return f"Avisos entregues: {arrived}; não recebidos, tentados de novo: {failed}."


def is_over(session: Session, rotina: str, pause: timedelta, agora: datetime) -> bool:
    """Whether so much has passed since it last went well, by a clock that may have been set back."""
    done = find_last_success(session, rotina)
    return done is None or agora - done >= pause or done > agora + AGORA


def is_outdated(session: Session) -> bool:
    """Whether something stands as not well while backups were made or tried since anybody looked."""
    return bool(
        session.scalar(
            text(
                """select exists (select from estudio.alarmes where passou_em is null) and exists (
                     select from estudio.rodadas r
                     where r.rotina in ('backup', 'copia_completa', 'ensaio') and r.desfecho = 'feita'
                       and r.terminada_em > (select max(iniciada_em) from estudio.rodadas where rotina = 'vigia'))"""
            )
        )
    )


def look(_: str) -> str:
    # Not above: the doctor asks about the rotinas as well, this one among them.
    from estudio.services.alarme_service import look_quickly

    return _describe(look_quickly())


def examine(_: str) -> str:
    from estudio.services.alarme_service import look_at_everything

    # Here, and not with the old backups: also who makes no backups has a sign of life given every quarter of an hour.
    with db.transaction() as session:
        prune_tarefas(session)
        prune_rodadas(session, before=clock.now() - LEMBRADAS)
    return _describe(look_at_everything())


def find_sinal(session: Session, agora: datetime) -> list[str]:
    """Due when all is well, and whoever would be told otherwise is reached: silence is the alarm."""
    from estudio.services.alarme_service import is_tudo_bem

    settings = get_settings()
    if not settings.heartbeat_url:
        return []
    pause = timedelta(minutes=settings.heartbeat_minutes)
    return (
        [""]
        if is_over(session, "sinal", pause, agora) and is_tudo_bem(session, agora) and is_heard(session, agora)
        else []
    )


def send_sinal(_: str) -> str:
    """Call the address. Raises SinalRecusado, which says neither it nor what it answered."""
    url = get_settings().heartbeat_url
    try:
        hand_over(url, lambda: _call(url))
    except AvisoRecusado as refusal:
        raise SinalRecusado(motivo=refusal.details["motivo"]) from None
    return "Tudo bem: o sinal de vida foi dado."


def _call(url: str) -> None:
    with requests.get(url, timeout=SEGUNDOS, allow_redirects=False, stream=True) as answer:
        if not answer.ok:
            raise SinalRecusado(motivo=f"a resposta foi {answer.status_code}")


def list_rotinas() -> tuple[Rotina, ...]:
    return (
        Rotina("avisos", "Entrega dos avisos", find_entregas, deliver, trava="avisos", prioridade=90),
        _create_look("vigia", "Exame de hora em hora", VIGIA),
        _create_look("exame", "Exame diário", EXAME),
        Rotina(
            "sinal",
            "Sinal de vida",
            find_sinal,
            send_sinal,
            trava="sinal",
            prioridade=80,
            espera=timedelta(minutes=10),
        ),
    )


def _create_look(nome: str, titulo: str, pause: timedelta) -> Rotina:
    settings = get_settings()
    told = bool(settings.alert_addresses or settings.heartbeat_url)

    def is_wanted(session: Session) -> bool:
        # What is found stands in Funcionamento, also where nobody is told. An empty studio has nothing to lose.
        return told or (settings.enable_backup_jobs and has_rows(session))

    def find_alvos(session: Session, agora: datetime) -> list[str]:
        due = is_over(session, nome, pause, agora) or (nome == "vigia" and is_outdated(session))
        return [""] if due and is_wanted(session) else []

    def find_proxima(session: Session, agora: datetime) -> datetime | None:
        done = find_last_success(session, nome)
        return max(done + pause, agora) if done is not None and is_wanted(session) else None

    work = look if nome == "vigia" else examine
    return Rotina(nome, titulo, find_alvos, work, trava="vigia", prioridade=5, find_proxima=find_proxima)


def _describe(bad: int) -> str:
    return f"Alarmes: {bad}; veja-os com `estudio avisos list`." if bad else "Tudo em ordem."
