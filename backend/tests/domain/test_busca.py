"""What a text in the search box may mean."""

from datetime import date
from decimal import Decimal

import pytest

from estudio.domain.busca import Pedido
from estudio.domain.competencia import Competencia

HOJE = date(2026, 11, 26)


def test_a_day_without_a_year_is_that_day_of_every_year_until_the_next() -> None:
    dias = Pedido.parse("29/02", hoje=HOJE).dias
    assert dias == tuple(date(ano, 2, 29) for ano in (2000, 2004, 2008, 2012, 2016, 2020, 2024))
    assert max(Pedido.parse("15/09", hoje=HOJE).dias) == date(2027, 9, 15)


@pytest.mark.parametrize(
    ("text", "meses"),
    [
        ("Março de 2025", [Competencia(2025, 3)]),
        ("marco 2025", [Competencia(2025, 3)]),
        ("03/2025", [Competencia(2025, 3)]),
        ("2025-03", [Competencia(2025, 3)]),
        ("13/2025", []),
        ("março de 1999", []),
        ("março de abril", []),
        ("a março", []),
    ],
)
def test_months_are_named_in_the_ways_that_people_write_them(text: str, meses: list[Competencia]) -> None:
    assert list(Pedido.parse(text, hoje=HOJE).meses) == meses


def test_what_may_be_two_things_is_both() -> None:
    pedido = Pedido.parse("15.09", hoje=HOJE)
    assert pedido.valor == Decimal("15.09")
    assert date(2025, 9, 15) in pedido.dias
