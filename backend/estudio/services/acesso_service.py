"""Logging in and out: who this browser belongs to, and the link that makes the first dono.

One answer, and the same work, whether it was the e-mail, the password or the person that was wrong. What was tried in
vain is counted in the database, because several processes serve the pages.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import delete, func, select, true
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.acesso import ABSOLUTO, CONVITE_VALE, Acesso, Convite, create_chave, digest_chave
from estudio.domain.errors import AcessoRecusado, ConviteVencido
from estudio.domain.fator import Prova
from estudio.domain.identidade import Identidade, Marca
from estudio.domain.senha import get_hash_of_nobody, is_senha
from estudio.domain.usuario import Papel, Quem, Usuario
from estudio.services.auditoria_service import act_as
from estudio.services.etapa_service import Pendente, create_etapa, has_fator
from estudio.services.idempotencia_service import prune_chaves
from estudio.services.tentativa_service import Balcao, forget_tentativas, reserve_tentativa
from estudio.services.usuario_service import create_usuario, find_who_may_enter

MAIOR_NAVEGADOR: Final = 200

ACESSOS_POR_PESSOA: Final = 20

PRIMEIRO_ACESSO: Final = Quem(None, Papel.DONO, "primeiro-acesso")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Entrada:
    """Somebody is logged in; `chave` is for their browser alone."""

    chave: str
    usuario_id: int
    email: str
    provou: bool
    """Whether a password or a passkey was shown for it just now."""


def login_in_own_transactions(
    *, email: str, senha: str, balcao: Balcao, navegador: str, origem: str
) -> Entrada | Pendente:
    """Log a person in, as a browser of its own; Pendente when a second factor is still to be said.

    Raises AcessoRecusado, MuitasTentativas.

    The attempt is counted, and the count committed, before the password is looked at: of a hundred guesses at one
    moment only the free ones are. No transaction is open while the password is hashed, which takes a tenth of a second.
    """
    db.run(lambda session: reserve_tentativa(session, balcao, clock.now()))
    with db.transaction(read_only=True) as session:
        usuario = find_who_may_enter(session, email)
    hash_guardado = usuario.senha_hash if usuario is not None else None
    # Nobody's password is looked at as long as somebody's.
    conferida = is_senha(senha, hash_guardado or get_hash_of_nobody())
    if usuario is None or hash_guardado is None or not conferida:
        log.info("entrada_recusada", conta=balcao.conta[:14], origem=origem)
        raise AcessoRecusado
    entrada = db.run(lambda session: _enter(session, usuario.id, hash_guardado, balcao, navegador, origem))
    log.info("entrada", usuario=usuario.id, origem=origem, pendente=isinstance(entrada, Pendente))
    return entrada


@dataclass(frozen=True, slots=True)
class Visita:
    """Whose browser it is, and the studio that they are in: what every page begins with, in one statement."""

    usuario: Usuario
    marca: Marca


def find_usuario(session: Session, chave: str) -> Usuario | None:
    """Whose browser this is: None when its key is unknown, was ended or is too old."""
    visita = find_visita(session, chave)
    return None if visita is None else visita.usuario


def find_visita(session: Session, chave: str) -> Visita | None:
    """Like `find_usuario`, along with the studio."""
    query = (
        select(Usuario, Identidade)
        .join(Acesso, Acesso.usuario_id == Usuario.id)
        .join(Identidade, true())
        .where(Acesso.chave_sha256 == digest_chave(chave), Acesso.expira_em > clock.now(), Usuario.ativo)
    )
    found = session.execute(query).one_or_none()
    return None if found is None else Visita(found[0], found[1].marca)


def close_acesso(session: Session, chave: str, *, origem: str) -> None:
    """Log out: this browser, however long it was left alone, and whoever copied its cookie. Twice is no error."""
    usuario = find_usuario(session, chave)
    if usuario is None:
        return
    act_as(session, usuario.as_quem(origem))
    session.execute(delete(Acesso).where(Acesso.chave_sha256 == digest_chave(chave)))


def has_dono(session: Session) -> bool:
    """Whether anybody can run this studio; until then the first link is the only way in."""
    query = select(func.count()).select_from(Usuario)
    return bool(session.scalar(query.where(Usuario.papel == Papel.DONO, Usuario.ativo)))


def create_convite(session: Session) -> str:
    """A link's key for the first dono: good once, and for half an hour."""
    agora = clock.now()
    session.execute(delete(Convite).where(Convite.expira_em <= agora))
    chave = create_chave()
    session.add(Convite(chave_sha256=digest_chave(chave), expira_em=agora + CONVITE_VALE))
    session.flush()
    return chave


