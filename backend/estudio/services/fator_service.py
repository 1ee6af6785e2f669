"""The second factor of a person: switched on, asked for, switched off; the codes on paper; and the host's way out.

A code is good once. The half minute of the last one is compared and set in one statement, so that of two browsers that
say the same code at one moment one is let in.
"""

from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.acesso import Acesso, digest_chave
from estudio.domain.chave_de_acesso import ChaveDeAcesso, Desafio
from estudio.domain.errors import (
    CodigoErrado,
    CodigoRecusado,
    EtapaVencida,
    FatorDesligado,
    FatorLigado,
    NaoEncontrado,
    SegredoIlegivel,
)
from estudio.domain.fator import (
    CodigoDeRecuperacao,
    Etapa,
    SegundoFator,
    create_codigos,
    create_segredo,
    digest_codigo,
    find_passo,
)
from estudio.domain.segredo import lend_segredo, open_segredo, seal_segredo, take_back_segredo
from estudio.domain.usuario import Papel, Quem, Usuario
from estudio.services.acesso_service import Entrada, lock_usuario, open_acesso
from estudio.services.auditoria_service import act_as
from estudio.services.etapa_service import find_pessoa_da_etapa, take_etapa
from estudio.services.tentativa_service import Balcao, forget_tentativas, reserve_tentativa
from estudio.services.turno_service import end_turnos

LIGAR_EM: Final = timedelta(minutes=30)
"""How long a QR code on a page may wait to be confirmed."""

log = structlog.get_logger(__name__)


def lend_segredo_novo(usuario_id: int) -> str:
    """A secret for an app that is not kept before a code of it was seen: the page holds it, encrypted."""
    return lend_segredo(create_segredo(), de=_name(usuario_id))


def read_segredo_emprestado(usuario_id: int, lent: str) -> str:
    """Raises SegredoIlegivel for one that is too old, another's, or was never lent."""
    return take_back_segredo(lent, de=_name(usuario_id), validade=LIGAR_EM)


def is_legivel(usuario_id: int, segredo: str) -> bool:
    """Whether what the database holds of a second factor was sealed with the key of this machine."""
    try:
        open_segredo(segredo, de=_name(usuario_id))
    except SegredoIlegivel:
        return False
    return True


def enable_fator(session: Session, *, quem: Quem, emprestado: str, codigo: str, chave: str) -> list[str]:
    """Ask for a second factor from here on; returns the codes for the paper, which are said this once.

    The caller has seen the password. Every browser but the one of this `chave` logs in again, with both. Raises
    CodigoErrado, FatorLigado, SegredoIlegivel.
    """
    usuario = _lock(session, quem)
    act_as(session, quem, motivo="Segundo fator ligado")
    segredo = read_segredo_emprestado(usuario.id, emprestado)
    if find_fator(session, usuario.id) is not None:
        raise FatorLigado
    passo = find_passo(segredo, codigo, clock.now())
    if passo is None:
        raise CodigoErrado(campo="codigo")
    sealed = seal_segredo(segredo, de=_name(usuario.id))
    session.add(SegundoFator(usuario_id=usuario.id, segredo=sealed, ultimo_passo=passo))
    session.flush()
    others = delete(Acesso).where(Acesso.usuario_id == usuario.id, Acesso.chave_sha256 != digest_chave(chave))
    session.execute(others)
    # Nor does a PIN bring them back where the password alone was given.
    end_turnos(session, usuario.id)
    return _replace_codigos(session, usuario.id)


def disable_fator_in_own_transactions(*, quem: Quem, codigo: str) -> None:
    """Ask for the password alone again; the caller has seen it, and the code is counted before it is looked at.

    Raises CodigoRecusado, FatorDesligado, MuitasTentativas.
    """
    assert quem.usuario_id is not None, "a factor is somebody's own"
    balcao = Balcao.of_fator(quem.usuario_id)
    db.run(lambda session: reserve_tentativa(session, balcao, clock.now()))

    def disable(session: Session) -> None:
        usuario = _lock(session, quem)
        act_as(session, quem, motivo="Segundo fator desligado")
        _ensure_fator(session, usuario.id)
        spend_codigo(session, usuario.id, codigo)
        _delete_fator(session, usuario.id)
        forget_tentativas(session, balcao)

    db.run(disable)


def renew_codigos(session: Session, *, quem: Quem) -> list[str]:
    """Ten new codes; those on the old paper are worth nothing any more. Raises FatorDesligado."""
    usuario = _lock(session, quem)
    act_as(session, quem, motivo="Códigos de recuperação trocados")
    _ensure_fator(session, usuario.id)
    return _replace_codigos(session, usuario.id)


