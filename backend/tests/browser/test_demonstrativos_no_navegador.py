"""A statement in a real browser: the dono makes a link, the artista opens it on a phone without logging in, answers."""

import re
from collections.abc import Callable
from typing import Literal

import pytest
from browser.test_paginas import find_violations
from playwright.sync_api import Page, expect

PAGINA = "/extratos/2025-03/demonstrativos/2"


def make_link(dono: Page) -> str:
    dono.goto(PAGINA)
    dono.get_by_role("button", name=re.compile("(Criar|Trocar) o link de Bia")).first.click()
    link = dono.locator("#link-do-demonstrativo")
    expect(link).to_be_visible()
    return link.input_value()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_artista_agrees_on_a_phone_and_the_dono_sees_it(open_page: Callable[..., Page], scripts: bool) -> None:
    dono = open_page("mesa", papel="dono", scripts=scripts)
    link = make_link(dono)
    conversa = dono.get_by_role("link", name="Enviar a Bia pelo WhatsApp")
    expect(conversa).to_have_attribute("rel", "noopener noreferrer")
    assert str(conversa.get_attribute("href")).startswith("https://wa.me/?text=Demonstrativo%20de%20mar%C3%A7o")
    artista = open_page("celular", scripts=scripts)
    artista.goto(link)
    expect(artista).to_have_title("Demonstrativo de março de 2025 · Estúdio")
    artista.get_by_text("Por que esse valor?").first.click()
    expect(artista.get_by_text("R$ 420,00 × 40% = R$ 168,00")).to_be_visible()
    artista.get_by_role("button", name="De acordo com R$ 168,00 de março de 2025").click()
    expect(artista.locator(".recado")).to_have_text("Anotado: você está de acordo.")
    assert artista.url == link
    dono.goto("/extratos/2025-03")
    expect(dono.locator("section[aria-labelledby=s-demonstrativos] dl")).to_contain_text("De acordo")
    dono.goto("/artistas/2")
    expect(dono.locator("section[aria-labelledby=s-demonstrativos] tbody tr")).to_contain_text("De acordo")
    dono.goto(PAGINA)
    expect(dono.locator(".ditas")).to_contain_text("pelo link")


def test_a_line_is_contested_and_the_studio_answers(open_page: Callable[..., Page]) -> None:
    dono = open_page("mesa", papel="dono")
    link = make_link(dono)
    artista = open_page("celular")
    artista.goto(link)
    artista.get_by_text("Por que esse valor?").first.click()
    artista.get_by_role("link", name=re.compile("Contestar esta linha")).first.click()
    expect(artista.locator("#linha")).to_have_value(re.compile(r"pagamento-\d+"))
    artista.get_by_role("button", name="Contestar", exact=True).click()
    expect(artista.locator(".resumo")).to_be_focused()
    artista.locator("#texto").fill("y" * 10_000)
    artista.get_by_role("button", name="Contestar", exact=True).click()
    expect(artista.locator(".resumo")).to_contain_text("o limite é 2000")
    expect(artista.locator("#texto")).to_have_value("y" * 10_000)
    artista.locator("#texto").fill("A base era R$ 450,00.")
    artista.get_by_role("button", name="Contestar", exact=True).click()
    expect(artista.locator(".ditas")).to_contain_text("A base era R$ 450,00.")
    dono.goto("/")
    dono.get_by_role("link", name=re.compile("Bia, março de 2025")).click()
    dono.locator(".ditas summary").click()
    dono.get_by_label("O que você responde").fill("Certo, a diferença vai em abril.")
    dono.get_by_role("button", name="Resolvido: responder ao artista").click()
    expect(dono.locator(".recado")).to_contain_text("Respondido.")
    artista.goto(link)
    expect(artista.locator(".resolucao")).to_contain_text("Certo, a diferença vai em abril.")


@pytest.mark.parametrize(
    ("tamanho", "tema", "lingua"), [("celular", "dark", "en"), ("celular", "light", "pt-BR"), ("mesa", "dark", "pt-BR")]
)
def test_axe_finds_nothing_behind_the_link_and_it_fits_a_phone(
    open_page: Callable[..., Page], tamanho: str, tema: Literal["light", "dark"], lingua: str
) -> None:
    link = make_link(open_page("mesa", papel="dono", tema=tema))
    page = open_page(tamanho, tema=tema, lingua=lingua)
    found = []
    for path in (link, f"{link}?linha=pagamento-15", "/d/inventado"):
        page.goto(path)
        for summary in page.locator("main summary").all():
            if not summary.evaluate("e => e.parentElement.open"):
                summary.click()
        found += find_violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
        small = page.evaluate(
            """[...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
               .filter(e => e.checkVisibility() && !e.matches('.pular, .visually-hidden'))
               .map(e => [e.outerHTML.slice(0, 90), (e.closest('label') ?? e).getBoundingClientRect().height])
               .filter(([, height]) => height < 43.9)"""
        )
        assert small == [], path
    assert found == []
    assert page.evaluate("document.documentElement.lang") == lingua
    assert page.evaluate("document.scripts.length") == 0


def test_what_is_printed_is_the_statement_and_no_button(open_page: Callable[..., Page]) -> None:
    link = make_link(open_page("mesa", papel="dono"))
    page = open_page("mesa")
    page.goto(link)
    page.emulate_media(media="print")
    for text in ("Comissão de março de 2025", "Selo do mês"):
        expect(page.get_by_text(text).first).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("Baixar em PDF")).not_to_be_visible()
