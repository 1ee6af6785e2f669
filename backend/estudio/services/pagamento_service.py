"""Payments: registered, edited, reversed, deleted, with comissão and sessões. Undoing: desfazer_service."""

import uuid
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import TypedDict, Unpack

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from estudio.domain.artista import get_artista
from estudio.domain.cliente import get_cliente, resolve_cliente
from estudio.domain.codigos import ensure_forma
from estudio.domain.dinheiro import ensure_percentual, ensure_valor
from estudio.domain.errors import AlteradoDepois, DataInvalida, EmUso, EstornoRecusado
from estudio.domain.livros import ensure_open
from estudio.domain.nomes import validate_opcional
from estudio.domain.pagamento import Pagamento, list_comissoes, list_sessoes, lock_pagamento, sum_estornos
from estudio.domain.sessao import Sessao, lock_sessoes
from estudio.domain.usuario import Quem
from estudio.services.auditoria_service import MAIOR_MOTIVO, act_as
from estudio.services.comissao_service import BaseDeCalculo, reverse_comissoes, rewrite_comissoes
from estudio.services.evento_service import LIMITE_EVENTO, ensure_eventos_livres

LIMITE_OBSERVACOES = 20_000


class CamposDoPagamento(TypedDict, total=False):
    """What an edit may change; what is not named stays as it is."""

    data: date
    artista_id: int
    valor: Decimal
    forma: str
    cliente_id: int | None
    percentual: int
    observacoes: str | None


def register_pagamento(
    session: Session,
    *,
    quem: Quem,
    data: date,
    artista_id: int,
    valor: Decimal,
    forma: str,
    cliente_id: int | None = None,
    sessoes: Collection[int] = (),
    percentual: int | None = None,
    observacoes: str | None = None,
    google_event_id: str | None = None,
) -> Pagamento:
    """Register money received, with its comissão, and settle the sessões that it pays.

    `percentual` is in hundredths; None takes the artista's, 0 decides that there is no comissão. A sessão of the agenda
    event is settled too. Raises CompetenciaFechada, SessaoJaPaga, EventoJaPago (with the first payment) and refusals of
    what was entered.
    """
    quem.ensure_registra()
    act_as(session, quem)
    ensure_open(session, data)
    artista = get_artista(session, artista_id)
    google_event_id = validate_opcional(google_event_id, "Evento da agenda", maximo=LIMITE_EVENTO)
    pagas = _lock_sessoes_a_pagar(session, sessoes, google_event_id)
    pagamento = Pagamento(
        data=data,
        valor=ensure_valor(valor),
        forma=ensure_forma(session, forma),
        artista_id=artista.id,
        cliente_id=_resolve_cliente_id(session, cliente_id),
        percentual=ensure_percentual(artista.percentual if percentual is None else percentual),
        observacoes=validate_opcional(observacoes, "Observações", maximo=LIMITE_OBSERVACOES),
        google_event_id=google_event_id,
        criado_por=quem.usuario_id,
    )
    session.add(pagamento)
    session.flush()
    for sessao in pagas:
        pagamento.settle(sessao)
    if comissao := pagamento.pay_comissao():
        session.add(comissao)
    session.flush()
    return pagamento


def edit_pagamento(
    session: Session,
    pagamento_id: int,
    *,
    quem: Quem,
    versao: int | None = None,
    motivo: str | None = None,
    **campos: Unpack[CamposDoPagamento],
) -> Pagamento:
    """Change a payment; its comissão is recalculated and moves along, its sessões follow it to another month.

    `versao` is the one that the person saw: when it is no longer that, AlteradoDepois. A percentual that changes is one
    comissão of the payment's artista; left as it is, each comissão keeps its own rate.
    """
    quem.ensure_registra()
    act_as(session, quem, motivo=motivo)
    pagamento = lock_pagamento(session, pagamento_id)
    if versao is not None and pagamento.versao != versao:
        raise AlteradoDepois
    ensure_open(session, pagamento.data, campos.get("data", pagamento.data))
    antes = BaseDeCalculo.of(pagamento)
    with session.no_autoflush:
        _assign(session, pagamento, campos)
        ensure_estornos_valem(session, pagamento, mudou=BaseDeCalculo.of(pagamento) != antes)
    session.flush()
    rewrite_comissoes(session, pagamento, antes=antes, decidido="percentual" in campos)
    for sessao in list_sessoes(session, pagamento.id):
        assert sessao.payment_mes == pagamento.mes, "the database moves the sessões with their payment"
    return pagamento


def delete_pagamento(session: Session, pagamento_id: int, *, quem: Quem, motivo: str | None = None) -> uuid.UUID:
    """Delete a payment of an open month with its comissões, and free its sessões; undoable. Returns the deed's id.

    Raises CompetenciaFechada (a closed month takes an estorno in an open one), EmUso while estornos hang on it.
    """
    quem.ensure_dono()
    ato = act_as(session, quem, motivo=motivo)
    pagamento = lock_pagamento(session, pagamento_id)
    ensure_open(session, pagamento.data)
    if _has_estornos(session, pagamento):
        raise EmUso(
            "Este pagamento tem estorno. Apague o estorno antes de apagar o pagamento.", pagamento_id=pagamento_id
        )
    comissoes, sessoes = list_comissoes(session, pagamento_id), list_sessoes(session, pagamento_id)
    session.delete(pagamento)
    session.flush()
    # The database took the comissões along and freed the sessões.
    for comissao in comissoes:
        session.expunge(comissao)
    for sessao in sessoes:
        session.refresh(sessao)
    return ato