def spend_codigo(session: Session, usuario_id: int, codigo: str) -> None:
    """Use a code of the app, or one of the paper, up. Raises CodigoRecusado, SegredoIlegivel."""
    deleted = session.execute(
        delete(CodigoDeRecuperacao)
        .where(CodigoDeRecuperacao.usuario_id == usuario_id, CodigoDeRecuperacao.chave_sha256 == digest_codigo(codigo))
        .returning(CodigoDeRecuperacao.id)
    ).all()
    if deleted:
        log.warning("codigo_de_recuperacao_usado", usuario=usuario_id)
        return
    fator = find_fator(session, usuario_id)
    passo = (
        None if fator is None else find_passo(open_segredo(fator.segredo, de=_name(usuario_id)), codigo, clock.now())
    )
    if passo is None or not _advance(session, usuario_id, passo):
        raise CodigoRecusado(campo="codigo")


def answer_etapa_in_own_transactions(
    *, chave: str, codigo: str, balcao: Balcao, navegador: str, origem: str
) -> Entrada:
    """Say the second factor and be let in. Raises CodigoRecusado, EtapaVencida, MuitasTentativas, SegredoIlegivel.

    Counted before it is looked at, like the password, and by the same counters.
    """
    db.run(lambda session: reserve_tentativa(session, balcao, clock.now()))
    return db.run(lambda session: _answer(session, chave, codigo, balcao, navegador, origem))


def reset_fatores(session: Session, usuario_id: int, *, quem: Quem) -> Usuario:
    """At the host: all second factors and passkeys of a person go, and so does every browser that they are in."""
    quem.ensure_papel(Papel.DONO)
    act_as(session, quem, motivo="Segundo fator retirado no computador do estúdio")
    usuario = session.get(Usuario, usuario_id, with_for_update=True, populate_existing=True)
    if usuario is None:
        raise NaoEncontrado(coisa="o usuário", id=usuario_id)
    _delete_fator(session, usuario.id)
    for table in (ChaveDeAcesso, Desafio, Etapa, Acesso):
        session.execute(delete(table).where(table.usuario_id == usuario.id))
    end_turnos(session, usuario.id)
    session.flush()
    log.warning("fatores_retirados", usuario=usuario.id, origem=quem.origem)
    return usuario


def find_fator(session: Session, usuario_id: int) -> SegundoFator | None:
    query = select(SegundoFator).where(SegundoFator.usuario_id == usuario_id)
    return session.scalars(query, execution_options={"populate_existing": True}).one_or_none()


def count_codigos(session: Session, usuario_id: int) -> int:
    """How many lines of the paper are left."""
    query = select(func.count()).select_from(CodigoDeRecuperacao).where(CodigoDeRecuperacao.usuario_id == usuario_id)
    return session.scalar(query) or 0


def _answer(session: Session, chave: str, codigo: str, balcao: Balcao, navegador: str, origem: str) -> Entrada:
    pessoa = find_pessoa_da_etapa(session, chave)
    if pessoa is None:
        raise EtapaVencida
    # First the person and then the step, in the order in which a new password takes the two.
    usuario = lock_usuario(session, pessoa.id)
    etapa = take_etapa(session, chave)
    act_as(session, usuario.as_quem(origem))
    spend_codigo(session, usuario.id, codigo)
    return open_acesso(session, usuario, balcao=balcao, navegador=navegador, origem=origem, provou=etapa.provou)


def _advance(session: Session, usuario_id: int, passo: int) -> bool:
    """Compare and set: the row is locked by the statement, and whoever waited for it compares with what it is then."""
    query = update(SegundoFator).where(SegundoFator.usuario_id == usuario_id, SegundoFator.ultimo_passo < passo)
    return bool(session.execute(query.values(ultimo_passo=passo).returning(SegundoFator.id)).all())


def _replace_codigos(session: Session, usuario_id: int) -> list[str]:
    session.execute(delete(CodigoDeRecuperacao).where(CodigoDeRecuperacao.usuario_id == usuario_id))
    codigos = create_codigos()
    session.add_all(CodigoDeRecuperacao(usuario_id=usuario_id, chave_sha256=digest_codigo(c)) for c in codigos)
    session.flush()
    return codigos


def _delete_fator(session: Session, usuario_id: int) -> None:
    for table in (CodigoDeRecuperacao, SegundoFator):
        session.execute(delete(table).where(table.usuario_id == usuario_id))


def _ensure_fator(session: Session, usuario_id: int) -> None:
    if find_fator(session, usuario_id) is None:
        raise FatorDesligado


def _lock(session: Session, quem: Quem) -> Usuario:
    assert quem.usuario_id is not None, "a factor is somebody's own"
    return lock_usuario(session, quem.usuario_id)


def _name(usuario_id: int) -> str:
    return f"totp:{usuario_id}"
