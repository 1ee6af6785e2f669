"""The things done every day, counted: as many taps and characters as the design allows, on the phone, at the desk, and
by the keyboard alone. Each begins logged in, on one's own Início."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from browser.toques import Toques
from playwright.sync_api import Page, expect
from sqlalchemy import select

from estudio import db
from estudio.domain.cliente import Cliente
from estudio.domain.pagamento import Pagamento
from estudio.domain.sessao import Sessao

COMO = pytest.mark.parametrize(
    ("tamanho", "teclado"), [("celular", False), ("mesa", False), ("mesa", True)], ids=["celular", "mesa", "teclado"]
)

Begin = Callable[[str, str, bool], Toques]


@pytest.fixture
def begin(open_page: Callable[..., Page]) -> Begin:
    def open_inicio(papel: str, tamanho: str, teclado: bool) -> Toques:
        return Toques(open_page(tamanho, papel=papel), teclado)

    return open_inicio


@COMO
def test_receive_for_a_sessao_of_today(begin: Begin, tamanho: str, teclado: bool) -> None:
    pessoa = begin("recepcao", tamanho, teclado)
    pessoa.press(pessoa.page.get_by_role("button", name="Benício Prado"))
    expect(pessoa.page.locator(".recado")).to_contain_text("Registrado: R$ 450,00 ·")
    expect(pessoa.page.locator(".recado")).to_contain_text("Benício Prado")
    pessoa.ensure_at_most(2, 0)


@COMO
def test_a_walk_in_on_one_screen(begin: Begin, tamanho: str, teclado: bool) -> None:
    nome, telefone, valor = "Nina Rosa", "11900007777", "380"
    pessoa = begin("recepcao", tamanho, teclado)
    page = pessoa.page
    pessoa.press(page.get_by_role("link", name="Atender sem hora marcada"))
    expect(page.locator("#cliente")).to_be_focused()
    pessoa.write(page.locator("#cliente"), nome)
    pessoa.write(page.locator("#telefone"), telefone)
    pessoa.choose(page.locator("#artista_id"), "Bia")
    pessoa.write(page.locator("#valor"), valor)
    pessoa.enter()
    expect(page.locator(".recado")).to_contain_text("Registrado: R$ 380,00")
    pessoa.ensure_at_most(6, len(nome) + len(telefone) + len(valor) + (3 if teclado else 0))
    with db.transaction(read_only=True) as session:
        cliente = session.scalars(select(Cliente).where(Cliente.nome == nome)).one()
        sessao = session.scalars(select(Sessao).where(Sessao.cliente_id == cliente.id)).one()
        pagamento = session.get_one(Pagamento, sessao.payment_id)
        assert (cliente.telefone, pagamento.valor) == ("(11) 90000-7777", Decimal("380.00"))
        assert pagamento.cliente_id == cliente.id


@COMO
def test_an_artista_reads_what_they_earned_without_pressing_anything(begin: Begin, tamanho: str, teclado: bool) -> None:
    pessoa = begin("artista", tamanho, teclado)
    ganhei = pessoa.page.locator("#v-ganhei")
    for words in ("Hoje", "No mês", "Falta receber"):
        expect(ganhei).to_contain_text(words)
    expect(ganhei).to_be_in_viewport(ratio=0.9)
    pessoa.ensure_at_most(0, 0)


@COMO
def test_why_is_it_this_number(begin: Begin, tamanho: str, teclado: bool) -> None:
    pessoa = begin("artista", tamanho, teclado)
    page = pessoa.page
    numero = page.locator("#v-ganhei a.numero")
    wanted = numero.inner_text().split("\n")[0].replace("Por que esse valor?", "").strip()
    pessoa.press(numero)
    expect(page.locator("h1")).to_have_text("Por que esse valor?")
    expect(page.locator(".fatura .soma dd")).to_have_text(wanted)
    shown = page.locator(".linhas tbody td:last-child .quantia").all_inner_texts()
    assert len(shown) > 2
    total = sum(Decimal(text.removeprefix("R$ ").replace(".", "").replace(",", ".")) for text in shown)
    assert f"R$ {total:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".") == wanted
    pessoa.ensure_at_most(1, 0)


@COMO
def test_a_wrong_payment_is_corrected_and_the_correction_undone(begin: Begin, tamanho: str, teclado: bool) -> None:
    pessoa = begin("dono", tamanho, teclado)
    page = pessoa.page
    pessoa.press(page.locator(".menu").get_by_role("link", name="Pagamentos"))
    pessoa.press(page.locator(".linhas tbody a").first)
    page.wait_for_url("**/edit")
    pessoa.replace(page.locator("#valor"), "95")
    pessoa.enter()
    expect(page.locator(".recado")).to_contain_text("Alterado: R$ 95,00")
    corrected = (pessoa.toques, pessoa.letras)
    pessoa.press(page.get_by_role("button", name="Desfazer"))
    expect(page.locator(".recado")).to_contain_text("Desfeito: voltou a ser R$ 180,50")
    assert corrected[0] <= 3
    assert corrected[1] == len("95")
    assert pessoa.toques - corrected[0] == 1


@COMO
def test_the_dono_reads_how_the_month_goes_without_pressing_anything(begin: Begin, tamanho: str, teclado: bool) -> None:
    pessoa = begin("dono", tamanho, teclado)
    mes = pessoa.page.locator("#v-mes")
    for words in ("Receita Total (Bruta)", "Comissões Totais", "Despesas (Gastos)", "Receita Líquida", "até"):
        expect(mes).to_contain_text(words)
    expect(mes.locator(".soma")).to_be_in_viewport()
    pessoa.ensure_at_most(0, 0)


@COMO
def test_find_a_client_by_name(begin: Begin, tamanho: str, teclado: bool) -> None:
    pessoa = begin("recepcao", tamanho, teclado)
    page = pessoa.page
    pessoa.press(page.locator(".menu").get_by_role("link", name="Clientes"))
    expect(page.locator("#q")).to_be_focused()
    pessoa.write(page.locator("#q"), "beni")
    expect(page.locator("#achados tbody tr")).to_have_count(1)
    expect(page.locator("#achados")).to_contain_text("Benício Prado")
    expect(page.locator("#quantos")).to_have_text("1 encontrado")
    pessoa.ensure_at_most(1, 4)


@COMO
def test_book_a_known_client_with_an_artista(begin: Begin, tamanho: str, teclado: bool) -> None:
    pessoa = begin("recepcao", tamanho, teclado)
    page = pessoa.page
    pessoa.press(page.get_by_role("link", name="Marcar com Bia"))
    expect(page.locator("#cliente")).to_be_focused()
    pessoa.write(page.locator("#cliente"), "beni")
    opcao = page.locator(".sugestoes").get_by_role("option")
    expect(opcao).to_have_count(1)
    if teclado:
        pessoa.passos += 1
        page.keyboard.press("ArrowDown")
        pessoa.enter()
    else:
        pessoa.press(opcao)
    expect(page.locator("#cliente")).to_have_value("Benício Prado")
    if teclado:
        pessoa.enter()
    else:
        pessoa.press(page.get_by_role("button", name="Marcar sessão"))
    expect(page.locator(".recado")).to_contain_text("Benício Prado")
    pessoa.ensure_at_most(3, 4)


@COMO
def test_an_expense(begin: Begin, tamanho: str, teclado: bool) -> None:
    pessoa = begin("dono", tamanho, teclado)
    page = pessoa.page
    pessoa.press(page.get_by_role("link", name="Lançar gasto"))
    expect(page.locator("#valor")).to_be_focused()
    pessoa.write(page.locator("#valor"), "45")
    pessoa.write(page.locator("#descricao"), "Luvas")
    pessoa.enter()
    expect(page.locator(".recado")).to_contain_text("R$ 45,00")
    pessoa.ensure_at_most(3, len("45") + len("Luvas"))


@COMO
def test_a_month_that_is_ready_is_closed(begin: Begin, tamanho: str, teclado: bool) -> None:
    pessoa = begin("dono", tamanho, teclado)
    page = pessoa.page
    pessoa.press(page.get_by_role("link", name=re.compile("^Conferir ")))
    pessoa.press(page.get_by_role("button", name=re.compile("^Fechar .* de 20")))
    expect(page.locator("#andamento")).to_contain_text("Fechamento: fechado")
    pessoa.ensure_at_most(2, 0)
