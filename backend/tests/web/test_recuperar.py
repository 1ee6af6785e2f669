"""Who forgot a password: one answer for everybody, and a link by e-mail for who logs in here, good once."""

import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from carteiro import Carteiro
from cast import Cast
from conftest import Banco
from flask import Flask
from sqlalchemy import text
from web.conftest import EMAILS, SENHA, Browser, find_link

from estudio import clock, config, db
from estudio.services import correio_service
from estudio.services.usuario_service import change_senha, edit_usuario

NOVA = "granito violeta mastiga"


def ask(browser: Browser, email: str, **extra: str) -> int:
    return browser.post("/recuperar", {"email": email}, seen="/recuperar", **extra).status_code


def choose(browser: Browser, link: str, senha: str = NOVA) -> int:
    return browser.post(link, {"senha": senha, "outra_vez": senha}, seen=link).status_code


def count_links(banco: Banco) -> int:
    with banco.connect() as connection:
        row = connection.execute("select count(*) from links").fetchone()
    assert row is not None
    return int(row[0])


def test_a_link_arrives_and_gives_a_new_password_once(
    log_in: Callable[[str], Browser], browser: Browser, carteiro: Carteiro, banco: Banco
) -> None:
    hers = log_in("recepcao")
    assert ask(browser, EMAILS["recepcao"].upper()) == 303
    assert "um link chega nele" in browser.get("/entrar").get_data(as_text=True)
    para, carta = carteiro.receive()
    assert (para, carta["To"], carta["From"]) == (
        EMAILS["recepcao"],
        EMAILS["recepcao"],
        "Estúdio da Ana <estudio@estudio.example>",
    )
    assert carta["Auto-Submitted"] == "auto-generated"
    link = find_link(carta.get_content())
    assert "Escolher outra senha" in browser.get(link).get_data(as_text=True)
    assert choose(browser, link, "curta") == 422
    assert choose(browser, link) == 303
    # The old password and every browser that knew it are over, and so is the link.
    assert hers.get("/").status_code == 303
    assert browser.get(link).status_code == 404
    assert browser.login(EMAILS["recepcao"], SENHA).status_code == 422
    assert browser.login(EMAILS["recepcao"], NOVA).status_code == 303
    assert "foi trocada" in carteiro.receive()[1]["Subject"]
    assert count_links(banco) == 0


def test_the_answer_says_nothing_of_who_logs_in_here(browser: Browser, carteiro: Carteiro, cast: Cast) -> None:
    with db.transaction() as session:
        edit_usuario(session, cast.quem_edu.usuario_id or 0, quem=cast.quem_ana, ativo=False)
    told = set()
    for email in (EMAILS["dono"], "ninguem@estudio.example", EMAILS["contador"], "isto não é um e-mail"):
        response = browser.post("/recuperar", {"email": email}, seen="/recuperar")
        after = browser.get("/entrar").get_data(as_text=True)
        told.add((response.status_code, response.location, response.data, after.partition("<form")[0]))
    assert len(told) == 1
    correio_service.settle()
    assert carteiro.receive()[0] == EMAILS["dono"]
    assert carteiro.cartas.empty()


def test_nothing_is_looked_at_or_sent_while_the_answer_is_made(
    browser: Browser, carteiro: Carteiro, banco: Banco
) -> None:
    """The desk is kept waiting: whatever the answer needs of it, it would never come."""
    opened = threading.Event()

    def wait() -> None:
        opened.wait(30)

    correio_service.dispatch(wait)
    try:
        for email in (EMAILS["dono"], "ninguem@estudio.example"):
            started = time.monotonic()
            assert ask(browser, email) == 303
            assert time.monotonic() - started < 5
        assert count_links(banco) == 0
    finally:
        opened.set()
    assert carteiro.receive()[0] == EMAILS["dono"]
    correio_service.settle()
    assert count_links(banco) == 1


@pytest.mark.parametrize("email", [EMAILS["dono"], "ninguem@estudio.example"])
def test_who_asks_again_and_again_has_to_wait_whether_there_is_such_a_person_or_not(
    browser: Browser, carteiro: Carteiro, email: str
) -> None:
    with time_machine.travel(clock.now(), tick=False) as travel:
        assert [ask(browser, email) for _ in range(4)] == [303, 303, 303, 429]
        response = browser.post("/recuperar", {"email": email.upper()}, seen="/recuperar")
        assert response.headers["Retry-After"] == "1"
        travel.shift(timedelta(seconds=2))
        assert ask(browser, email) == 303
        # Asking for a link is no guess at the door.
        assert browser.login(EMAILS["dono"]).status_code == 303
    correio_service.settle()
    assert carteiro.cartas.qsize() == (4 if email == EMAILS["dono"] else 0)


def test_an_address_that_asks_for_many_has_to_wait_too(browser: Browser, carteiro: Carteiro) -> None:
    with time_machine.travel(clock.now(), tick=False):
        codes = [ask(browser, f"pessoa{number}@estudio.example") for number in range(11)]
    assert codes == [303] * 10 + [429]
    correio_service.settle()
    assert carteiro.cartas.empty()


