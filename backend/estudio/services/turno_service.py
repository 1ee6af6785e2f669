"""Turnos: several people at one browser, each of whom gave her password there, and the PIN that takes it over.

A PIN opens nothing by itself: only at a browser in which its person logged in by password within the last hours, and
has not logged out since. Wrong ones are counted before they are looked at, as passwords are.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.acesso import digest_chave
from estudio.domain.conta import MAX_FALHAS, TURNO_VALE, Pin, Turno
from estudio.domain.errors import PinRecusado
from estudio.domain.senha import get_hash_of_nobody, is_senha
from estudio.domain.usuario import Usuario
from estudio.services.acesso_service import Entrada, find_usuario, open_acesso
from estudio.services.tentativa_service import Balcao, reserve_tentativa

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Aposta:
    """A PIN that is about to be looked at, and already counted as wrong."""

    turno_id: int
    pin_hash: str


def begin_turno(session: Session, usuario_id: int, aparelho: str) -> None:
    """She gave her password at this browser just now: from here on her PIN counts there, and none was wrong."""
    agora = clock.now()
    session.execute(delete(Turno).where(Turno.senha_em <= agora - TURNO_VALE))
    row = insert(Turno).values(usuario_id=usuario_id, aparelho_sha256=digest_chave(aparelho), senha_em=agora, falhas=0)
    anew = {"senha_em": agora, "falhas": 0}
    session.execute(row.on_conflict_do_update(constraint="turnos_um_por_aparelho", set_=anew))


def end_turno(session: Session, chave: str, aparelho: str) -> None:
    """Whoever this browser's key belongs to leaves: her PIN does not bring her back here."""
    usuario = find_usuario(session, chave)
    if usuario is not None:
        session.execute(
            delete(Turno).where(Turno.usuario_id == usuario.id, Turno.aparelho_sha256 == digest_chave(aparelho))
        )


def end_turnos(session: Session, usuario_id: int) -> None:
    """At all browsers: her PIN counts nowhere until she gave her password there."""
    session.execute(delete(Turno).where(Turno.usuario_id == usuario_id))


def list_pessoas_do_aparelho(session: Session, aparelho: str) -> list[Usuario]:
    """Who may take this browser over by her PIN, in order of name."""
    query = (
        select(Usuario)
        .join(Turno, Turno.usuario_id == Usuario.id)
        .join(Pin, Pin.usuario_id == Usuario.id)
        .where(_is_good(aparelho), Turno.falhas < MAX_FALHAS, Usuario.ativo)
        .order_by(Usuario.nome, Usuario.id)
    )
    return list(session.scalars(query))


def switch_in_own_transactions(*, aparelho: str, usuario_id: int, pin: str, navegador: str, origem: str) -> Entrada:
    """Let a person take a browser over by her PIN, until twelve hours after her password. Raises PinRecusado, and
    MuitasTentativas in a browser in which no PIN counts.

    The attempt is counted, and the count committed, before the PIN is looked at; nobody's takes as long as somebody's.
    """
    aposta = db.run(lambda session: _reserve(session, aparelho, usuario_id))
    conferido = is_senha(pin, aposta.pin_hash if aposta is not None else get_hash_of_nobody())
    if aposta is None or not conferido:
        log.warning("pin_recusado", usuario=usuario_id, origem=origem)
        raise PinRecusado
    entrada = db.run(lambda session: _open(session, usuario_id, aposta, navegador, origem))
    log.info("entrada_por_pin", usuario=usuario_id, origem=origem)
    return entrada


def _reserve(session: Session, aparelho: str, usuario_id: int) -> _Aposta | None:
    """Count one more as wrong, until it proves to be right; None where no PIN counts."""
    counted = session.scalars(
        update(Turno)
        .where(Turno.usuario_id == usuario_id, _is_good(aparelho), Turno.falhas < MAX_FALHAS)
        .values(falhas=Turno.falhas + 1)
        .returning(Turno.id)
    ).one_or_none()
    pin = session.scalars(select(Pin.senha_hash).where(Pin.usuario_id == usuario_id)).one_or_none()
    if counted is None or pin is None:
        reserve_tentativa(session, Balcao.of_pin(aparelho), clock.now())
        return None
    return _Aposta(counted, pin)


def _open(session: Session, usuario_id: int, aposta: _Aposta, navegador: str, origem: str) -> Entrada:
    usuario = session.get(Usuario, usuario_id, with_for_update=True, populate_existing=True)
    pin = session.scalars(select(Pin.senha_hash).where(Pin.usuario_id == usuario_id)).one_or_none()
    turno = session.get(Turno, aposta.turno_id, with_for_update=True, populate_existing=True)
    # Changed, deactivated or logged out while the PIN was looked at: what was proven is no longer so.
    if usuario is None or not usuario.ativo or turno is None or pin != aposta.pin_hash:
        raise PinRecusado
    turno.falhas = max(turno.falhas - 1, 0)
    return open_acesso(
        session, usuario, balcao=None, navegador=navegador, origem=origem, provou=False, pin_ate=turno.acaba_em
    )


def _is_good(aparelho: str) -> ColumnElement[bool]:
    return and_(Turno.aparelho_sha256 == digest_chave(aparelho), Turno.senha_em > clock.now() - TURNO_VALE)
