"""The recorrente: a gasto that comes back every month. A draft until somebody registers it, and no money before."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Date, FetchedValue, ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from estudio.domain.codigos import Categoria, Forma
from estudio.domain.colunas import Base, Chave, Instante, Inteiro, Versao
from estudio.domain.competencia import Competencia
from estudio.domain.errors import DadosInvalidos, NaoEncontrado


class Recorrente(Base):
    """From `desde` on there is a draft in every month, on its `dia`, for as long as it is `ativo`."""

    __tablename__ = "recorrentes"

    id: Mapped[Chave]
    descricao: Mapped[str]
    valor: Mapped[Decimal] = mapped_column("valor_centavos")
    forma: Mapped[str] = mapped_column(ForeignKey("estudio.formas.codigo"))
    categoria: Mapped[str | None] = mapped_column(ForeignKey("estudio.categorias.codigo"))
    dia: Mapped[Inteiro]
    desde: Mapped[date]
    ativo: Mapped[bool] = mapped_column(server_default=FetchedValue())
    criado_em: Mapped[Instante]
    criado_por: Mapped[int | None]
    versao: Mapped[Versao]

    rotulo_da_forma: Mapped[Forma] = relationship(viewonly=True)
    rotulo_da_categoria: Mapped[Categoria | None] = relationship(viewonly=True)

    def calculate_vencimento(self, competencia: Competencia) -> date:
        """Its day in a month; in one that is too short for it, the last."""
        last = competencia.next_first_day - timedelta(days=1)
        return last.replace(day=min(self.dia, last.day))

    def has_rascunho(self, competencia: Competencia) -> bool:
        """Whether a month has a draft of it, unless that was decided already."""
        return self.ativo and self.calculate_vencimento(competencia) >= self.desde


class Recorrencia(Base):
    """What was decided about a month's draft: `gasto_id` is what it became, None that it was skipped."""

    __tablename__ = "recorrencias"

    id: Mapped[Chave]
    recorrente_id: Mapped[int]
    mes: Mapped[date] = mapped_column(Date)
    gasto_id: Mapped[int | None]
    em: Mapped[Instante]
    por: Mapped[int | None]


def ensure_dia(dia: int) -> int:
    """Raises DadosInvalidos for what is the day of no month."""
    if not 1 <= dia <= 31:
        raise DadosInvalidos("O dia do mês precisa estar entre 1 e 31.", motivo="dia", campo="dia_do_mes")
    return dia


def get_recorrente(session: Session, recorrente_id: int) -> Recorrente:
    """Raises NaoEncontrado."""
    return _found(session.get(Recorrente, recorrente_id), recorrente_id)


def lock_recorrente(session: Session, recorrente_id: int) -> Recorrente:
    """As it is now, held until the transaction ends: its months are decided one after the other."""
    found = session.get(Recorrente, recorrente_id, with_for_update=True, populate_existing=True)
    return _found(found, recorrente_id)


def _found(recorrente: Recorrente | None, recorrente_id: int) -> Recorrente:
    if recorrente is None:
        raise NaoEncontrado(coisa="o gasto recorrente", id=recorrente_id)
    return recorrente
