"""Clientes as pages: found, registered, corrected and undone, united and separated; one person's page of all years."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
from cast import Cast, book, make_cliente, pay, shut
from sqlalchemy import func, select
from web.conftest import Browser, hidden_fields, read, record_statements
from werkzeug.test import TestResponse

from estudio import clock, db
from estudio.domain.cliente import Cliente
from estudio.services.fusao_service import merge_clientes
from estudio.services.pagamento_service import reverse_pagamento

NOVO = "/clientes/new"


def press(browser: Browser, page: str, action: str) -> TestResponse:
    form = page.partition(f'method="post" action="{action}"')[2].partition("</form>")[0]
    assert form, f"no form leads to {action}"
    return browser.send(action, dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)))


def get_one(nome: str) -> Cliente:
    with db.transaction(read_only=True) as session:
        return session.scalars(select(Cliente).where(Cliente.nome == nome)).one()


def count() -> int:
    with db.transaction(read_only=True) as session:
        return session.scalars(select(func.count()).select_from(Cliente)).one()


def list_names(page: str) -> list[str]:
    return [unescape(nome) for nome in re.findall(r'href="/clientes/\d+">([^<]*)</a></th>', page)]


# --- finding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("texto", ["jo", "JOÃO", "silv", "9876", "98765-43"])
def test_a_client_is_found_by_a_few_letters_or_digits(log_in: Callable[[str], Browser], cast: Cast, texto: str) -> None:
    with db.transaction() as session:
        make_cliente(session, "João da Silva", telefone="(11) 98765-4321")
    response = log_in("recepcao").get("/clientes", query_string={"q": texto})
    assert list_names(response.get_data(as_text=True)) == ["João da Silva"]
    assert "1 encontrado" in read(response)
    assert cast.dora.nome not in read(response)


def test_nobody_found_says_what_to_do_and_takes_the_name_along(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("recepcao")
    response = browser.get("/clientes", query_string={"q": "Zilda"})
    assert "Ninguém com “Zilda”." in read(response)
    assert 'href="/clientes/new?q=Zilda"' in response.get_data(as_text=True)
    for typed, field in (("Zilda", "nome"), ("11 98", "telefone")):
        page = browser.get("/clientes/new", query_string={"q": typed}).get_data(as_text=True)
        assert re.search(rf'name="{field}"[^>]*value="{typed}"', page)
    assert browser.get("/clientes", query_string={"q": "a" * 101}).status_code == 422
    assert browser.get("/clientes", query_string={"q": "a\x07"}).status_code == 422
    assert browser.get("/clientes?depois=abc").status_code == 422
    assert browser.get("/clientes?depois=999").status_code == 404


def test_the_list_is_by_name_in_pages_that_hold_everybody_once(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        for number in range(120):
            make_cliente(session, f"Cliente {number:03d}")
        merge_clientes(session, make_cliente(session, "Unida").id, quem=cast.quem_caio, em=cast.dora.id)
    browser, seen, path = log_in("recepcao"), [], "/clientes"
    pages = 0
    while path:
        response = browser.get(path)
        assert "121 cadastrados" in read(response)
        page = response.get_data(as_text=True)
        seen += list_names(page)
        more = re.search(r'href="(/clientes\?depois=\d+)"', page)
        path, pages = (more[1] if more else ""), pages + 1
    assert seen == [f"Cliente {number:03d}" for number in range(120)] + ["Dora"]
    assert pages == 3


@pytest.mark.parametrize("papel", ["artista", "contador"])
def test_clients_are_the_desks_and_the_donos(log_in: Callable[[str], Browser], cast: Cast, papel: str) -> None:
    browser = log_in(papel)
    assert 'href="/clientes"' not in browser.get("/").get_data(as_text=True)
    for path in ("/clientes", NOVO, f"/clientes/{cast.dora.id}", f"/clientes/{cast.dora.id}/fusao"):
        response = browser.get(path)
        assert response.status_code == 403
        assert "90000-1234" not in response.get_data(as_text=True)


def test_a_search_costs_the_same_however_many_were_merged(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        for number in range(30):
            unida = make_cliente(session, f"Velha {number}")
            merge_clientes(session, unida.id, quem=cast.quem_caio, em=make_cliente(session, f"Nova {number}").id)
        dupla = make_cliente(session, "Velha dupla")
        merge_clientes(session, dupla.id, quem=cast.quem_caio, em=unida.id)
    browser = log_in("recepcao")
    statements = record_statements()
    page = browser.get("/clientes?q=velha").get_data(as_text=True)
    assert len(statements) <= 4
    assert sorted(list_names(page)) == sorted(f"Nova {number}" for number in range(30))


# --- registering ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("papel", ["dono", "recepcao"])
def test_a_client_is_registered_with_the_phone_written_as_phones_are(
    log_in: Callable[[str], Browser], papel: str
) -> None:
    browser = log_in(papel)
    fields = {"nome": " Nina Rosa ", "telefone": "11987654321", "email": "nina@exemplo.com.br", "observacoes": "Látex"}
    response = browser.post("/clientes", fields, seen=NOVO)
    assert response.status_code == 303
    nina = get_one("Nina Rosa")
    assert (nina.telefone, nina.email, nina.observacoes) == ("(11) 98765-4321", "nina@exemplo.com.br", "Látex")
    page = browser.get(response.location)
    assert "Cadastrado: Nina Rosa · (11) 98765-4321." in read(page)
    assert 'href="tel:11987654321"' in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"nome": ""}, "Preencha este campo."),
        ({"nome": "   "}, "Preencha este campo."),
        ({"nome": "N\x00"}, "caractere inválido"),
        ({"nome": "n" * 10_001}, "o limite é 10000"),
        ({"telefone": "não tem"}, "digite os números"),
        ({"telefone": "9" * 41}, "o limite é 40"),
        ({"email": "nina"}, "confira o endereço"),
        ({"email": "a@" + "b" * 254}, "o limite é 254"),
        ({"observacoes": "o" * 20_001}, "o limite é 20000"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field(
    log_in: Callable[[str], Browser], fields: dict[str, str], sentence: str
) -> None:
    before = count()
    typed = {"nome": "Nina", "telefone": "", "email": "", "observacoes": "fica aqui"} | fields
    response = log_in("recepcao").post("/clientes", typed, seen=NOVO)
    page, name = response.get_data(as_text=True), next(iter(fields))
    assert response.status_code == 422
    assert f'href="#{name}"' in page.partition('class="resumo"')[2]
    assert sentence in page.partition(f'id="{name}-erro"')[2].partition("</p>")[0]
    assert name == "observacoes" or "fica aqui" in page
    assert count() == before


@pytest.mark.parametrize("given", [{"nome": "DÓRA"}, {"nome": "Outra", "telefone": "+55 11 90000-1234"}])
def test_who_may_be_meant_already_is_shown_and_asked_about_once(
    log_in: Callable[[str], Browser], cast: Cast, given: dict[str, str]
) -> None:
    browser, before = log_in("recepcao"), count()
    response = browser.post("/clientes", given, seen=NOVO)
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert f'href="/clientes/{cast.dora.id}"' in page
    assert "Registrar outro com este nome" in page
    assert count() == before
    told = hidden_fields(page) | dict(re.findall(r'name="(vistos)"[^>]*value="([^"]*)"', page))
    assert told["vistos"] == str(cast.dora.id)
    # What was told of one is no answer about another.
    with db.transaction() as session:
        make_cliente(session, given["nome"])
    assert browser.send("/clientes", told | given).status_code == 422
    page = browser.send("/clientes", told | given).get_data(as_text=True)
    told = hidden_fields(page) | dict(re.findall(r'name="(vistos)"[^>]*value="([^"]*)"', page))
    assert browser.send("/clientes", told | given).status_code == 303
    assert count() == before + 2


def test_the_same_form_sent_twice_is_one_client(log_in: Callable[[str], Browser]) -> None:
    browser, before = log_in("recepcao"), count()
    fields = hidden_fields(browser.get(NOVO).get_data(as_text=True)) | {"nome": "Nina"}
    first, second = browser.send("/clientes", fields), browser.send("/clientes", fields)
    assert (first.status_code, first.location) == (303, second.location)
    assert count() == before + 1


# --- one person -----------------------------------------------------------------------------------------------------


def test_one_page_holds_open_and_closed_months_and_what_was_merged(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    with db.transaction() as session:
        outra = make_cliente(session, "Dora L.", telefone="(11) 95555-0000")
        sessao = book(session, cast, "300.00", data=date(2026, 9, 9), cliente=outra)
        pago = pay(session, cast, "300.00", data=date(2026, 9, 10), cliente=outra, sessoes=[sessao])
        pay(session, cast, "200.50", data=date(2026, 11, 3), cliente=cast.dora)
        pay(session, cast, "999.00", data=date(2026, 11, 3))
        book(session, cast, "77.00", data=date(2026, 11, 4), cliente=cast.dora)
        merge_clientes(session, outra.id, quem=cast.quem_caio, em=cast.dora.id)
    with db.transaction() as session:
        shut(session, "2026-09")
    with db.transaction() as session:
        reverse_pagamento(
            session, pago.id, quem=cast.quem_caio, data=date(2026, 11, 5), valor=Decimal("100.00"), forma="pix"
        )
    browser = log_in("recepcao")
    response = browser.get(f"/clientes/{cast.dora.id}")
    words = read(response)
    assert "Pago até hoje, estornos descontados R$ 400,50" in words
    for expected in ("10/09/2026", "fechado: setembro de 2026", "-R$ 100,00", "R$ 77,00", "1 sem pagamento", "Dora L."):
        assert expected in words
    assert words.count("fechado: setembro de 2026") == 2
    assert "999,00" not in words
    assert browser.get(f"/clientes/{outra.id}").location == f"/clientes/{cast.dora.id}"
    assert browser.get(f"/clientes/{outra.id}/edit").location == f"/clientes/{cast.dora.id}/edit"
    assert browser.get("/clientes/999").status_code == 404


def test_the_pages_of_one_person_hold_every_row_once_and_cost_the_same(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    hoje = clock.today()
    with db.transaction() as session:
        for number in range(70):
            dia = hoje - timedelta(days=number // 2)
            book(session, cast, f"{number + 1}.00", data=dia, cliente=cast.dora)
            pay(session, cast, f"{number + 1}.11", data=dia, cliente=cast.dora, percentual=0)
    browser = log_in("recepcao")
    for lista, cents in (("pagamentos", "11"), ("sessoes", "00")):
        seen, path = [], f"/clientes/{cast.dora.id}"
        while path:
            statements = record_statements()
            page = unescape(browser.get(path).get_data(as_text=True))
            assert len(statements) <= 14
            section = page.partition(f'id="s-{lista}"')[2].partition("</section>")[0]
            seen += re.findall(rf'class="quantia">R\$ (\d+),{cents}<', section)
            more = re.search(rf'href="(/clientes/\d+\?{lista}=[^"]*)"', section)
            path = more[1] if more else ""
        assert sorted(map(int, seen)) == list(range(1, 71))


def test_an_edit_is_kept_said_and_taken_back(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser, path = log_in("recepcao"), f"/clientes/{cast.dora.id}"
    fields = {"nome": "Dora Lima", "telefone": "11 3333 4444", "email": "", "observacoes": "prefere tarde"}
    versao = re.findall(r'name="(versao)"[^>]*value="(\d+)"', browser.get(f"{path}/edit").get_data(as_text=True))
    response = browser.post(path, fields | dict(versao), seen=f"{path}/edit")
    assert response.status_code == 303
    dora = get_one("Dora Lima")
    assert (dora.nome_busca, dora.telefone, dora.observacoes) == ("dora lima", "(11) 3333-4444", "prefere tarde")
    page = browser.get(response.location).get_data(as_text=True)
    # Whoever saw the older version does not write over it.
    assert browser.post(path, fields | dict(versao) | {"nome": "X"}, seen=f"{path}/edit").status_code == 409
    assert press(browser, page, f"{path}/desfeita").status_code == 303
    dora = get_one("Dora")
    assert (dora.telefone, dora.observacoes) == ("(11) 90000-1234", None)
    # What was undone is not undone again by an old button.
    stale = re.sub(r'name="chave" value="[^"]*"', 'name="chave" value="outra-chave"', page)
    assert press(browser, stale, f"{path}/desfeita").status_code == 409


def test_nothing_changed_is_said_and_lines_of_a_note_stay(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser, path = log_in("recepcao"), f"/clientes/{cast.dora.id}"
    with db.transaction() as session:
        session.get_one(Cliente, cast.dora.id).observacoes = "uma\nduas"
    page = browser.get(f"{path}/edit").get_data(as_text=True)
    fields = dict(re.findall(r'name="(versao|nome|telefone|email)"[^>]*value="([^"]*)"', page))
    response = browser.post(path, fields | {"observacoes": "uma\r\nduas"}, seen=f"{path}/edit")
    assert "Nada mudou." in read(browser.get(response.location))


# --- two entries of one person --------------------------------------------------------------------------------------


def test_two_entries_are_united_and_separated_again(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        outra = make_cliente(session, "DORA")
        pay(session, cast, "50.00", cliente=outra)
    browser, path = log_in("recepcao"), f"/clientes/{outra.id}/fusao"
    response = browser.get(path)
    page = response.get_data(as_text=True)
    assert f"Unir DORA a Dora (cadastro {cast.dora.id})" in read(response)
    done = press(browser, page, path)
    assert done.location == f"/clientes/{cast.dora.id}"
    shown = browser.get(done.location)
    assert "Unidos: DORA agora faz parte de Dora." in read(shown)
    assert "R$ 50,00" in read(shown)
    assert "Separar DORA" in read(shown)
    assert browser.get(path).location == f"/clientes/{cast.dora.id}/fusao"
    apart = press(browser, shown.get_data(as_text=True), f"/clientes/{outra.id}/separacao")
    assert apart.location == f"/clientes/{outra.id}"
    assert "R$ 50,00" not in read(browser.get(f"/clientes/{cast.dora.id}"))


def test_the_other_entry_is_searched_for_and_a_circle_is_refused(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        nina = make_cliente(session, "Nina Rosa")
    browser, path = log_in("dono"), f"/clientes/{cast.dora.id}/fusao"
    assert "Ninguém mais com o mesmo nome" in read(browser.get(path))
    response = browser.get(path, query_string={"q": "ros"})
    assert "Unir Dora a Nina Rosa" in read(response)
    assert browser.post(path, {"em": ""}, seen=path).status_code == 400
    assert browser.post(path, {"em": str(cast.dora.id)}, seen=path).status_code == 422
    assert browser.post(path, {"em": "999"}, seen=path).status_code == 404
    assert browser.post(path, {"em": str(nina.id)}, seen=path).status_code == 303
    assert browser.post(path, {"em": str(nina.id)}, seen="/clientes/new").status_code == 422


def test_what_was_stored_is_shown_as_text(log_in: Callable[[str], Browser]) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    with db.transaction() as session:
        cliente = make_cliente(session, hostile)
        cliente.observacoes, cliente.email = hostile, '"><script>@x'
        other = make_cliente(session, hostile)
    browser = log_in("recepcao")
    for path in ("/clientes", f"/clientes/{cliente.id}", f"/clientes/{cliente.id}/edit", f"/clientes/{other.id}/fusao"):
        page = browser.get(path).get_data(as_text=True)
        assert "<img" not in page
        assert "<script>@x" not in page
        assert "&lt;img" in page
