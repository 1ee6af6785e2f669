"""The estoque as pages: one press is one movement, at zero less is refused, and the order is the studio's own."""

import re
import threading
from collections.abc import Callable
from html import unescape

import pytest
from cast import Cast
from flask import Flask
from sqlalchemy import func, select
from web.conftest import EMAILS, Browser, read, record_statements
from web.test_pagamentos import form_of, press
from werkzeug.test import TestResponse

from estudio import db
from estudio.domain.estoque import Item, Movimento
from estudio.services.estoque_service import deactivate_item, move_item, register_item


@pytest.fixture
def itens(cast: Cast) -> list[int]:
    """Needles, gloves and ink, in this order: 10, 2 and none of them."""
    given = (("Agulhas", 10), ("Luvas", 2), ("Tinta", 0))
    with db.transaction() as session:
        return [register_item(session, quem=cast.quem_caio, nome=nome, quantidade=n).id for nome, n in given]


@pytest.fixture
def mesa(log_in: Callable[[str], Browser]) -> Browser:
    return log_in("recepcao")


def get_item(item_id: int) -> Item:
    with db.transaction(read_only=True) as session:
        return session.get_one(Item, item_id)


def count_movimentos() -> int:
    with db.transaction(read_only=True) as session:
        return session.scalars(select(func.count()).select_from(Movimento)).one()


def find_button(page: str, name: str) -> dict[str, str]:
    """The fields of the form whose button has this name."""
    found = next(
        form for form in re.findall(r"<form.*?</form>", page, flags=re.DOTALL) if f'aria-label="{name}"' in form
    )
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', found))


def press_button(browser: Browser, item_id: int, name: str) -> TestResponse:
    return browser.send(
        f"/estoque/{item_id}/movimentos", find_button(browser.get("/estoque").get_data(as_text=True), name)
    )


def names(browser: Browser, path: str = "/estoque") -> list[str]:
    return re.findall(r'href="/estoque/\d+/movimentos">([^<]*)<', browser.get(path).get_data(as_text=True))


# --- the list -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("itens")
def test_the_list_is_in_the_studios_order_with_what_is_low_in_words(mesa: Browser) -> None:
    assert names(mesa) == ["Agulhas", "Luvas", "Tinta"]
    text = read(mesa.get("/estoque"))
    assert re.search(r"Agulhas 10 Luvas Baixo: menos de 6 2 Tinta Baixo: menos de 6 0", text)


def test_one_press_is_one_movement_and_comes_back_to_its_place(mesa: Browser, itens: list[int], cast: Cast) -> None:
    response = press_button(mesa, itens[0], "Pôr um: Agulhas")
    assert (response.status_code, response.location) == (303, f"/estoque#item-{itens[0]}")
    page = mesa.get("/estoque")
    assert "Entrou 1: Agulhas · 11." in read(page)
    with db.transaction(read_only=True) as session:
        last = session.scalars(select(Movimento).order_by(Movimento.id.desc()).limit(1)).one()
    assert (last.delta, last.saldo, last.por, last.motivo) == (1, 11, cast.quem_caio.usuario_id, None)
    taken_back = press(mesa, page.get_data(as_text=True), f"/estoque/{itens[0]}/movimentos")
    assert "Saiu 1: Agulhas · 10." in read(mesa.get(taken_back.location))


def test_the_same_press_sent_again_counts_once_and_two_presses_count_twice(mesa: Browser, itens: list[int]) -> None:
    page, path = mesa.get("/estoque").get_data(as_text=True), f"/estoque/{itens[0]}/movimentos"
    fields = find_button(page, "Tirar um: Agulhas")
    assert [mesa.send(path, fields).status_code for _ in range(2)] == [303, 303]
    assert get_item(itens[0]).quantidade == 9
    assert mesa.send(path, fields | {"chave": "outro aperto"}).status_code == 303
    assert get_item(itens[0]).quantidade == 8


