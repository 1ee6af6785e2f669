"""Recorrentes as pages: made, also from a gasto; the month's draft registered or skipped by a press, and taken back."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from cast import Cast, spend
from sqlalchemy import select
from web.conftest import Browser, read, record_statements
from web.test_gastos import list_all
from web.test_pagamentos import form_of, press
from werkzeug.test import TestResponse

from estudio import clock, db
from estudio.domain.competencia import Competencia
from estudio.domain.recorrente import Recorrente

LISTA = "/gastos/recorrentes"
NOVO = f"{LISTA}/new"
LANCA = f"{LISTA}/1/lancamento"
PULA = f"{LISTA}/1/dispensa"


def typed(**fields: str) -> dict[str, str]:
    """The rent: R$ 1.890,00 on the 5th, from this month on."""
    return {
        "descricao": "Aluguel",
        "valor": "1.890,00",
        "dia_do_mes": "5",
        "dia": clock.today().replace(day=1).isoformat(),
        "forma": "pix",
        "categoria": "aluguel",
        "ativo": "1",
    } | fields


def repeat(browser: Browser, **fields: str) -> TestResponse:
    return browser.post(LISTA, typed(**fields), seen=NOVO)


def list_made() -> list[Recorrente]:
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Recorrente).order_by(Recorrente.id)))


def look(browser: Browser, path: str = "/gastos") -> str:
    return browser.get(path).get_data(as_text=True)


@pytest.mark.usefixtures("cast")
def test_a_draft_is_registered_by_one_press_and_taken_back_by_another(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    assert "Todo mês: Aluguel · R$ 1.890,00." in read(browser.get(repeat(browser).location))
    words = read(browser.get("/gastos"))
    assert "Aluguel · R$ 1.890,00 dia 5, ainda não conta Lançar R$ 1.890,00" in words
    assert "Soma R$ 0,00" in words
    page = look(browser)
    done = [press(browser, page, LANCA) for _ in range(2)]
    assert [(each.status_code, each.location) for each in done] == [(303, done[0].location)] * 2
    (gasto,) = list_all()
    assert (gasto.valor, gasto.categoria, gasto.data) == (Decimal("1890.00"), "aluguel", clock.today().replace(day=5))
    after = browser.get(done[0].location)
    assert "Registrado: R$ 1.890,00 · Aluguel · Aluguel · Pix." in read(after)
    assert LANCA not in after.get_data(as_text=True)
    # The same page in another tab has a key of its own, and the month is decided.
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form_of(page, LANCA))) | {"chave": "outra-chave"}
    assert browser.send(LANCA, sent).status_code == 409
    assert len(list_all()) == 1
    press(browser, after.get_data(as_text=True), f"/gastos/{gasto.id}/exclusao")
    assert list_all() == []
    assert "Lançar R$ 1.890,00" in read(browser.get("/gastos"))


@pytest.mark.usefixtures("cast")
def test_another_amount_and_day_are_for_this_month_alone(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    repeat(browser)
    mes = Competencia.of(clock.today()).slug
    path = f"{LANCA}?mes={mes}"
    assert path in look(browser)
    assert 'value="1.890,00"' in look(browser, path)
    sent = {"mes": mes, "versao": "1", "dia": f"{mes}-06", "valor": "1.900,50"}
    wrong = browser.post(LANCA, sent | {"valor": "abc"}, seen=path)
    assert wrong.status_code == 422
    assert "O valor não foi entendido." in read(wrong)
    assert 'value="abc"' in wrong.get_data(as_text=True)
    for bad in ({"mes": "2026-13"}, {"mes": ""}, {"versao": ""}, {"versao": "2"}, {"dia": "x"}, {"mes": "2000-01"}):
        assert browser.post(LANCA, sent | bad, seen=path).status_code in {409, 422}, bad
    assert list_all() == []
    assert browser.post(LANCA, sent, seen=path).status_code == 303
    assert [(gasto.valor, gasto.data.day) for gasto in list_all()] == [(Decimal("1900.50"), 6)]
    assert [made.valor for made in list_made()] == [Decimal("1890.00")]
    assert browser.get(path).status_code == 409


@pytest.mark.usefixtures("cast")
def test_a_month_is_skipped_by_a_press_and_unskipped_by_another(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    repeat(browser)
    response = press(browser, look(browser), PULA)
    page = browser.get(response.location)
    assert "Pulado em" in read(page)
    assert PULA + '"' not in page.get_data(as_text=True)
    back = press(browser, page.get_data(as_text=True), f"{PULA}/exclusao")
    assert "para lançar ou pular: Aluguel · R$ 1.890,00." in read(browser.get(back.location))
    assert PULA in look(browser)
    assert list_all() == []
    assert browser.post(PULA, {"mes": "2000-01"}, seen="/gastos").status_code == 422
    assert browser.post(PULA, {"mes": "x"}, seen="/gastos").status_code == 400


def test_a_gasto_is_made_recurring_from_the_next_month_on(log_in: Callable[[str], Browser], cast: Cast) -> None:
    hoje = clock.today()
    with db.transaction() as session:
        gasto = spend(session, cast, "99.90", data=hoje, descricao="Internet", categoria="contas")
    browser = log_in("dono")
    path = f"{NOVO}?gasto={gasto.id}"
    assert path in look(browser, f"/gastos/{gasto.id}/edit")
    page = look(browser, path)
    for words in ('value="99,90"', 'value="Internet"', f'value="{(hoje + timedelta(days=1)).isoformat()}"'):
        assert words in page
    assert f'<option selected value="{hoje.day}">' in page
    fields = typed(descricao="Internet", valor="99,90", dia_do_mes=str(hoje.day))
    browser.post(LISTA, fields | {"dia": (hoje + timedelta(days=1)).isoformat()}, seen=path)
    # This month's is the gasto itself.
    assert LANCA not in look(browser)
    assert browser.get(f"{NOVO}?gasto=999").status_code == 404
    assert browser.get(f"{NOVO}?gasto=abc").status_code == 404


@pytest.mark.usefixtures("cast")
def test_what_comes_back_is_changed_and_stopped(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    assert "Nenhum ainda." in read(browser.get(LISTA))
    repeat(browser)
    edit, path = f"{LISTA}/1/edit", f"{LISTA}/1"
    changed = typed(valor="2.000", dia_do_mes="31", versao="1")
    assert browser.post(path, changed, seen=edit).status_code == 303
    assert [(made.valor, made.dia) for made in list_made()] == [(Decimal("2000.00"), 31)]
    stale = browser.post(path, changed | {"valor": "7"}, seen=edit)
    assert stale.status_code == 409
    assert 'value="7"' in stale.get_data(as_text=True)
    stopped = browser.post(path, changed | {"ativo": "0", "versao": "2"}, seen=edit)
    assert "Parado: Aluguel · R$ 2.000,00." in read(browser.get(stopped.location))
    assert LANCA not in look(browser)
    assert browser.get(f"{LISTA}/999/edit").status_code == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"valor": ""}, "Informe o valor."),
        ({"descricao": " "}, "Preencha este campo."),
        ({"dia_do_mes": ""}, "Escolha um da lista."),
        ({"dia_do_mes": "32"}, "entre 1 e 31"),
        ({"dia_do_mes": "x"}, "Escolha um da lista."),
        ({"dia": "1999-12-31"}, "A data precisa estar entre"),
        ({"forma": "inventada"}, "A forma de pagamento não existe."),
    ],
)
@pytest.mark.usefixtures("cast")
def test_what_cannot_be_kept_is_said_beside_its_field(
    log_in: Callable[[str], Browser], fields: dict[str, str], sentence: str
) -> None:
    response = repeat(log_in("dono"), **fields)
    page = response.get_data(as_text=True)
    name = next(iter(fields))
    assert response.status_code == 422
    assert f'href="#{name}"' in page.partition('class="resumo"')[2]
    assert sentence in page.partition(f'id="{name}-erro"')[2].partition("</p>")[0]
    assert list_made() == []


@pytest.mark.usefixtures("cast")
def test_stored_text_is_shown_as_text_and_many_drafts_ask_no_more(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    repeat(browser, descricao="<img src=x onerror=alert(1)>")
    counts = []
    statements = record_statements()
    for _ in range(2):
        statements.clear()
        page = look(browser)
        counts.append(len(statements))
        for number in range(4):
            repeat(browser, descricao=f"Conta {number}", forma=("pix", "debito")[number % 2])
    assert counts[0] == counts[1] <= 14
    for path in ("/gastos", LISTA, f"{LISTA}/1/edit", LANCA):
        page = look(browser, path)
        assert "<img" not in page
        assert "&lt;img src=x" in page
