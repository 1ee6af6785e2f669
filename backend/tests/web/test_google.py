"""Logging in with Google, against a provider of our own: only who was invited, and only on Google's word as it is."""

from collections.abc import Callable, Generator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from cast import Cast
from flask import Flask
from joserfc.jwk import RSAKey
from sqlalchemy import text
from web.conftest import EMAILS, SENHA, Browser, hidden_fields
from web.provedor import CLIENTE, Provedor, serve
from web.test_segundo_fator import code, enable
from werkzeug.test import TestResponse

from estudio import clock, config, db
from estudio.services import google_service
from estudio.services.usuario_service import edit_usuario


@pytest.fixture
def provedor(monkeypatch: pytest.MonkeyPatch) -> Generator[Provedor, None, None]:
    with serve(monkeypatch) as served:
        yield served


@pytest.fixture
def cast(provedor: Provedor, cast: Cast) -> Cast:
    """The settings are read before the pages are made."""
    assert provedor.porta
    return cast


def go(browser: Browser, provedor: Provedor, path: str = "/entrar/google") -> str:
    """To Google and back: the address that a browser comes back to."""
    response = browser.get(path)
    assert response.status_code == 303
    assert response.location.startswith(f"{provedor.endereco}/entrar?")
    came = urlsplit(provedor.accept(response.location))
    return f"{came.path}?{came.query}"


def come_back(browser: Browser, address: str) -> TestResponse:
    page = browser.get(address)
    if page.status_code != 200:
        return page
    brought = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    return browser.send("/entrar/google/volta", hidden_fields(page.get_data(as_text=True)) | brought)


def enter(browser: Browser, provedor: Provedor) -> TestResponse:
    return come_back(browser, go(browser, provedor))


def is_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


def count_usuarios() -> int:
    with db.transaction(read_only=True) as session:
        return int(session.scalar(text("select count(*) from estudio.usuarios")) or 0)


def test_who_was_invited_gets_in_and_goes_on_to_where_they_wanted(browser: Browser, provedor: Provedor) -> None:
    provedor.diz["email"] = "ANA@Estudio.example"
    assert 'href="/entrar/google?volta=/historico"' in browser.get("/entrar?volta=/historico").get_data(as_text=True)
    response = come_back(browser, go(browser, provedor, "/entrar/google?volta=/historico"))
    assert (response.status_code, response.location) == (303, "/historico")
    assert is_in(browser)


def test_the_way_back_writes_nothing_before_the_press(browser: Browser, provedor: Provedor) -> None:
    address = go(browser, provedor)
    assert browser.get(address).status_code == 200
    assert not is_in(browser)
    assert "/ficha" not in provedor.vistos
    assert come_back(browser, address).status_code == 303


def test_googles_word_is_no_proof_for_what_is_dangerous(browser: Browser, provedor: Provedor) -> None:
    enter(browser, provedor)
    assert browser.post("/conta/chaves/desafio", seen="/conta/chaves").status_code == 403


def test_who_has_a_second_factor_is_asked_for_it(
    log_in: Callable[[str], Browser], browser: Browser, provedor: Provedor
) -> None:
    segredo, _ = enable(log_in("dono"))
    assert enter(browser, provedor).location == "/entrar/codigo"
    assert not is_in(browser)
    response = browser.post("/entrar/codigo", {"codigo": code(segredo)}, seen="/entrar/codigo")
    assert response.status_code == 303
    assert is_in(browser)
    assert browser.post("/conta/chaves/desafio", seen="/conta/chaves").status_code == 403


@pytest.mark.parametrize(
    "diz",
    [
        {"email": "ninguem@estudio.example", "email_verified": True},
        {"email": EMAILS["dono"], "email_verified": False},
        {"email": EMAILS["dono"], "email_verified": "true"},
        {"email": EMAILS["dono"]},
        {"email": EMAILS["contador"], "email_verified": True},
    ],
)
def test_who_was_not_invited_is_not_verified_or_not_active_learns_nothing(
    browser: Browser, provedor: Provedor, cast: Cast, diz: dict[str, Any]
) -> None:
    with db.transaction() as session:
        edit_usuario(session, cast.quem_edu.usuario_id or 0, quem=cast.quem_ana, ativo=False)
    before = count_usuarios()
    provedor.diz = diz
    response = enter(browser, provedor)
    assert response.status_code == 422
    assert "Esta conta do Google não abre este estúdio" in response.get_data(as_text=True)
    assert not is_in(browser)
    assert count_usuarios() == before


