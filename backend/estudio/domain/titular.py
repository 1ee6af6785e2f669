"""The titular: a person whose data the studio kept (LGPD), and who was erased. Money stays, under a number."""

from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from estudio import clock
from estudio.domain.cliente import Cliente
from estudio.domain.colunas import Base, Instante
from estudio.domain.errors import ClienteEliminado


class Motivo(StrEnum):
    """Why somebody was erased: a code, because a sentence could say their name."""

    PEDIDO = "pedido"
    PRAZO = "prazo"
    ENGANO = "engano"


class TitularEliminado(Base):
    """One entry whose person was erased; `titular_id` is the entry that it was merged into. Kept for ever."""

    __tablename__ = "titulares_eliminados"

    cliente_id: Mapped[int] = mapped_column(primary_key=True)
    titular_id: Mapped[int]
    em: Mapped[Instante]
    motivo: Mapped[str]
    quem: Mapped[int | None]


class Citacao(Base):
    """A row whose words may name somebody who was erased; waits for the dono while `decidida_em` is empty."""

    __tablename__ = "citacoes"

    id: Mapped[int] = mapped_column(primary_key=True)
    cliente_id: Mapped[int]
    tabela: Mapped[str]
    registro_id: Mapped[int]
    em: Mapped[Instante]
    decidida_em: Mapped[Instante | None]
    decidida_por: Mapped[int | None]
    apagada: Mapped[bool | None]


TEXTO_ELIMINADO: Final = "Este texto foi apagado com os dados do cliente."
"""What stands where words went, as the database says it."""


def find_eliminacao(session: Session, cliente_id: int) -> TitularEliminado | None:
    return session.get(TitularEliminado, cliente_id)


def is_presente() -> ColumnElement[bool]:
    """The clientes who are somebody still: for lists, searches, and names that are typed."""
    return ~exists(select(TitularEliminado.cliente_id).where(TitularEliminado.cliente_id == Cliente.id))


def ensure_presente(session: Session, *clientes: Cliente) -> None:
    """Raises ClienteEliminado: nobody is known under these numbers any more."""
    for cliente in clientes:
        if (found := find_eliminacao(session, cliente.id)) is not None:
            raise ClienteEliminado(id=cliente.id, em=f"{clock.to_local(found.em):%d/%m/%Y}")