@pytest.mark.parametrize("deed", ["tempo", "senha", "e-mail", "inativo"])
def test_a_link_ends_with_its_time_and_with_whatever_changes_the_person(
    browser: Browser, carteiro: Carteiro, cast: Cast, deed: str
) -> None:
    caio = cast.quem_caio.usuario_id or 0
    ask(browser, EMAILS["recepcao"])
    link = find_link(carteiro.receive()[1].get_content())
    assert browser.get(link).status_code == 200
    seen = browser.get(link).get_data(as_text=True)
    with time_machine.travel(clock.now() + timedelta(minutes=31 if deed == "tempo" else 0)):
        with db.transaction() as session:
            if deed == "senha":
                change_senha(session, caio, quem=cast.quem_ana, senha=NOVA)
            elif deed == "e-mail":
                edit_usuario(session, caio, quem=cast.quem_ana, email="outro@estudio.example")
            elif deed == "inativo":
                edit_usuario(session, caio, quem=cast.quem_ana, ativo=False)
        assert browser.get(link).status_code == 404
        token = dict(re.findall(r'name="(csrf_token|chave)" [^>]*value="([^"]*)"', seen))
        response = browser.send(link, token | {"senha": NOVA, "outra_vez": NOVA})
    assert response.status_code == 404
    assert "já foi usado ou venceu" in response.get_data(as_text=True)


def test_the_second_of_two_links_ends_with_the_first(browser: Browser, carteiro: Carteiro) -> None:
    links = []
    for _ in range(2):
        ask(browser, EMAILS["artista"])
        links.append(find_link(carteiro.receive()[1].get_content()))
    assert choose(browser, links[0]) == 303
    assert browser.get(links[1]).status_code == 404


def test_a_form_that_is_sent_twice_answers_twice_the_same(browser: Browser, carteiro: Carteiro) -> None:
    ask(browser, EMAILS["artista"])
    link = find_link(carteiro.receive()[1].get_content())
    page = browser.get(link).get_data(as_text=True)
    fields = dict(re.findall(r'<input[^>]*name="(csrf_token|chave)"[^>]*value="([^"]*)"', page))
    fields |= {"senha": NOVA, "outra_vez": NOVA}
    assert [browser.send(link, fields).location for _ in range(2)] == ["/entrar", "/entrar"]


def test_the_link_leads_where_the_setting_says_whatever_name_the_request_came_by(
    browser: Browser, carteiro: Carteiro, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://estudio.exemplo.com/")
    config.reset()
    ask(browser, EMAILS["dono"])
    assert "https://estudio.exemplo.com/senha/" in carteiro.receive()[1].get_content()


def test_a_name_that_is_not_the_studios_gets_no_letter_sent(app: Flask, carteiro: Carteiro) -> None:
    client = app.test_client()
    response = client.post("/recuperar", data={"email": EMAILS["dono"]}, base_url="http://evil.example")
    assert response.status_code == 400
    correio_service.settle()
    assert carteiro.cartas.empty()


def test_the_letter_speaks_the_language_of_who_asked(browser: Browser, carteiro: Carteiro) -> None:
    browser.post("/recuperar", {"email": EMAILS["dono"]}, seen="/recuperar", headers={"Accept-Language": "en"})
    _, carta = carteiro.receive()
    assert carta["Subject"] == "A new password for the studio"
    assert "within 30 minutes" in carta.get_content()


def test_without_a_mail_server_the_page_says_whom_to_ask(browser: Browser, banco: Banco) -> None:
    page = browser.get("/recuperar").get_data(as_text=True)
    assert "não envia e-mails" in page
    assert "estudio usuario passwd" in page
    assert 'name="email"' not in page
    token = re.findall(r'name="csrf_token" value="([^"]*)"', browser.get("/entrar").get_data(as_text=True))[0]
    assert browser.send("/recuperar", {"csrf_token": token, "email": EMAILS["dono"]}).status_code == 422
    assert count_links(banco) == 0


def test_the_trail_says_who_asked_and_that_the_link_was_used_and_holds_no_key(
    browser: Browser, carteiro: Carteiro, banco: Banco
) -> None:
    ask(browser, EMAILS["artista"])
    link = find_link(carteiro.receive()[1].get_content())
    choose(browser, link)
    with banco.connect_as_superuser() as superuser:
        trail = superuser.execute(
            "select a.tabela, a.acao, u.email, a.origem, a.motivo from auditoria a join usuarios u on u.id = a.quem"
            " where a.origem = 'link' order by a.id"
        ).fetchall()
        whole = superuser.execute("select string_agg(t::text, '') from auditoria t").fetchone()
        kept = superuser.execute("select string_agg(t::text, '') from idempotencia t").fetchone()
    bia = EMAILS["artista"]
    assert trail == [
        ("links", "insert", bia, "link", "Pediu uma senha nova por e-mail"),
        ("links", "delete", bia, "link", "Link de recuperacao"),
        ("usuarios", "update", bia, "link", "Senha trocada"),
    ]
    chave = link.rpartition("/")[2]
    assert whole is not None
    assert kept is not None
    assert chave not in whole[0]
    assert "sha256" not in whole[0]
    assert chave not in kept[0].replace(f"/senha/{chave}", "")


def test_raw_sql_that_changes_a_password_ends_links_and_pins_as_well(banco: Banco, cast: Cast) -> None:
    caio = cast.quem_caio.usuario_id
    with db.transaction() as session:
        session.execute(
            text(
                "insert into links (usuario_id, chave_sha256, tipo, expira_em)"
                " values (:caio, repeat('a', 64), 'convite', now() + interval '1 hour')"
            ),
            {"caio": caio},
        )
        session.execute(text("insert into pins (usuario_id, senha_hash) values (:caio, '$argon2id$x')"), {"caio": caio})
        session.execute(
            text("insert into turnos (usuario_id, aparelho_sha256, senha_em) values (:caio, repeat('b', 64), now())"),
            {"caio": caio},
        )
    with banco.connect() as connection:
        connection.execute("update usuarios set senha_hash = '$argon2id$outra' where id = %s", [caio])
        left = connection.execute(
            "select (select count(*) from links), (select count(*) from pins), (select count(*) from turnos)"
        ).fetchone()
    assert left == (0, 0, 0)