def unconfirmed(response: TestResponse) -> bool:
    return response.status_code == 422 and "O Google não confirmou quem você é" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    "mente",
    [
        {"iss": "https://accounts.google.com"},
        {"aud": "outro-cliente"},
        {"aud": None},
        {"nonce": "outro"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"email": None},
        {"email": ["ana@estudio.example"]},
        {"azp": "outro-cliente", "aud": [CLIENTE, "outro-cliente"]},
        {"iat": 9_999_999_999},
    ],
)
def test_a_token_that_is_not_for_this_login_is_refused(
    browser: Browser, provedor: Provedor, mente: dict[str, Any]
) -> None:
    provedor.mente = mente
    assert unconfirmed(enter(browser, provedor))
    assert not is_in(browser)


def test_a_token_that_somebody_else_signed_is_refused(browser: Browser, provedor: Provedor) -> None:
    provedor.assina = RSAKey.generate_key(2048, {"kid": "um"})
    assert unconfirmed(enter(browser, provedor))


def test_a_token_that_nobody_signed_is_refused(browser: Browser, provedor: Provedor) -> None:
    provedor.algoritmo = "none"
    assert unconfirmed(enter(browser, provedor))


def test_the_public_key_is_no_secret_to_sign_with(browser: Browser, provedor: Provedor) -> None:
    provedor.algoritmo = "HS256"
    assert unconfirmed(enter(browser, provedor))


def test_a_state_that_is_not_this_browsers_is_refused(browser: Browser, provedor: Provedor, app: Flask) -> None:
    victim = Browser(app.test_client())
    address = go(browser, provedor)
    # Who is made to open another's way back does not become that other.
    assert unconfirmed(victim.get(address))
    go(victim, provedor)
    assert unconfirmed(victim.get(address))
    page = victim.get("/entrar").get_data(as_text=True)
    brought = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert unconfirmed(victim.send("/entrar/google/volta", hidden_fields(page) | brought))
    assert not is_in(victim)
    assert "/ficha" not in provedor.vistos


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?code=x&state=x", "?error=access_denied&state=x"])
def test_a_way_back_without_a_way_there_leads_to_the_door(browser: Browser, provedor: Provedor, query: str) -> None:
    assert unconfirmed(browser.get(f"/entrar/google/volta{query}"))
    assert "/ficha" not in provedor.vistos


def test_a_way_back_is_good_once(browser: Browser, provedor: Provedor) -> None:
    address = go(browser, provedor)
    assert come_back(browser, address).status_code == 303
    browser.post("/sair", seen="/")
    assert unconfirmed(come_back(browser, address))


def test_a_code_of_another_way_is_refused_by_its_verifier(browser: Browser, provedor: Provedor, app: Flask) -> None:
    stolen = parse_qs(urlsplit(go(Browser(app.test_client()), provedor)).query)["code"][0]
    own = parse_qs(urlsplit(go(browser, provedor)).query)["state"][0]
    assert unconfirmed(come_back(browser, f"/entrar/google/volta?code={stolen}&state={own}"))


def test_a_provider_that_fails_or_whose_addresses_are_open_is_not_believed(
    browser: Browser, provedor: Provedor
) -> None:
    address = go(browser, provedor)
    provedor.quebrado = True
    assert unconfirmed(come_back(browser, address))
    provedor.quebrado, provedor.aberto = False, True
    google_service._discover.cache_clear()
    assert unconfirmed(browser.get("/entrar/google"))


def test_a_provider_that_is_gone_is_said_and_the_password_does(
    browser: Browser, provedor: Provedor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert provedor.porta
    monkeypatch.setenv("GOOGLE_DISCOVERY_URL", "http://127.0.0.1:1/nada")
    config.reset()
    google_service._discover.cache_clear()
    assert unconfirmed(browser.get("/entrar/google"))
    assert browser.login(EMAILS["dono"], SENHA).location == "/"


def test_what_it_says_of_itself_is_asked_for_once_an_hour(browser: Browser, provedor: Provedor) -> None:
    with time_machine.travel(clock.now().replace(minute=5), tick=False):
        for _ in range(3):
            browser.get("/entrar/google")
    assert provedor.vistos == ["/.well-known/openid-configuration"]


def test_where_it_is_not_set_up_there_is_no_such_door(
    browser: Browser, provedor: Provedor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert provedor.porta
    monkeypatch.delenv("GOOGLE_CLIENT_SECRET")
    config.reset()
    assert "Google" not in browser.get("/entrar").get_data(as_text=True)
    assert browser.get("/entrar/google").status_code == 404
    assert browser.get("/entrar/google/volta?code=x&state=x").status_code == 404
