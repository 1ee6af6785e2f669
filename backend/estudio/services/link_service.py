"""Links that give a person a password: the dono's invitation, and what whoever forgot theirs gets by e-mail.

A link names its usuario, is kept as a digest and works once. Whatever changes the password, the address or the right to
enter ends it (a trigger of the database does), and so does its age.
"""

from collections.abc import Callable

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.acesso import create_chave, digest_chave
from estudio.domain.conta import LINK_VALE, LINKS_POR_PESSOA, Link, TipoDeLink
from estudio.domain.errors import LinkVencido
from estudio.domain.usuario import Quem, Usuario
from estudio.services.auditoria_service import act_as
from estudio.services.correio_service import Carta, send_carta
from estudio.services.usuario_service import change_senha, find_who_may_enter, get_usuario

ORIGEM_DO_LINK = "link"
"""The door of whoever comes by one: she is not logged in, and acts as the person whom the link names."""

log = structlog.get_logger(__name__)


def create_convite_de(session: Session, usuario_id: int, *, quem: Quem) -> str:
    """The key of a link by which this person gives herself a password: the dono hands it over. Raises NaoEncontrado."""
    quem.ensure_dono()
    act_as(session, quem, motivo="Convite")
    usuario = get_usuario(session, usuario_id)
    usuario.ensure_ativo()
    return _create_link(session, usuario.id, TipoDeLink.CONVITE)


def send_recuperacao_in_own_transaction(email: str, write: Callable[[str], Carta]) -> None:
    """Send who logs in with this address a link, and nobody else anything. `write` puts the link's key into a letter.

    For the desk of the mail, not for a request: how long it takes would say whether there is such a person. The letter
    goes to the address that is kept, not to the one that was typed. Raises CorreioRecusou.
    """
    created = db.run(lambda session: _create_recuperacao(session, email))
    if created is None:
        log.info("recuperacao_de_ninguem")
        return
    endereco, chave = created
    send_carta(write(chave).to(endereco))


def get_usuario_of_link(session: Session, chave: str) -> tuple[Usuario, TipoDeLink]:
    """Whose password the link gives, and why it was made. Raises LinkVencido."""
    query = (
        select(Usuario, Link.tipo)
        .join(Link, Link.usuario_id == Usuario.id)
        .where(Link.chave_sha256 == digest_chave(chave), Link.expira_em > clock.now(), Usuario.ativo)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise LinkVencido
    return found[0], TipoDeLink(found[1])


def redeem_link(session: Session, chave: str, *, senha: str) -> Usuario:
    """Give the person of a link her password; all her links, browsers and PINs end with it. Raises LinkVencido,
    SenhaInvalida (the link is then as good as before)."""
    usuario, tipo = get_usuario_of_link(session, chave)
    quem = usuario.as_quem(ORIGEM_DO_LINK)
    act_as(session, quem, motivo=f"Link de {tipo}")
    # The person before her links, as whatever ends them takes the two. Two who use it at one moment wait for each other
    # here, and the second finds it gone.
    session.get(Usuario, usuario.id, with_for_update=True, populate_existing=True)
    used = session.execute(delete(Link).where(Link.chave_sha256 == digest_chave(chave)).returning(Link.id)).first()
    if used is None:
        raise LinkVencido
    changed = change_senha(session, usuario.id, quem=quem, senha=senha)
    log.info("link_usado", usuario=usuario.id, tipo=tipo)
    return changed


def _create_recuperacao(session: Session, email: str) -> tuple[str, str] | None:
    """The address that is kept, and the key; None when nobody logs in with this one."""
    usuario = find_who_may_enter(session, email)
    if usuario is None:
        return None
    act_as(session, usuario.as_quem(ORIGEM_DO_LINK), motivo="Pediu uma senha nova por e-mail")
    return usuario.email, _create_link(session, usuario.id, TipoDeLink.RECUPERACAO)


def _create_link(session: Session, usuario_id: int, tipo: TipoDeLink) -> str:
    agora, chave = clock.now(), create_chave()
    session.execute(delete(Link).where(Link.expira_em <= agora))
    session.add(
        Link(usuario_id=usuario_id, chave_sha256=digest_chave(chave), tipo=tipo, expira_em=agora + LINK_VALE[tipo])
    )
    session.flush()
    # Whoever asks again and again keeps few of them alive, and never ends the one that lies in the mailbox already.
    newest = select(Link.id).where(Link.usuario_id == usuario_id).order_by(Link.id.desc()).limit(LINKS_POR_PESSOA)
    session.execute(delete(Link).where(Link.usuario_id == usuario_id, Link.id.not_in(newest.scalar_subquery())))
    return chave
