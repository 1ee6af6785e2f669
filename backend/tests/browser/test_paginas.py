"""The finished pages as people see them: by keyboard, on the phone and on the desk, in both themes and languages."""

from collections.abc import Callable, Collection
from importlib.resources import files
from typing import Any, Literal

import pytest
from browser.conftest import TAMANHOS, log_in
from playwright.sync_api import Page, expect

AXE = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")

PAGINAS = (
    "/",
    "/agenda",
    "/agenda?visao=semana",
    "/agenda/calendarios",
    "/sessoes",
    "/sessoes/new",
    "/sessoes/1/edit",
    "/sessoes/15/edit",
    "/pagamentos",
    "/pagamentos/new",
    "/pagamentos/new?avulsa=1",
    "/pagamentos/1/edit",
    "/pagamentos/1/estorno",
    "/gastos",
    "/gastos/1/edit",
    "/acertos",
    "/acertos/artistas/2",
    "/acertos/artistas/2?mes=todos",
    "/acertos/new?artista=2",
    "/acertos/1/edit",
    "/gastos/recorrentes",
    "/gastos/recorrentes/new?gasto=1",
    "/gastos/recorrentes/1/edit",
    "/gastos/recorrentes/1/lancamento",
    "/calculadora?valor=1.234,56&percentual=33,33",
    "/calculadora?valor=abc&percentual=",
    "/importacoes",
    "/funcionamento",
    "/avisos",
    "/clientes",
    "/clientes?q=joa",
    "/clientes/new",
    "/clientes/2",
    "/clientes/2/edit",
    "/clientes/2/fusao?q=a",
    "/clientes/2/titular",
    "/historico",
    "/historico/pagamentos",
    "/historico/numeros/receita_liquida",
    "/historico/2025-04/passado",
    "/historico/2025-04/passado?em=2025-04-02T12:00",
    "/historico/2025-04/passado?em=ontem",
    "/extratos",
    "/extratos/2025-03",
    "/extratos/2025-03/pagamentos",
    "/extratos/2025-03/versoes",
    "/extratos/2025-03/demonstrativos",
    "/extratos/2025-03/demonstrativos/2",
    "/extratos/2025-03/demonstrativos/2?linha=pagamento-1",
    "/extratos/2025-03/reabertura",
    "/extratos/2025-03/selagem",
    "/extratos/2025-03/fechamento",
    "/extratos/2025-04/conferencia",
    "/extratos/2025-05/conferencia",
    "/relatorios",
    "/relatorios?ano=2025",
    "/busca?q=a",
    "/busca?q=R$ 1",
    "/artistas",
    "/artistas/new",
    "/artistas/1",
    "/artistas/1/edit",
    "/estoque",
    "/estoque?ordem=1",
    "/estoque?todos=1",
    "/estoque/new",
    "/estoque/1/edit",
    "/estoque/1/movimentos",
    "/ajustes",
    "/ajustes/formas",
    "/ajustes/formas/pix/edit",
    "/ajustes/categorias",
    "/conta",
    "/conta/senha",
    "/conta/pin",
    "/usuarios",
    "/usuarios/new",
    "/usuarios/3/edit",
    "/trocar",
    "/recuperar",
    "/conta/fichas",
    "/conta/fichas/new",
    "/api/v1/docs",
    "/conta/segundo-fator",
    "/conta/segundo-fator/new",
    "/conta/chaves",
    "/conta/prova",
    "/nada",
)

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


DE_APARENCIA = ("color-contrast", "html-has-lang", "html-lang-valid", "scrollable-region-focusable")
"""The rules whose answer may differ with size, theme and language; the others read what is the same in all."""


def find_violations(page: Page, regras: Collection[str] = ()) -> list[str]:
    """What axe finds, by all its rules or by these. It runs outside of the page's own walls, which let no script of
    others in."""
    page.evaluate(AXE)
    wanted = {"type": "rule", "values": list(regras)} if regras else {"type": "tag", "values": WCAG}
    found: dict[str, Any] = page.evaluate(
        "wanted => axe.run(document, {runOnly: wanted, resultTypes: ['violations'], preload: false})", wanted
    )
    return [f"{page.url} {v['id']}: {v['help']} {[n['html'] for n in v['nodes']][:2]}" for v in found["violations"]]