def reverse_pagamento(
    session: Session,
    pagamento_id: int,
    *,
    quem: Quem,
    data: date,
    valor: Decimal | None = None,
    forma: str | None = None,
    observacoes: str | None = None,
) -> Pagamento:
    """Give money back: an estorno on `data`, in an open month, of a payment of any month. Returns the estorno.

    `valor` is what is given back, above zero; None is all that remains. Its comissões are taken back at their original
    rate, and the estorno that completes the reversal takes back what is left of them. Raises EstornoAcimaDoPago,
    EstornoRecusado, CompetenciaFechada.
    """
    quem.ensure_registra()
    act_as(session, quem, motivo=observacoes and observacoes[:MAIOR_MOTIVO])
    ensure_open(session, data)
    # Held until the end: two estornos at once cannot both take the last centavo.
    original = lock_pagamento(session, pagamento_id)
    estornado = sum_estornos(session, pagamento_id)
    estorno = original.reverse(None if valor is None else ensure_valor(valor), data=data, estornado=estornado)
    estorno.observacoes = validate_opcional(observacoes, "Observações", maximo=LIMITE_OBSERVACOES)
    estorno.criado_por = quem.usuario_id
    if forma is not None:
        estorno.forma = ensure_forma(session, forma)
    session.add(estorno)
    session.flush()
    reverse_comissoes(session, original, estorno, completa=original.valor + estornado + estorno.valor == 0)
    return estorno


def find_possiveis_duplicados(
    session: Session, *, data: date, valor: Decimal, forma: str, artista_id: int, cliente_id: int | None = None
) -> list[Pagamento]:
    """Payments alike in date, amount, forma, artista and cliente: for a notice. Both may stand, none is refused."""
    query = select(Pagamento).where(
        Pagamento.data == data,
        Pagamento.valor == valor,
        Pagamento.forma == forma,
        Pagamento.artista_id == artista_id,
        Pagamento.cliente_id.is_not_distinct_from(cliente_id),
        Pagamento.estorno_de.is_(None),
    )
    return list(session.scalars(query.order_by(Pagamento.id)))


def find_ultima_forma(session: Session) -> str | None:
    """How the last payment came: what the next form offers first."""
    return session.scalar(select(Pagamento.forma).order_by(Pagamento.id.desc()).limit(1))


def ensure_estornos_valem(session: Session, pagamento: Pagamento, *, mudou: bool) -> None:
    """An estorno gave back a share of what was paid then: neither of the two changes its amount afterwards."""
    if mudou and pagamento.is_estorno:
        raise EstornoRecusado("Um estorno não muda de valor, artista nem comissão. Apague-o e faça outro.")
    if mudou and _has_estornos(session, pagamento):
        raise EstornoRecusado(
            "Este pagamento já tem estorno: valor, artista e comissão não mudam mais. Apague o estorno antes."
        )
    outro = aliased(Pagamento)
    fora_de_ordem = or_(
        and_(outro.id == pagamento.estorno_de, outro.data > pagamento.data),
        and_(outro.estorno_de == pagamento.id, outro.data < pagamento.data),
    )
    if session.scalar(select(exists().where(fora_de_ordem))):
        raise DataInvalida("O estorno não pode ser anterior ao pagamento.", motivo="anterior", campo="data")


def _lock_sessoes_a_pagar(session: Session, ids: Collection[int], google_event_id: str | None) -> list[Sessao]:
    """Locks first: the sessões (lowest id first), then the agenda events that they and the payment stand for."""
    wanted = set(ids)
    if google_event_id is not None:
        wanted.update(session.scalars(select(Sessao.id).where(Sessao.google_event_id == google_event_id)))
    sessoes = lock_sessoes(session, wanted)
    ensure_eventos_livres(session, google_event_id, sessoes)
    for sessao in sessoes:
        sessao.ensure_sem_pagamento()
    return sessoes


def _resolve_cliente_id(session: Session, cliente_id: int | None) -> int | None:
    return None if cliente_id is None else resolve_cliente(session, get_cliente(session, cliente_id)).id


def _assign(session: Session, pagamento: Pagamento, campos: CamposDoPagamento) -> None:
    if "data" in campos:
        pagamento.data = campos["data"]
    if "artista_id" in campos:
        pagamento.artista_id = get_artista(session, campos["artista_id"]).id
    if "valor" in campos:
        pagamento.valor = campos["valor"] if pagamento.is_estorno else ensure_valor(campos["valor"])
    if "forma" in campos:
        pagamento.forma = ensure_forma(session, campos["forma"])
    if "cliente_id" in campos and campos["cliente_id"] != pagamento.cliente_id:
        pagamento.cliente_id = _resolve_cliente_id(session, campos["cliente_id"])
    if "percentual" in campos:
        pagamento.percentual = ensure_percentual(campos["percentual"])
    if "observacoes" in campos:
        pagamento.observacoes = validate_opcional(campos["observacoes"], "Observações", maximo=LIMITE_OBSERVACOES)


def _has_estornos(session: Session, pagamento: Pagamento) -> bool:
    return bool(session.scalar(select(exists().where(Pagamento.estorno_de == pagamento.id))))
