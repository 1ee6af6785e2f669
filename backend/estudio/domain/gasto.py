"""The gasto: money spent, on one day, for one thing. It has no artista and no cliente."""

from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from estudio.domain.codigos import Categoria, Forma
from estudio.domain.colunas import Base, Chave, Instante, MesDaData, Versao
from estudio.domain.competencia import Competencia
from estudio.domain.errors import NaoEncontrado


class Gasto(Base):
    """Without a categoria it is counted under "Outros"."""

    __tablename__ = "gastos"

    id: Mapped[Chave]
    data: Mapped[date]
    mes: Mapped[MesDaData]
    valor: Mapped[Decimal] = mapped_column("valor_centavos")
    descricao: Mapped[str]
    categoria: Mapped[str | None] = mapped_column(ForeignKey("estudio.categorias.codigo"))
    forma: Mapped[str] = mapped_column(ForeignKey("estudio.formas.codigo"))
    importacao_id: Mapped[int | None]
    criado_em: Mapped[Instante]
    criado_por: Mapped[int | None]
    versao: Mapped[Versao]

    rotulo_da_forma: Mapped[Forma] = relationship(viewonly=True)
    rotulo_da_categoria: Mapped[Categoria | None] = relationship(viewonly=True)

    @property
    def competencia(self) -> Competencia:
        return Competencia.of(self.data)


def get_gasto(session: Session, gasto_id: int) -> Gasto:
    """Raises NaoEncontrado."""
    return _found(session.get(Gasto, gasto_id), gasto_id)


def lock_gasto(session: Session, gasto_id: int) -> Gasto:
    """The gasto as it is now, held until the transaction ends. Raises NaoEncontrado."""
    return _found(session.get(Gasto, gasto_id, with_for_update=True, populate_existing=True), gasto_id)


def _found(gasto: Gasto | None, gasto_id: int) -> Gasto:
    if gasto is None:
        raise NaoEncontrado(coisa="o gasto", id=gasto_id)
    return gasto
