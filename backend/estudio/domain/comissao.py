"""The comissão: an artista's share of one pagamento, rounded once, when it is written."""

from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from estudio.domain.artista import Artista
from estudio.domain.colunas import Base, Chave, Instante, Inteiro, Versao
from estudio.domain.dinheiro import calculate_comissao, from_centavos, to_centavos


class Comissao(Base):
    """Belongs to its pagamento and to that one's month, and follows it. Negative where the pagamento is an estorno."""

    __tablename__ = "comissoes"

    id: Mapped[Chave]
    pagamento_id: Mapped[int]
    mes: Mapped[date]
    artista_id: Mapped[int] = mapped_column(ForeignKey("estudio.artistas.id"))
    percentual: Mapped[Inteiro]
    valor: Mapped[Decimal] = mapped_column("valor_centavos")
    observacoes: Mapped[str | None]
    importacao_id: Mapped[int | None]
    criado_em: Mapped[Instante]
    versao: Mapped[Versao]

    artista: Mapped[Artista] = relationship(viewonly=True)

    def recalculate(self, pago: Decimal) -> None:
        """Set the share of what is paid now, at this comissão's own rate."""
        self.valor = calculate_valor(pago, self.percentual)

    def reverse(self, estorno: Decimal, *, devolvida: Decimal, completa: bool) -> Decimal:
        """The (negative) share to take back with an `estorno` (negative) of the pagamento.

        `devolvida` is what earlier estornos took back, negative or zero. The estorno that completes the reversal takes
        whatever remains; no other takes more than that, however often halves were rounded up before.
        """
        resta = to_centavos(self.valor + devolvida)
        if not completa:
            resta = min(resta, -calculate_comissao(to_centavos(estorno), self.percentual))
        return from_centavos(-resta)


def calculate_valor(pago: Decimal, percentual: int) -> Decimal:
    """The share of an amount at hundredths of a percent, rounded half up to the centavo."""
    return from_centavos(calculate_comissao(to_centavos(pago), percentual))
