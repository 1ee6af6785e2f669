"""Spending as the dono enters it: on the phone, without scripts, in as few presses as the design allows."""

from collections.abc import Callable
from pathlib import Path

from browser.test_paginas import find_violations
from planilha_v4 import SETEMBRO, gasto, render_v4
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
    expect(page.locator("#valor")).to_be_focused()
    page.keyboard.type("abc")
    page.keyboard.press("Enter")
    expect(page.locator(".resumo")).to_be_focused()
    expect(page.locator("#valor")).to_have_value("abc")
    assert find_violations(page) == []


def test_a_draft_is_registered_by_one_press_and_taken_back_by_another(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="dono", scripts=False)
    page.goto("/gastos")
    page.get_by_role("button", name="Lançar R$ 119,90 Internet").click()
    expect(page.locator(".recado")).to_contain_text("Registrado: R$ 119,90 · Internet")
    expect(page.get_by_role("button", name="Lançar R$ 119,90 Internet")).to_have_count(0)
    page.get_by_role("button", name="Desfazer").click()
    page.get_by_role("button", name="Pular Internet").click()
    expect(page.locator(".recado")).to_contain_text("Pulado em")
    page.get_by_role("button", name="Desfazer").click()
    expect(page.get_by_role("button", name="Lançar R$ 119,90 Internet")).to_have_count(1)


def test_a_file_is_looked_at_brought_in_and_taken_back(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page("celular", papel="dono", tema="dark")
    file = tmp_path / "backup_2025_09.csv"
    for rows in ([gasto(1, "2025-13-05", "1.00")], SETEMBRO):
        file.write_bytes(render_v4(rows))
        page.goto("/importacoes")
        page.locator("#arquivo").set_input_files(file)
        page.get_by_role("button", name="Enviar e conferir").click()
        page.wait_for_url("**/envios/*")
        assert find_violations(page) == []
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
    page.get_by_role("button", name="Importar").click()
    expect(page.locator(".recado")).to_contain_text("registros entraram")
    assert find_violations(page) == []
    page.locator(".recado").get_by_role("button", name="Desfazer").click()
    expect(page.locator(".recado")).to_contain_text("o que ela trouxe saiu")
