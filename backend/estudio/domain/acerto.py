"""The acerto: what passes between the studio and an artista besides her comissões, each row with its sign.

`valor` is signed as the artista sees it: what the row does to what the studio still owes her. A kind has one sign, so
that nobody ever types one. Acertos are neither receita nor despesa: the comissão, which is counted there already, is
what they settle.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from estudio.domain.artista import Artista
from estudio.domain.codigos import Forma
from estudio.domain.colunas import Base, Chave, Instante, MesDaData, Versao
from estudio.domain.competencia import Competencia
from estudio.domain.errors import NaoEncontrado


class Tipo(StrEnum):
    """In the order in which an account lists them."""

    REPASSE = "repasse"
    """Money from the studio to the artista."""
    VALE = "vale"
    """The same, ahead of what is owed."""
    DEVOLUCAO = "devolucao"
    """Money from the artista to the studio."""
    RECEBIDO = "recebido"
    """The artista kept the money of a pagamento: she holds what is the studio's. It follows its pagamento."""
    ALUGUEL = "aluguel"
    BONUS = "bonus"
    ACRESCIMO = "acrescimo"
    DESCONTO = "desconto"


SINAL: Final = {
    Tipo.REPASSE: -1,
    Tipo.VALE: -1,
    Tipo.DEVOLUCAO: 1,
    Tipo.ALUGUEL: -1,
    Tipo.BONUS: 1,
    Tipo.ACRESCIMO: 1,
    Tipo.DESCONTO: -1,
}
"""Of every kind but recebido, whose value is the opposite of its pagamento's: of an estorno it is positive."""

EM_DINHEIRO: Final = frozenset({Tipo.REPASSE, Tipo.VALE, Tipo.DEVOLUCAO})
"""Money is handed over: by some forma, and it is what was paid of what was owed."""

COM_MOTIVO: Final = frozenset({Tipo.BONUS, Tipo.ACRESCIMO, Tipo.DESCONTO})
"""What nobody understands without its reason."""


ROTULOS: Final = {
    Tipo.REPASSE: "Repasse",
    Tipo.VALE: "Vale",
    Tipo.DEVOLUCAO: "Devolução ao estúdio",
    Tipo.RECEBIDO: "Recebido pelo artista",
    Tipo.ALUGUEL: "Aluguel de cadeira",
    Tipo.BONUS: "Bônus",
    Tipo.ACRESCIMO: "Acréscimo",
    Tipo.DESCONTO: "Desconto",
}
DEVOLVIDO: Final = "Devolvido ao cliente pelo artista"
"""A recebido of an estorno: the opposite of what its kind is called."""


def is_devolvido(tipo: Tipo, valor: Decimal | int) -> bool:
    """Whether money of the studio's went out of the artista's own pocket: the sign says what the kind does not."""
    return tipo == Tipo.RECEBIDO and valor > 0


def name_acerto(tipo: Tipo, valor: Decimal | int) -> str:
    """What a row, or the sum of a kind, is called in documents; pages say it in their own language."""
    return DEVOLVIDO if is_devolvido(tipo, valor) else ROTULOS[tipo]


class Acerto(Base):
    """One row of an artista's account."""

    __tablename__ = "acertos"

    id: Mapped[Chave]
    data: Mapped[date]
    mes: Mapped[MesDaData]
    artista_id: Mapped[int] = mapped_column(ForeignKey("estudio.artistas.id"))
    tipo: Mapped[str]
    valor: Mapped[Decimal] = mapped_column("valor_centavos")
    forma: Mapped[str | None] = mapped_column(ForeignKey("estudio.formas.codigo"))
    motivo: Mapped[str | None]
    pagamento_id: Mapped[int | None]
    pago: Mapped[Decimal | None] = mapped_column("pago_centavos")
    importacao_id: Mapped[int | None]
    criado_em: Mapped[Instante]
    criado_por: Mapped[int | None]
    versao: Mapped[Versao]

    artista: Mapped[Artista] = relationship(viewonly=True)
    rotulo_da_forma: Mapped[Forma | None] = relationship(viewonly=True)

    @property
    def competencia(self) -> Competencia:
        return Competencia.of(self.data)

    @property
    def quantia(self) -> Decimal:
        """The amount without its sign, as people say it."""
        return abs(self.valor)


def get_acerto(session: Session, acerto_id: int) -> Acerto:
    """Raises NaoEncontrado."""
    return _found(session.get(Acerto, acerto_id), acerto_id)


def lock_acerto(session: Session, acerto_id: int) -> Acerto:
    """The acerto as it is now, held until the transaction ends. Raises NaoEncontrado."""
    return _found(session.get(Acerto, acerto_id, with_for_update=True, populate_existing=True), acerto_id)


def _found(acerto: Acerto | None, acerto_id: int) -> Acerto:
    if acerto is None:
        raise NaoEncontrado(coisa="o acerto", id=acerto_id)
    return acerto
