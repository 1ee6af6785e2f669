"""Booking as people do it: on the phone and on the desk, by the keyboard alone, in as few presses as can be."""

from collections.abc import Callable

import pytest
from browser.conftest import TAMANHOS
from browser.test_paginas import find_violations
from playwright.sync_api import Page, expect


def test_a_known_client_is_booked_from_the_desks_start_in_two_presses(open_page: Callable[..., Page]) -> None:
    """One more is left for choosing among those whose name begins so."""
    page = open_page("celular", papel="recepcao")
    page.get_by_role("link", name="Marcar com Bia").click()
    expect(page.locator("#cliente")).to_be_focused()
    page.keyboard.type("benício prado")
    page.get_by_role("button", name="Marcar sessão").click()
    expect(page.locator(".recado")).to_contain_text("Marcada: Benício Prado · Bia")
    expect(page.locator(".marcada").filter(has_text="–").filter(has_text="Benício Prado")).to_have_count(1)
    page.get_by_role("button", name="Desfazer").click()
    expect(page.locator(".recado")).to_contain_text("Desmarcada: Benício Prado")


@pytest.mark.parametrize("tamanho", TAMANHOS)
def test_an_empty_hour_is_pressed_booked_cancelled_and_undone(open_page: Callable[..., Page], tamanho: str) -> None:
    page = open_page(tamanho, papel="recepcao", scripts=False)
    page.get_by_role("link", name="Agenda").click()
    page.get_by_role("link", name="Seguinte").click()
    page.get_by_role("link", name="14:00 livre: marcar com Cora Lins").click()
    page.get_by_label("Cliente").fill("Nina Rosa")
    page.get_by_role("button", name="Marcar sessão").click()
    column = page.get_by_role("region", name="Cora Lins")
    expect(column.locator(".marcada")).to_contain_text("14:00–16:00 Nina Rosa")
    expect(column.get_by_role("link", name="15:00")).to_have_count(0)
    column.get_by_role("link", name="Nina Rosa", exact=False).first.click()
    page.get_by_role("button", name="Faltou").click()
    expect(page.locator(".recado")).to_contain_text("Faltou: Nina Rosa")
    expect(column.get_by_role("link", name="14:00 livre")).to_have_count(1)
    page.get_by_role("button", name="Desfazer").click()
    expect(column.locator(".marcada")).to_contain_text("Agendada")
    column.get_by_role("link", name="Receber").click()
    expect(page.locator("h1")).to_have_text("Registrar pagamento")


def test_the_hours_of_all_columns_stand_on_one_line(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="recepcao")
    page.goto("/agenda?dia=2026-12-10")
    for hora in ("09:00", "14:00", "19:00"):
        places = page.get_by_role("link", name=f"{hora} livre").evaluate_all(
            "links => links.map(link => Math.round(link.getBoundingClientRect().top))"
        )
        assert len(places) == 3
        assert len(set(places)) == 1


def test_an_artista_books_and_moves_by_the_keyboard_alone(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="artista")
    page.goto("/sessoes/new?dia=2026-12-10&hora=10:00")
    expect(page.locator("#cliente")).to_be_focused()
    page.keyboard.type("Nina Rosa")
    page.keyboard.press("Enter")
    expect(page.locator(".recado")).to_contain_text("Marcada: Nina Rosa · Bia · 10/12/2026 10:00")
    page.goto("/sessoes/new?dia=2026-12-10&hora=11:00")
    expect(page.locator("#cliente")).to_be_focused()
    page.keyboard.type("Outra")
    page.keyboard.press("Enter")
    expect(page.locator(".resumo")).to_be_focused()
    expect(page.locator("#hora-erro")).to_contain_text("Bia já tem uma sessão das 10:00 às 12:00")
    assert find_violations(page) == []
    page.locator("#hora").fill("12:00")
    page.keyboard.press("Enter")
    expect(page.locator(".recado")).to_contain_text("Marcada: Outra")
    assert find_violations(page) == []
