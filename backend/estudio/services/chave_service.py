"""Passkeys: registered, used to log in and to prove oneself, deleted.

What is signed is asked by us, once, and used up in a transaction of its own before the signature is looked at: an
answer that fails is not tried again. The device has to have verified its person (a finger, a face, a PIN), so that a
passkey is both factors by itself.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from estudio import clock, db
from estudio.domain.acesso import create_chave, digest_chave
from estudio.domain.chave_de_acesso import (
    CHAVES_POR_PESSOA,
    DESAFIO_VALE,
    MAIOR_NOME,
    Ato,
    ChaveDeAcesso,
    Desafio,
    Lugar,
    identify_pessoa,
)
from estudio.domain.errors import ChaveRecusada, DadosInvalidos, NaoEncontrado
from estudio.domain.nomes import validate_texto
from estudio.domain.usuario import Quem, Usuario
from estudio.services.acesso_service import Entrada, lock_usuario, open_acesso
from estudio.services.auditoria_service import act_as
from estudio.services.etapa_service import find_pessoa_da_etapa, take_etapa
from estudio.services.prova_service import note_prova

_ESPERA = int(DESAFIO_VALE.total_seconds()) * 1000

# What a browser may send that is no answer of a passkey at all.
_MALFORMED = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pedido:
    """What a browser asks a passkey for; `chave` names it, and is for this browser alone."""

    chave: str
    opcoes: str
    """JSON, as `navigator.credentials` takes it."""


def create_desafio_de_registro(session: Session, *, quem: Quem, lugar: Lugar) -> Pedido:
    """Ask this browser for a new passkey. Raises DadosInvalidos when there are too many."""
    usuario = _get_self(session, quem)
    known = list_chaves(session, quem=quem)
    if len(known) >= CHAVES_POR_PESSOA:
        raise DadosInvalidos("Há chaves demais. Remova uma que não usa mais.", motivo="chaves_demais")
    studio = session.execute(text("select estudio_id, nome from estudio.identidade")).one()
    chave, desafio = _create_desafio(session, Ato.REGISTRO, usuario.id)
    options = generate_registration_options(
        rp_id=lugar.nome,
        rp_name=studio.nome,
        user_id=identify_pessoa(str(studio.estudio_id), usuario.id),
        user_name=usuario.email,
        user_display_name=usuario.nome,
        challenge=desafio,
        timeout=_ESPERA,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[_describe(other) for other in known],
    )
    return Pedido(chave, options_to_json(options))


def create_desafio_de_entrada(session: Session, *, lugar: Lugar, usuario_id: int | None) -> Pedido:
    """Ask this browser for a passkey: one of this person, or whichever it has."""
    chave, desafio = _create_desafio(session, Ato.ENTRADA, usuario_id)
    known = [] if usuario_id is None else _list_of(session, usuario_id)
    options = generate_authentication_options(
        rp_id=lugar.nome,
        challenge=desafio,
        timeout=_ESPERA,
        allow_credentials=[_describe(one) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Pedido(chave, options_to_json(options))


def register_chave_in_own_transactions(
    *, quem: Quem, nome: str, desafio: str, resposta: str, lugar: Lugar
) -> ChaveDeAcesso:
    """Keep a new passkey. Raises ChaveRecusada, JaExiste for one that is kept already, TextoInvalido."""
    nome = validate_texto(nome, "Nome", maximo=MAIOR_NOME)
    expected = db.run(lambda session: _take_desafio(session, desafio, Ato.REGISTRO, quem.usuario_id))
    try:
        verified = verify_registration_response(
            credential=resposta,
            expected_challenge=expected,
            expected_rp_id=lugar.nome,
            expected_origin=lugar.origem,
            require_user_verification=True,
        )
    except _MALFORMED as error:
        raise _refuse(error) from error

    def keep(session: Session) -> ChaveDeAcesso:
        usuario = lock_usuario(session, _get_self(session, quem).id)
        act_as(session, quem, motivo="Chave de acesso cadastrada")
        chave = ChaveDeAcesso(
            usuario_id=usuario.id,
            nome=nome,
            credencial=bytes_to_base64url(verified.credential_id),
            chave_publica=verified.credential_public_key,
            contador=verified.sign_count,
        )
        session.add(chave)
        session.flush()
        return chave

    return db.run(keep)


def enter_by_chave_in_own_transactions(
    *, desafio: str, resposta: str, lugar: Lugar, etapa: str | None, navegador: str, origem: str
) -> Entrada:
    """Log in by a passkey alone, or answer with it the second question of an `etapa`. Raises ChaveRecusada."""
    with db.transaction(read_only=True) as session:
        pessoa = None if etapa is None else find_pessoa_da_etapa(session, etapa)
    usuario_id = None if pessoa is None else pessoa.id
    expected = db.run(lambda session: _take_desafio(session, desafio, Ato.ENTRADA, usuario_id))

    def enter(session: Session) -> Entrada:
        usuario = _verify(session, resposta, expected, lugar, usuario_id)
        if usuario_id is not None and etapa is not None:
            take_etapa(session, etapa)
        act_as(session, usuario.as_quem(origem))
        return open_acesso(session, usuario, balcao=None, navegador=navegador, origem=origem, provou=True)

    entrada = db.run(enter)
    log.info("entrada_por_chave", usuario=entrada.usuario_id, origem=origem)
    return entrada


def prove_chave_in_own_transactions(*, quem: Quem, chave: str, desafio: str, resposta: str, lugar: Lugar) -> None:
    """Prove once more who sits at the browser of this key, by a passkey of theirs. Raises ChaveRecusada."""
    expected = db.run(lambda session: _take_desafio(session, desafio, Ato.ENTRADA, quem.usuario_id))

    def prove(session: Session) -> None:
        act_as(session, quem)
        _verify(session, resposta, expected, lugar, quem.usuario_id)
        note_prova(session, chave)

    db.run(prove)


def list_chaves(session: Session, *, quem: Quem) -> list[ChaveDeAcesso]:
    """One's own, in the order in which they came."""
    return _list_of(session, _get_self(session, quem).id)


