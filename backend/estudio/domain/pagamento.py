"""The pagamento: money received, and the only source of receita. An estorno is one too: negative, and linked."""

from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey, Integer, func, select
from sqlalchemy.orm import Mapped, Session, foreign, mapped_column, relationship

from estudio.domain.artista import Artista
from estudio.domain.cliente import NAO_INFORMADO, Cliente
from estudio.domain.codigos import Forma
from estudio.domain.colunas import Base, Chave, Instante, MesDaData, Versao
from estudio.domain.comissao import Comissao, calculate_valor
from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import format_dinheiro
from estudio.domain.errors import DataInvalida, EstornoAcimaDoPago, EstornoRecusado, NaoEncontrado
from estudio.domain.sessao import Sessao


class Pagamento(Base):
    """`percentual` is the share that was decided, in hundredths: None is "nobody decided yet", 0 is "none"."""

    __tablename__ = "pagamentos"

    id: Mapped[Chave]
    data: Mapped[date]
    mes: Mapped[MesDaData]
    valor: Mapped[Decimal] = mapped_column("valor_centavos")
    forma: Mapped[str] = mapped_column(ForeignKey("estudio.formas.codigo"))
    artista_id: Mapped[int] = mapped_column(ForeignKey("estudio.artistas.id"))
    cliente_id: Mapped[int | None] = mapped_column(ForeignKey("estudio.clientes.id"))
    percentual: Mapped[int | None] = mapped_column(Integer)
    observacoes: Mapped[str | None]
    google_event_id: Mapped[str | None]
    estorno_de: Mapped[int | None] = mapped_column(ForeignKey("estudio.pagamentos.id"))
    importacao_id: Mapped[int | None]
    criado_em: Mapped[Instante]
    criado_por: Mapped[int | None]
    versao: Mapped[Versao]

    # Read only: the database itself lets comissões and sessões follow a pagamento that moves or goes.
    artista: Mapped[Artista] = relationship(viewonly=True)
    cliente: Mapped[Cliente | None] = relationship(viewonly=True)
    rotulo_da_forma: Mapped[Forma] = relationship(viewonly=True)
    comissoes: Mapped[list[Comissao]] = relationship(
        viewonly=True, primaryjoin=lambda: Pagamento.id == foreign(Comissao.pagamento_id), order_by=Comissao.id
    )
    sessoes: Mapped[list[Sessao]] = relationship(
        viewonly=True, primaryjoin=lambda: Pagamento.id == foreign(Sessao.payment_id), order_by=Sessao.id
    )

    @property
    def competencia(self) -> Competencia:
        return Competencia.of(self.data)

    @property
    def is_estorno(self) -> bool:
        return self.estorno_de is not None

    @property
    def nome_do_cliente(self) -> str:
        return self.cliente.nome if self.cliente else NAO_INFORMADO

    def settle(self, sessao: Sessao) -> None:
        """Pay a sessão. Raises SessaoJaPaga, also when it is this very pagamento that paid it."""
        sessao.ensure_sem_pagamento()
        sessao.payment_id = self.id
        sessao.payment_mes = self.mes

    def pay_comissao(self) -> Comissao | None:
        """The share that was decided, as a new Comissao; None when none was decided, or 0 %.

        A share that rounds to 0,00 is written all the same: the books then say that it was paid.
        """
        if not self.percentual:
            return None
        return Comissao(
            pagamento_id=self.id,
            mes=self.mes,
            artista_id=self.artista_id,
            percentual=self.percentual,
            valor=calculate_valor(self.valor, self.percentual),
        )

    def reverse(self, valor: Decimal | None, *, data: date, estornado: Decimal) -> "Pagamento":
        """An estorno of `valor` (of all that remains when None), as a new Pagamento at the rate of this one.

        `estornado` is what earlier estornos gave back, negative or zero. Raises EstornoAcimaDoPago, EstornoRecusado.
        """
        if self.is_estorno:
            raise EstornoRecusado("Um estorno não pode ser estornado. Se o dinheiro voltou, registre um pagamento.")
        if self.percentual is None:
            raise EstornoRecusado("A comissão deste pagamento ainda não foi decidida. Informe o percentual antes.")
        if data < self.data:
            raise DataInvalida("O estorno não pode ser anterior ao pagamento.", motivo="anterior", campo="data")
        resta = self.valor + estornado
        if resta == 0:
            raise EstornoRecusado("Este pagamento já foi estornado por inteiro.")
        if valor is not None and valor > resta:
            raise EstornoAcimaDoPago(resta=format_dinheiro(resta), campo="valor")
        return Pagamento(
            data=data,
            valor=-(resta if valor is None else valor),
            forma=self.forma,
            artista_id=self.artista_id,
            cliente_id=self.cliente_id,
            percentual=self.percentual,
            estorno_de=self.id,
        )


def get_pagamento(session: Session, pagamento_id: int) -> Pagamento:
    """Raises NaoEncontrado."""
    return _found(session.get(Pagamento, pagamento_id), pagamento_id)


def lock_pagamento(session: Session, pagamento_id: int) -> Pagamento:
    """The pagamento as it is now, held until the transaction ends. Raises NaoEncontrado."""
    found = session.get(Pagamento, pagamento_id, with_for_update=True, populate_existing=True)
    return _found(found, pagamento_id)


def sum_estornos(session: Session, pagamento_id: int) -> Decimal:
    """What has been given back of a pagamento: negative or zero."""
    query = select(func.coalesce(func.sum(Pagamento.valor), Decimal("0.00"))).where(
        Pagamento.estorno_de == pagamento_id
    )
    return session.scalars(query).one()


def list_comissoes(session: Session, pagamento_id: int) -> list[Comissao]:
    """The comissões of one pagamento, as they are now."""
    query = select(Comissao).where(Comissao.pagamento_id == pagamento_id).order_by(Comissao.id)
    return list(session.scalars(query, execution_options={"populate_existing": True}))


def list_sessoes(session: Session, pagamento_id: int) -> list[Sessao]:
    """The sessões that one pagamento settled, as they are now."""
    query = select(Sessao).where(Sessao.payment_id == pagamento_id).order_by(Sessao.id)
    return list(session.scalars(query, execution_options={"populate_existing": True}))


def _found(pagamento: Pagamento | None, pagamento_id: int) -> Pagamento:
    if pagamento is None:
        raise NaoEncontrado(coisa="o pagamento", id=pagamento_id)
    return pagamento
