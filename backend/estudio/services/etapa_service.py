"""The step between the password and the Acesso: a key for one browser, which opens nothing but the second question."""

from dataclasses import dataclass

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.acesso import create_chave, digest_chave
from estudio.domain.errors import EtapaVencida
from estudio.domain.fator import ETAPA_VALE, Etapa, SegundoFator
from estudio.domain.usuario import Usuario


@dataclass(frozen=True, slots=True)
class Pendente:
    """The first factor was right, and the second is still to be said; `chave` is for their browser alone."""

    chave: str
    usuario_id: int


def has_fator(session: Session, usuario_id: int) -> bool:
    """Whether a person is asked for a second factor."""
    return bool(session.scalar(select(exists().where(SegundoFator.usuario_id == usuario_id))))


def create_etapa(session: Session, usuario: Usuario, *, provou: bool) -> Pendente:
    """Remember that this person said the first factor; `provou`: a password, and not another's word for it."""
    agora, chave = clock.now(), create_chave()
    session.execute(delete(Etapa).where(Etapa.expira_em <= agora))
    session.add(
        Etapa(chave_sha256=digest_chave(chave), usuario_id=usuario.id, provou=provou, expira_em=agora + ETAPA_VALE)
    )
    session.flush()
    return Pendente(chave, usuario.id)


def find_pessoa_da_etapa(session: Session, chave: str) -> Usuario | None:
    """Who is half way in in this browser; None when its key is unknown, used or too old."""
    query = (
        select(Usuario)
        .join(Etapa, Etapa.usuario_id == Usuario.id)
        .where(Etapa.chave_sha256 == digest_chave(chave), Etapa.expira_em > clock.now(), Usuario.ativo)
    )
    return session.scalars(query).one_or_none()


def take_etapa(session: Session, chave: str) -> Etapa:
    """Use a step up: of two answers at one moment the second finds none. Raises EtapaVencida."""
    taken = session.scalars(
        delete(Etapa).where(Etapa.chave_sha256 == digest_chave(chave), Etapa.expira_em > clock.now()).returning(Etapa)
    ).one_or_none()
    if taken is None:
        raise EtapaVencida
    return taken