def delete_chave(session: Session, chave_id: int, *, quem: Quem) -> ChaveDeAcesso:
    """One's own, and another's is none. Raises NaoEncontrado."""
    act_as(session, quem, motivo="Chave de acesso removida")
    query = delete(ChaveDeAcesso).where(ChaveDeAcesso.id == chave_id, ChaveDeAcesso.usuario_id == quem.usuario_id)
    deleted = session.scalars(query.returning(ChaveDeAcesso)).one_or_none()
    if deleted is None:
        raise NaoEncontrado(coisa="a chave de acesso", id=chave_id)
    return deleted


def _verify(session: Session, resposta: str, expected: bytes, lugar: Lugar, usuario_id: int | None) -> Usuario:
    """The person whose passkey signed this; `usuario_id`: who it has to be. Raises ChaveRecusada."""
    try:
        answer = parse_authentication_credential_json(resposta)
        chave = _find_chave(session, answer, usuario_id)
        usuario = lock_usuario(session, chave.usuario_id)
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=expected,
            expected_rp_id=lugar.nome,
            expected_origin=lugar.origem,
            credential_public_key=chave.chave_publica,
            credential_current_sign_count=chave.contador,
            require_user_verification=True,
        )
    except _MALFORMED as error:
        raise _refuse(error) from error
    used = update(ChaveDeAcesso).where(ChaveDeAcesso.id == chave.id)
    session.execute(used.values(contador=verified.new_sign_count, usada_em=clock.now()))
    return usuario


def _find_chave(session: Session, answer: AuthenticationCredential, usuario_id: int | None) -> ChaveDeAcesso:
    query = select(ChaveDeAcesso).where(ChaveDeAcesso.credencial == bytes_to_base64url(answer.raw_id))
    chave = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if chave is None or (usuario_id is not None and chave.usuario_id != usuario_id):
        raise _refuse("unknown, or another's")
    handle = answer.response.user_handle
    estudio_id = session.scalar(text("select estudio_id from estudio.identidade"))
    if handle is not None and handle != identify_pessoa(str(estudio_id), chave.usuario_id):
        raise _refuse("the device says that it is another's")
    return chave


def _create_desafio(session: Session, ato: Ato, usuario_id: int | None) -> tuple[str, bytes]:
    agora, chave, desafio = clock.now(), create_chave(), create_chave()
    session.execute(delete(Desafio).where(Desafio.expira_em <= agora))
    session.add(
        Desafio(
            chave_sha256=digest_chave(chave),
            ato=ato,
            usuario_id=usuario_id,
            desafio=desafio,
            expira_em=agora + DESAFIO_VALE,
        )
    )
    session.flush()
    return chave, base64url_to_bytes(desafio)


def _take_desafio(session: Session, chave: str, ato: Ato, usuario_id: int | None) -> bytes:
    query = delete(Desafio).where(
        Desafio.chave_sha256 == digest_chave(chave),
        Desafio.ato == ato,
        Desafio.usuario_id.is_not_distinct_from(usuario_id),
        Desafio.expira_em > clock.now(),
    )
    desafio = session.scalar(query.returning(Desafio.desafio))
    if desafio is None:
        raise _refuse("the challenge is unknown, used, old or another's")
    return base64url_to_bytes(desafio)


def _list_of(session: Session, usuario_id: int) -> list[ChaveDeAcesso]:
    query = select(ChaveDeAcesso).where(ChaveDeAcesso.usuario_id == usuario_id).order_by(ChaveDeAcesso.id)
    return list(session.scalars(query))


def _describe(chave: ChaveDeAcesso) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(chave.credencial))


def _get_self(session: Session, quem: Quem) -> Usuario:
    usuario = None if quem.usuario_id is None else session.get(Usuario, quem.usuario_id)
    if usuario is None:
        raise NaoEncontrado(coisa="o usuário", id=quem.usuario_id)
    return usuario


def _refuse(why: object) -> ChaveRecusada:
    log.warning("chave_recusada", motivo=str(why))
    return ChaveRecusada()
