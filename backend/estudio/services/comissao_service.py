"""Comissões as they follow their pagamento: written again when it is edited, taken back when it is reversed.

Nobody edits a comissão by itself: its percentual is the pagamento's (pagamento_service.edit_pagamento).
"""

from decimal import Decimal
from typing import NamedTuple, Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from estudio.domain.comissao import Comissao, calculate_valor
from estudio.domain.pagamento import Pagamento, list_comissoes


class BaseDeCalculo(NamedTuple):
    """What the comissões of a pagamento rest on."""

    valor: Decimal
    artista_id: int
    percentual: int | None

    @classmethod
    def of(cls, pagamento: Pagamento) -> Self:
        return cls(pagamento.valor, pagamento.artista_id, pagamento.percentual)


def rewrite_comissoes(session: Session, pagamento: Pagamento, *, antes: BaseDeCalculo, decidido: bool) -> None:
    """Make the comissões of an edited pagamento what they must be. `decidido`: the edit named a percentual.

    A percentual that changed (or that was named where the comissões contradict it) is one comissão of the pagamento's
    artista. Otherwise each comissão keeps its rate (an import may have brought several), follows the amount, and the
    artista's own goes to the artista who takes the pagamento over.
    """
    comissoes = list_comissoes(session, pagamento.id)
    if pagamento.percentual != antes.percentual or (decidido and _contradict(comissoes, pagamento, antes)):
        _decide(session, comissoes, pagamento, antes)
    else:
        for comissao in comissoes:
            if comissao.artista_id == antes.artista_id:
                comissao.artista_id = pagamento.artista_id
            if pagamento.valor != antes.valor:
                comissao.recalculate(pagamento.valor)
    session.flush()


def reverse_comissoes(session: Session, original: Pagamento, estorno: Pagamento, *, completa: bool) -> None:
    """Take back with an estorno what the comissões of its original paid for that amount."""
    earlier = aliased(Pagamento)
    query = (
        select(Comissao.artista_id, func.sum(Comissao.valor).label("valor"))
        .join(earlier, earlier.id == Comissao.pagamento_id)
        .where(earlier.estorno_de == original.id)
        .group_by(Comissao.artista_id)
    )
    devolvidas = {row.artista_id: row.valor for row in session.execute(query)}
    for comissao in list_comissoes(session, original.id):
        devolvida = devolvidas.get(comissao.artista_id, Decimal("0.00"))
        session.add(
            Comissao(
                pagamento_id=estorno.id,
                mes=estorno.mes,
                artista_id=comissao.artista_id,
                percentual=comissao.percentual,
                valor=comissao.reverse(estorno.valor, devolvida=devolvida, completa=completa),
            )
        )
    session.flush()


def _contradict(comissoes: list[Comissao], pagamento: Pagamento, antes: BaseDeCalculo) -> bool:
    opposed = any(comissao.valor * pagamento.valor < 0 for comissao in comissoes)
    return opposed or bool(comissoes) != bool(pagamento.percentual) or _is_errada(comissoes, pagamento, antes)


def _is_errada(comissoes: list[Comissao], pagamento: Pagamento, antes: BaseDeCalculo) -> bool:
    """Whether they were not what the pagamento gave before the edit: the finding `comissao_errada` of the readiness."""
    if pagamento.is_estorno or not comissoes:
        return False
    if sum(comissao.valor for comissao in comissoes) > antes.valor:
        return True
    if pagamento.importacao_id is not None:
        return False
    own = [c for c in comissoes if c.artista_id == antes.artista_id or c.importacao_id is not None]
    return not own or any(
        comissao.valor != calculate_valor(antes.valor, comissao.percentual)
        or (comissao.artista_id == antes.artista_id and comissao.percentual != antes.percentual)
        for comissao in comissoes
        if comissao.importacao_id is None
    )


def _decide(session: Session, comissoes: list[Comissao], pagamento: Pagamento, antes: BaseDeCalculo) -> None:
    own = next((comissao for comissao in comissoes if comissao.artista_id == antes.artista_id), None)
    decided = pagamento.pay_comissao()
    for comissao in comissoes:
        if comissao is not own or decided is None:
            session.delete(comissao)
    session.flush()
    if decided is None:
        return
    if own is None:
        session.add(decided)
    else:
        own.artista_id, own.percentual, own.valor = decided.artista_id, decided.percentual, decided.valor
