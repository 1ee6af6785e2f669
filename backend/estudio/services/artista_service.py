"""Artistas: registered, edited, and deactivated when they leave. Nobody who earned here is deleted."""

from typing import TypedDict, Unpack

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from estudio.domain.artista import Artista
from estudio.domain.dinheiro import ensure_percentual
from estudio.domain.errors import AlteradoDepois, JaExiste, NaoEncontrado
from estudio.domain.nomes import normalise_nome, validate_email, validate_nome
from estudio.domain.telefone import normalise_telefone
from estudio.domain.usuario import Quem
from estudio.services.auditoria_service import act_as

LIMITE_NOME = 10_000


class CamposDoArtista(TypedDict, total=False):
    """What an edit may change; what is not named stays as it is. `percentual` in hundredths."""

    nome: str
    email: str | None
    percentual: int
    telefone: str | None


def register_artista(
    session: Session,
    *,
    quem: Quem,
    nome: str,
    percentual: int = 0,
    email: str | None = None,
    telefone: str | None = None,
) -> Artista:
    """Register an artista; a second one of the same name is another person. Raises JaExiste for an e-mail in use."""
    quem.ensure_dono()
    act_as(session, quem)
    artista = Artista()
    _assign(session, artista, {"nome": nome, "percentual": percentual, "email": email, "telefone": telefone})
    session.add(artista)
    session.flush()
    return artista


def edit_artista(
    session: Session, artista_id: int, *, quem: Quem, versao: int | None = None, **campos: Unpack[CamposDoArtista]
) -> Artista:
    """Change an artista. A new percentual is offered from now on; what was paid keeps the share that was decided."""
    quem.ensure_dono()
    act_as(session, quem)
    artista = _lock(session, artista_id)
    if versao is not None and artista.versao != versao:
        raise AlteradoDepois
    with session.no_autoflush:
        _assign(session, artista, campos)
    session.flush()
    return artista


def deactivate_artista(session: Session, artista_id: int, *, quem: Quem) -> Artista:
    """They left: no longer offered in forms; what they earned stays theirs."""
    return _set_ativo(session, artista_id, quem, ativo=False)


def reactivate_artista(session: Session, artista_id: int, *, quem: Quem) -> Artista:
    """They are back."""
    return _set_ativo(session, artista_id, quem, ativo=True)


def list_artistas(session: Session, *, ativos: bool = True) -> list[Artista]:
    """In order of name; with `ativos` false also those who left."""
    query = select(Artista).order_by(func.left(Artista.nome_busca, 100), Artista.id)
    return list(session.scalars(query.where(Artista.ativo) if ativos else query))


def _set_ativo(session: Session, artista_id: int, quem: Quem, *, ativo: bool) -> Artista:
    quem.ensure_dono()
    act_as(session, quem)
    artista = _lock(session, artista_id)
    artista.ativo = ativo
    session.flush()
    return artista


def _assign(session: Session, artista: Artista, campos: CamposDoArtista) -> None:
    if "nome" in campos:
        artista.nome = validate_nome(campos["nome"], maximo=LIMITE_NOME)
        artista.nome_busca = normalise_nome(artista.nome)
    if "percentual" in campos:
        artista.percentual = ensure_percentual(campos["percentual"])
    if "telefone" in campos:
        artista.telefone = normalise_telefone(campos["telefone"])
    if "email" in campos:
        email = validate_email(campos["email"])
        same = exists().where(func.lower(Artista.email) == func.lower(email), Artista.id != (artista.id or 0))
        if email is not None and session.scalar(select(same)):
            raise JaExiste("Já existe um artista com esse e-mail.", campo="email")
        artista.email = email


def _lock(session: Session, artista_id: int) -> Artista:
    found = session.get(Artista, artista_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NaoEncontrado(coisa="o artista", id=artista_id)
    return found
