"""The column types: money is a Decimal on both sides of the database, and codes have their labels."""

from datetime import date
from decimal import Decimal

import pytest
from cast import make_cast, pay
from sqlalchemy import func, literal, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from estudio.domain.codigos import list_categorias, list_formas
from estudio.domain.colunas import Dinheiro
from estudio.domain.pagamento import Pagamento, get_pagamento


@pytest.mark.parametrize("valor", ["0.00", "0.01", "-0.01", "9999999.99", "90071992547409.93"])
def test_money_goes_in_and_comes_out_exactly(session: Session, valor: str) -> None:
    found = session.scalar(select(literal(Decimal(valor), Dinheiro)))
    assert str(found) == valor


@pytest.mark.parametrize("valor", [1.5, 1, "1.00"])
def test_money_that_is_no_decimal_is_a_fault_of_ours(session: Session, valor: object) -> None:
    with pytest.raises((AssertionError, StatementError)):
        session.scalar(select(literal(valor, Dinheiro)))


def test_a_sum_of_money_is_in_reais_and_of_nothing_is_nothing(session: Session) -> None:
    assert session.scalar(select(func.sum(Pagamento.valor)).where(Pagamento.id == 0)) is None
    cast = make_cast(session)
    pagamento = pay(session, cast, "12.34")
    assert session.scalar(select(func.sum(Pagamento.valor))) == Decimal("12.34")
    assert get_pagamento(session, pagamento.id).competencia.slug == "2026-10"
    assert pagamento.mes == date(2026, 10, 1)


def test_formas_and_categorias_are_listed_in_the_studios_order(session: Session) -> None:
    formas = [forma.rotulo for forma in list_formas(session)]
    assert formas == ["Dinheiro", "Pix", "Cartão de Crédito", "Cartão de Débito", "Transferência", "Outros"]
    categorias = [categoria.rotulo for categoria in list_categorias(session)]
    assert (categorias[0], categorias[-1]) == ("Material", "Outros")
