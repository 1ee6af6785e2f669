"""People and their access in a real browser: a forgotten password, an invitation, and the desk that changes hands."""

from collections.abc import Callable, Generator

import pytest
from browser.test_paginas import find_violations
from carteiro import Carteiro, receive_letters
from playwright.sync_api import Page, expect
from web.conftest import EMAILS, SENHA, find_link

NOVA = "granito violeta mastiga"
PIN = "4071"


@pytest.fixture
def carteiro(monkeypatch: pytest.MonkeyPatch) -> Generator[Carteiro, None, None]:
    with receive_letters(monkeypatch) as opened:
        yield opened


def enter(page: Page, papel: str, senha: str = SENHA) -> None:
    page.locator("#email").fill(EMAILS[papel])
    page.locator("#senha").fill(senha)
    page.get_by_role("button", name="Entrar", exact=True).click()
    page.wait_for_url("**/")


def set_pin(page: Page, pin: str) -> None:
    page.goto("/conta/pin")
    page.get_by_label("A sua senha de agora").fill(SENHA)
    page.get_by_label("PIN", exact=True).fill(pin)
    page.get_by_label("O mesmo PIN outra vez").fill(pin)
    page.get_by_role("button", name="Gravar o PIN").click()
    expect(page.locator(".recado")).to_contain_text("o seu PIN vale neste navegador")


@pytest.mark.parametrize("scripts", [True, False])
def test_who_forgot_a_password_comes_in_by_a_letter(
    open_page: Callable[..., Page], carteiro: Carteiro, scripts: bool
) -> None:
    page = open_page("celular", scripts=scripts)
    page.goto("/entrar")
    page.get_by_role("link", name="Esqueci a senha").click()
    if scripts:
        expect(page.locator("#email")).to_be_focused()
        assert find_violations(page) == []
    page.locator("#email").fill(EMAILS["recepcao"])
    page.get_by_role("button", name="Enviar o link").click()
    expect(page.locator(".recado")).to_contain_text("um link chega nele")
    para, carta = carteiro.receive()
    assert para == EMAILS["recepcao"]
    link = find_link(carta.get_content())
    page.goto(link)
    if scripts:
        expect(page.locator("#senha")).to_be_focused()
        assert find_violations(page) == []
    page.locator("#senha").fill("curta")
    page.locator("#outra_vez").fill("curta")
    page.get_by_role("button", name="Gravar a senha").click()
    expect(page.locator(".resumo")).to_contain_text("precisa de pelo menos 12")
    page.locator("#senha").fill(NOVA)
    page.locator("#outra_vez").fill(NOVA)
    page.get_by_role("button", name="Gravar a senha").click()
    expect(page.locator(".recado")).to_contain_text("Pronto: entre")
    enter(page, "recepcao", NOVA)
    page.goto(link)
    expect(page.locator("h1")).to_have_text("Não encontrado")


def test_the_dono_invites_and_the_invited_comes_in(open_page: Callable[..., Page]) -> None:
    dono = open_page("mesa", papel="dono")
    dono.locator(".conta summary").click()
    dono.get_by_role("link", name="Usuários").click()
    dono.get_by_role("link", name="Novo usuário").click()
    dono.get_by_label("Nome").fill("Nina Rosa")
    dono.get_by_label("E-mail").fill("nina@estudio.example")
    dono.get_by_label("Papel").select_option(label="Recepção")
    dono.get_by_role("button", name="Criar o acesso").click()
    link = find_link(dono.locator("#link").input_value())
    assert find_violations(dono) == []
    dono.reload()
    expect(dono.locator("#link")).to_have_count(0)
    nina = open_page("celular")
    nina.goto(link)
    expect(nina.locator("h1")).to_have_text("Olá, Nina Rosa")
    nina.locator("#senha").fill(NOVA)
    nina.locator("#outra_vez").fill(NOVA)
    nina.get_by_role("button", name="Gravar a senha").click()
    nina.locator("#email").fill("nina@estudio.example")
    nina.locator("#senha").fill(NOVA)
    nina.get_by_role("button", name="Entrar", exact=True).click()
    expect(nina.locator(".conta summary .nome")).to_have_text("Nina Rosa")
    dono.reload()
    dono.get_by_role("button", name="Encerrar").first.click()
    expect(dono.locator(".recado")).to_contain_text("Encerrado: 1.")
    nina.reload()
    expect(nina.locator("h1")).to_have_text("Entrar")


@pytest.mark.parametrize("tamanho", ["celular", "mesa"])
def test_the_desk_changes_hands_in_two_taps_and_the_digits(open_page: Callable[..., Page], tamanho: str) -> None:
    page = open_page(tamanho, papel="recepcao")
    set_pin(page, PIN)
    expect(page.locator("a.trocar")).to_have_count(0)
    page.goto("/trocar")
    page.get_by_role("link", name="Entrar com e-mail e senha").click()
    enter(page, "artista")
    expect(page.locator(".conta summary .nome")).to_have_text("Bia")
    # From here on, two taps and the digits.
    page.get_by_role("link", name="Trocar pessoa").click()
    expect(page.locator("#pin")).to_be_focused()
    assert find_violations(page) == []
    page.keyboard.type("9350")
    page.get_by_role("button", name="Caio").click()
    expect(page.locator(".resumo")).to_be_focused()
    expect(page.locator(".resumo")).to_contain_text("O PIN não confere")
    page.locator("#pin").fill(PIN)
    page.get_by_role("button", name="Caio").click()
    page.wait_for_url("**/")
    expect(page.locator(".conta summary .nome")).to_have_text("Caio")
    page.goto("/conta")
    expect(page.locator(".aparelhos")).to_contain_text("pelo PIN")


def test_by_the_keyboard_alone_it_is_a_link_the_digits_and_enter(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="recepcao")
    set_pin(page, PIN)
    page.goto("/entrar?outra=1")
    enter(page, "artista")
    page.get_by_role("link", name="Trocar pessoa").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/trocar")
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    expect(page.locator(".conta summary .nome")).to_have_text("Caio")
