"""Passado: an open month as it stood, what has changed since, and who sees what of it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import quote

import pytest
from cast import DIA, Cast, book, make_cliente, pay, shut, spend
from sqlalchemy import text
from web.conftest import Browser, record_statements

from estudio import clock, db
from estudio.services.gasto_service import delete_gasto
from estudio.services.pagamento_service import delete_pagamento, edit_pagamento
from estudio.web.instantes import format_endereco

MES = "/historico/2026-10/passado"

LogIn = Callable[[str], Browser]


def address(em: datetime, rest: str = "") -> str:
    return f"{MES}{rest}?em={quote(format_endereco(em))}"


def read(browser: Browser, path: str, status: int = 200) -> str:
    """The text of a page, its marks taken away; blanks are one blank."""
    response = browser.get(path)
    assert response.status_code == status, response.get_data(as_text=True)
    main = response.get_data(as_text=True).partition("<main")[2]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", main)))


@pytest.fixture
def entao(cast: Cast) -> datetime:
    """An instant after which one pagamento was changed, one deleted, one entered, and a gasto taken back."""
    with db.transaction() as session:
        ids = [pay(session, cast, valor, cliente=cast.dora).id for valor in ("100.00", "200.00")]
        gasto = spend(session, cast, "50.00").id
        book(session, cast, "80.00", artista=cast.ana)
    em = clock.now()
    with db.transaction() as session:
        edit_pagamento(session, ids[0], quem=cast.quem_ana, valor=Decimal("111.00"), forma="dinheiro")
    with db.transaction() as session:
        delete_pagamento(session, ids[1], quem=cast.quem_ana)
    with db.transaction() as session:
        pay(session, cast, "70.00", artista=cast.ana, cliente=make_cliente(session, "<b>Nova</b>"))
        delete_gasto(session, gasto, quem=cast.quem_ana)
    return em


def test_it_says_what_was_there_and_what_became_of_it(log_in: LogIn, entao: datetime) -> None:
    page = read(log_in("dono"), address(entao))
    assert "Receita Total (Bruta) R$ 300,00 → R$ 181,00 R$ 300,00 R$ 181,00 -R$ 119,00" in page
    assert "Despesas (Gastos) R$ 50,00 → R$ 0,00" in page
    # Of pagamentos and comissões: the new one is Ana's, at nothing.
    assert "1 linha entrou · 3 saíram · 2 mudaram" in page
    assert "Valor: antes R$ 100,00 → depois R$ 111,00" in page
    assert "Forma: antes Pix → depois Dinheiro" in page
    assert "<b>Nova</b>" in page
    assert "Próxima mudança" in page
    assert "Pendências" in page


def test_the_steps_lead_from_change_to_change(log_in: LogIn, entao: datetime) -> None:
    browser = log_in("dono")
    page = browser.get(address(entao)).get_data(as_text=True)
    receitas = []
    while 'rel="next"' in page:
        page = browser.get(unescape(page.split('rel="next" href="')[1].split('"')[0])).get_data(as_text=True)
        receitas.append(unescape(re.findall(r'Receita Total \(Bruta\).*?quantia">(.*?)<', page)[0]))
    assert receitas == ["R$ 311,00", "R$ 111,00", "R$ 181,00"]
    for _ in range(3):
        page = browser.get(unescape(page.split('rel="prev" href="')[1].split('"')[0])).get_data(as_text=True)
    assert "R$ 300,00" in page


def test_a_number_of_then_leads_to_its_rows_of_then(log_in: LogIn, entao: datetime) -> None:
    browser = log_in("dono")
    page = browser.get(address(entao)).get_data(as_text=True)
    links = {unescape(link) for link in re.findall(r'href="(/historico/numeros/[^"]*)"', page)}
    assert len(links) == 7
    for link in links:
        assert "Como estava em" in read(browser, link)
    liquida = next(link for link in links if "receita_liquida" in link)
    # 300,00 less Bia's 40 % and less what was spent.
    assert "R$ 130,00 Receita líquida = receita − comissões − gastos." in read(browser, liquida)
    assert "R$ 200,00" in read(browser, address(entao, "/pagamentos"))
    assert "Agulhas e tinta" in read(browser, address(entao, "/gastos"))
    assert "R$ 80,00" in read(browser, address(entao, "/pendencias"))


def test_an_artista_sees_the_past_of_their_own(log_in: LogIn, cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "100.00")
        pay(session, cast, "999.00", artista=cast.ana)
        spend(session, cast, "50.00")
    em = clock.now()
    with db.transaction() as session:
        pay(session, cast, "888.00", artista=cast.ana)
        spend(session, cast, "51.00")
    page = read(log_in("artista"), address(em))
    assert "R$ 100,00" in page
    assert not re.search("999|888|Gastos|R\\$ 5[01],00|Ana", page)
    assert "Nada mudou desde então." in page
    assert log_in("artista").get(address(em, "/gastos")).status_code == 403
    despesas = f"/historico/numeros/despesas_total?mes=2026-10&em={quote(format_endereco(em))}"
    assert log_in("artista").get(despesas).status_code == 403


def test_the_desk_sees_the_past_of_its_day(log_in: LogIn, cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "100.00", data=clock.today())
        pay(session, cast, "999.00", data=DIA)
    em = clock.now()
    with db.transaction() as session:
        pay(session, cast, "70.00", data=clock.today())
        spend(session, cast, "51.00", data=clock.today())
    page = read(log_in("recepcao"), address(em))
    assert "R$ 100,00 → R$ 170,00" in page
    assert "999" not in page
    assert "Despesas" not in page


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize("em", ["ontem", "2026-13-01T10:00", "1999-12-31T23:59", "9" * 50, "25/12/2026 25:00"])
def test_what_is_no_instant_is_said_beside_the_field(log_in: LogIn, em: str) -> None:
    response = log_in("dono").get(f"{MES}?em={quote(em)}")
    assert response.status_code == 422
    page = response.get_data(as_text=True)
    assert "Informe o dia e a hora" in page
    assert f'value="{em}"' in page
    assert 'aria-describedby="em-erro" autofocus' in page


@pytest.mark.usefixtures("cast")
def test_what_is_to_come_is_no_past(log_in: LogIn) -> None:
    em = clock.now() + timedelta(minutes=5)
    assert "ainda não chegou" in read(log_in("dono"), address(em), 422)
    assert log_in("dono").get(address(em, "/pagamentos")).status_code == 422


def test_before_anything_there_was_nothing(log_in: LogIn, cast: Cast) -> None:
    assert "Nada foi lançado nem mudado neste mês ainda." in read(log_in("dono"), MES)
    with db.transaction() as session:
        pay(session, cast, "100.00")
    page = read(log_in("dono"), f"{MES}?em=01/01/2020 10:00")
    assert "ainda não havia nada lançado. A primeira mudança veio em" in page
    assert "1 linha entrou" not in page.partition("Então e agora")[0]


def test_a_closed_month_is_among_the_extratos(log_in: LogIn, cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "100.00")
    with db.transaction() as session:
        shut(session, "2026-10")
    assert log_in("dono").get(MES).location == "/extratos/2026-10"
    assert "não está mais no Histórico" in read(log_in("artista"), MES, 422)


def test_hundreds_of_changes_have_pages(log_in: LogIn, cast: Cast) -> None:
    em = clock.now()
    with db.transaction() as session:
        for number in range(130):
            pay(session, cast, f"{number + 1}.00", percentual=0)
    browser = log_in("dono")
    first = read(browser, address(em))
    assert "130 linhas entraram" in first
    assert first.count("Entrou Pagamentos") == 100
    assert "Mais mudanças" in first
    page = browser.get(address(em)).get_data(as_text=True)
    link = unescape(re.findall(r'href="([^"]*depois=pagamento[^"]*)">\s*Mais mudanças', page)[0])
    second = read(browser, link)
    assert second.count("Entrou Pagamentos") == 30
    assert "130 linhas entraram" in second
    assert "Primeiras mudanças" in second
    assert "Mais mudanças" not in second
    for wrong in ("x", "nada.2026-10-15.1.0", "pagamento.ontem.1.0"):
        assert browser.get(address(em) + f"&depois={wrong}").status_code == 404


@pytest.mark.parametrize("payments", [1, 60])
def test_it_asks_as_often_however_much_there_is(log_in: LogIn, cast: Cast, payments: int) -> None:
    with db.transaction() as session:
        for _ in range(payments):
            pay(session, cast, "10.00", cliente=make_cliente(session, "Vera"))
    em = clock.now()
    with db.transaction() as session:
        session.execute(text("update estudio.pagamentos set valor_centavos = valor_centavos + 1"))
    browser = log_in("dono")
    browser.get("/")
    statements = record_statements()
    assert browser.get(address(em)).status_code == 200
    assert len(statements) <= 23, statements
