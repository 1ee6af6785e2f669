"""The studio's name, colour and logo: changed by the dono, each change in the trail, the last one undone by a press."""

import hashlib
from typing import TypedDict, Unpack

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from estudio.domain.cor import parse_cor
from estudio.domain.errors import AlteradoDepois
from estudio.domain.identidade import MAIOR_NOME, Identidade, Logotipo, get_logotipo
from estudio.domain.nomes import validate_nome
from estudio.domain.usuario import Quem
from estudio.services.auditoria_service import act_as
from estudio.services.imagem_service import Imagem


class CamposDaIdentidade(TypedDict, total=False):
    """What an edit may change; what is not named stays as it is. `cor` None is the program's own."""

    nome: str
    cor: str | None


def edit_identidade(
    session: Session, *, quem: Quem, versao: int | None = None, **campos: Unpack[CamposDaIdentidade]
) -> Identidade:
    """Change what the studio is called and its colour. Raises AlteradoDepois when `versao` is not the newest."""
    quem.ensure_dono()
    act_as(session, quem)
    identidade = _lock(session)
    if versao is not None and identidade.versao != versao:
        raise AlteradoDepois
    if "nome" in campos:
        identidade.nome = validate_nome(campos["nome"], maximo=MAIOR_NOME)
    if "cor" in campos:
        identidade.cor = None if campos["cor"] is None else parse_cor(campos["cor"])
    session.flush()
    return identidade


def register_logotipo(session: Session, *, quem: Quem, imagem: Imagem) -> Identidade:
    """Take a picture as the studio's logo; the one before it is kept, so that it can come back."""
    quem.ensure_dono()
    act_as(session, quem)
    identidade = _lock(session)
    sha256 = hashlib.sha256(imagem.png).hexdigest()
    kept = {sha256, identidade.logotipo_sha256}
    given = {"sha256": sha256, "png": imagem.png, "largura": imagem.largura, "altura": imagem.altura}
    session.execute(insert(Logotipo).values(**given).on_conflict_do_nothing())
    identidade.logotipo_sha256 = sha256
    session.flush()
    session.execute(delete(Logotipo).where(Logotipo.sha256.not_in({each for each in kept if each})))
    return identidade


def set_logotipo(session: Session, *, quem: Quem, sha256: str | None, atual: str | None) -> Identidade:
    """Go back to a logo that is kept, or to none. Raises AlteradoDepois when `atual` is not what the studio has now."""
    quem.ensure_dono()
    act_as(session, quem)
    identidade = _lock(session)
    if identidade.logotipo_sha256 != atual:
        raise AlteradoDepois
    identidade.logotipo_sha256 = None if sha256 is None else get_logotipo(session, sha256).sha256
    session.flush()
    return identidade


def _lock(session: Session) -> Identidade:
    return session.get_one(Identidade, True, with_for_update=True, populate_existing=True)
