"""Spending as the dono enters it: on the phone, without scripts, in as few presses as the design allows."""

from collections.abc import Callable

from browser.test_paginas import find_violations
from playwright.sync_api import Page, expect


def test_a_gasto_takes_three_presses_the_digits_and_a_word(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="dono", scripts=False)
    page.get_by_role("link", name="Lançar gasto").click()
    expect(page.locator("#valor")).to_be_focused()
    page.keyboard.type("45")
    page.keyboard.press("Tab")
    page.keyboard.type("Café")
    page.keyboard.press("Enter")
    expect(page.locator(".recado")).to_contain_text("Registrado: R$ 45,00 · Café · Outros · Pix")
    page.get_by_role("button", name="Desfazer").click()
    expect(page.locator(".recado")).to_contain_text("Apagado: R$ 45,00 · Café")
    page.get_by_role("button", name="Desfazer").click()
    expect(page.locator(".recado")).to_contain_text("Desfeito: voltou a ser R$ 45,00 · Café")


def test_what_is_wrong_with_the_line_takes_the_focus(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="dono")
    page.goto("/gastos")
    page.keyboard.type("abc")
    page.keyboard.press("Enter")
    expect(page.locator(".resumo")).to_be_focused()
    expect(page.locator("#valor")).to_have_value("abc")
    assert find_violations(page) == []
