"""The first start: no default password anywhere, one link, one dono."""

import threading
from datetime import timedelta

import pytest
import time_machine
from cast import make_cast
from conftest import Banco
from flask import Flask
from sqlalchemy import text
from web.conftest import SENHA, Browser, hidden_fields

from estudio import clock, db
from estudio.app import create_app
from estudio.services.acesso_service import create_convite

DONO = {"nome": "Helena", "email": "helena@estudio.example", "senha": SENHA, "outra_vez": SENHA}


@pytest.fixture
def app(request: pytest.FixtureRequest) -> Flask:
    """A studio that nobody has begun."""
    request.getfixturevalue("banco")
    return create_app()


@pytest.fixture
def link() -> str:
    return f"/primeiro-acesso/{db.run(create_convite)}"


@pytest.mark.parametrize("path", ["/", "/historico", "/historico/pagamentos", "/entrar"])
def test_until_there_is_a_dono_every_page_leads_to_the_first_access(browser: Browser, path: str) -> None:
    assert browser.get(path).location == "/primeiro-acesso"
    page = browser.get("/primeiro-acesso")
    assert page.status_code == 200
    assert "estudio web" in page.get_data(as_text=True)


@pytest.mark.usefixtures("app")
def test_the_link_makes_the_dono_who_then_logs_in(browser: Browser, link: str) -> None:
    response = browser.post(link, DONO, seen=link)
    assert response.location == "/entrar"
    assert "o estúdio é seu" in browser.get("/entrar").get_data(as_text=True)
    assert browser.login(DONO["email"]).location == "/"
    assert "Como vai o mês" in browser.get("/").get_data(as_text=True)
    assert browser.get("/primeiro-acesso").location == "/"


def test_a_link_works_once(browser: Browser, link: str) -> None:
    page = browser.get(link).get_data(as_text=True)
    assert browser.send(link, hidden_fields(page) | DONO).status_code == 303
    assert browser.get(link).status_code == 404
    again = hidden_fields(page) | {"chave": "outra-chave"} | DONO | {"email": "outra@estudio.example"}
    assert browser.send(link, again).status_code == 404


def test_a_form_that_is_sent_twice_is_one_dono_and_one_answer(browser: Browser, link: str, banco: Banco) -> None:
    fields = hidden_fields(browser.get(link).get_data(as_text=True)) | DONO
    assert [browser.send(link, fields).location for _ in range(2)] == ["/entrar", "/entrar"]
    with banco.connect() as connection:
        assert connection.execute("select count(*) from usuarios").fetchone() == (1,)
        kept = connection.execute("select resultado::text || corpo_sha256 from idempotencia").fetchone()
    assert kept is not None


def test_a_link_of_half_an_hour_ago_is_worth_nothing(browser: Browser) -> None:
    with time_machine.travel(clock.now(), tick=False) as travel:
        link = f"/primeiro-acesso/{db.run(create_convite)}"
        seen = hidden_fields(browser.get(link).get_data(as_text=True))
        travel.shift(timedelta(minutes=30, seconds=1))
        assert browser.get(link).status_code == 404
        assert browser.send(link, seen | DONO).status_code == 404


def test_a_studio_that_has_its_dono_gives_no_other(browser: Browser, link: str) -> None:
    seen = hidden_fields(browser.get(link).get_data(as_text=True))
    with db.transaction() as session:
        make_cast(session)
    assert browser.get(link).status_code == 404
    assert browser.send(link, seen | DONO).status_code == 404
    with db.transaction(read_only=True) as session:
        assert session.scalar(text("select count(*) from usuarios where nome = 'Helena'")) == 0


@pytest.mark.parametrize("same_link", [True, False])
def test_two_who_use_a_link_at_one_moment_are_one_dono(app: Flask, banco: Banco, *, same_link: bool) -> None:
    links = [f"/primeiro-acesso/{db.run(create_convite)}" for _ in range(2)]
    if same_link:
        links[1] = links[0]
    browsers = [Browser(app.test_client()) for _ in links]
    seen = [hidden_fields(b.get(link).get_data(as_text=True)) for b, link in zip(browsers, links, strict=True)]
    codes: list[int] = []
    barrier = threading.Barrier(2)

    def send(number: int) -> None:
        barrier.wait()
        fields = seen[number] | DONO | {"email": f"dono{number}@estudio.example"}
        codes.append(browsers[number].send(links[number], fields).status_code)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [303, 404]
    with banco.connect() as connection:
        assert connection.execute("select count(*) from usuarios").fetchone() == (1,)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"senha": "curta", "outra_vez": "curta"}, "precisa de pelo menos 12"),
        ({"outra_vez": "violeta mastiga outra"}, "não são iguais"),
        ({"email": "não é"}, "não é um endereço"),
        ({"nome": ""}, "Preencha este campo"),
        ({"nome": "x" * 201}, "200"),
        ({"senha": "estudio tattoo 2026", "outra_vez": "estudio tattoo 2026"}, "primeiras que alguém tentaria"),
    ],
)
def test_what_cannot_be_meant_comes_back_with_its_reason_and_the_link_stays_good(
    browser: Browser, link: str, changed: dict[str, str], said: str
) -> None:
    response = browser.post(link, DONO | changed, seen=link)
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert said in page
    assert 'role="alert"' in page
    assert SENHA not in page
    assert browser.post(link, DONO, seen=link).status_code == 303


def test_what_else_a_form_brings_along_is_not_looked_at(browser: Browser, link: str, banco: Banco) -> None:
    browser.post(link, DONO | {"papel": "contador", "ativo": "", "id": "99", "artista_id": "1"}, seen=link)
    with banco.connect() as connection:
        found = connection.execute("select papel, ativo, id <> 99, artista_id from usuarios").fetchone()
    assert found == ("dono", True, True, None)


@pytest.mark.usefixtures("app")
def test_an_unknown_link_is_a_page_that_says_what_to_do(browser: Browser) -> None:
    response = browser.get("/primeiro-acesso/inventado")
    assert response.status_code == 404
    assert "já foi usado ou venceu" in response.get_data(as_text=True)
