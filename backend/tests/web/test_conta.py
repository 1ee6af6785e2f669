"""One's own account: what one is called, another password, and the browsers in which one is logged in."""

import re
from collections.abc import Callable

import pytest
import time_machine
from carteiro import Carteiro
from cast import Cast
from flask import Flask
from web.conftest import EMAILS, SENHA, Browser

from estudio import clock
from estudio.web.navegadores import describe_navegador

NOVA = "granito violeta mastiga"


def change_senha(browser: Browser, atual: str = SENHA, nova: str = NOVA, outra_vez: str | None = None) -> int:
    fields = {"atual": atual, "senha": nova, "outra_vez": nova if outra_vez is None else outra_vez}
    return browser.post("/conta/senha", fields, seen="/conta/senha").status_code


def list_numbers(browser: Browser) -> list[str]:
    return re.findall(r'name="acesso_id" value="(\d+)"', browser.get("/conta").get_data(as_text=True))


@pytest.mark.parametrize("papel", EMAILS)
def test_everybody_says_what_they_are_called(log_in: Callable[[str], Browser], papel: str) -> None:
    browser = log_in(papel)
    assert browser.post("/conta", {"nome": "Zé <b>"}, seen="/conta").status_code == 303
    page = browser.get("/conta").get_data(as_text=True)
    assert 'value="Zé &lt;b&gt;"' in page
    assert "<b>" not in page
    assert browser.post("/conta", {"nome": ""}, seen="/conta").status_code == 422
    assert browser.post("/conta", {"nome": "x" * 201}, seen="/conta").status_code == 422
    # Nobody makes herself dono by a field that is not there.
    assert (
        browser.post("/conta", {"nome": "Zé", "papel": "dono", "email": "z@z.example"}, seen="/conta").status_code
        == 303
    )
    assert EMAILS[papel] in browser.get("/conta").get_data(as_text=True)
    assert browser.get("/usuarios").status_code == (200 if papel == "dono" else 403)


def test_everybody_says_whether_they_are_reminded(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("artista")
    assert re.search(r'<input checked[^>]* name="lembretes"', browser.get("/conta").get_data(as_text=True))
    done = browser.post("/conta", {"nome": "Bia"}, seen="/conta")
    page = browser.get(done.location).get_data(as_text=True)
    assert "Você não recebe mais lembretes." in page
    assert not re.search(r'<input checked[^>]* name="lembretes"', page)
    done = browser.post("/conta", {"nome": "Bia", "lembretes": "y"}, seen="/conta")
    assert "Você recebe lembretes." in browser.get(done.location).get_data(as_text=True)


def test_another_password_takes_the_one_of_before_and_ends_the_other_browsers(
    log_in: Callable[[str], Browser], app: Flask, carteiro: Carteiro
) -> None:
    mine, other, others = log_in("artista"), log_in("artista"), log_in("recepcao")
    before = mine.cookie("sessao")
    assert change_senha(mine, nova="curta") == 422
    assert change_senha(mine, atual="não é esta senha") == 422
    assert change_senha(mine, outra_vez=SENHA) == 422
    assert other.get("/").status_code == 200
    assert change_senha(mine) == 303
    assert "outros navegadores foram encerrados" in mine.get("/conta").get_data(as_text=True)
    assert mine.get("/").status_code == 200
    assert other.get("/").status_code == 303
    assert others.get("/").status_code == 200
    # The key of before is worth nothing, whoever has a copy of it.
    assert mine.cookie("sessao") != before
    thief = Browser(app.test_client())
    thief.client.set_cookie("sessao", before or "", domain="localhost")
    assert thief.get("/").status_code == 303
    fresh = Browser(app.test_client())
    assert fresh.login(EMAILS["artista"]).status_code == 422
    assert fresh.login(EMAILS["artista"], NOVA).status_code == 303
    para, carta = carteiro.receive()
    assert (para, carta["Subject"]) == (EMAILS["artista"], "A sua senha do estúdio foi trocada")


def test_what_is_wrong_stands_beside_its_field(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("artista")
    for fields, beside in (
        ({"atual": "não é esta senha", "senha": NOVA, "outra_vez": NOVA}, "atual"),
        ({"atual": "", "senha": NOVA, "outra_vez": NOVA}, "atual"),
        ({"atual": SENHA, "senha": NOVA, "outra_vez": SENHA}, "outra_vez"),
    ):
        page = browser.post("/conta/senha", fields, seen="/conta/senha").get_data(as_text=True)
        assert f'id="{beside}-erro"' in page
        assert NOVA not in page


def test_guessing_at_the_password_of_an_open_browser_has_to_wait(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("artista")
    with time_machine.travel(clock.now(), tick=False):
        codes = [change_senha(browser, atual=f"não é esta {n}") for n in range(11)]
        assert codes == [422] * 10 + [429]
        # The same counter as of the PIN, which asks for the password as well.
        fields = {"atual": SENHA, "pin": "4071", "outra_vez": "4071"}
        response = browser.post("/conta/pin", fields, seen="/conta/pin")
        assert (response.status_code, response.headers["Retry-After"]) == (429, "1")


def test_the_list_marks_this_browser_and_ends_another_or_all_others(log_in: Callable[[str], Browser]) -> None:
    mine, second, third, fourth = (log_in("recepcao") for _ in range(4))
    page = mine.get("/conta").get_data(as_text=True)
    assert page.count("este navegador") == 1
    numbers = list_numbers(mine)
    assert len(numbers) == 3
    path = "/conta/navegadores/encerramento"
    assert mine.post(path, {"acesso_id": numbers[0]}, seen="/conta").status_code == 303
    assert [b.get("/").status_code for b in (mine, second, third, fourth)] == [200, 200, 200, 303]
    assert mine.post(path, seen="/conta").status_code == 303
    assert [b.get("/").status_code for b in (mine, second, third)] == [200, 303, 303]
    assert "Só neste navegador" in mine.get("/conta").get_data(as_text=True)


def test_anothers_browser_is_as_if_it_were_not_there(log_in: Callable[[str], Browser]) -> None:
    anas, bias = log_in("dono"), log_in("artista")
    log_in("dono")
    number = list_numbers(anas)[0]
    told = set()
    for acesso_id in (number, "999"):
        response = bias.post("/conta/navegadores/encerramento", {"acesso_id": acesso_id}, seen="/conta")
        page = bias.get(response.location).get_data(as_text=True)
        told.add((response.status_code, page.partition('class="recado"')[2].partition("</div>")[0]))
    assert len(told) == 1
    assert list_numbers(anas) == [number]
    assert bias.post("/conta/navegadores/encerramento", {"acesso_id": "x"}, seen="/conta").status_code == 400


def test_nobodys_own_account_shows_anothers(log_in: Callable[[str], Browser], cast: Cast) -> None:
    log_in("dono")
    page = log_in("artista").get("/conta").get_data(as_text=True)
    assert EMAILS["dono"] not in page
    assert list_numbers(log_in("contador")) == []
    assert cast.quem_edu.usuario_id is not None


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (Linux; Android 14; SM-A155M) Chrome/126.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox, Mac"),
        ("curl/8.5", "curl/8.5"),
        ("<script>" + "x" * 200, "<script>" + "x" * 52),
    ],
)  # fmt: skip
def test_a_browser_is_called_as_its_person_calls_it(said: str, name: str) -> None:
    assert describe_navegador(said) == name
