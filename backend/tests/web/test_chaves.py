"""Passkeys: who has one gets in by it alone, and what is not exactly that is refused, whichever way it is not."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cast import Cast
from conftest import Banco
from flask import Flask
from psycopg.errors import CheckViolation
from sqlalchemy import text
from web.aparelho import Aparelho
from web.conftest import EMAILS, ENDERECO, Browser, hidden_fields
from web.test_segundo_fator import enable
from werkzeug.test import TestResponse

from estudio import clock, db
from estudio.services.usuario_service import edit_usuario

DONO = EMAILS["dono"]


def ask(browser: Browser, path: str, seen: str) -> dict[str, Any]:
    """What the script of a page asks the server for."""
    response = browser.post(path, seen=seen)
    assert response.status_code == 200, response.get_data(as_text=True)
    found: dict[str, Any] = json.loads(response.get_data())
    return found


def send_new(browser: Browser, aparelho: Aparelho, nome: str = "Celular da Ana") -> TestResponse:
    answer = aparelho.create(ask(browser, "/conta/chaves/desafio", "/conta/chaves"))
    return browser.post("/conta/chaves", {"nome": nome, "credencial": answer}, seen="/conta/chaves")


def register(browser: Browser, aparelho: Aparelho | None = None) -> Aparelho:
    aparelho = aparelho or Aparelho()
    response = send_new(browser, aparelho)
    assert response.status_code == 303, response.get_data(as_text=True)
    return aparelho


def enter(browser: Browser, aparelho: Aparelho, *, page: str = "/entrar", **fields: str) -> TestResponse:
    answer = aparelho.get(ask(browser, "/desafios", page))
    return browser.post("/entrar/chave", {"credencial": answer, **fields}, seen=page)


def is_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


@pytest.fixture
def dono(log_in: Callable[[str], Browser]) -> Browser:
    return log_in("dono")


@pytest.fixture
def aparelho(dono: Browser) -> Aparelho:
    """The dono's, registered."""
    return register(dono)


def test_a_passkey_alone_lets_in_and_counts_as_both_factors(dono: Browser, app: Flask, aparelho: Aparelho) -> None:
    enable(dono)
    browser = Browser(app.test_client())
    response = enter(browser, aparelho, volta="/historico")
    assert (response.status_code, response.location) == (303, "/historico")
    assert is_in(browser)
    # It was a proof too: nothing dangerous asks again.
    assert ask(browser, "/conta/chaves/desafio", "/conta/chaves")["rp"]["id"] == "localhost"
    page = browser.get("/conta/chaves").get_data(as_text=True)
    assert "Celular da Ana" in page
    assert "usada em" in page


def test_what_is_asked_of_a_device(dono: Browser, browser: Browser, aparelho: Aparelho) -> None:
    new = ask(dono, "/conta/chaves/desafio", "/conta/chaves")
    assert new["authenticatorSelection"]["residentKey"] == "required"
    assert new["authenticatorSelection"]["userVerification"] == "required"
    assert new["user"]["name"] == DONO
    assert [one["id"] for one in new["excludeCredentials"]] == [json.loads(aparelho.get(new))["id"]]
    door = ask(browser, "/desafios", "/entrar")
    assert door["userVerification"] == "required"
    assert door["rpId"] == "localhost"
    assert door.get("allowCredentials", []) == []


def test_a_device_that_does_not_count_lets_in_as_often_as_it_likes(dono: Browser, app: Flask) -> None:
    aparelho = register(dono, Aparelho(contador=None))
    for _ in range(2):
        browser = Browser(app.test_client())
        assert enter(browser, aparelho).status_code == 303


def refused(response: TestResponse) -> bool:
    return response.status_code == 422 and "não foi aceita" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    "lie",
    [
        {"origem": "http://evil.example"},
        {"origem": "http://localhost:9999"},
        {"origem": "https://localhost"},
        {"rp_id": "evil.example"},
        {"confere": False},
        {"pessoa": "b3V0cmE"},
    ],
)
def test_a_device_that_was_asked_elsewhere_or_by_nobody_is_refused(
    browser: Browser, aparelho: Aparelho, lie: dict[str, Any]
) -> None:
    for name, value in lie.items():
        setattr(aparelho, name, value)
    assert refused(enter(browser, aparelho))
    assert not is_in(browser)


@pytest.mark.parametrize("lie", [{"origem": "http://evil.example"}, {"rp_id": "evil.example"}, {"confere": False}])
def test_such_a_device_is_not_registered_either(dono: Browser, lie: dict[str, Any]) -> None:
    assert refused(send_new(dono, Aparelho(**lie)))
    assert "Nenhuma ainda" in dono.get("/conta/chaves").get_data(as_text=True)