def test_two_who_press_at_once_both_count(app: Flask, itens: list[int]) -> None:
    path, sent, results = f"/estoque/{itens[0]}/movimentos", [], list[int]()
    for email in (EMAILS["recepcao"], EMAILS["dono"]) * 4:
        browser = Browser(app.test_client())
        browser.login(email)
        sent.append((browser, find_button(browser.get("/estoque").get_data(as_text=True), "Tirar um: Agulhas")))
    barrier = threading.Barrier(len(sent))

    def work(browser: Browser, fields: dict[str, str]) -> None:
        barrier.wait()
        results.append(browser.send(path, fields).status_code)

    threads = [threading.Thread(target=work, args=each) for each in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [303] * 8
    assert get_item(itens[0]).quantidade == 2


def test_at_zero_less_is_refused_and_the_list_still_opens(mesa: Browser, itens: list[int]) -> None:
    before = count_movimentos()
    response = press_button(mesa, itens[2], "Tirar um: Tinta")
    assert response.status_code == 422
    page = response.get_data(as_text=True)
    assert "Nada foi gravado. Confira:" in page
    assert 'id="item-1"' in page
    assert "Tinta" in page.partition('class="resumo"')[2].partition("</div>")[0]
    assert mesa.get("/estoque").status_code == 200
    assert (get_item(itens[2]).quantidade, count_movimentos()) == (0, before)


# --- movements ------------------------------------------------------------------------------------------------------


def test_a_movement_has_how_many_and_why(mesa: Browser, itens: list[int]) -> None:
    path = f"/estoque/{itens[0]}/movimentos"
    sent = {"sentido": "saida", "quantidade": "4", "motivo": "uso na semana", "onde": ""}
    response = mesa.post(path, sent, seen=path)
    assert (response.status_code, response.location) == (303, path)
    text = read(mesa.get(path))
    assert "Saiu 4: Agulhas · 6." in text
    assert "Caio uso na semana −4 6" in text
    assert "Quantidade inicial +10 10" in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"quantidade": ""}, "Escreva um número inteiro"),
        ({"quantidade": "-1"}, "Escreva um número inteiro"),
        ({"quantidade": "1,5"}, "Escreva um número inteiro"),
        ({"quantidade": "٣"}, "Escreva um número inteiro"),
        ({"quantidade": "1e3"}, "Escreva um número inteiro"),
        ({"quantidade": "9" * 30}, "O número é grande demais."),
        ({"quantidade": "0"}, "diferente de zero"),
        ({"sentido": "saida", "quantidade": "11"}, "Agulhas"),
        ({"quantidade": "999999999"}, "passaria de 1000000000"),
        ({"sentido": "talvez"}, "Escolha um da lista."),
        ({"motivo": "x" * 2_001}, "o limite é 2000"),
        ({"motivo": "a\x00b"}, "caractere inválido"),
    ],
)
def test_what_cannot_be_moved_is_refused_on_the_same_page(
    mesa: Browser, itens: list[int], fields: dict[str, str], said: str
) -> None:
    path, before = f"/estoque/{itens[0]}/movimentos", count_movimentos()
    sent = {"sentido": "entrada", "quantidade": "1", "motivo": "contagem", "onde": ""} | fields
    response = mesa.post(path, sent, seen=path)
    page = unescape(response.get_data(as_text=True))
    assert response.status_code == 422
    assert said in page
    assert "Nada foi gravado. Confira:" in page
    assert (get_item(itens[0]).quantidade, count_movimentos()) == (10, before)


def test_the_movements_go_on_where_they_ended_and_ask_the_same_however_many(
    mesa: Browser, itens: list[int], cast: Cast
) -> None:
    with db.transaction() as session:
        for number in range(120):
            move_item(session, itens[1], quem=cast.quem_caio, delta=number + 1)
    statements = record_statements()
    path, seen, counts = f"/estoque/{itens[1]}/movimentos", [], []
    while path:
        statements.clear()
        page = mesa.get(path).get_data(as_text=True)
        counts.append(len(statements))
        seen += [int(n) for n in re.findall(r'<td class="valor">\+(\d+)</td>', page)]
        path = unescape(next(iter(re.findall(r'href="(/estoque/[^"]*antes=[^"]*)"', page)), ""))
    assert seen == [*range(120, 0, -1), 2]
    assert max(counts) <= 4
    assert mesa.get(f"/estoque/{itens[1]}/movimentos?antes=x").status_code == 404
    assert "Nada mais antigo" in read(mesa.get(f"/estoque/{itens[1]}/movimentos?antes=1"))


# --- items ----------------------------------------------------------------------------------------------------------


def test_an_item_is_registered_with_what_there_is_and_taken_off_the_list_again(mesa: Browser, itens: list[int]) -> None:
    assert len(itens) == 3
    sent = {"nome": "Papel", "quantidade": "12", "minimo": "0", "observacoes": ""}
    response = mesa.post("/estoque", sent, seen="/estoque/new")
    assert names(mesa)[-1] == "Papel"
    page = mesa.get(response.location.partition("#")[0])
    page = mesa.get("/estoque") if "Papel" not in read(page) else page
    with db.transaction(read_only=True) as session:
        papel = session.scalars(select(Item).where(Item.nome == "Papel")).one()
    assert (papel.quantidade, papel.minimo, papel.is_baixo) == (12, 0, False)
    off = mesa.post(f"/estoque/{papel.id}/desativacao", seen=f"/estoque/{papel.id}/edit")
    page = mesa.get(off.location)
    assert "Fora da lista: Papel · 12." in read(page)
    assert "Papel" not in names(mesa)
    assert "Papel" in names(mesa, "/estoque?todos=1")
    assert press(mesa, page.get_data(as_text=True), f"/estoque/{papel.id}/retomada").status_code == 303
    assert "Papel" in names(mesa)


