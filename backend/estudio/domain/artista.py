"""The artista: who tattoos and earns comissão. `percentual` is the share offered for a new payment, in hundredths."""

from sqlalchemy import FetchedValue
from sqlalchemy.orm import Mapped, Session, mapped_column

from estudio.domain.colunas import Base, Chave, Instante, Inteiro, Versao
from estudio.domain.errors import NaoEncontrado


class Artista(Base):
    """Left the studio: `ativo` false, never deleted. Two of one name are two artistas."""

    __tablename__ = "artistas"

    id: Mapped[Chave]
    nome: Mapped[str]
    nome_busca: Mapped[str]
    email: Mapped[str | None]
    telefone: Mapped[str | None]
    percentual: Mapped[Inteiro] = mapped_column(server_default=FetchedValue())
    ativo: Mapped[bool] = mapped_column(server_default=FetchedValue())
    criado_em: Mapped[Instante]
    versao: Mapped[Versao]


def get_artista(session: Session, artista_id: int) -> Artista:
    """Raises NaoEncontrado."""
    found = session.get(Artista, artista_id)
    if found is None:
        raise NaoEncontrado(coisa="o artista", id=artista_id)
    return found
