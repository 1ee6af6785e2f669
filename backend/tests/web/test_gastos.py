"""Gastos as pages: one line registers, the list sums what it shows, corrections and deletions are undone by a press."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from cast import Cast, shut, spend
from sqlalchemy import select
from web.conftest import Browser, read, record_statements
from web.test_pagamentos import press
from werkzeug.test import TestResponse

from estudio import clock, db
from estudio.domain.gasto import Gasto
from estudio.services.gasto_service import edit_gasto

LISTA = "/gastos"


def typed(**fields: str) -> dict[str, str]:
    """What the dono types: R$ 236,40 by pix for needles, today."""
    return {
        "dia": clock.today().isoformat(),
        "valor": "236,40",
        "descricao": "Agulhas",
        "forma": "pix",
        "categoria": "",
    } | fields


def register(browser: Browser, **fields: str) -> TestResponse:
    return browser.post(LISTA, typed(**fields), seen=LISTA)


def list_all() -> list[Gasto]:
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Gasto).order_by(Gasto.id)))


# --- registering ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("cast")
def test_a_gasto_is_registered_by_one_line_said_and_taken_back_by_a_press(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    assert 'href="/gastos"' in browser.get("/").get_data(as_text=True)
    response = register(browser, valor="1.234,56", categoria="material", forma="dinheiro")
    assert (response.status_code, response.location) == (303, f"/gastos?mes={clock.today():%Y-%m}")
    (gasto,) = list_all()
    assert (gasto.valor, gasto.descricao, gasto.categoria) == (Decimal("1234.56"), "Agulhas", "material")
    assert (gasto.data, gasto.forma) == (clock.today(), "dinheiro")
    page = browser.get(response.location)
    assert "Registrado: R$ 1.234,56 · Agulhas · Material · Dinheiro." in read(page)
    path = f"/gastos/{gasto.id}/exclusao"
    assert [press(browser, page.get_data(as_text=True), path).status_code for _ in range(2)] == [303, 303]
    assert list_all() == []


@pytest.mark.usefixtures("cast")
def test_the_next_line_offers_the_last_forma_and_takes_the_categoria_of_the_same_words(
    log_in: Callable[[str], Browser],
) -> None:
    browser = log_in("dono")
    page = browser.get(LISTA).get_data(as_text=True)
    assert f'value="{clock.today().isoformat()}"' in page
    assert re.search(r'<input[^>]*autofocus[^>]*id="valor"', page)
    register(browser, categoria="material", forma="debito")
    assert '<option selected value="debito">' in browser.get(LISTA).get_data(as_text=True)
    said = [
        read(browser.get(register(browser, descricao=words).location))
        for words in ("AGULHAS", "Nunca antes", "Agulhas finas")
    ]
    assert [gasto.categoria for gasto in list_all()] == ["material", "material", None, None]
    assert "R$ 236,40 · AGULHAS · Material · Pix." in said[0]
    assert "R$ 236,40 · Nunca antes · Outros · Pix." in said[1]


@pytest.mark.usefixtures("cast")
def test_the_same_form_sent_twice_is_one_gasto(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    page = browser.get(LISTA).get_data(as_text=True)
    hidden = dict(re.findall(r'name="(csrf_token|chave)"[^>]*value="([^"]*)"', page.partition('action="/gastos"')[2]))
    sent = [browser.send(LISTA, hidden | typed()) for _ in range(2)]
    assert [(r.status_code, r.location) for r in sent] == [(303, sent[0].location)] * 2
    assert len(list_all()) == 1
    assert browser.send(LISTA, hidden | typed(valor="1")).status_code == 409


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"valor": ""}, "Informe o valor."),
        ({"valor": "abc"}, "O valor não foi entendido."),
        ({"valor": "0"}, "maior que zero"),
        ({"valor": "-5"}, "não pode ser negativo"),
        ({"valor": "10.000.000,00"}, "passa do limite"),
        ({"descricao": ""}, "Preencha este campo."),
        ({"descricao": "   "}, "Preencha este campo."),
        ({"descricao": "a" * 20_001}, "o limite é 20000"),
        ({"descricao": "a\x00b"}, "caractere inválido"),
        ({"dia": ""}, "Informe a data"),
        ({"dia": "1999-12-31"}, "A data precisa estar entre"),
        ({"dia": "2100-01-01"}, "A data precisa estar entre"),
        ({"forma": ""}, "Escolha um da lista."),
        ({"forma": "inventada"}, "A forma de pagamento não existe."),
        ({"categoria": "inventada"}, "A categoria não existe."),
    ],
)
@pytest.mark.usefixtures("cast")
def test_what_cannot_be_kept_is_said_beside_its_field_and_above(
    log_in: Callable[[str], Browser], fields: dict[str, str], sentence: str
) -> None:
    response = register(log_in("dono"), **({"descricao": "fica aqui", "valor": "77,70"} | fields))
    page = response.get_data(as_text=True)
    name = next(iter(fields))
    assert response.status_code == 422
    assert f'href="#{name}"' in page.partition('class="resumo"')[2]
    assert sentence in page.partition(f'id="{name}-erro"')[2].partition("</p>")[0]
    assert ("fica aqui" if name != "descricao" else "77,70") in page
    assert list_all() == []


def test_a_closed_month_says_so_and_keeps_what_was_typed(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        old = spend(session, cast, "100.00", data=date(2026, 9, 10))
    with db.transaction() as session:
        shut(session, "2026-09")
    browser = log_in("dono")
    response = register(browser, dia="2026-09-11", valor="55,55")
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "Setembro/2026 está fechado." in page
    assert 'value="55,55"' in page
    edit = f"/gastos/{old.id}/edit"
    fields = typed(dia="2026-09-10", valor="99", versao=str(old.versao))
    assert browser.post(f"/gastos/{old.id}", fields, seen=edit).status_code == 409
    assert browser.post(f"/gastos/{old.id}/exclusao", seen=edit).status_code == 409
    assert [gasto.valor for gasto in list_all()] == [Decimal("100.00")]


@pytest.mark.parametrize("papel", ["artista", "contador", "recepcao"])
def test_who_is_not_the_dono_is_refused(log_in: Callable[[str], Browser], cast: Cast, papel: str) -> None:
    with db.transaction() as session:
        gasto = spend(session, cast, "100.00")
    browser = log_in(papel)
    assert 'href="/gastos"' not in browser.get("/").get_data(as_text=True)
    for path in (LISTA, f"/gastos/{gasto.id}/edit"):
        assert browser.get(path).status_code == 403
    for path in (LISTA, f"/gastos/{gasto.id}", f"/gastos/{gasto.id}/exclusao", f"/gastos/{gasto.id}/desfeita"):
        assert browser.post(path, typed(), seen="/").status_code == 403
    assert len(list_all()) == 1


# --- the list -------------------------------------------------------------------------------------------------------


def test_the_list_counts_and_sums_what_it_shows_and_the_sum_leads_to_its_rows(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    with db.transaction() as session:
        spend(session, cast, "100.00", descricao="Aluguel da sala", categoria="aluguel")
        spend(session, cast, "50.50", forma="dinheiro")
        spend(session, cast, "7.00", data=date(2026, 9, 1))
    browser = log_in("dono")
    for query, shown in {
        "": "Gastos do Mês 2 R$ 150,50",
        "&categoria=aluguel": "Gastos do Mês 1 R$ 100,00",
        "&categoria=outros": "Gastos do Mês 1 R$ 50,50",
        "&categoria=outros&forma=pix": "Gastos do Mês 0 R$ 0,00",
        "&forma=dinheiro": "Gastos do Mês 1 R$ 50,50",
        "&q=SALA": "Gastos do Mês 1 R$ 100,00",
    }.items():
        response = browser.get(f"/gastos?mes=2026-10{query}")
        words, page = read(response), response.get_data(as_text=True)
        heading = re.search(r"Gastos do Mês (\d+)", words)
        soma = re.search(r"Soma(?: do que o filtro mostra)? (R\$ [\d.,]+)", words)
        assert heading is not None
        assert soma is not None
        assert f"Gastos do Mês {heading[1]} {soma[1]}" == shown
        assert ("Soma do que o filtro mostra" in words) == bool(query)
        number = unescape(re.findall(r'href="(/historico/numeros/[^"]*)"', page)[0])
        assert f"{soma[1]} Por que esse valor?" in words
        assert soma[1] in read(browser.get(number))
    assert "Nada com este filtro." in read(browser.get("/gastos?mes=2026-10&q=nada"))
    assert "Nenhum gasto neste mês." in read(browser.get("/gastos?mes=2026-08"))
    for wrong in ("mes=2026-13", "categoria=%22", "forma=%22", "depois=x", "q=" + "a" * 101):
        assert browser.get(f"/gastos?{wrong}").status_code == 422


def test_the_list_goes_on_where_it_ended_and_asks_the_same_however_long(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    browser = log_in("dono")
    statements = record_statements()
    with db.transaction() as session:
        for number in range(60):
            dia = date(2026, 10, 1 + number % 28)
            spend(session, cast, f"{number + 1}.00", data=dia, descricao=f"nº {number}", categoria="material")
    path, seen, counts = "/gastos?mes=2026-10&categoria=material", [], []
    while path:
        statements.clear()
        page = browser.get(path).get_data(as_text=True)
        counts.append(len(statements))
        seen += re.findall(r'class="quantia">R\$ ([\d.,]+)<', page)
        path = unescape(next(iter(re.findall(r'href="(/gastos\?[^"]*depois[^"]*)"', page)), ""))
    assert sorted(int(valor.partition(",")[0]) for valor in seen) == list(range(1, 61))
    assert max(counts) <= 14


def test_stored_text_is_shown_as_text(log_in: Callable[[str], Browser], cast: Cast) -> None:
    evil = "<img src=x onerror=alert(1)>\"'&{{7*7}}"
    browser = log_in("dono")
    response = register(browser, descricao=evil)
    (gasto,) = list_all()
    for path in (response.location, f"/gastos/{gasto.id}/edit", "/historico"):
        page = browser.get(path).get_data(as_text=True)
        assert "<img" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page
    with db.transaction() as session:
        long = spend(session, cast, "1.00", descricao="x" * 20_000)
    deleted = press(
        browser, browser.get(f"/gastos/{long.id}/edit").get_data(as_text=True), f"/gastos/{long.id}/exclusao"
    )
    assert f"Apagado: R$ 1,00 · {'x' * 59}… ·" in read(browser.get(deleted.location))


# --- corrected, deleted, undone -------------------------------------------------------------------------------------


def test_a_gasto_is_corrected_and_the_press_of_desfazer_takes_it_back(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    with db.transaction() as session:
        old = spend(session, cast, "500.00", categoria="aluguel")
    browser = log_in("dono")
    edit, path = f"/gastos/{old.id}/edit", f"/gastos/{old.id}"
    assert 'value="500,00"' in browser.get(edit).get_data(as_text=True)
    fields = typed(dia="2026-10-16", descricao="Tinta", valor="50", versao=str(old.versao))
    page = browser.get(browser.post(path, fields, seen=edit).location)
    assert "Alterado: R$ 50,00 · Tinta · Outros · Pix." in read(page)
    (changed,) = list_all()
    assert (changed.valor, changed.categoria, changed.data) == (Decimal("50.00"), None, date(2026, 10, 16))
    undone = press(browser, page.get_data(as_text=True), f"{path}/desfeita")
    assert "Desfeito: voltou a ser R$ 500,00 · Agulhas e tinta · Aluguel · Pix." in read(browser.get(undone.location))
    (back,) = list_all()
    assert (back.valor, back.categoria, back.data) == (Decimal("500.00"), "aluguel", date(2026, 10, 15))


def test_what_another_changed_meanwhile_is_not_written_over_nor_undone(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    with db.transaction() as session:
        old = spend(session, cast, "500.00")
    browser = log_in("dono")
    path = f"/gastos/{old.id}"
    fields = typed(dia="2026-10-15", valor="400", versao=str(old.versao))
    page = browser.get(browser.post(path, fields, seen=f"{path}/edit").location).get_data(as_text=True)
    with db.transaction() as session:
        edit_gasto(session, old.id, quem=cast.quem_ana, valor=Decimal("300.00"))
    response = browser.post(path, fields | {"valor": "200"}, seen=f"{path}/edit")
    assert response.status_code == 409
    assert 'value="200"' in response.get_data(as_text=True)
    assert browser.post(path, fields | {"versao": ""}, seen=f"{path}/edit").status_code == 409
    assert press(browser, page, f"{path}/desfeita").status_code == 409
    assert [gasto.valor for gasto in list_all()] == [Decimal("300.00")]


def test_nothing_changed_is_nothing_to_undo_and_what_is_deleted_comes_back(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    with db.transaction() as session:
        old = spend(session, cast, "300.00")
    browser = log_in("dono")
    edit = f"/gastos/{old.id}/edit"
    fields = typed(dia="2026-10-15", valor="300", descricao=old.descricao, versao=str(old.versao))
    words = read(browser.get(browser.post(f"/gastos/{old.id}", fields, seen=edit).location))
    assert "Nada mudou." in words
    assert "Desfazer" not in words
    deleted = press(browser, browser.get(edit).get_data(as_text=True), f"/gastos/{old.id}/exclusao")
    assert list_all() == []
    page = browser.get(deleted.location).get_data(as_text=True)
    assert press(browser, page, f"/gastos/{old.id}/desfeita").status_code == 303
    assert [gasto.id for gasto in list_all()] == [old.id]
    assert browser.get("/gastos/999/edit").status_code == 404
    assert browser.post("/gastos/1/desfeita", {"ato": "outro"}, seen="/").status_code == 400
