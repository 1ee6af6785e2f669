"""The page of the Relatórios: what stands on it, for whom, in both languages, and how often it asks."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from cast import Cast, pay, shut, spend
from web.conftest import Browser, read, record_statements

from estudio import clock, config, db
from estudio.domain.competencia import Competencia
from estudio.services.pagamento_service import reverse_pagamento
from estudio.services.relatorio_service import predict_receita

LogIn = Callable[[str], Browser]


@pytest.fixture
def ano_passado(cast: Cast) -> int:
    """The year before this one: 1000,00 in March, closed; 1500,00 in April, 600,00 of it given back in May."""
    ano = clock.today().year - 1
    with db.transaction() as session:
        pay(session, cast, "1000.00", data=date(ano, 3, 4))
        pay(session, cast, "900.00", data=date(ano, 4, 4), artista=cast.ana, forma="dinheiro")
        pago = pay(session, cast, "600.00", data=date(ano, 4, 5))
        reverse_pagamento(session, pago.id, quem=cast.quem_ana, data=date(ano, 5, 4))
        spend(session, cast, "300.00", data=date(ano, 4, 6), categoria="aluguel")
    with db.transaction() as session:
        shut(session, f"{ano}-03")
    return ano


@pytest.mark.parametrize("papel", ["dono", "contador"])
def test_a_year_stands_month_by_month_with_its_sum(log_in: LogIn, ano_passado: int, papel: str) -> None:
    page = read(log_in(papel).get(f"/relatorios?ano={ano_passado}"))
    assert f"Ano de {ano_passado}" in page
    assert re.search(rf"mar/{ano_passado} fechado · versão 1 R\$ 1\.000,00", page)
    assert re.search(rf"abr/{ano_passado} aberto R\$ 1\.500,00 Por que esse valor\? \+50,0%", page)
    assert re.search(rf"mai/{ano_passado} aberto -R\$ 600,00", page)
    # 1000 + 1500 − 600, commissions of 40 % on Bia's, 300 spent.
    assert "1 de 10 meses fechado" in page
    assert re.search(r"Soma .{0,40}R\$ 1\.900,00 Comissões R\$ 400,00 Despesas R\$ 300,00 Líquida R\$ 1\.200,00", page)
    assert "Ana 47,4% do total" in page


def test_the_menu_has_it_for_who_sees_the_result(log_in: LogIn) -> None:
    for papel, there in (("dono", True), ("contador", True), ("recepcao", False), ("artista", False)):
        page = log_in(papel).get("/").get_data(as_text=True)
        assert ('href="/relatorios"' in page) is there
    order = [
        log_in("dono").get("/").get_data(as_text=True).index(f'href="/{nome}"') for nome in ("extratos", "relatorios")
    ]
    assert order == sorted(order)


def test_the_charts_are_drawings_with_a_name_and_no_style(log_in: LogIn, ano_passado: int) -> None:
    page = log_in("dono").get(f"/relatorios?ano={ano_passado}").get_data(as_text=True)
    drawings = re.findall(r"<svg[^>]*role=\"img\".*?</svg>", page, re.DOTALL)
    assert len(drawings) >= 2
    assert all("<title" in drawing for drawing in drawings)
    assert all("<desc" in drawing for drawing in drawings if "aria-describedby" in drawing)
    assert "style=" not in page
    assert "<style" not in page
    # What went back hangs below the line of nothing.
    (months,) = [drawing for drawing in drawings if "g-meses" in drawing]
    zero = re.search(r'class="zero"[^>]*y1="([0-9.]+)%"', months)
    assert zero is not None
    assert f'y="{zero[1]}%"' in months
    assert "-500" in months


def test_without_anything_the_page_says_what_begins_it(log_in: LogIn) -> None:
    page = read(log_in("dono").get("/relatorios"))
    assert "O primeiro pagamento ou gasto começa o primeiro mês." in page
    assert "com mais 6 meses completos com receita" in page
    assert "Dentro do limite: 0,0% usado" in page


def test_the_forecast_tells_how_far_it_was_off(log_in: LogIn, cast: Cast) -> None:
    hoje = clock.today()
    mes = Competencia.of(hoje)
    with db.transaction() as session:
        pay(session, cast, "300.00", data=mes.first_day)
        for _ in range(6):
            mes = mes.previous
            pay(session, cast, "500.00", data=mes.first_day)
        previsao = predict_receita(session, hoje, quem=cast.quem_ana)
    assert (previsao.meses, previsao.erro) == (6, 0)
    page = read(log_in("contador").get("/relatorios"))
    assert "Mais provável (P50) R$ 300,00" in page
    assert "Pelo ritmo de 6 meses seus" in page
    assert "errou 0,0%" in page
    # Of a year that is over nothing is foreseen.
    assert "Previsão" not in read(log_in("contador").get(f"/relatorios?ano={hoje.year - 1}"))


def test_the_ceiling_is_said_in_words(log_in: LogIn, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.transaction() as session:
        pay(session, cast, "90000.00", data=clock.today())
    response = log_in("dono").get("/relatorios")
    assert "Acima do limite: 111,1% usado" in read(response)
    assert "Passou em R$ 9.000,00" in read(response)
    assert '<meter class="medidor acima"' in response.get_data(as_text=True)
    monkeypatch.setenv("MEI_LIMITE_ANUAL", "0")
    config.reset()
    assert "MEI" not in read(log_in("dono").get("/relatorios"))


def test_in_english_numbers_and_names_are_english(log_in: LogIn, ano_passado: int) -> None:
    browser = log_in("dono")
    browser.client.set_cookie("lingua", "en", domain="localhost")
    page = read(browser.get(f"/relatorios?ano={ano_passado}"))
    assert f"Apr {ano_passado} open R$1,500.00" in page
    assert "+50.0%" in page
    assert "Monday" in page


@pytest.mark.parametrize(("ano", "status"), [("1999", 422), ("2100", 422), ("x", 404), ("-1", 404), ("", 200)])
def test_what_is_no_year_is_said(log_in: LogIn, ano: str, status: int) -> None:
    assert log_in("dono").get(f"/relatorios?ano={ano}").status_code == status


@pytest.mark.usefixtures("ano_passado")
def test_the_page_asks_little(log_in: LogIn) -> None:
    browser = log_in("dono")
    asked = record_statements()
    browser.get("/relatorios")
    assert 0 < len(asked) <= 30
