"""Passkeys and codes as a person meets them: Chromium with a virtual device that keeps passkeys."""

import re
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from browser.test_paginas import find_violations
from playwright.sync_api import Page, expect
from sqlalchemy import text
from web.conftest import EMAILS, SENHA

from estudio import db


def add_device(page: Page) -> tuple[Any, str]:
    """A device that verifies its person by itself."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return cdp, cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def log_in(page: Page, home: str) -> None:
    page.goto(f"{home}/entrar")
    page.get_by_label("E-mail").fill(EMAILS["dono"])
    page.get_by_label("Senha", exact=True).fill(SENHA)
    page.get_by_role("button", name="Entrar", exact=True).click()


def log_out(page: Page) -> None:
    page.locator("summary").first.click()
    page.get_by_role("button", name="Sair").click()
    expect(page.locator("h1")).to_have_text("Entrar")


@pytest.fixture
def home(site: str) -> str:
    """The studio by a name: browsers keep no passkeys for a number."""
    return site.replace("127.0.0.1", "localhost")


def register(page: Page, home: str, nome: str) -> None:
    page.goto(f"{home}/conta/chaves")
    page.get_by_label("Nome").fill(nome)
    page.get_by_role("button", name="Cadastrar chave de acesso").click()


def test_a_passkey_is_registered_opens_the_studio_and_is_removed(open_page: Callable[..., Page], home: str) -> None:
    page = open_page("celular")
    cdp, device = add_device(page)
    log_in(page, home)
    page.wait_for_url("**/")
    register(page, home, "Celular da Ana")
    expect(page.locator(".recado")).to_contain_text("Celular da Ana abre o estúdio")
    assert find_violations(page) == []
    kept = cdp.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert [one["isResidentCredential"] for one in kept] == [True]
    log_out(page)
    assert find_violations(page) == []
    page.get_by_role("button", name="Entrar com chave de acesso").click()
    page.wait_for_url("**/")
    page.goto(f"{home}/conta/chaves")
    expect(page.locator(".chaves")).to_contain_text("usada em")
    # The same device has one already, and says so.
    register(page, home, "De novo")
    expect(page.locator("#chave-falhou")).to_be_visible()
    page.goto(f"{home}/conta/chaves")
    page.get_by_role("button", name="Remover Celular da Ana").click()
    expect(page.locator(".recado")).to_contain_text("não abre mais")
    log_out(page)
    page.get_by_role("button", name="Entrar com chave de acesso").click()
    expect(page.locator(".resumo")).to_contain_text("não foi aceita")
    assert find_violations(page) == []


def test_who_turns_the_device_down_reads_what_to_do(open_page: Callable[..., Page], home: str) -> None:
    page = open_page()
    cdp, device = add_device(page)
    page.goto(f"{home}/entrar")
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name="Entrar com chave de acesso").click()
    expect(page.locator("#chave-falhou")).to_be_visible()
    expect(page.get_by_role("button", name="Entrar com chave de acesso")).to_be_enabled()


def test_a_code_is_switched_on_and_asked_for_and_a_passkey_answers_too(
    open_page: Callable[..., Page], home: str
) -> None:
    page = open_page("celular")
    add_device(page)
    log_in(page, home)
    register(page, home, "Celular")
    expect(page.locator(".recado")).to_be_visible()
    page.goto(f"{home}/conta/segundo-fator")
    assert find_violations(page) == []
    page.get_by_role("link", name="Ligar o código do celular").click()
    expect(page.locator(".qr")).to_be_visible()
    assert page.locator(".qr").evaluate("img => img.complete && img.naturalWidth > 0")
    assert find_violations(page) == []
    page.get_by_text("Não consigo ler o desenho").click()
    segredo = page.locator(".segredo").inner_text().replace(" ", "")
    page.get_by_label("Sua senha").fill(SENHA)
    page.get_by_label("Código", exact=True).fill(pyotp.TOTP(segredo).now())
    page.get_by_role("button", name="Ligar o código do celular").click()
    expect(page.locator(".codigos li")).to_have_count(10)
    paper = page.locator(".codigos code").first.inner_text()
    assert find_violations(page) == []
    log_out(page)
    log_in(page, home)
    expect(page.locator("#codigo")).to_be_focused()
    assert find_violations(page) == []
    page.keyboard.type(paper)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    log_out(page)
    log_in(page, home)
    page.get_by_role("button", name="Entrar com chave de acesso").click()
    page.wait_for_url("**/")


def test_what_is_dangerous_asks_once_more_and_a_passkey_says_it(open_page: Callable[..., Page], home: str) -> None:
    page = open_page()
    add_device(page)
    log_in(page, home)
    register(page, home, "Mesa")
    expect(page.locator(".recado")).to_be_visible()
    with db.transaction() as session:
        session.execute(text("update estudio.provas set em = em - interval '11 minutes'"))
    # The button of a new one leads to the question, and back.
    page.get_by_label("Nome").fill("Outra")
    page.get_by_role("button", name="Cadastrar chave de acesso").click()
    expect(page.locator("h1")).to_have_text("Confirme que é você")
    assert find_violations(page) == []
    page.get_by_role("button", name="Confirmar com chave de acesso").click()
    expect(page.locator("h1")).to_have_text("Chaves de acesso")
    with db.transaction() as session:
        session.execute(text("update estudio.provas set em = em - interval '11 minutes'"))
    # A form that comes too late goes on where it was sent, as soon as the device said who it is.
    page.get_by_role("button", name="Remover Mesa").click()
    expect(page.locator("h1")).to_have_text("Confirme que é você")
    page.get_by_role("button", name="Confirmar com chave de acesso").click()
    expect(page.locator(".recado")).to_contain_text(re.compile("Mesa não abre mais"))


def test_without_scripts_the_password_does(open_page: Callable[..., Page], home: str) -> None:
    page = open_page("celular", scripts=False)
    log_in(page, home)
    page.wait_for_url("**/")
    page.goto(f"{home}/conta/chaves")
    expect(page.get_by_role("button", name="Cadastrar chave de acesso")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("o navegador precisa de JavaScript")
    with db.transaction() as session:
        session.execute(text("update estudio.provas set em = em - interval '11 minutes'"))
    page.goto(f"{home}/conta/prova?volta=/historico")
    page.get_by_label("Sua senha").fill(SENHA)
    page.get_by_role("button", name="Confirmar", exact=True).click()
    expect(page.locator("h1")).not_to_have_text("Confirme que é você")