def ensure_convite(session: Session, chave: str) -> None:
    """Raises ConviteVencido for a link that is unknown, used or old, or when the studio has its dono already."""
    query = select(Convite.expira_em).where(Convite.chave_sha256 == digest_chave(chave))
    expira_em = session.scalars(query).one_or_none()
    if expira_em is None or expira_em <= clock.now() or has_dono(session):
        raise ConviteVencido


def register_primeiro_dono(session: Session, chave: str, *, nome: str, email: str, senha: str) -> Usuario:
    """Make the dono whom the studio begins with; all links end with it. Raises ConviteVencido, SenhaInvalida…"""
    # All of them and not this one: two links used at one moment wait for each other, and the second finds none.
    links = session.execute(delete(Convite).returning(Convite.chave_sha256, Convite.expira_em)).all()
    if not any(sha256 == digest_chave(chave) and expira_em > clock.now() for sha256, expira_em in links):
        raise ConviteVencido
    if has_dono(session):
        raise ConviteVencido
    return create_usuario(session, quem=PRIMEIRO_ACESSO, nome=nome, email=email, papel=Papel.DONO, senha=senha)


def lock_usuario(session: Session, usuario_id: int) -> Usuario:
    """Whoever is about to enter, for this transaction alone. Raises AcessoRecusado for who may not any more."""
    usuario = session.get(Usuario, usuario_id, with_for_update=True, populate_existing=True)
    if usuario is None or not usuario.ativo:
        raise AcessoRecusado
    return usuario


def pass_primeiro_fator(
    session: Session, usuario: Usuario, *, balcao: Balcao | None, navegador: str, origem: str, provou: bool
) -> Entrada | Pendente:
    """The first factor was right: let the person in, or ask for the second if they have one. As `open_acesso`."""
    if has_fator(session, usuario.id):
        # What was tried in vain is not forgotten yet: whoever knows the password alone would guess codes for ever.
        return create_etapa(session, usuario, provou=provou)
    return open_acesso(session, usuario, balcao=balcao, navegador=navegador, origem=origem, provou=provou)


def open_acesso(
    session: Session,
    usuario: Usuario,
    *,
    balcao: Balcao | None,
    navegador: str,
    origem: str,
    provou: bool,
    pin_ate: datetime | None = None,
) -> Entrada:
    """Let a person in who proved all that is asked of them: the only place that makes an Acesso.

    `usuario` is locked (`lock_usuario`). `provou`: whether a password or a passkey was shown just now, and not a word
    of somebody else (Google) or less than a password (a PIN, whose Acesso ends at `pin_ate`).
    """
    act_as(session, usuario.as_quem(origem), motivo="Entrou pelo PIN" if pin_ate else None)
    if balcao is not None:
        forget_tentativas(session, balcao)
    agora, chave = clock.now(), create_chave()
    # What is too old to be of use goes when somebody comes in: no job has to be set up for it.
    session.execute(delete(Acesso).where(Acesso.expira_em <= agora))
    prune_chaves(session)
    acesso = Acesso(
        usuario_id=usuario.id,
        chave_sha256=digest_chave(chave),
        navegador=navegador[:MAIOR_NAVEGADOR] or "desconhecido",
        expira_em=pin_ate or agora + ABSOLUTO,
        por_pin=pin_ate is not None,
    )
    session.add(acesso)
    session.flush()
    if provou:
        session.add(Prova(acesso_id=acesso.id, em=agora))
        session.flush()
    _end_the_oldest(session, usuario.id)
    return Entrada(chave, usuario.id, usuario.email, provou)


def _enter(
    session: Session, usuario_id: int, hash_conferido: str, balcao: Balcao, navegador: str, origem: str
) -> Entrada | Pendente:
    usuario = lock_usuario(session, usuario_id)
    # Changed while the password was looked at: what was proven is no longer so.
    if usuario.senha_hash != hash_conferido:
        raise AcessoRecusado
    return pass_primeiro_fator(session, usuario, balcao=balcao, navegador=navegador, origem=origem, provou=True)


def _end_the_oldest(session: Session, usuario_id: int) -> None:
    newest = select(Acesso.id).where(Acesso.usuario_id == usuario_id).order_by(Acesso.id.desc())
    session.execute(
        delete(Acesso).where(
            Acesso.usuario_id == usuario_id, Acesso.id.not_in(newest.limit(ACESSOS_POR_PESSOA).scalar_subquery())
        )
    )
