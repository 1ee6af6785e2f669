"""Calculadora: the same rounding as the books, by an address that can be kept, for whoever is logged in."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from cast import Cast, pay
from sqlalchemy import select
from web.conftest import EMAILS, Browser, read

from estudio import db
from estudio.domain.comissao import Comissao


@pytest.mark.parametrize("papel", EMAILS)
@pytest.mark.usefixtures("cast")
def test_everybody_calculates(log_in: Callable[[str], Browser], papel: str) -> None:
    browser = log_in(papel)
    assert 'href="/calculadora"' in browser.get("/").get_data(as_text=True)
    assert browser.get("/calculadora").status_code == 200
    words = read(browser.get("/calculadora?valor=1.000,00&percentual=33,33"))
    assert "Comissão do artista R$ 333,30 Fica no estúdio R$ 666,70 Valor R$ 1.000,00" in words


@pytest.mark.parametrize(
    ("valor", "percentual", "comissao", "resta"),
    [
        ("0,01", "50", "0,01", "0,00"),
        ("0,03", "50", "0,02", "0,01"),
        ("100", "0", "0,00", "100,00"),
        ("100", "100", "100,00", "0,00"),
        ("9.999.999,99", "33,33", "3.333.000,00", "6.666.999,99"),
    ],
)
def test_it_rounds_as_a_payment_does(
    log_in: Callable[[str], Browser], cast: Cast, valor: str, percentual: str, comissao: str, resta: str
) -> None:
    page = log_in("artista").get(f"/calculadora?valor={valor}&percentual={percentual}")
    assert f"Comissão do artista R$ {comissao} Fica no estúdio R$ {resta}" in read(page)
    with db.transaction() as session:
        reais = valor.replace(".", "").replace(",", ".")
        pay(session, cast, reais, percentual=int(Decimal(percentual.replace(",", ".")) * 100))
        paid = session.scalars(select(Comissao.valor)).all()
    assert paid == ([] if comissao == "0,00" else [Decimal(comissao.replace(".", "").replace(",", "."))])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("valor=abc&percentual=50", "valor"),
        ("valor=&percentual=50", "valor"),
        ("valor=0&percentual=50", "valor"),
        ("valor=10&percentual=", "percentual"),
        ("valor=10", "percentual"),
        ("valor=10&percentual=101", "percentual"),
        ("valor=10&percentual=%3Cimg%3E", "percentual"),
    ],
)
@pytest.mark.usefixtures("cast")
def test_what_cannot_be_meant_is_said_beside_its_field(
    log_in: Callable[[str], Browser], query: str, field: str
) -> None:
    response = log_in("dono").get(f"/calculadora?{query}")
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert f'id="{field}-erro"' in page
    assert f'href="#{field}"' in page
    assert "<img" not in page
    assert "Fica no estúdio" not in read(response)