@pytest.mark.parametrize(
    ("tamanho", "tema", "lingua", "regras"),
    [
        ("mesa", "light", "pt-BR", ()),
        ("celular", "dark", "en", DE_APARENCIA),
        # All rules in the other pairs take as long once more, each.
        pytest.param("celular", "dark", "en", (), marks=pytest.mark.proof),
        pytest.param("celular", "light", "en", (), marks=pytest.mark.proof),
        pytest.param("mesa", "dark", "pt-BR", (), marks=pytest.mark.proof),
    ],
)
def test_axe_finds_nothing(
    open_page: Callable[..., Page],
    tamanho: str,
    tema: Literal["light", "dark"],
    lingua: str,
    regras: Collection[str],
) -> None:
    page = open_page(tamanho, tema=tema, lingua=lingua)
    page.goto("/entrar")
    found = find_violations(page, regras)
    page.get_by_role("button").first.click()
    found += find_violations(page, regras)
    log_in(page, "dono")
    for path in PAGINAS:
        page.goto(path)
        found += find_violations(page, regras)
    page.goto("/")
    page.locator(".conta summary").click()
    found += find_violations(page, regras)
    assert found == []


def test_axe_finds_what_is_wrong(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto("/entrar")
    page.evaluate("document.querySelector('label').remove()")
    assert any("label" in found for found in find_violations(page))


@pytest.mark.parametrize("papel", ["recepcao", "artista", "contador"])
def test_axe_finds_nothing_on_the_start_of_the_others(open_page: Callable[..., Page], papel: str) -> None:
    page = open_page("celular", papel=papel)
    found = find_violations(page)
    page.goto("/historico")
    assert found + find_violations(page) == []


@pytest.mark.parametrize("tamanho", TAMANHOS)
def test_nothing_is_wider_than_the_screen_and_every_target_is_large_enough(
    open_page: Callable[..., Page], tamanho: str
) -> None:
    page = open_page(tamanho, papel="dono")
    for path in PAGINAS:
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
        small = page.evaluate(
            """[...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
               .filter(e => e.checkVisibility() && !e.matches('.pular, .visually-hidden'))
               .map(e => [e.outerHTML.slice(0, 90), (e.closest('label') ?? e).getBoundingClientRect().height])
               .filter(([, height]) => height < 43.9)"""
        )
        assert small == [], path


def test_a_person_with_a_keyboard_alone_gets_in_reads_and_leaves(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="dono")
    page.keyboard.press("Tab")
    expect(page.locator(".pular")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    # Past what the desk does most.
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_contain_text("R$")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Por que esse valor?")
    page.goto("/historico")
    page.locator(".conta summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sair").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Entrar")
    page.goto("/historico")
    expect(page.locator("h1")).to_have_text("Entrar")


def test_what_is_wrong_takes_the_focus_and_leads_to_its_field(open_page: Callable[..., Page]) -> None:
    page = open_page("celular")
    page.goto("/entrar")
    page.locator("#email").fill("ana@estudio.example")
    page.locator("#senha").fill("não é esta senha")
    page.get_by_role("button", name="Entrar").click()
    expect(page.locator(".resumo")).to_be_focused()
    expect(page.locator("#email")).to_have_value("ana@estudio.example")
    expect(page.locator("#senha")).to_have_value("")


def test_the_theme_is_the_systems_until_somebody_chooses(open_page: Callable[..., Page]) -> None:
    light, dark = open_page(tema="light"), open_page(tema="dark")
    for page in (light, dark):
        page.goto("/entrar")
    colours = {page: str(page.evaluate("getComputedStyle(document.body).backgroundColor")) for page in (light, dark)}
    assert colours[light] != colours[dark]
    light.get_by_role("button", name="Escuro").click()
    expect(light.locator("body")).to_have_css("background-color", colours[dark])
    dark.get_by_role("button", name="Claro").click()
    expect(dark.locator("body")).to_have_css("background-color", colours[light])


def test_the_month_is_filtered_by_a_form_and_everything_works_without_scripts(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("celular", papel="dono", scripts=False)
    page.goto("/historico")
    page.get_by_label("Artista", exact=True).select_option(label="Cora Lins")
    page.get_by_role("button", name="Mostrar").click()
    expect(page.locator("#s-totais + p")).to_have_text("Só do que o filtro mostra.")
    expect(page.locator("section[aria-labelledby=s-artistas] tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Limpar filtro").click()
    expect(page.locator("section[aria-labelledby=s-artistas] tbody tr")).to_have_count(3)
