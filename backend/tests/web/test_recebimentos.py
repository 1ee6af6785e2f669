"""Receiving: by one press for a sessão of the day, and of a walk-in with who is new and the sessão, all or nothing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from cast import Cast, book, make_cliente, pay
from sqlalchemy import func, select
from web.conftest import Browser, hidden_fields, read, record_statements
from web.test_pagamentos import NOVO, count_clientes, list_all, press, receive, typed

from estudio import clock, db
from estudio.domain.cliente import Cliente
from estudio.domain.sessao import Sessao
from estudio.services.sessao_service import edit_sessao


def list_sessoes() -> list[Sessao]:
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Sessao).order_by(Sessao.id)))


def find_nina() -> Cliente:
    with db.transaction(read_only=True) as session:
        return session.scalars(select(Cliente).where(Cliente.nome == "Nina Rosa")).one()


# --- one press ------------------------------------------------------------------------------------------------------


def book_today(cast: Cast, valor: str = "450.00", *, cliente: Cliente | None = None) -> int:
    with db.transaction() as session:
        return book(session, cast, valor, data=clock.today(), cliente=cliente).id


def test_one_press_receives_what_the_button_says(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "1.00", forma="credito")
        make_cliente(session, "Dora")
    sessao_id = book_today(cast, cliente=cast.dora)
    browser = log_in("recepcao")
    page = browser.get("/")
    assert "Receber R$ 450,00 · Cartão de Crédito" in read(page)
    path = f"/sessoes/{sessao_id}/recebimento"
    first, second = (press(browser, page.get_data(as_text=True), path) for _ in range(2))
    assert (first.status_code, first.location, second.status_code) == (303, "/", 303)
    (_, pagamento) = list_all()
    assert (pagamento.valor, pagamento.forma, pagamento.data) == (Decimal("450.00"), "credito", clock.today())
    # Two have the name; the sessão knows whose it is.
    assert (pagamento.cliente_id, pagamento.artista_id) == (cast.dora.id, cast.bia.id)
    assert list_sessoes()[0].payment_id == pagamento.id
    page = browser.get("/")
    assert "Registrado: R$ 450,00 · Cartão de Crédito · Dora." in read(page)
    assert path not in page.get_data(as_text=True)


def test_a_price_that_changed_meanwhile_is_not_what_was_pressed(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "1.00")
    sessao_id = book_today(cast)
    browser = log_in("recepcao")
    page = browser.get("/").get_data(as_text=True)
    with db.transaction() as session:
        edit_sessao(session, sessao_id, quem=cast.quem_caio, valor=Decimal("500.00"))
    response = press(browser, page, f"/sessoes/{sessao_id}/recebimento")
    assert response.status_code == 409
    assert len(list_all()) == 1


def test_of_an_equal_one_the_form_asks(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "450.00", data=clock.today(), cliente=cast.dora)
    sessao_id = book_today(cast, cliente=cast.dora)
    browser = log_in("recepcao")
    response = press(browser, browser.get("/").get_data(as_text=True), f"/sessoes/{sessao_id}/recebimento")
    assert (response.status_code, response.location) == (303, f"/pagamentos/new?sessao={sessao_id}")
    assert "Há um pagamento igual: R$ 450,00" in read(browser.get(response.location))
    assert len(list_all()) == 1


def test_a_sessao_at_nothing_and_a_studio_without_a_payment_have_no_button(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    book_today(cast, "0.00")
    browser = log_in("recepcao")
    assert "Receber de outro jeito" in read(browser.get("/"))
    assert "/recebimento" not in browser.get("/").get_data(as_text=True)
    with db.transaction() as session:
        pay(session, cast, "1.00")
    assert "/recebimento" not in browser.get("/").get_data(as_text=True)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"valor": "x"}, 400),
        ({"forma": ""}, 400),
        ({"forma": "inventada"}, 422),
        ({"chave": ""}, 400),
        ({"valor": "449.99"}, 409),
    ],
)
def test_a_button_that_is_none_of_ours_does_nothing(
    log_in: Callable[[str], Browser], cast: Cast, fields: dict[str, str], status: int
) -> None:
    sessao_id = book_today(cast)
    browser = log_in("recepcao")
    given = {"chave": "uma chave de teste", "valor": "450.00", "forma": "pix"} | fields
    assert browser.post(f"/sessoes/{sessao_id}/recebimento", given, seen="/").status_code == status
    assert browser.post("/sessoes/999/recebimento", given | {"valor": "450.00"}, seen="/").status_code in (
        400,
        404,
        422,
    )
    assert list_all() == []


@pytest.mark.parametrize("papel", ["artista", "contador"])
def test_who_does_not_register_has_no_button(log_in: Callable[[str], Browser], cast: Cast, papel: str) -> None:
    sessao_id = book_today(cast)
    browser = log_in(papel)
    assert "/recebimento" not in browser.get("/").get_data(as_text=True)
    assert browser.post(f"/sessoes/{sessao_id}/recebimento", seen="/").status_code == 403


# --- the walk-in ----------------------------------------------------------------------------------------------------


def test_a_walk_in_is_cliente_sessao_and_payment_at_once(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("recepcao")
    page = browser.get(f"{NOVO}?avulsa=1").get_data(as_text=True)
    assert 'checked id="com_sessao"' in page
    given = hidden_fields(page) | typed(cast, cliente="Nina Rosa", telefone="(11) 90000-7777", com_sessao="y")
    assert [browser.send("/pagamentos", given).status_code for _ in range(2)] == [303, 303]
    (pagamento,) = list_all()
    (sessao,) = list_sessoes()
    nina = find_nina()
    assert (nina.telefone, pagamento.cliente_id, sessao.cliente_id) == ("(11) 90000-7777", nina.id, nina.id)
    assert (sessao.payment_id, sessao.valor, sessao.status) == (pagamento.id, Decimal("300.00"), "realizada")
    assert (sessao.data, sessao.artista_id) == (clock.today(), cast.bia.id)


def test_all_of_a_walk_in_or_nothing(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser, before = log_in("recepcao"), count_clientes()
    for wrong in ({"forma": "inventada"}, {"artista_id": "999"}, {"dia": "1999-01-01"}, {"percentual": "101"}):
        fields = {"cliente": "Nina Rosa", "telefone": "11 90000-7777", "com_sessao": "y"} | wrong
        assert receive(browser, cast, **fields).status_code >= 400
    assert (count_clientes(), list_sessoes(), list_all()) == (before, [], [])


def test_one_payment_settles_several_sessoes(log_in: Callable[[str], Browser], cast: Cast) -> None:
    ids = [book_today(cast, valor) for valor in ("100.00", "200.00", "300.00")]
    with db.transaction() as session:
        ids.append(book(session, cast, data=date(2026, 10, 1)).id)
    browser = log_in("recepcao")
    page = browser.get(NOVO).get_data(as_text=True)
    for id_ in ids[:3]:
        assert f'value="{id_}"' in page.partition("opcoes")[2]
    given: dict[str, object] = dict(hidden_fields(page) | typed(cast))
    given["sessao_id"] = [str(ids[0]), str(ids[2]), str(ids[3])]
    response = browser.client.post("/pagamentos", data=given, base_url="http://localhost")
    assert response.status_code == 303
    (pagamento,) = list_all()
    assert [sessao.payment_id == pagamento.id for sessao in list_sessoes()] == [True, False, True, True]


def test_sessoes_of_the_list_and_a_new_one_are_not_paid_together(log_in: Callable[[str], Browser], cast: Cast) -> None:
    sessao_id = book_today(cast)
    response = receive(log_in("recepcao"), cast, sessao_id=str(sessao_id), com_sessao="y")
    assert response.status_code == 422
    assert "não as duas coisas" in read(response)
    assert list_all() == []


@pytest.mark.parametrize("sessao_id", ["999", "abc", "9" * 30])
def test_a_sessao_that_is_not_there_is_refused(log_in: Callable[[str], Browser], cast: Cast, sessao_id: str) -> None:
    assert receive(log_in("recepcao"), cast, sessao_id=sessao_id).status_code in (404, 422)
    assert list_all() == []


# --- whose phone it is ----------------------------------------------------------------------------------------------


def test_another_phone_under_a_known_name_is_asked_about(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("recepcao")
    response = receive(browser, cast, cliente="dora", telefone="(11) 97777-0000")
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert "com outro telefone. Escolha qual." in page
    assert "(11) 90000-1234" in page
    asked = hidden_fields(page) | typed(cast, cliente="dora", telefone="(11) 97777-0000")
    assert browser.send("/pagamentos", asked | {"cliente_id": str(cast.dora.id)}).status_code == 303
    assert receive(browser, cast, cliente="dora", telefone="(11) 97777-0000", cliente_id="0").status_code == 303
    one, other = (pagamento.cliente_id for pagamento in list_all())
    with db.transaction(read_only=True) as session:
        assert (one, session.get_one(Cliente, one).telefone) == (cast.dora.id, "(11) 90000-1234")
        assert other != cast.dora.id
        assert session.get_one(Cliente, other).telefone == "(11) 97777-0000"


def test_the_same_phone_is_the_same_person_however_it_is_written(log_in: Callable[[str], Browser], cast: Cast) -> None:
    assert receive(log_in("recepcao"), cast, cliente="Dora", telefone="11 90000 1234").status_code == 303
    assert list_all()[0].cliente_id == cast.dora.id


def test_who_had_no_phone_gets_it(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        make_cliente(session, "Nina Rosa")
    assert receive(log_in("recepcao"), cast, cliente="nina rosa", telefone="11 90000-7777").status_code == 303
    assert find_nina().telefone == "(11) 90000-7777"


@pytest.mark.parametrize("fields", [{"telefone": "11 9"}, {"cliente": "Nina", "telefone": "9" * 41}])
def test_a_phone_of_nobody_and_one_that_is_too_long(
    log_in: Callable[[str], Browser], cast: Cast, fields: dict[str, str]
) -> None:
    assert receive(log_in("recepcao"), cast, **fields).status_code == 422
    assert list_all() == []


def test_the_form_asks_the_same_however_many_sessoes(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("recepcao")
    statements = record_statements()
    counts = []
    for path in (NOVO, "/"):
        for _ in range(2):
            statements.clear()
            browser.get(path)
            counts.append(len(statements))
            with db.transaction() as session:
                for _ in range(20):
                    book(session, cast, data=clock.today(), cliente=cast.dora)
    assert counts[0] == counts[1] <= 7
    assert counts[2] == counts[3] <= 7
    with db.transaction(read_only=True) as session:
        assert session.scalars(select(func.count()).select_from(Sessao)).one() == 80
