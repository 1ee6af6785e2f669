"""Estorno: money given back, in an open month, never more than was paid, with its share of the comissão."""

from datetime import date
from decimal import Decimal

import pytest
from cast import DIA, make_cast, pay, shut
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.comissao import Comissao, calculate_valor
from estudio.domain.competencia import Competencia
from estudio.domain.errors import (
    CompetenciaFechada,
    DataInvalida,
    EstornoAcimaDoPago,
    EstornoRecusado,
    SemPermissao,
    ValorInvalido,
)
from estudio.domain.pagamento import Pagamento, list_comissoes
from estudio.domain.usuario import Quem
from estudio.services.pagamento_service import edit_pagamento, reverse_pagamento
from estudio.services.prontidao_service import list_achados

DEPOIS = date(2026, 11, 5)


def reverse(session: Session, quem: Quem, pagamento: Pagamento, valor: str | None = None) -> tuple[Decimal, Decimal]:
    """What was given back, and what of the comissão with it."""
    estorno = reverse_pagamento(
        session, pagamento.id, quem=quem, data=DEPOIS, valor=None if valor is None else Decimal(valor)
    )
    comissoes = list_comissoes(session, estorno.id)
    return estorno.valor, sum((c.valor for c in comissoes), Decimal("0.00"))


def test_a_whole_estorno_takes_back_payment_and_comissao(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00", cliente=cast.dora, forma="credito")
    estorno = reverse_pagamento(session, pagamento.id, quem=cast.quem_caio, data=DEPOIS, observacoes="Desistiu")
    assert (estorno.valor, estorno.estorno_de, estorno.data) == (Decimal("-500.00"), pagamento.id, DEPOIS)
    assert (estorno.artista_id, estorno.cliente_id, estorno.forma) == (cast.bia.id, cast.dora.id, "credito")
    assert estorno.observacoes == "Desistiu"
    (comissao,) = list_comissoes(session, estorno.id)
    assert (comissao.valor, comissao.percentual, comissao.mes) == (Decimal("-200.00"), 4000, date(2026, 11, 1))
    assert session.scalar(select(func.sum(Pagamento.valor))) == Decimal("0.00")
    assert session.scalar(select(func.sum(Comissao.valor))) == Decimal("0.00")


def test_the_estorno_is_at_the_rate_of_its_payment_whatever_the_artista_takes_now(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "100.00")
    cast.bia.percentual = 6000
    session.flush()
    assert reverse(session, cast.quem_caio, pagamento, "50.00") == (Decimal("-50.00"), Decimal("-20.00"))


def test_the_estorno_that_completes_the_reversal_takes_the_remainder(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "0.03", percentual=5000)  # comissão 0,02
    parts = [reverse(session, cast.quem_caio, pagamento, "0.01")[1] for _ in range(3)]
    assert parts == [Decimal("-0.01"), Decimal("-0.01"), Decimal("0.00")]


def test_never_more_than_was_paid_and_what_remains_is_said(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    reverse(session, cast.quem_caio, pagamento, "123.45")
    with pytest.raises(EstornoAcimaDoPago, match=r"R\$ 376,55"):
        reverse(session, cast.quem_caio, pagamento, "376.56")
    assert reverse(session, cast.quem_caio, pagamento) == (Decimal("-376.55"), Decimal("-150.62"))
    with pytest.raises(EstornoRecusado, match="por inteiro"):
        reverse(session, cast.quem_caio, pagamento)


def test_what_cannot_be_reversed_says_why(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    with pytest.raises(DataInvalida, match="anterior"):
        reverse_pagamento(session, pagamento.id, quem=cast.quem_caio, data=date(2026, 10, 14))
    for valor in ("0.00", "-1.00", "1.001"):
        with pytest.raises(ValorInvalido):
            reverse(session, cast.quem_caio, pagamento, valor)
    estorno = reverse_pagamento(session, pagamento.id, quem=cast.quem_caio, data=DIA)
    with pytest.raises(EstornoRecusado, match="não pode ser estornado"):
        reverse(session, cast.quem_caio, estorno)
    indecisa = pay(session, cast, "10.00", percentual=0)
    indecisa.percentual = None
    with pytest.raises(EstornoRecusado, match="ainda não foi decidida"):
        reverse(session, cast.quem_caio, indecisa)
    for quem in (cast.quem_bia, cast.quem_edu):
        with pytest.raises(SemPermissao):
            reverse(session, quem, pagamento)


def test_money_may_be_given_back_in_another_form(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "300.00", forma="credito")
    estorno = reverse_pagamento(session, pagamento.id, quem=cast.quem_caio, data=DIA, forma="pix")
    assert (estorno.forma, pagamento.forma) == ("pix", "credito")


def test_a_payment_without_comissao_has_an_estorno_without(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "300.00", percentual=0)
    assert reverse(session, cast.quem_caio, pagamento, "100.00") == (Decimal("-100.00"), Decimal("0.00"))
    assert session.scalar(select(func.count()).select_from(Comissao)) == 0


def test_a_month_with_estornos_is_ready_to_be_closed(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "0.03", percentual=5000, cliente=cast.dora)
    for _ in range(3):
        reverse_pagamento(session, pagamento.id, quem=cast.quem_caio, data=DIA, valor=Decimal("0.01"))
    assert list_achados(session, Competencia(2026, 10), hoje=date(2026, 11, 24)) == []


@pytest.mark.usefixtures("banco")
def test_a_payment_of_a_closed_month_is_reversed_in_an_open_one() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        pagamento = pay(session, cast, "500.00")
    with db.transaction() as session:
        shut(session, "2026-10")
    with db.transaction() as session:
        assert reverse(session, cast.quem_caio, pagamento) == (Decimal("-500.00"), Decimal("-200.00"))
    with pytest.raises(CompetenciaFechada), db.transaction() as session:
        reverse_pagamento(session, pagamento.id, quem=cast.quem_caio, data=DIA)
    with pytest.raises(CompetenciaFechada), db.transaction() as session:
        edit_pagamento(session, pagamento.id, quem=cast.quem_caio, valor=Decimal("1.00"))


@given(
    pago=st.integers(1, 10**9 - 1),
    percentual=st.integers(0, 10_000),
    cortes=st.lists(st.integers(0, 10**9), max_size=6),
)
@settings(max_examples=300)
def test_any_split_of_an_estorno_takes_back_exactly_the_comissao(pago: int, percentual: int, cortes: list[int]) -> None:
    total = Decimal(pago) / 100
    comissao = Comissao(percentual=percentual, valor=calculate_valor(total, percentual))
    marks = [*sorted({corte % pago for corte in cortes} - {0}), pago]
    devolvida, last = Decimal("0.00"), 0
    for mark in marks:
        part = comissao.reverse(Decimal(last - mark) / 100, devolvida=devolvida, completa=mark == pago)
        devolvida, last = devolvida + part, mark
        assert -comissao.valor <= devolvida <= 0
        assert part <= 0
    assert devolvida == -comissao.valor
