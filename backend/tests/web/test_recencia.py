"""Before what is dangerous: who sits here proves it again, and nothing that was typed is lost over it."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import flask
import pytest
import time_machine
from cast import Cast
from flask import Blueprint, Flask
from sqlalchemy import text
from web.conftest import ENDERECO, SENHA, Browser, hidden_fields

from estudio import clock, db
from estudio.app import create_app
from estudio.services.usuario_service import change_senha
from estudio.web import access
from estudio.web.rotas import ABERTA, RECENTE, ROTAS, TODOS

DEPOIS = timedelta(minutes=11)


@pytest.fixture
def app(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """With a page that is dangerous: it says what it got."""
    request.getfixturevalue("cast")
    perigos = Blueprint("perigos", __name__)

    @perigos.get("/perigo")
    def new() -> str:
        return "formulário"

    @perigos.post("/perigo")
    def create() -> str:
        return f"feito: {sorted(flask.request.form.to_dict(flat=False).items())}"

    perigos.add_url_rule("/perigo", "new", new)
    monkeypatch.setattr(access, "ROTAS", {**ROTAS, "perigos.new": TODOS, "perigos.create": TODOS})
    monkeypatch.setattr("estudio.web.recencia.RECENTE", RECENTE | {"perigos.new", "perigos.create"})
    made = create_app()
    made.register_blueprint(perigos)
    return made


@pytest.fixture
def stale(log_in: Callable[[str], Browser]) -> Browser:
    """A browser in which nobody proved anything for too long, although it was used all the while."""
    browser = log_in("dono")
    with db.transaction() as session:
        session.execute(text("update estudio.provas set em = em - interval '11 minutes'"))
    return browser


def token(browser: Browser) -> dict[str, str]:
    return {"csrf_token": hidden_fields(browser.get("/").get_data(as_text=True))["csrf_token"]}


def typed_fields(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.partition("<main")[2])


def test_every_dangerous_route_is_behind_a_door() -> None:
    assert set(ROTAS) >= RECENTE
    assert not any(ROTAS[name] is ABERTA for name in RECENTE)


def test_whoever_has_just_logged_in_is_not_asked(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    assert browser.get("/perigo").get_data(as_text=True) == "formulário"
    assert browser.send("/perigo", token(browser) | {"nome": "x"}).status_code == 200


def test_after_ten_minutes_of_work_the_form_is_asked_for_first(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    agora = clock.now()
    for minutes in (9, 11):
        with time_machine.travel(agora + timedelta(minutes=minutes)):
            response = browser.get("/perigo?de=2026")
    assert (response.status_code, response.location) == (303, "/conta/prova?volta=/perigo?de%3D2026")


def test_the_password_leads_on_to_the_page(stale: Browser) -> None:
    page = stale.get("/conta/prova?volta=/perigo").get_data(as_text=True)
    fields = hidden_fields(page) | {"volta": "/perigo"}
    wrong = stale.send("/conta/prova", fields | {"prova_senha": "não é esta senha"})
    assert wrong.status_code == 422
    assert 'href="#prova_senha"' in wrong.get_data(as_text=True)
    assert ("volta", "/perigo") in typed_fields(wrong.get_data(as_text=True))
    assert stale.get("/perigo").status_code == 303
    right = stale.send("/conta/prova", fields | {"prova_senha": SENHA})
    assert (right.status_code, right.location) == (303, "/perigo")
    assert stale.get("/perigo").status_code == 200


@pytest.mark.parametrize("volta", ["https://evil.example", "//evil.example", "/\\evil.example", ""])
def test_it_leads_nowhere_else(stale: Browser, volta: str) -> None:
    page = stale.get("/conta/prova", query_string={"volta": volta}).get_data(as_text=True)
    assert ("volta", "/") in typed_fields(page)
    sent = hidden_fields(page) | {"volta": volta, "prova_senha": SENHA}
    assert stale.send("/conta/prova", sent).location == "/"


def test_a_form_that_comes_too_late_loses_nothing_but_passwords(stale: Browser) -> None:
    sent = token(stale) | {
        "nome": "<b>Zé & 'Cia'</b>",
        "obs": "linha 1\nlinha 2",
        "senha": "não se repete",
        "chave": "k",
    }
    response = stale.client.post("/perigo", data=sent, base_url=ENDERECO)
    page = response.get_data(as_text=True)
    assert response.status_code == 403
    assert "feito" not in page
    assert "não se repete" not in page
    assert "<b>Zé" not in page
    assert 'action="/perigo"' in page
    kept = dict(typed_fields(page))
    assert kept["nome"] == "&lt;b&gt;Zé &amp; &#39;Cia&#39;&lt;/b&gt;"
    assert kept["obs"] == "linha 1\nlinha 2"
    again = {"csrf_token": kept["csrf_token"], "nome": "Zé", "chave": "k"}
    wrong = stale.send("/perigo", again | {"prova_senha": "outra senha qualquer"})
    assert wrong.status_code == 422
    assert dict(typed_fields(wrong.get_data(as_text=True)))["nome"] == "Zé"
    done = stale.send("/perigo", again | {"prova_senha": SENHA})
    assert done.status_code == 200
    assert "('nome', ['Zé'])" in done.get_data(as_text=True)
    # Proved once it holds for the next.
    assert stale.get("/perigo").status_code == 200


def test_a_file_is_chosen_again(stale: Browser) -> None:
    sent = token(stale) | {"nome": "x", "arquivo": (BytesIO(b"dados"), "backup.dump")}
    response = stale.client.post("/perigo", data=sent, base_url=ENDERECO, headers={"Referer": f"{ENDERECO}/perigo"})
    page = response.get_data(as_text=True)
    assert response.status_code == 403
    assert "escolhido de novo" in page
    assert ("volta", "/perigo") in typed_fields(page)


def test_guesses_of_the_password_are_counted_here_too(stale: Browser) -> None:
    seen = []
    for number in range(12):
        page = stale.get("/conta/prova").get_data(as_text=True)
        sent = hidden_fields(page) | {"prova_senha": f"senha tentada {number}"}
        seen.append(stale.send("/conta/prova", sent).status_code)
    assert seen[0] == 422
    assert seen[-1] == 429
    page = stale.get("/conta/prova").get_data(as_text=True)
    assert stale.send("/conta/prova", hidden_fields(page) | {"prova_senha": SENHA}).status_code == 429


def test_it_is_proved_in_one_browser_and_not_in_another(log_in: Callable[[str], Browser], stale: Browser) -> None:
    log_in("dono")
    assert stale.get("/perigo").status_code == 303


def test_the_password_of_another_proves_nothing(stale: Browser, cast: Cast) -> None:
    with db.transaction() as session:
        other = cast.quem_caio.usuario_id or 0
        change_senha(session, other, quem=cast.quem_ana, senha="granito violeta mastiga")
    page = stale.get("/conta/prova").get_data(as_text=True)
    sent = hidden_fields(page) | {"prova_senha": "granito violeta mastiga"}
    assert stale.send("/conta/prova", sent).status_code == 422


def test_whoever_is_not_logged_in_proves_nothing(browser: Browser) -> None:
    response = browser.post("/perigo", {"prova_senha": SENHA}, seen="/entrar")
    assert (response.status_code, response.location) == (303, "/entrar")
