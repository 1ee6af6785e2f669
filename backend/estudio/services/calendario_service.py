"""Calendários: the secret link of an artista's agenda made, renewed, ended; and what is read through it."""

import hmac
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from estudio import clock
from estudio.config import get_settings
from estudio.domain.acesso import create_chave, digest_chave
from estudio.domain.agenda import LinhaDaAgenda
from estudio.domain.artista import Artista, get_artista
from estudio.domain.calendario import FUTURO, PASSADO, Calendario
from estudio.domain.cliente import NAO_INFORMADO
from estudio.domain.historico import Filtro
from estudio.domain.usuario import Papel, Quem
from estudio.services.agenda_service import list_agenda
from estudio.services.auditoria_service import act_as

_MAIOR_NOME: Final = 40


def renew_calendario(session: Session, artista_id: int, *, quem: Quem) -> str:
    """Give an artista's calendar a new link, the first or another; returns its key, which is kept nowhere.

    The dono for anybody, an artista for themselves. Whoever has the old link reads nothing more.
    """
    delete_calendario(session, artista_id, quem=quem)
    chave = create_chave()
    session.add(Calendario(artista_id=get_artista(session, artista_id).id, chave_sha256=digest_chave(chave)))
    session.flush()
    return chave


def delete_calendario(session: Session, artista_id: int, *, quem: Quem) -> None:
    """End the link of an artista's calendar. Twice is no error."""
    quem.ensure_papel(Papel.DONO, Papel.ARTISTA)
    quem.ensure_e_de(artista_id, "o artista", artista_id)
    act_as(session, quem)
    # Held, so that of two renewals at once one ends the other's link instead of meeting it.
    session.get(Artista, artista_id, with_for_update=True, populate_existing=True)
    session.execute(delete(Calendario).where(Calendario.artista_id == artista_id))


def list_calendarios(session: Session, *, quem: Quem) -> dict[int, datetime]:
    """Since when each artista's calendar has its link; an artista is told of their own."""
    quem.ensure_papel(Papel.DONO, Papel.ARTISTA)
    query = select(Calendario.artista_id, Calendario.criado_em).order_by(Calendario.artista_id)
    if quem.papel == Papel.ARTISTA:
        query = query.where(Calendario.artista_id == quem.artista_id)
    return {row.artista_id: row.criado_em for row in session.execute(query)}


def find_artista_do_calendario(session: Session, chave: str) -> Artista | None:
    """Whose calendar a key opens; None when it opens none.

    Looked for by its digest: how long that takes tells of the digest, from which no key is found.
    """
    digest = digest_chave(chave)
    query = (
        select(Artista, Calendario.chave_sha256)
        .join(Calendario, Calendario.artista_id == Artista.id)
        .where(Calendario.chave_sha256 == digest, Artista.ativo)
    )
    found = session.execute(query).one_or_none()
    if found is None or not hmac.compare_digest(found.chave_sha256, digest):
        return None
    artista: Artista = found.Artista
    return artista


def write_calendario(session: Session, artista: Artista) -> bytes:
    """The agenda of an artista as iCalendar: some weeks back, a year ahead, what was cancelled as such.

    Of a cliente the first name and an initial, and nothing else of them: whoever hosts the calendar reads it too.
    """
    estudio_id = str(session.scalar(text("select estudio_id from estudio.identidade")))
    hoje = clock.today()
    filtro = Filtro(inicio=hoje - timedelta(days=PASSADO), fim=hoje + timedelta(days=FUTURO))
    quem = Quem(None, Papel.ARTISTA, "calendario", artista_id=artista.id)
    calendar = Calendar()
    calendar.add("prodid", "-//Tattoo Studio System//agenda//PT")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"Agenda · {artista.nome}")
    for linha in list_agenda(session, filtro, quem=quem):
        calendar.add_component(_build_evento(linha, estudio_id))
    calendar.add_missing_timezones(first_date=filtro.inicio, last_date=filtro.fim)
    written: bytes = calendar.to_ical()
    return written


def shorten_nome(nome: str) -> str:
    """`Dora S.`: who it is to the artista, and to nobody else."""
    if nome == NAO_INFORMADO:
        return "Sessão"
    first, *rest = nome.split() or ["Sessão"]
    return f"{first[:_MAIOR_NOME]} {rest[-1][0]}." if rest else first[:_MAIOR_NOME]


def _build_evento(linha: LinhaDaAgenda, estudio_id: str) -> Event:
    event = Event()
    # The same for as long as the sessão exists, whatever moves: a calendar then moves what it has.
    event.add("uid", f"sessao-{linha.id}@{estudio_id}")
    event.add("sequence", linha.versao - 1)
    event.add("dtstamp", clock.now())
    event.add("summary", shorten_nome(linha.cliente))
    event.add("class", "PRIVATE")
    event.add("status", "CONFIRMED" if linha.acontece else "CANCELLED")
    if linha.inicio is None or linha.fim is None:
        event.add("dtstart", linha.data)
        event.add("dtend", linha.data + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    else:
        zone = ZoneInfo(get_settings().tz)
        event.add("dtstart", linha.inicio.replace(tzinfo=zone))
        event.add("dtend", linha.fim.replace(tzinfo=zone))
    return event