def test_a_device_nobody_registered_and_one_that_signs_for_another_are_refused(
    browser: Browser, aparelho: Aparelho
) -> None:
    assert refused(enter(browser, Aparelho()))
    forged = Aparelho(id=aparelho.id, pessoa=aparelho.pessoa, contador=50)
    assert refused(enter(browser, forged))
    assert not is_in(browser)


def test_a_challenge_is_answered_once(browser: Browser, app: Flask, aparelho: Aparelho) -> None:
    answer = aparelho.get(ask(browser, "/desafios", "/entrar"))
    other = Browser(app.test_client())
    # Another browser was not asked, and neither was one that was asked something else.
    assert refused(other.post("/entrar/chave", {"credencial": answer}, seen="/entrar"))
    ask(other, "/desafios", "/entrar")
    assert refused(other.post("/entrar/chave", {"credencial": answer}, seen="/entrar"))
    shown = browser.cookie("recado")
    assert browser.post("/entrar/chave", {"credencial": answer}, seen="/entrar").status_code == 303
    # The cookie of before, copied: the challenge is gone from the database.
    assert shown is not None
    other.client.set_cookie("recado", shown, domain="localhost")
    assert refused(other.post("/entrar/chave", {"credencial": answer}, seen="/entrar"))
    assert not is_in(other)


def test_an_answer_that_failed_uses_its_challenge_up(browser: Browser, aparelho: Aparelho) -> None:
    opcoes = ask(browser, "/desafios", "/entrar")
    shown = browser.cookie("recado")
    assert shown is not None
    assert refused(browser.post("/entrar/chave", {"credencial": Aparelho().get(opcoes)}, seen="/entrar"))
    browser.client.set_cookie("recado", shown, domain="localhost")
    assert refused(browser.post("/entrar/chave", {"credencial": aparelho.get(opcoes)}, seen="/entrar"))


def test_a_challenge_is_for_what_it_was_asked_for(dono: Browser, aparelho: Aparelho) -> None:
    """What was signed to register is no login, and what was signed at the door is no registration."""
    new = ask(dono, "/conta/chaves/desafio", "/conta/chaves")
    assert refused(dono.post("/entrar/chave", {"credencial": aparelho.get(new)}, seen="/conta/chaves"))
    door = ask(dono, "/desafios", "/conta/chaves")
    answer = Aparelho().create(door | {"user": {"id": "eA"}})
    assert refused(dono.post("/conta/chaves", {"nome": "x", "credencial": answer}, seen="/conta/chaves"))


def test_a_challenge_is_old_after_five_minutes(browser: Browser, aparelho: Aparelho) -> None:
    answer = aparelho.get(ask(browser, "/desafios", "/entrar"))
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=1)):
        assert refused(browser.post("/entrar/chave", {"credencial": answer}, seen="/entrar"))
        ask(browser, "/desafios", "/entrar")
        with db.transaction(read_only=True) as session:
            assert session.scalar(text("select count(*) from estudio.desafios")) == 1


def test_a_counter_that_does_not_rise_is_a_copy(browser: Browser, app: Flask, aparelho: Aparelho) -> None:
    copied = Aparelho(id=aparelho.id, chave=aparelho.chave, pessoa=aparelho.pessoa, contador=aparelho.contador)
    for _ in range(3):
        assert enter(Browser(app.test_client()), aparelho).status_code == 303
    assert refused(enter(browser, copied))


def test_the_database_itself_takes_no_counter_back(aparelho: Aparelho, banco: Banco) -> None:
    assert aparelho.contador == 1
    with banco.connect() as connection, pytest.raises(CheckViolation, match="não avançou"):
        connection.execute("update estudio.chaves_de_acesso set contador = contador")


@pytest.mark.parametrize("sent", ["", "x", "null", "[]", "{}", '{"id": "á", "rawId": 1}', "x" * 20_000, '{"id":'])
def test_what_is_no_answer_at_all_is_refused(browser: Browser, dono: Browser, sent: str) -> None:
    ask(browser, "/desafios", "/entrar")
    assert refused(browser.post("/entrar/chave", {"credencial": sent}, seen="/entrar"))
    ask(dono, "/conta/chaves/desafio", "/conta/chaves")
    response = dono.post("/conta/chaves", {"nome": "x", "credencial": sent}, seen="/conta/chaves")
    assert response.status_code == 422


@pytest.mark.parametrize("nome", ["", " ", "x" * 61])
def test_a_key_has_a_name(dono: Browser, nome: str) -> None:
    response = send_new(dono, Aparelho(), nome)
    assert response.status_code == 422
    assert 'href="#nome"' in response.get_data(as_text=True)


