"""The two lists of codes: how money comes and goes (forma), and what it was spent on (categoria).

Rows keep the code, which is sealed; the label is only shown and may be changed.
"""

from typing import Final

from sqlalchemy import FetchedValue, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from estudio.domain.colunas import Base, Inteiro
from estudio.domain.errors import DadosInvalidos

OUTROS: Final = "outros"
"""The categoria under which a gasto without one is counted."""


class Forma(Base):
    """A forma de pagamento: Dinheiro, Pix…"""

    __tablename__ = "formas"

    codigo: Mapped[str] = mapped_column(primary_key=True)
    rotulo: Mapped[str]
    ordem: Mapped[Inteiro] = mapped_column(server_default=FetchedValue())
    ativa: Mapped[bool] = mapped_column(server_default=FetchedValue())


class Categoria(Base):
    """What a gasto was for: Material, Aluguel…"""

    __tablename__ = "categorias"

    codigo: Mapped[str] = mapped_column(primary_key=True)
    rotulo: Mapped[str]
    ordem: Mapped[Inteiro] = mapped_column(server_default=FetchedValue())
    ativa: Mapped[bool] = mapped_column(server_default=FetchedValue())


Codigo = Forma | Categoria
"""An entry of either list: they are alike."""


def list_formas(session: Session) -> list[Forma]:
    """The formas that are in use, in the studio's order."""
    return list(session.scalars(select(Forma).where(Forma.ativa).order_by(Forma.ordem, Forma.codigo)))


def list_categorias(session: Session) -> list[Categoria]:
    """The categorias that are in use, in the studio's order."""
    return list(session.scalars(select(Categoria).where(Categoria.ativa).order_by(Categoria.ordem, Categoria.codigo)))


def ensure_forma(session: Session, codigo: str) -> str:
    """Raises DadosInvalidos for a code that is not in the list."""
    if session.get(Forma, codigo) is None:
        raise DadosInvalidos("A forma de pagamento não existe. Escolha uma da lista.", motivo="forma", campo="forma")
    return codigo


def ensure_categoria(session: Session, codigo: str | None) -> str | None:
    """Raises DadosInvalidos for a code that is not in the list; None (no categoria) passes."""
    if codigo is not None and session.get(Categoria, codigo) is None:
        raise DadosInvalidos("A categoria não existe. Escolha uma da lista.", motivo="categoria", campo="categoria")
    return codigo
