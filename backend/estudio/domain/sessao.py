"""The sessão: one sitting. Money is what its pagamento says; the sessão itself is never revenue."""

from collections.abc import Collection
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sqlalchemy import Computed, FetchedValue, ForeignKey, Time, select
from sqlalchemy.dialects.postgresql import TSRANGE, Range
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from estudio.domain.artista import Artista
from estudio.domain.cliente import Cliente
from estudio.domain.colunas import Base, Chave, Instante, Inteiro, Versao
from estudio.domain.errors import NaoEncontrado, SessaoJaPaga


class Status(StrEnum):
    """A label for people: nothing is counted by it."""

    AGENDADA = "agendada"
    CONFIRMADA = "confirmada"
    REALIZADA = "realizada"
    CANCELADA = "cancelada"
    FALTOU = "faltou"


NAO_ACONTECE: Final = (Status.CANCELADA, Status.FALTOU)
"""They take no place in the agenda. (Whether a sessão is listed or counted is another question: its payment's.)"""


class Sessao(Base):
    """Paid exactly when it has a `payment_id`; it then belongs to the month of that pagamento, and to none before.

    `hora` is by the clock on the studio's wall, within the business day `data` (01:30 is the night after it); it
    and `duracao` are None where nobody said when. `horario`, made of them, the database keeps free of others.
    """

    __tablename__ = "sessoes"

    id: Mapped[Chave]
    data: Mapped[date]
    cliente_id: Mapped[int | None] = mapped_column(ForeignKey("estudio.clientes.id"))
    artista_id: Mapped[int] = mapped_column(ForeignKey("estudio.artistas.id"))
    valor: Mapped[Decimal] = mapped_column("valor_centavos")
    observacoes: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=FetchedValue())
    payment_id: Mapped[int | None]
    payment_mes: Mapped[date | None]
    google_event_id: Mapped[str | None]
    importacao_id: Mapped[int | None]
    criado_em: Mapped[Instante]
    criado_por: Mapped[int | None]
    versao: Mapped[Versao]
    hora: Mapped[time | None] = mapped_column(Time)
    duracao: Mapped[Inteiro | None] = mapped_column("duracao_minutos")
    horario: Mapped[Range[datetime] | None] = mapped_column(TSRANGE, Computed("…"), deferred=True)

    artista: Mapped[Artista] = relationship(viewonly=True)
    cliente: Mapped[Cliente | None] = relationship(viewonly=True)

    @property
    def is_paga(self) -> bool:
        return self.payment_id is not None

    def ensure_sem_pagamento(self) -> None:
        """Raises SessaoJaPaga."""
        if self.is_paga:
            raise SessaoJaPaga(sessao_id=self.id, pagamento_id=self.payment_id)

    def release(self) -> None:
        """Free the sessão of its pagamento: it is a pendência again."""
        self.payment_id = None
        self.payment_mes = None


def get_sessao(session: Session, sessao_id: int) -> Sessao:
    """Raises NaoEncontrado."""
    return _found(session.get(Sessao, sessao_id), sessao_id)


def lock_sessao(session: Session, sessao_id: int) -> Sessao:
    """The sessão as it is now, held until the transaction ends. Raises NaoEncontrado."""
    return lock_sessoes(session, [sessao_id])[0]


def lock_sessoes(session: Session, ids: Collection[int]) -> list[Sessao]:
    """Several sessões, lowest id first (two who lock the same ones do not meet halfway). Raises NaoEncontrado."""
    if not ids:
        return []
    query = select(Sessao).where(Sessao.id.in_(ids)).order_by(Sessao.id).with_for_update()
    found = list(session.scalars(query, execution_options={"populate_existing": True}))
    for missing in sorted(set(ids) - {sessao.id for sessao in found}):
        raise NaoEncontrado(coisa="a sessão", id=missing)
    return found


def _found(sessao: Sessao | None, sessao_id: int) -> Sessao:
    if sessao is None:
        raise NaoEncontrado(coisa="a sessão", id=sessao_id)
    return sessao
