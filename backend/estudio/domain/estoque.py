"""The estoque: items and their movements. A quantity is the sum of its movements and never below zero."""

from datetime import datetime

from sqlalchemy import FetchedValue, ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column

from estudio.domain.colunas import Base, Chave, Instante, Inteiro, Versao
from estudio.domain.errors import NaoEncontrado


class Item(Base):
    """A material on the shelf. Only movements change its quantity (estoque_service.move_item)."""

    __tablename__ = "itens"

    id: Mapped[Chave]
    nome: Mapped[str]
    quantidade: Mapped[int] = mapped_column(server_default=FetchedValue())
    minimo: Mapped[int] = mapped_column(server_default=FetchedValue())
    ordem: Mapped[Inteiro] = mapped_column(server_default=FetchedValue())
    observacoes: Mapped[str | None]
    ativo: Mapped[bool] = mapped_column(server_default=FetchedValue())
    criado_em: Mapped[Instante]
    versao: Mapped[Versao]

    @property
    def is_baixo(self) -> bool:
        """Fewer than the item's minimum: it gets a badge."""
        return self.quantidade < self.minimo


class Movimento(Base):
    """One change of a quantity, and what was there after it. Written once."""

    __tablename__ = "movimentos"

    id: Mapped[Chave]
    item_id: Mapped[int] = mapped_column(ForeignKey("estudio.itens.id"))
    delta: Mapped[int]
    saldo: Mapped[int]
    motivo: Mapped[str | None]
    em: Mapped[datetime] = mapped_column(server_default=FetchedValue())
    por: Mapped[int | None]


def get_item(session: Session, item_id: int) -> Item:
    """The item as it is now. Raises NaoEncontrado."""
    found = session.get(Item, item_id, populate_existing=True)
    if found is None:
        raise NaoEncontrado(coisa="o item", id=item_id)
    return found
