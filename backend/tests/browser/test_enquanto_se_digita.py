"""What pages tell while somebody types: who is registered already, what the artista gets; and how little they weigh."""

from collections.abc import Callable
from decimal import Decimal

from browser.test_paginas import find_violations
from cast import make_cliente
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from estudio import db
from estudio.domain.cliente import Cliente
from estudio.domain.comissao import calculate_valor
from estudio.domain.dinheiro import format_dinheiro, format_percentual, parse_dinheiro, parse_percentual
from estudio.domain.pagamento import Pagamento
from estudio.web.arquivos import MODULOS

LIMITE = 100_000

TABELA = [
    ("300", "40"),
    ("0,01", "50"),
    ("0,03", "50"),
    ("100,05", "33,33"),
    ("1.234,56", "12,5"),
    ("1 234,50", "0"),
    ("9.999.999,99", "99,99"),
    ("R$ 777,77", "100"),
    ("1234.5", "33.33 %"),
]


def list_options(page: Page) -> Locator:
    return page.locator(".sugestoes").get_by_role("option")


def test_the_comissao_is_told_as_the_domain_rounds_it(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="recepcao")
    page.goto("/pagamentos/new")
    previa = page.locator("[data-previa]")
    for valor, percentual in TABELA:
        page.get_by_label("Valor").fill(valor)
        page.get_by_label("Comissão %").fill(percentual)
        pago, parte = parse_dinheiro(valor), parse_percentual(percentual)
        comissao = calculate_valor(pago, parte)
        expect(previa).to_have_text(
            f"Comissão de {format_percentual(parte)}: {format_dinheiro(comissao)}"
            f" · o estúdio fica com {format_dinheiro(pago - comissao)}"
        )
    for valor in ("", "abc", "1e5", "0", "-3"):
        page.get_by_label("Valor").fill("300")
        expect(previa).not_to_have_text("")
        page.get_by_label("Valor").fill(valor)
        expect(previa).to_have_text("")
    page.get_by_label("Comissão %").fill("")
    page.get_by_label("Valor").fill("300")
    page.get_by_label("Artista").select_option(label="Cora Lins")
    expect(previa).to_have_text("Comissão de 33,33%: R$ 99,99 · o estúdio fica com R$ 200,01")


def test_who_is_registered_is_suggested_by_name_and_picked_by_the_keyboard(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="recepcao")
    with db.transaction() as session:
        outro = make_cliente(session, "Benício Prado", telefone="(11) 95555-1234")
    page.goto("/pagamentos/new")
    campo = page.locator("#cliente")
    expect(campo).to_be_focused()
    page.keyboard.type("benic")
    expect(campo).to_have_attribute("aria-expanded", "true")
    expect(list_options(page)).to_have_count(2)
    expect(page.get_by_role("status").filter(has_text="2 clientes já cadastrados.")).to_have_count(1)
    assert find_violations(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(list_options(page).nth(1)).to_have_attribute("aria-selected", "true")
    expect(list_options(page).nth(1)).to_have_text("Benício Prado · (11) 95555-1234")
    page.keyboard.press("Enter")
    expect(campo).to_have_value("Benício Prado")
    expect(page.get_by_label("Telefone")).to_have_value("(11) 95555-1234")
    expect(campo).to_have_attribute("aria-expanded", "false")
    # Two have the name; who was picked is who is meant, and nobody is asked again.
    page.get_by_label("Artista").select_option(label="Bia")
    page.get_by_label("Valor").fill("321,00")
    page.get_by_role("button", name="Registrar pagamento").click()
    expect(page.locator(".recado")).to_contain_text("Registrado: R$ 321,00")
    with db.transaction(read_only=True) as session:
        query = select(Pagamento.cliente_id).where(Pagamento.valor == Decimal("321.00"))
        assert session.scalars(query).all() == [outro.id]


def test_typing_on_takes_the_pick_back_and_escape_closes(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="recepcao")
    page.goto("/pagamentos/new")
    expect(page.locator("#cliente")).to_be_focused()
    page.keyboard.type("Aurora")
    list_options(page).filter(has_text="Aurora Vasconcelos").click()
    expect(page.get_by_label("Cliente")).to_be_focused()
    assert page.locator("[name=cliente_id]").input_value() != ""
    page.keyboard.type(" Neta")
    expect(page.locator("[name=cliente_id]")).to_have_value("")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("joao")
    expect(list_options(page)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(list_options(page)).to_have_count(0)
    expect(page.get_by_label("Cliente")).to_have_value("joao")


def test_a_phone_tells_who_has_it(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="recepcao")
    page.goto("/pagamentos/new")
    page.get_by_label("Telefone").focus()
    page.keyboard.type("90000-1234")
    expect(list_options(page)).to_have_text(["Dora · (11) 90000-1234"])
    list_options(page).click()
    expect(page.get_by_label("Cliente")).to_have_value("Dora")


def test_a_name_is_text_in_the_list_too(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="dono")
    page.goto("/pagamentos/new")
    page.keyboard.type("img src")
    expect(list_options(page)).to_have_text(["<img src=x onerror=alert(1)> · sem telefone"])
    assert page.locator("main img").count() == 0
    with db.transaction(read_only=True) as session:
        assert session.scalar(select(Cliente.id).where(Cliente.nome.like("<img%"))) is not None


def test_the_first_load_is_small_and_asks_nobody_else(open_page: Callable[..., Page], site: str) -> None:
    page = open_page("celular", papel="dono")
    for path in ("/", "/historico", "/pagamentos/new"):
        fresh = page.context.new_page()
        wire = page.context.new_cdp_session(fresh)
        wire.send("Network.enable")
        wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        sizes: list[int] = []
        asked: list[str] = []
        wire.on("Network.loadingFinished", lambda told, sizes=sizes: sizes.append(int(told["encodedDataLength"])))
        wire.on("Network.requestWillBeSent", lambda told, asked=asked: asked.append(told["request"]["url"]))
        fresh.goto(path, wait_until="networkidle" if path == "/pagamentos/new" else "load")
        assert 20_000 < sum(sizes) <= LIMITE, path
        assert sum(".js" in url for url in asked) == len(MODULOS)
        assert all(url.startswith((site, "data:")) for url in asked), asked
        fresh.close()
