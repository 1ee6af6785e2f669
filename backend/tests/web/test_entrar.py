"""Logging in and out: who gets in, for how long, and what a cookie that was copied is worth."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from cast import Cast
from conftest import Banco
from flask import Flask
from sqlalchemy import text
from web.conftest import EMAILS, ENDERECO, SENHA, Browser

from estudio import clock, config, db
from estudio.app import create_app
from estudio.domain.usuario import Papel
from estudio.services.usuario_service import change_senha, edit_usuario

OUTRA = "granito violeta mastiga"


def is_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


@pytest.mark.parametrize("papel", EMAILS)
def test_each_papel_gets_in_with_their_password_whatever_the_case_of_the_address(browser: Browser, papel: str) -> None:
    response = browser.login(EMAILS[papel].upper())
    assert (response.status_code, response.location) == (303, "/")
    assert is_in(browser)


def test_whoever_is_not_let_in_learns_nothing(browser: Browser, cast: Cast) -> None:
    with db.transaction() as session:
        edit_usuario(session, cast.quem_edu.usuario_id or 0, quem=cast.quem_ana, ativo=False)
    told = set()
    for email, senha in (
        ("ana@estudio.example", OUTRA),
        ("ninguem@estudio.example", SENHA),
        (EMAILS["contador"], SENHA),
    ):
        response = browser.login(email, senha)
        page = response.get_data(as_text=True).replace(email, "")
        told.add((response.status_code, page.partition("<main")[2].partition('name="csrf_token"')[0]))
    assert len(told) == 1
    assert next(iter(told))[0] == 422
    assert "não conferem" in next(iter(told))[1]
    assert not is_in(browser)


def test_nobodys_password_is_looked_at_as_long_as_somebodys(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def look(_: str, kept: str) -> bool:
        looked.append(kept)
        return False

    monkeypatch.setattr("estudio.services.acesso_service.is_senha", look)
    browser.login("ninguem@estudio.example")
    browser.login("ana@estudio.example")
    assert len(looked) == 2
    assert looked[0].startswith("$argon2id$v=19$m=65536,t=3,p=2$")


def test_an_empty_form_comes_back_with_what_was_typed(browser: Browser) -> None:
    response = browser.login("ana@estudio.example", "")
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert 'value="ana@estudio.example"' in page
    assert 'href="#senha"' in page
    assert 'aria-describedby="senha-erro"' in page


def test_logging_in_gives_a_key_of_its_own_and_logging_out_ends_it_for_a_copy_too(browser: Browser, app: Flask) -> None:
    browser.login(EMAILS["dono"])
    copied = browser.cookie("sessao")
    assert copied is not None
    thief = Browser(app.test_client())
    thief.client.set_cookie("sessao", copied, domain="localhost")
    assert is_in(thief)
    browser.post("/entrar", {"email": EMAILS["dono"], "senha": SENHA}, seen="/")
    assert not is_in(thief)
    again = browser.cookie("sessao")
    assert again != copied
    assert browser.post("/sair", seen="/").location == "/entrar"
    assert browser.cookie("sessao") is None
    thief.client.set_cookie("sessao", again or "", domain="localhost")
    assert not is_in(thief)


@pytest.mark.usefixtures("app")
def test_a_key_that_was_planted_before_the_login_is_worth_nothing_after_it(browser: Browser) -> None:
    browser.client.set_cookie("sessao", "plantada.aaaa.bbbb", domain="localhost")
    browser.login(EMAILS["dono"])
    assert not (browser.cookie("sessao") or "").startswith("plantada")


def test_the_database_holds_nothing_that_logs_anybody_in(browser: Browser, banco: Banco) -> None:
    browser.login(EMAILS["dono"])
    chave = (browser.cookie("sessao") or "").split(".")[0]
    with banco.connect_as_superuser() as superuser:
        everything = superuser.execute(
            "select jsonb_agg(to_jsonb(a))::text || (select jsonb_agg(to_jsonb(t))::text from auditoria t)"
            " from acessos a"
        ).fetchone()
        audited = superuser.execute(
            "select acao, quem is not null, origem from auditoria where tabela = 'acessos' order by id"
        ).fetchall()
        hashes = superuser.execute("select count(*) from auditoria where depois ? 'chave_sha256'").fetchone()
    assert everything is not None
    assert chave not in str(everything[0])
    assert audited == [("insert", True, "web")]
    assert hashes == (0,)


@pytest.mark.parametrize("deed", ["senha", "inativo", "papel"])
def test_a_new_password_or_papel_ends_every_browser_of_that_person(
    log_in: Callable[[str], Browser], cast: Cast, deed: str
) -> None:
    hers, another = log_in("artista"), log_in("recepcao")
    bia = cast.quem_bia.usuario_id or 0
    with db.transaction() as session:
        if deed == "senha":
            change_senha(session, bia, quem=cast.quem_ana, senha=OUTRA)
        elif deed == "inativo":
            edit_usuario(session, bia, quem=cast.quem_ana, ativo=False)
        else:
            edit_usuario(session, bia, quem=cast.quem_ana, papel=Papel.RECEPCAO)
    assert not is_in(hers)
    assert is_in(another)


def test_raw_sql_ends_them_as_well(log_in: Callable[[str], Browser], banco: Banco) -> None:
    browser = log_in("recepcao")
    with banco.connect() as connection:
        connection.execute("update usuarios set senha_hash = '$argon2id$outra' where papel = 'recepcao'")
    assert not is_in(browser)


@pytest.mark.parametrize(("papel", "minutos"), [("dono", 30), ("artista", 30), ("contador", 30), ("recepcao", 12 * 60)])
def test_a_browser_that_is_left_alone_is_logged_out(log_in: Callable[[str], Browser], papel: str, minutos: int) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False) as travel:
        browser = log_in(papel)
        for _ in range(3):
            travel.shift(timedelta(minutes=minutos - 1))
            assert is_in(browser)
        copied = browser.cookie("sessao")
        travel.shift(timedelta(minutes=minutos, seconds=2))
        assert browser.cookie("sessao") == copied
        assert not is_in(browser)


def test_a_copied_cookie_grows_old_whatever_its_owner_does(log_in: Callable[[str], Browser], app: Flask) -> None:
    with time_machine.travel(clock.now(), tick=False) as travel:
        browser = log_in("dono")
        thief = Browser(app.test_client())
        thief.client.set_cookie("sessao", browser.cookie("sessao") or "", domain="localhost")
        for _ in range(2):
            travel.shift(timedelta(minutes=20))
            assert is_in(browser)
        assert not is_in(thief)


@pytest.mark.parametrize("way", ["sair", "entrar"])
def test_whoever_was_away_for_too_long_ends_the_copy_of_their_cookie_too(
    log_in: Callable[[str], Browser], app: Flask, way: str
) -> None:
    with time_machine.travel(clock.now(), tick=False) as travel:
        browser = log_in("dono")
        thief = Browser(app.test_client())
        thief.client.set_cookie("sessao", browser.cookie("sessao") or "", domain="localhost")
        for _ in range(2):
            travel.shift(timedelta(minutes=20))
            assert is_in(thief)
        if way == "sair":
            assert browser.post("/sair", seen="/entrar").status_code == 303
        else:
            assert browser.login(EMAILS["dono"]).status_code == 303
        assert not is_in(thief)


def test_after_seven_days_everybody_logs_in_again(log_in: Callable[[str], Browser]) -> None:
    with time_machine.travel(clock.now(), tick=False) as travel:
        browser = log_in("recepcao")
        for _ in range(13):
            travel.shift(timedelta(hours=11, minutes=59))
            assert is_in(browser)
        travel.shift(timedelta(days=7) - timedelta(hours=13 * 12))
        travel.shift(timedelta(minutes=15))
        assert not is_in(browser)


def test_a_cookie_that_somebody_signed_otherwise_is_nobodys(browser: Browser) -> None:
    for forged in ("", "x", "a.b.c", "é.b.c", "a" * 3000):
        browser.client.set_cookie("sessao", forged, domain="localhost")
        assert browser.get("/").status_code == 303


def test_what_forms_were_known_by_goes_after_a_month_when_somebody_comes_in(browser: Browser, banco: Banco) -> None:
    with banco.connect() as connection:
        connection.execute(
            """insert into estudio.idempotencia (usuario_id, chave, rota, corpo_sha256, criado_em)
               select 0, 'chave-de-' || dias, 'POST /', repeat('0', 64), clock_timestamp() - make_interval(days => dias)
               from unnest(array[29, 31]) dias"""
        )
    browser.login(EMAILS["dono"])
    with banco.connect() as connection:
        assert connection.execute("select chave from estudio.idempotencia").fetchall() == [("chave-de-29",)]


def test_only_the_newest_browsers_of_a_person_stay_logged_in(app: Flask, banco: Banco) -> None:
    with db.transaction() as session:
        session.execute(
            text(
                "insert into acessos (usuario_id, chave_sha256, navegador, expira_em) select u.id,"
                " encode(sha256(n::text::bytea), 'hex'), 'velho', now() + interval '1 day'"
                " from usuarios u, generate_series(1, 30) n where u.papel = 'dono'"
            )
        )
    browser = Browser(app.test_client())
    browser.login(EMAILS["dono"])
    assert is_in(browser)
    with banco.connect() as connection:
        assert connection.execute("select count(*) from acessos").fetchone() == (20,)


@pytest.mark.parametrize(
    ("volta", "to"),
    [
        ("/historico?mes=2026-11", "/historico?mes=2026-11"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/%0d%0aSet-Cookie:x", "/%0d%0aSet-Cookie:x"),
        ("/\r\nSet-Cookie: x", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_after_the_login_one_is_where_one_wanted_to_go_and_nowhere_else(browser: Browser, volta: str, to: str) -> None:
    response = browser.login(EMAILS["dono"]) if not volta else None
    if response is None:
        response = browser.post("/entrar", {"email": EMAILS["dono"], "senha": SENHA, "volta": volta}, seen="/entrar")
    assert response.location == to


def test_who_is_not_logged_in_is_sent_to_the_door_and_back(browser: Browser) -> None:
    assert browser.get("/historico?mes=2026-11").location == "/entrar?volta=/historico?mes%3D2026-11"


@pytest.mark.usefixtures("cast")
def test_over_https_the_cookies_are_locked_to_this_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    monkeypatch.setenv("TRUSTED_HOSTS", "estudio.example")
    config.reset()
    client = create_app().test_client()
    sent = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "estudio.example"}
    seen = client.get("/entrar", base_url=ENDERECO, headers=sent)
    assert seen.headers["Strict-Transport-Security"] == "max-age=31536000"
    page = seen.get_data(as_text=True)
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    recado = seen.headers["Set-Cookie"].partition(";")[0]
    response = client.post(
        "/entrar",
        data={"csrf_token": token, "email": EMAILS["dono"], "senha": SENHA},
        base_url=ENDERECO,
        headers={**sent, "Cookie": recado, "Origin": "https://estudio.example"},
    )
    assert response.status_code == 303
    cookies = response.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} >= {"__Host-sessao", "__Host-aparelho"}
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
        assert "Domain" not in cookie


def test_whoever_is_in_keeps_the_menu_where_there_is_no_page(
    browser: Browser, log_in: Callable[[str], Browser]
) -> None:
    for each, menu in ((browser, False), (log_in("recepcao"), True)):
        response = each.get("/nada")
        assert response.status_code == 404
        assert ('class="menu"' in response.get_data(as_text=True)) == menu
