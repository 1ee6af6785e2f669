"""Pagamentos as pages: registered with whoever is new, listed with their sum, corrected, given back, undone."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from cast import Cast, book, make_cliente, pay, shut
from sqlalchemy import func, select
from web.conftest import Browser, hidden_fields, read, record_statements
from werkzeug.test import TestResponse

from estudio import clock, db
from estudio.domain.cliente import Cliente
from estudio.domain.comissao import Comissao
from estudio.domain.pagamento import Pagamento
from estudio.domain.sessao import Sessao
from estudio.services.cliente_service import find_cliente
from estudio.services.pagamento_service import edit_pagamento

NOVO = "/pagamentos/new"


def typed(cast: Cast, **fields: str) -> dict[str, str]:
    """What the desk types: R$ 300,00 by pix for Bia from nobody in particular, today."""
    return {
        "dia": clock.today().isoformat(),
        "artista_id": str(cast.bia.id),
        "valor": "300",
        "forma": "pix",
    } | fields


def receive(browser: Browser, cast: Cast, **fields: str) -> TestResponse:
    return browser.post("/pagamentos", typed(cast, **fields), seen=NOVO)


def list_all() -> list[Pagamento]:
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Pagamento).order_by(Pagamento.id)))


def count_clientes() -> int:
    with db.transaction(read_only=True) as session:
        return session.scalars(select(func.count()).select_from(Cliente)).one()


def form_of(page: str, action: str) -> str:
    """One form of a page, by where it is sent."""
    return page.partition(f'action="{action}"')[2].partition("</form>")[0]


def press(browser: Browser, page: str, action: str) -> TestResponse:
    """Press the button of a form that has no field to fill in."""
    form = form_of(page, action)
    assert form, f"no form leads to {action}"
    return browser.send(action, dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)))


# --- registering ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("papel", ["dono", "recepcao"])
def test_a_payment_is_registered_with_its_comissao_and_said(
    log_in: Callable[[str], Browser], cast: Cast, papel: str
) -> None:
    browser = log_in(papel)
    response = receive(browser, cast, valor="1.234,56", cliente="dóra", observacoes="sinal")
    assert response.status_code == 303
    (pagamento,) = list_all()
    assert (pagamento.valor, pagamento.cliente_id, pagamento.percentual) == (Decimal("1234.56"), cast.dora.id, 4000)
    assert (pagamento.data, pagamento.observacoes) == (clock.today(), "sinal")
    with db.transaction(read_only=True) as session:
        assert session.scalars(select(Comissao.valor)).all() == [Decimal("493.82")]
    page = browser.get(response.location)
    assert "Registrado: R$ 1.234,56 · Pix · Dora." in read(page)
    assert ("Desfazer" in read(page)) == (papel == "dono")


def test_a_walk_in_is_registered_along_with_the_payment_or_not_at_all(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    browser = log_in("recepcao")
    before = count_clientes()
    assert receive(browser, cast, cliente="  Nina Rosa ", forma="inventada").status_code == 422
    assert count_clientes() == before
    assert receive(browser, cast, cliente="  Nina Rosa ").status_code == 303
    with db.transaction(read_only=True) as session:
        nina = find_cliente(session, "nina rosa")
    assert nina is not None
    assert [pagamento.cliente_id for pagamento in list_all()] == [nina.id]


def test_of_several_with_one_name_the_page_asks_which(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        outra = make_cliente(session, "DORA", telefone="(11) 95555-0000")
    browser = log_in("recepcao")
    response = receive(browser, cast, cliente="Dora", valor="77,70")
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert "Há mais de uma pessoa com este nome. Escolha qual." in page
    assert "(11) 95555-0000" in page
    assert 'value="77,70"' in page
    assert list_all() == []
    asked = hidden_fields(page) | typed(cast, cliente="Dora", valor="77,70")
    assert browser.send("/pagamentos", asked | {"cliente_id": str(outra.id)}).status_code == 303
    assert receive(browser, cast, cliente="Dora", cliente_id="0").status_code == 303
    ids = [pagamento.cliente_id for pagamento in list_all()]
    assert ids[0] == outra.id
    assert ids[1] not in {cast.dora.id, outra.id}


def test_who_was_chosen_for_another_name_is_not_followed(log_in: Callable[[str], Browser], cast: Cast) -> None:
    assert receive(log_in("recepcao"), cast, cliente="Nina", cliente_id=str(cast.dora.id)).status_code == 303
    assert list_all()[0].cliente_id != cast.dora.id


def test_receber_of_a_sessao_is_filled_in_and_settles_it(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        make_cliente(session, "Dora")
        sessao = book(session, cast, "450.00", data=clock.today(), cliente=cast.dora)
        pay(session, cast, "1.00", forma="dinheiro")
    browser = log_in("recepcao")
    link = f"/pagamentos/new?sessao={sessao.id}"
    assert link in browser.get("/").get_data(as_text=True)
    page = browser.get(link).get_data(as_text=True)
    for words in ('value="450,00"', 'value="Dora"', f'<option selected value="{cast.bia.id}">'):
        assert words in page
    assert '<option selected value="dinheiro">' in page
    given = hidden_fields(page) | typed(cast, cliente="Dora", sessao_id=str(sessao.id), valor="450,00")
    given["cliente_id"] = str(cast.dora.id)
    assert browser.send("/pagamentos", given).status_code == 303
    pagamento = list_all()[-1]
    # Two have the name, and the sessão knows which of them it is of.
    assert pagamento.cliente_id == cast.dora.id
    with db.transaction(read_only=True) as session:
        assert session.get_one(Sessao, sessao.id).payment_id == pagamento.id
    assert browser.get(link).status_code == 422
    assert browser.get("/pagamentos/new?sessao=999").status_code == 404
    assert browser.get("/pagamentos/new?sessao=abc").status_code == 404


def test_the_same_form_sent_twice_is_one_payment_and_one_answer(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        sessao = book(session, cast, "300.00", data=clock.today())
    browser = log_in("dono")
    fields = hidden_fields(browser.get(NOVO).get_data(as_text=True)) | typed(
        cast, cliente="Nina", sessao_id=str(sessao.id)
    )
    first, second = browser.send("/pagamentos", fields), browser.send("/pagamentos", fields)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(list_all()) == 1
    assert "Registrado: R$ 300,00 · Pix · Nina." in read(browser.get(second.location))
    assert browser.send("/pagamentos", fields | {"valor": "301"}).status_code == 409
    assert len(list_all()) == 1


def test_of_two_equal_ones_the_second_takes_one_more_press_and_both_stand(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    browser = log_in("recepcao")
    receive(browser, cast, cliente="Dora")
    response = receive(browser, cast, cliente="Dora")
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert "Há um pagamento igual: R$ 300,00 · Pix · Dora · Bia" in page
    assert "Registrar outro igual" in page
    seen = dict(re.findall(r'name="(csrf_token|chave|igual_visto)"[^>]*value="([^"]*)"', page))
    # What was told of one amount is not an answer about another.
    with db.transaction() as session:
        pay(session, cast, "200.00", data=clock.today(), cliente=cast.dora)
    assert browser.send("/pagamentos", seen | typed(cast, cliente="Dora", valor="200")).status_code == 422
    assert browser.send("/pagamentos", seen | typed(cast, cliente="Dora")).status_code == 303
    assert len(list_all()) == 3


@pytest.mark.parametrize(
    ("text", "valor"),
    [
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1234.56", "1234.56"),
        ("300", "300.00"),
        ("300,50", "300.50"),
        ("1.234", "1234.00"),
    ],
)
def test_money_is_read_as_people_type_it(log_in: Callable[[str], Browser], cast: Cast, text: str, valor: str) -> None:
    assert receive(log_in("recepcao"), cast, valor=text).status_code == 303
    assert [pagamento.valor for pagamento in list_all()] == [Decimal(valor)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"valor": "abc"}, "O valor não foi entendido."),
        ({"valor": ""}, "Informe o valor."),
        ({"valor": "1e5"}, "O valor não foi entendido."),
        ({"valor": "1,234"}, "mais de duas casas decimais"),
        ({"valor": "0"}, "maior que zero"),
        ({"valor": "-5"}, "não pode ser negativo"),
        ({"valor": "10.000.000,00"}, "passa do limite"),
        ({"percentual": "101"}, "entre 0 e 100"),
        ({"dia": ""}, "Informe a data"),
        ({"dia": "2026-02-30"}, "Informe a data"),
        ({"dia": "1999-12-31"}, "A data precisa estar entre"),
        ({"artista_id": ""}, "Escolha um da lista."),
        ({"artista_id": "abc"}, "Escolha um da lista."),
        ({"forma": ""}, "Escolha um da lista."),
        ({"cliente": "Do\x00ra"}, "caractere inválido"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field_and_above(
    log_in: Callable[[str], Browser], cast: Cast, fields: dict[str, str], sentence: str
) -> None:
    response = receive(log_in("recepcao"), cast, **({"observacoes": "fica aqui"} | fields))
    page = response.get_data(as_text=True)
    name = next(iter(fields))
    assert response.status_code == 422
    assert f'href="#{name}"' in page.partition('class="resumo"')[2]
    assert sentence in page.partition(f'id="{name}-erro"')[2].partition("</p>")[0]
    assert "fica aqui" in page
    assert list_all() == []


def test_a_closed_month_says_so_and_keeps_the_form(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "100.00", data=date(2026, 9, 10))
    with db.transaction() as session:
        shut(session, "2026-09")
    browser = log_in("dono")
    response = receive(browser, cast, dia="2026-09-11", valor="55,55")
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "Setembro/2026 está fechado." in page
    assert 'value="55,55"' in page
    (old,) = list_all()
    response = browser.post(
        f"/pagamentos/{old.id}",
        typed(cast, dia="2026-09-10", valor="99", versao=str(old.versao)),
        seen=f"/pagamentos/{old.id}/edit",
    )
    assert (response.status_code, [p.valor for p in list_all()]) == (409, [Decimal("100.00")])


@pytest.mark.parametrize("papel", ["artista", "contador"])
def test_who_does_not_register_is_refused(log_in: Callable[[str], Browser], cast: Cast, papel: str) -> None:
    with db.transaction() as session:
        pagamento = pay(session, cast, "100.00", data=clock.today())
    browser = log_in(papel)
    assert 'href="/pagamentos"' not in browser.get("/").get_data(as_text=True)
    for path in ("/pagamentos", NOVO, f"/pagamentos/{pagamento.id}/edit", f"/pagamentos/{pagamento.id}/estorno"):
        assert browser.get(path).status_code == 403
    assert browser.post("/pagamentos", typed(cast), seen="/").status_code == 403
    assert len(list_all()) == 1


# --- the list -------------------------------------------------------------------------------------------------------


def test_the_list_has_the_sum_of_what_is_shown_and_leads_to_each(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        um = pay(session, cast, "100.00", cliente=cast.dora)
        pay(session, cast, "50.50", forma="dinheiro")
    browser = log_in("dono")
    assert "Soma R$ 150,50" in read(browser.get("/pagamentos?mes=2026-10"))
    page = browser.get("/pagamentos?mes=2026-10&forma=pix")
    assert "Soma do que o filtro mostra R$ 100,00" in read(page)
    assert f'href="/pagamentos/{um.id}/edit"' in page.get_data(as_text=True)
    assert "Nenhum pagamento ainda. Use Registrar pagamento" in read(browser.get("/pagamentos?mes=2026-08"))


def test_the_list_goes_on_where_it_ended_and_asks_the_same_however_long(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    browser = log_in("dono")
    statements = record_statements()
    with db.transaction() as session:
        for number in range(60):
            pay(session, cast, f"{number + 1}.00", data=date(2026, 10, 1 + number % 28))
    path, seen, counts = "/pagamentos?mes=2026-10", [], []
    while path:
        statements.clear()
        page = browser.get(path).get_data(as_text=True)
        counts.append(len(statements))
        seen += re.findall(r'class="quantia">R\$ ([\d.,]+)<', page)
        path = unescape(next(iter(re.findall(r'href="(/pagamentos\?[^"]*depois[^"]*)"', page)), ""))
    assert sorted(int(valor.partition(",")[0]) for valor in seen) == list(range(1, 61))
    assert max(counts) <= 9


def test_stored_text_is_shown_as_text(log_in: Callable[[str], Browser], cast: Cast) -> None:
    evil = "<img src=x onerror=alert(1)>\"'&{{7*7}}"
    browser = log_in("dono")
    response = receive(browser, cast, cliente=evil, observacoes=evil)
    (pagamento,) = list_all()
    for path in (response.location, f"/pagamentos/{pagamento.id}/edit", f"/pagamentos/{pagamento.id}/estorno"):
        page = browser.get(path).get_data(as_text=True)
        assert "<img" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page


# --- corrected, given back, undone ----------------------------------------------------------------------------------


def test_a_payment_is_corrected_and_the_press_of_desfazer_takes_it_back(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    with db.transaction() as session:
        old = pay(session, cast, "500.00", cliente=cast.dora, percentual=2500)
    browser = log_in("recepcao")
    edit, path = f"/pagamentos/{old.id}/edit", f"/pagamentos/{old.id}"
    assert 'value="500,00"' in browser.get(edit).get_data(as_text=True)
    fields = typed(cast, dia="2026-10-15", cliente="Dora", valor="50", versao=str(old.versao))
    response = browser.post(path, fields, seen=edit)
    assert response.status_code == 303
    page = browser.get(response.location)
    assert "Alterado: R$ 50,00 · Pix · Dora." in read(page)
    (changed,) = list_all()
    assert (changed.valor, changed.percentual, changed.cliente_id) == (Decimal("50.00"), 2500, cast.dora.id)
    undone = press(browser, page.get_data(as_text=True), f"{path}/desfeita")
    assert undone.status_code == 303
    assert "Desfeito: voltou a ser R$ 500,00 · Pix · Dora." in read(browser.get(undone.location))
    assert [pagamento.valor for pagamento in list_all()] == [Decimal("500.00")]


def test_what_another_changed_meanwhile_is_not_written_over_nor_undone(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    with db.transaction() as session:
        old = pay(session, cast, "500.00")
    browser = log_in("dono")
    path = f"/pagamentos/{old.id}"
    fields = typed(cast, dia="2026-10-15", valor="400", versao=str(old.versao))
    page = browser.get(browser.post(path, fields, seen=f"{path}/edit").location).get_data(as_text=True)
    with db.transaction() as session:
        edit_pagamento(session, old.id, quem=cast.quem_caio, valor=Decimal("300.00"))
    response = browser.post(path, fields | {"valor": "200"}, seen=f"{path}/edit")
    assert response.status_code == 409
    assert 'value="200"' in response.get_data(as_text=True)
    assert press(browser, page, f"{path}/desfeita").status_code == 409
    assert [pagamento.valor for pagamento in list_all()] == [Decimal("300.00")]


def test_nothing_changed_is_nothing_to_undo(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        old = pay(session, cast, "300.00")
    browser = log_in("dono")
    fields = typed(cast, dia="2026-10-15", versao=str(old.versao))
    page = read(browser.get(browser.post(f"/pagamentos/{old.id}", fields, seen=f"/pagamentos/{old.id}/edit").location))
    assert "Nada mudou." in page
    assert "Desfazer" not in page


def test_money_is_given_back_in_part_and_the_estorno_keeps_its_amount(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    with db.transaction() as session:
        old = pay(session, cast, "500.00", cliente=cast.dora)
    browser = log_in("recepcao")
    path = f"/pagamentos/{old.id}/estorno"
    assert "Vazio: tudo o que resta, R$ 500,00." in read(browser.get(path))
    fields = {"dia": clock.today().isoformat(), "forma": "pix"}
    response = browser.post(path, fields | {"valor": "600"}, seen=path)
    assert response.status_code == 422
    assert "ainda podem ser devolvidos R$ 500,00" in read(response)
    assert "Informe a data" in read(browser.post(path, fields | {"dia": ""}, seen=path))
    response = browser.post(path, fields | {"valor": "200"}, seen=path)
    assert "Estornado: -R$ 200,00 · Pix · Dora." in read(browser.get(response.location))
    browser.post(path, fields | {"valor": ""}, seen=path)
    assert [pagamento.valor for pagamento in list_all()] == [Decimal("500.00"), Decimal("-200.00"), Decimal("-300.00")]
    assert path not in browser.get(f"/pagamentos/{old.id}/edit").get_data(as_text=True)
    estorno = list_all()[1]
    edit = f"/pagamentos/{estorno.id}/edit"
    assert 'name="valor"' not in browser.get(edit).get_data(as_text=True)
    changed = {"dia": clock.today().isoformat(), "forma": "dinheiro", "cliente": "Dora", "versao": str(estorno.versao)}
    assert browser.post(f"/pagamentos/{estorno.id}", changed, seen=edit).status_code == 303
    assert (list_all()[1].forma, list_all()[1].valor) == ("dinheiro", Decimal("-200.00"))


def test_the_dono_deletes_and_brings_back_and_the_desk_does_not(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        sessao = book(session, cast, "300.00")
        old = pay(session, cast, "300.00", sessoes=[sessao])
    path = f"/pagamentos/{old.id}"
    desk = log_in("recepcao")
    assert f"{path}/exclusao" not in desk.get(f"{path}/edit").get_data(as_text=True)
    assert desk.post(f"{path}/exclusao", seen=f"{path}/edit").status_code == 403
    browser = log_in("dono")
    deleted = press(browser, browser.get(f"{path}/edit").get_data(as_text=True), f"{path}/exclusao")
    assert list_all() == []
    page = browser.get(deleted.location)
    assert "Apagado: R$ 300,00 · Pix · Não informado." in read(page)
    assert press(browser, page.get_data(as_text=True), f"{path}/desfeita").status_code == 303
    assert [pagamento.id for pagamento in list_all()] == [old.id]
    with db.transaction(read_only=True) as session:
        assert session.get_one(Sessao, sessao.id).payment_id == old.id


def test_desfazer_of_what_was_registered_takes_it_away_once(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("dono")
    page = browser.get(receive(browser, cast).location).get_data(as_text=True)
    path = f"/pagamentos/{list_all()[0].id}/exclusao"
    assert [press(browser, page, path).status_code for _ in range(2)] == [303, 303]
    assert list_all() == []


def test_a_button_that_is_none_of_ours_and_a_payment_that_is_not_there(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    assert browser.post("/pagamentos/1/desfeita", {"ato": "outro"}, seen="/").status_code == 400
    assert browser.get("/pagamentos/999/edit").status_code == 404
    assert browser.get(f"/pagamentos/{10**30}/edit").status_code == 404