def test_a_name_is_text(dono: Browser) -> None:
    send_new(dono, Aparelho(), "<img src=x>")
    page = dono.get("/conta/chaves").get_data(as_text=True)
    assert "<img src=x>" not in page
    assert "&lt;img src=x&gt;" in page


def test_the_same_device_is_not_registered_twice(dono: Browser, aparelho: Aparelho) -> None:
    response = send_new(dono, aparelho)
    assert response.status_code == 409
    assert "já está cadastrada" in response.get_data(as_text=True)


def test_whoever_may_not_enter_any_more_does_not_by_a_passkey(browser: Browser, app: Flask, cast: Cast) -> None:
    caio = Browser(app.test_client())
    caio.login(EMAILS["recepcao"])
    aparelho = register(caio)
    with db.transaction() as session:
        edit_usuario(session, cast.quem_caio.usuario_id or 0, quem=cast.quem_ana, ativo=False)
    response = enter(browser, aparelho)
    assert response.status_code == 422
    assert not is_in(browser)


def test_a_passkey_answers_the_second_question_and_anothers_does_not(
    log_in: Callable[[str], Browser], dono: Browser, browser: Browser, aparelho: Aparelho
) -> None:
    enable(dono)
    anothers = register(log_in("recepcao"))
    browser.login(DONO)
    assert refused(enter(browser, anothers, page="/entrar/codigo"))
    assert "Segundo fator" in browser.get("/entrar/codigo").get_data(as_text=True)
    asked = ask(browser, "/desafios", "/entrar/codigo")
    assert len(asked["allowCredentials"]) == 1
    response = browser.post("/entrar/chave", {"credencial": aparelho.get(asked)}, seen="/entrar/codigo")
    assert response.status_code == 303
    assert "Ana" in browser.get("/").get_data(as_text=True)
    assert browser.get("/entrar/codigo").location == "/entrar"


def test_one_removes_ones_own_and_not_anothers(
    log_in: Callable[[str], Browser], dono: Browser, browser: Browser, aparelho: Aparelho
) -> None:
    other = log_in("recepcao")
    assert other.post("/conta/chaves/1/remocao", seen="/conta/segundo-fator").status_code in (400, 404)
    fields = hidden_fields(other.get("/conta/chaves").get_data(as_text=True)) | {"chave": "uma-chave-qualquer"}
    assert other.send("/conta/chaves/1/remocao", fields).status_code == 404
    assert dono.post("/conta/chaves/1/remocao", seen="/conta/chaves").status_code == 303
    assert "Nenhuma ainda" in dono.get("/conta/chaves").get_data(as_text=True)
    assert refused(enter(browser, aparelho))


def test_a_new_one_is_made_only_by_who_proved_to_be_here(dono: Browser, aparelho: Aparelho) -> None:
    with db.transaction() as session:
        session.execute(text("update estudio.provas set em = em - interval '11 minutes'"))
    assert dono.post("/conta/chaves/desafio", seen="/conta/chaves").status_code == 403
    late = Aparelho()
    answer = late.create({"user": {"id": "eA"}, "challenge": "eA"})
    late_form = {"nome": "x", "credencial": answer}
    assert dono.post("/conta/chaves", late_form, seen="/conta/chaves").status_code == 403
    # A passkey is a proof as well as the password.
    asked = ask(dono, "/desafios?prova=1", "/conta/prova")
    sent = {"prova_credencial": aparelho.get(asked), "volta": "/conta/chaves"}
    response = dono.post("/conta/prova", sent, seen="/conta/prova")
    assert (response.status_code, response.location) == (303, "/conta/chaves")
    register(dono)


def test_the_proof_of_another_proves_nothing(log_in: Callable[[str], Browser], aparelho: Aparelho) -> None:
    other = log_in("recepcao")
    with db.transaction() as session:
        session.execute(text("update estudio.provas set em = em - interval '11 minutes'"))
    asked = ask(other, "/desafios?prova=1", "/conta/prova")
    response = other.post("/conta/prova", {"prova_credencial": aparelho.get(asked)}, seen="/conta/prova")
    assert refused(response)
    assert other.post("/conta/chaves/desafio", seen="/conta/chaves").status_code == 403


def test_where_no_browser_keeps_passkeys_the_pages_say_so(app: Flask) -> None:
    client = app.test_client()
    assert "data-chave" in client.get("/entrar", base_url=ENDERECO).get_data(as_text=True)
    assert "data-chave" not in client.get("/entrar", base_url="http://127.0.0.1").get_data(as_text=True)
