"""Google at the door in a real browser: there and back to another site, past our own walls, also without scripts."""

from collections.abc import Callable, Generator

import pytest
from browser.test_paginas import find_violations
from playwright.sync_api import Page, expect
from web.provedor import Provedor, serve


@pytest.fixture
def provedor(monkeypatch: pytest.MonkeyPatch) -> Generator[Provedor, None, None]:
    with serve(monkeypatch) as served:
        yield served


@pytest.mark.parametrize("scripts", [True, False])
def test_who_was_invited_gets_in_by_google(
    provedor: Provedor, open_page: Callable[..., Page], site: str, scripts: bool
) -> None:
    page = open_page("celular", scripts=scripts)
    page.goto(f"{site.replace('127.0.0.1', 'localhost')}/historico")
    if scripts:
        assert find_violations(page) == []
    page.get_by_role("link", name="Entrar com o Google").click()
    if not scripts:
        expect(page.locator("h1")).to_have_text("Entrar com o Google")
        page.get_by_role("button", name="Entrar").click()
    page.wait_for_url("**/historico")
    assert provedor.vistos.count("/ficha") == 1


def test_who_was_not_invited_reads_what_to_do(provedor: Provedor, open_page: Callable[..., Page], site: str) -> None:
    provedor.diz["email"] = "ninguem@estudio.example"
    page = open_page("mesa")
    page.goto(f"{site.replace('127.0.0.1', 'localhost')}/entrar")
    page.get_by_role("link", name="Entrar com o Google").click()
    expect(page.locator(".resumo")).to_contain_text("peça ao dono um convite")
    assert find_violations(page) == []
