"""Receiving money as the desk does it: on the phone, by the keyboard alone, in as few presses as the design allows."""

from collections.abc import Callable

from browser.test_paginas import find_violations
from playwright.sync_api import Page, expect


def test_a_walk_in_is_received_by_the_keyboard_alone(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="recepcao")
    page.goto("/pagamentos")
    page.get_by_role("link", name="Registrar pagamento").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/pagamentos/new")
    expect(page.locator("#cliente")).to_be_focused()
    page.keyboard.type("Nina Rosa")
    page.keyboard.press("Tab")
    page.keyboard.type("11 90000-7777")
    page.keyboard.press("Tab")
    page.keyboard.type("Bia")
    # Past the sessões of the day and the box that registers a new one.
    for _ in range(5):
        page.keyboard.press("Tab")
    expect(page.locator("#valor")).to_be_focused()
    page.keyboard.type("abc")
    page.keyboard.press("Enter")
    expect(page.locator(".resumo")).to_be_focused()
    assert find_violations(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#valor")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("1.234,56")
    page.keyboard.press("Enter")
    expect(page.locator(".recado")).to_contain_text("Registrado: R$ 1.234,56")
    expect(page.locator(".recado")).to_contain_text("Nina Rosa")
    assert find_violations(page) == []


def test_a_sessao_of_today_is_received_by_its_form_too(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="recepcao")
    page.get_by_role("link", name="Receber de outro jeito de Benício Prado").click()
    page.get_by_role("button", name="Registrar pagamento").click()
    expect(page.locator(".recado")).to_contain_text("R$ 450,00")
    page.goto("/")
    expect(page.get_by_role("button", name="Benício Prado")).to_have_count(0)


def test_an_equal_one_takes_one_more_press_and_is_taken_back_by_another(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="dono", scripts=False)
    for escolha in ("nova", "igual"):
        page.goto("/pagamentos/new")
        page.get_by_label("Cliente").fill("Aurora Vasconcelos de Albuquerque")
        page.get_by_label("Artista").select_option(label="Bia")
        page.get_by_label("Valor").fill("90")
        page.get_by_role("button", name="Registrar pagamento").click()
        if escolha == "igual":
            expect(page.locator(".resumo")).to_contain_text("Há um pagamento igual")
            page.get_by_role("button", name="Registrar outro igual").click()
        expect(page.locator(".recado")).to_contain_text("Registrado: R$ 90,00")
    page.get_by_role("button", name="Desfazer").click()
    expect(page.locator(".recado")).to_contain_text("Apagado: R$ 90,00")
    page.get_by_role("button", name="Desfazer").click()
    expect(page.locator(".recado")).to_contain_text("Desfeito: voltou a ser R$ 90,00")