def test_an_edit_changes_no_quantity_and_is_undone_by_a_press(mesa: Browser, itens: list[int]) -> None:
    path, versao = f"/estoque/{itens[0]}", str(get_item(itens[0]).versao)
    sent = {"nome": "Agulhas 3RL", "minimo": "20", "observacoes": "caixa azul", "quantidade": "99", "versao": versao}
    response = mesa.post(path, sent, seen=f"{path}/edit")
    assert response.status_code == 303
    item = get_item(itens[0])
    assert (item.nome, item.minimo, item.observacoes, item.quantidade) == ("Agulhas 3RL", 20, "caixa azul", 10)
    page = mesa.get("/estoque").get_data(as_text=True)
    assert mesa.post(path, sent, seen=f"{path}/edit").status_code == 409
    assert press(mesa, page, path).status_code == 303
    item = get_item(itens[0])
    assert (item.nome, item.minimo, item.observacoes) == ("Agulhas", 6, None)


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"nome": "  "}, "nome"),
        ({"nome": "x" * 201}, "nome"),
        ({"quantidade": "muito"}, "quantidade"),
        ({"minimo": ""}, "minimo"),
        ({"minimo": "-1"}, "minimo"),
    ],
)
def test_what_is_no_item_is_refused_with_what_was_typed(mesa: Browser, fields: dict[str, str], beside: str) -> None:
    sent = {"nome": "Papel", "quantidade": "1", "minimo": "1", "observacoes": "de cima"} | fields
    response = mesa.post("/estoque", sent, seen="/estoque/new")
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert f'id="{beside}-erro"' in page
    assert "de cima" in page
    assert "Nenhum item ainda. Cadastre o primeiro material" in read(mesa.get("/estoque"))


# --- order ----------------------------------------------------------------------------------------------------------


def test_a_press_moves_an_item_by_a_place_and_desfazer_puts_all_back(mesa: Browser, itens: list[int]) -> None:
    page = mesa.get("/estoque?ordem=1").get_data(as_text=True)
    fields = find_button(page, "Para cima: Tinta")
    response = mesa.send("/estoque/ordem", fields | {"para": "cima"})
    assert (response.status_code, response.location) == (303, f"/estoque?ordem=1#item-{itens[2]}")
    assert names(mesa, "/estoque?ordem=1") == ["Agulhas", "Tinta", "Luvas"]
    again = find_button(mesa.get("/estoque?ordem=1").get_data(as_text=True), "Para baixo: Agulhas")
    page = mesa.get(mesa.send("/estoque/ordem", again | {"para": "baixo"}).location).get_data(as_text=True)
    assert names(mesa) == ["Tinta", "Agulhas", "Luvas"]
    assert press(mesa, page, "/estoque/ordem").status_code == 303
    assert names(mesa) == ["Agulhas", "Tinta", "Luvas"]


def test_a_drag_sends_the_whole_order(mesa: Browser, itens: list[int]) -> None:
    page = mesa.get("/estoque?ordem=1").get_data(as_text=True)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.partition("data-ordem-nova")[2]))
    ids = ",".join(map(str, [itens[2], itens[0], itens[1]]))
    assert mesa.send("/estoque/ordem", fields | {"ids": ids}).status_code == 303
    assert names(mesa) == ["Tinta", "Agulhas", "Luvas"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 400),
        ({"ids": "1,x"}, 400),
        ({"ids": "1;drop"}, 400),
        ({"ids": "1," * 20_000}, 400),
        ({"item_id": "1", "para": "lado"}, 400),
        ({"item_id": "abc", "para": "cima"}, 400),
        ({"ids": "1,1"}, 422),
        ({"ids": "3,999"}, 303),
        ({"item_id": "999", "para": "cima"}, 303),
        ({"item_id": "1", "para": "cima"}, 303),
    ],
)
def test_an_order_that_is_none_changes_nothing(
    mesa: Browser, itens: list[int], fields: dict[str, str], status: int
) -> None:
    assert mesa.post("/estoque/ordem", fields, seen="/estoque").status_code == status
    assert sorted(names(mesa)) == ["Agulhas", "Luvas", "Tinta"]
    assert (names(mesa)[0] == "Tinta") == (fields.get("ids") == "3,999")
    assert len(itens) == 3


# --- the rest -------------------------------------------------------------------------------------------------------


def test_the_list_asks_the_same_however_long_and_shows_text_as_text(mesa: Browser, cast: Cast) -> None:
    statements = record_statements()
    counts = []
    for _ in range(2):
        statements.clear()
        page = mesa.get("/estoque").get_data(as_text=True)
        counts.append(len(statements))
        with db.transaction() as session:
            for _number in range(30):
                register_item(session, quem=cast.quem_caio, nome="<img src=x>", observacoes="<b>x</b>")
    assert counts[0] == counts[1] <= 2
    assert "<img" not in page
    assert "<b>x" not in page


def test_what_is_off_the_list_is_still_moved_and_no_item_is_no_page(
    mesa: Browser, itens: list[int], cast: Cast
) -> None:
    with db.transaction() as session:
        deactivate_item(session, itens[0], quem=cast.quem_caio)
    assert "Fora da lista" in read(mesa.get(f"/estoque/{itens[0]}/movimentos"))
    assert form_of(mesa.get(f"/estoque/{itens[0]}/edit").get_data(as_text=True), f"/estoque/{itens[0]}/retomada")
    for path in ("/estoque/999/movimentos", "/estoque/999/edit"):
        assert mesa.get(path).status_code == 404
    assert mesa.post("/estoque/999/desativacao", seen="/estoque").status_code == 404
