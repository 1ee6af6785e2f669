"""Fichas: given to a program by a person, shown at the API's door, revoked. Never more than the person's own rights."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.acesso import digest_chave
from estudio.domain.errors import DadosInvalidos, FichaInvalida, NaoEncontrado
from estudio.domain.ficha import ESCOPOS_DE, MAIOR_VALIDADE, VALE_DIAS, Escopo, Ficha, create_chave_de_ficha
from estudio.domain.nomes import validate_nome
from estudio.domain.usuario import Quem, Usuario
from estudio.services.auditoria_service import act_as
from estudio.services.tentativa_service import count_ficha_errada

LIMITE_NOME: Final = 100
FICHAS_POR_PESSOA: Final = 20

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Entrada:
    """A program at the door: the ficha that it shows, and the person in whose place it comes."""

    ficha: Ficha
    usuario: Usuario

    def as_quem(self) -> Quem:
        return self.usuario.as_quem("api")


def create_ficha(
    session: Session, *, quem: Quem, nome: str, escopos: Collection[str], dias: int = VALE_DIAS
) -> tuple[Ficha, str]:
    """Give a program a key of its own; returns it beside the ficha, for it is kept nowhere. Raises DadosInvalidos."""
    assert quem.usuario_id is not None, "a ficha is somebody's"
    act_as(session, quem)
    # Two made at once: the second waits here, and counts the first.
    session.get_one(Usuario, quem.usuario_id, with_for_update=True)
    if len(list_fichas(session, quem=quem)) >= FICHAS_POR_PESSOA:
        raise DadosInvalidos(
            sentence="Você já tem {limite} fichas. Revogue uma que não usa mais.",
            limite=FICHAS_POR_PESSOA,
            motivo="muitas_fichas",
        )
    if not 1 <= dias <= MAIOR_VALIDADE:
        raise DadosInvalidos(
            sentence="A validade vai de 1 a {limite} dias.", limite=MAIOR_VALIDADE, motivo="validade", campo="dias"
        )
    chave, agora = create_chave_de_ficha(), clock.now()
    ficha = Ficha(
        usuario_id=quem.usuario_id,
        nome=validate_nome(nome, maximo=LIMITE_NOME),
        chave_sha256=digest_chave(chave),
        escopos=_ensure_escopos(quem, escopos),
        criada_em=agora,
        expira_em=agora + timedelta(days=dias),
    )
    session.add(ficha)
    session.flush()
    return ficha, chave


def list_fichas(session: Session, *, quem: Quem) -> list[Ficha]:
    """The person's own, newest first, also those that are over."""
    return list(session.scalars(select(Ficha).where(Ficha.usuario_id == quem.usuario_id).order_by(Ficha.id.desc())))


def revoke_ficha(session: Session, ficha_id: int, *, quem: Quem) -> str:
    """End one of the person's own; returns its name. Raises NaoEncontrado, also for another's."""
    act_as(session, quem)
    ended = delete(Ficha).where(Ficha.id == ficha_id, Ficha.usuario_id == quem.usuario_id).returning(Ficha.nome)
    nome = session.scalars(ended).one_or_none()
    if nome is None:
        raise NaoEncontrado(coisa="a ficha", id=ficha_id)
    return nome


def enter_in_own_transactions(chave: str | None, *, endereco: str) -> Entrada:
    """Who comes with this key. Raises FichaInvalida, and MuitasTentativas from an address of many wrong ones.

    A right one is never kept waiting. The day on which it was used is noted once a day, in a transaction of its own:
    what a program reads is read without writing.
    """
    with db.transaction(read_only=True) as session:
        entrada = None if chave is None else _find(session, chave)
    if entrada is None:
        if chave is not None:
            db.run(lambda session: count_ficha_errada(session, endereco, clock.now()))
            log.info("ficha_recusada", origem="api")
        raise FichaInvalida
    if entrada.ficha.usada_em != (hoje := clock.today()):
        used = update(Ficha).where(Ficha.id == entrada.ficha.id).values(usada_em=hoje)
        db.run(lambda session: session.execute(used))
    return entrada


def _find(session: Session, chave: str) -> Entrada | None:
    query = (
        select(Ficha, Usuario)
        .join(Usuario, Usuario.id == Ficha.usuario_id)
        .where(Ficha.chave_sha256 == digest_chave(chave), Ficha.expira_em > clock.now(), Usuario.ativo)
    )
    found = session.execute(query).one_or_none()
    return None if found is None else Entrada(*found)


def _ensure_escopos(quem: Quem, escopos: Collection[str]) -> list[str]:
    allowed = ESCOPOS_DE[quem.papel]
    if not escopos:
        raise DadosInvalidos("Escolha pelo menos um escopo.", motivo="escopos", campo="escopos")
    if not set(escopos) <= set(allowed):
        raise DadosInvalidos(
            sentence="O seu acesso dá a uma ficha no máximo: {permitidos}.",
            permitidos=", ".join(allowed),
            motivo="escopos",
            campo="escopos",
        )
    return [escopo for escopo in Escopo if escopo in escopos]
