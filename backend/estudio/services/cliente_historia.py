"""One client's page: what they paid and when they came, in open and closed months, under every entry that is theirs.

The recepção sees it whole: a client asks at the desk. Nothing here writes.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from estudio.domain.artista import Artista
from estudio.domain.cliente import Cliente, get_cliente, resolve_cliente
from estudio.domain.codigos import Forma
from estudio.domain.competencia import Competencia
from estudio.domain.extrato import MesContabil
from estudio.domain.historico import Cursor, Pagina
from estudio.domain.pagamento import Pagamento
from estudio.domain.sessao import Sessao
from estudio.domain.titular import TitularEliminado, find_eliminacao
from estudio.domain.usuario import Quem
from estudio.services.cliente_service import list_unidos
from estudio.services.fusao_service import list_familia
from estudio.services.historico_consulta import NEWEST_PAGAMENTO, NEWEST_SESSAO, page

POR_PAGINA: Final = 30

ZERO: Final = Decimal("0.00")


class PagamentoDaHistoria(NamedTuple):
    id: int
    data: date
    artista: str
    forma_rotulo: str
    valor: Decimal
    estorno_de: int | None
    fechado: bool
    """Its month is closed: an extrato tells of it."""

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.data, self.id)

    @property
    def competencia(self) -> Competencia:
        return Competencia.of(self.data)


class SessaoDaHistoria(NamedTuple):
    """`pago_em` is the day of the payment that settled it, which decides its month; None is a pendência."""

    id: int
    data: date
    artista: str
    valor: Decimal
    pago_em: date | None
    fechado: bool

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.data, self.id)

    @property
    def competencia(self) -> Competencia | None:
        return None if self.pago_em is None else Competencia.of(self.pago_em)


@dataclass(frozen=True)
class Historia:
    """`total` is what was paid less what was given back, and the sum of all pages of `pagamentos`."""

    cliente: Cliente
    unidos: list[Cliente]
    """The entries that turned out to be this person's."""
    total: Decimal
    quantos_pagamentos: int
    quantas_sessoes: int
    sem_pagamento: int
    desde: date | None
    pagamentos: Pagina[PagamentoDaHistoria]
    sessoes: Pagina[SessaoDaHistoria]
    eliminacao: TitularEliminado | None
    """When the person was erased: nobody is known any more, and the rows stay."""


def find_atual(session: Session, cliente_id: int, *, quem: Quem) -> Cliente:
    """Who an entry is now. Raises NaoEncontrado."""
    quem.ensure_registra()
    return resolve_cliente(session, get_cliente(session, cliente_id))


def get_historia(
    session: Session,
    cliente_id: int,
    *,
    quem: Quem,
    pagamentos_de: Cursor | None = None,
    sessoes_de: Cursor | None = None,
) -> Historia:
    """One person, with a page of payments and one of sessões. Raises NaoEncontrado."""
    cliente = find_atual(session, cliente_id, quem=quem)
    # By their numbers and not by a subquery: that would walk all payments, newest first, in search of theirs.
    familia = list_familia(session, cliente.id)
    total, quantos, primeiro = session.execute(
        select(func.sum(Pagamento.valor), func.count(), func.min(Pagamento.data)).where(
            Pagamento.cliente_id.in_(familia)
        )
    ).one()
    sessoes, pagas, primeira = session.execute(
        select(func.count(), func.count(Sessao.payment_id), func.min(Sessao.data)).where(Sessao.cliente_id.in_(familia))
    ).one()
    dias: list[date | None] = [primeiro, primeira]
    return Historia(
        cliente=cliente,
        unidos=list_unidos(session, cliente.id),
        total=total or ZERO,
        quantos_pagamentos=quantos,
        quantas_sessoes=sessoes,
        sem_pagamento=sessoes - pagas,
        desde=min((dia for dia in dias if dia is not None), default=None),
        pagamentos=_page_pagamentos(session, familia, pagamentos_de),
        sessoes=_page_sessoes(session, familia, sessoes_de),
        eliminacao=find_eliminacao(session, cliente.id),
    )


def _page_pagamentos(
    session: Session, familia: Collection[int], depois_de: Cursor | None
) -> Pagina[PagamentoDaHistoria]:
    query = (
        select(
            Pagamento.id,
            Pagamento.data,
            Artista.nome,
            Forma.rotulo,
            Pagamento.valor,
            Pagamento.estorno_de,
            MesContabil.estado != "aberta",
        )
        .join(Artista, Artista.id == Pagamento.artista_id)
        .join(Forma, Forma.codigo == Pagamento.forma)
        .join(MesContabil, MesContabil.mes == Pagamento.mes)
        .where(Pagamento.cliente_id.in_(familia))
    )
    if depois_de is not None:
        query = query.where(tuple_(Pagamento.data, Pagamento.id) < tuple_(depois_de.data, depois_de.id))
    return page(session, query, NEWEST_PAGAMENTO, PagamentoDaHistoria._make, POR_PAGINA)


def _page_sessoes(session: Session, familia: Collection[int], depois_de: Cursor | None) -> Pagina[SessaoDaHistoria]:
    query = (
        select(
            Sessao.id,
            Sessao.data,
            Artista.nome,
            Sessao.valor,
            Pagamento.data,
            func.coalesce(MesContabil.estado != "aberta", False),
        )
        .join(Artista, Artista.id == Sessao.artista_id)
        .outerjoin(Pagamento, Pagamento.id == Sessao.payment_id)
        .outerjoin(MesContabil, MesContabil.mes == Sessao.payment_mes)
        .where(Sessao.cliente_id.in_(familia))
    )
    if depois_de is not None:
        query = query.where(tuple_(Sessao.data, Sessao.id) < tuple_(depois_de.data, depois_de.id))
    return page(session, query, NEWEST_SESSAO, SessaoDaHistoria._make, POR_PAGINA)
