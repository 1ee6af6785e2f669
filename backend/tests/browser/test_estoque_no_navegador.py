"""The estoque in a real browser: every press counts, items go to their place by drag, by finger and by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

NOMES = ["Agulhas 3RL", "Luvas nitrílicas M", "Tinta preta 240 ml"]


def names(page: Page) -> list[str]:
    return page.locator(".prateleira .item a").all_text_contents()


@pytest.mark.parametrize("tamanho", ["celular", "mesa"])
def test_an_item_is_dragged_to_its_place_and_desfazer_puts_it_back(
    open_page: Callable[..., Page], tamanho: str
) -> None:
    page = open_page(tamanho, papel="recepcao")
    page.goto("/estoque?ordem=1")
    assert names(page) == NOMES
    handle = page.locator("li", has_text=NOMES[2]).locator(".alca").bounding_box()
    first = page.locator("li", has_text=NOMES[0]).bounding_box()
    assert handle is not None
    assert first is not None
    page.mouse.move(handle["x"] + 10, handle["y"] + 10)
    page.mouse.down()
    page.mouse.move(handle["x"] + 10, first["y"] + 40, steps=5)
    page.mouse.move(handle["x"] + 10, first["y"] + 2, steps=5)
    page.mouse.up()
    expect(page.locator(".recado")).to_contain_text("Ordem gravada.")
    assert names(page) == [NOMES[2], NOMES[0], NOMES[1]]
    page.get_by_role("button", name="Desfazer").click()
    expect(page.locator(".prateleira li").first).to_contain_text(NOMES[0])
    assert names(page) == NOMES


def test_the_order_is_changed_by_the_keyboard_alone_and_without_scripts(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="recepcao", scripts=False)
    page.goto("/estoque?ordem=1")
    page.get_by_role("button", name=f"Para cima: {NOMES[2]}").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".recado")).to_contain_text("Ordem gravada.")
    assert names(page) == [NOMES[0], NOMES[2], NOMES[1]]


def test_two_presses_before_the_page_is_back_count_twice(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="recepcao")
    page.goto("/estoque")
    page.get_by_role("button", name=f"Pôr um: {NOMES[0]}").dblclick()
    expect(page.locator(".recado").last).to_contain_text("Entrou 1")
    expect(page.locator("li", has_text=NOMES[0]).locator(".quantos")).to_have_text("42")
    expect(page.get_by_role("button", name=f"Pôr um: {NOMES[0]}")).to_be_focused()


def test_at_zero_less_is_refused_and_what_is_said_has_the_focus(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="recepcao")
    page.goto("/estoque")
    page.get_by_role("button", name=f"Tirar um: {NOMES[2]}").click()
    expect(page.locator(".resumo")).to_be_focused()
    expect(page.locator(".resumo")).to_contain_text(NOMES[2])
    assert names(page) == NOMES
