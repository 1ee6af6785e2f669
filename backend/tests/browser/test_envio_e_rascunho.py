"""Offline-friendly manners: what is typed is not lost, and what is sent is not saved twice."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from browser.conftest import Queda, log_in
from browser.test_paginas import find_violations
from playwright.sync_api import Page, expect
from sqlalchemy import func, select
from web.conftest import EMAILS, SENHA

from estudio import db
from estudio.domain.pagamento import Pagamento

VALOR = "777,77"


def count_payments(valor: str = "777.77") -> int:
    with db.transaction(read_only=True) as session:
        query = select(func.count()).select_from(Pagamento).where(Pagamento.valor == Decimal(valor))
        return session.scalars(query).one()


def fill_in(page: Page) -> None:
    page.goto("/pagamentos/new")
    page.get_by_label("Cliente").fill("Nina Rosa")
    page.get_by_label("Telefone").fill("(11) 90000-7777")
    page.get_by_label("Artista").select_option(label="Bia")
    page.get_by_label("Registrar também a sessão").check()
    page.get_by_label("Valor").fill(VALOR)
    page.get_by_label("Observações").fill("braço <b>esquerdo</b>")


def ensure_filled_in(page: Page) -> None:
    expect(page.get_by_label("Cliente")).to_have_value("Nina Rosa")
    expect(page.get_by_label("Telefone")).to_have_value("(11) 90000-7777")
    expect(page.get_by_label("Artista")).to_have_value("2")
    expect(page.get_by_label("Registrar também a sessão")).to_be_checked()
    expect(page.get_by_label("Valor")).to_have_value(VALOR)
    expect(page.get_by_label("Observações")).to_have_value("braço <b>esquerdo</b>")


def send(page: Page) -> None:
    page.get_by_role("button", name="Registrar pagamento").click()


def ensure_registered_once(page: Page) -> None:
    expect(page.locator(".recado")).to_contain_text("Registrado: R$ 777,77")
    assert count_payments() == 1
    assert page.evaluate("Object.keys(sessionStorage).length") == 0


def test_without_a_connection_the_page_stays_says_so_and_tries_again(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="recepcao")
    fill_in(page)
    page.context.set_offline(True)
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("Sem conexão com o estúdio. Nada do que você digitou se perdeu")
    expect(page.get_by_role("alert")).to_be_focused()
    ensure_filled_in(page)
    assert count_payments() == 0
    page.get_by_role("button", name="Tentar de novo").click()
    expect(page.get_by_role("alert")).to_have_count(1)
    page.context.set_offline(False)
    assert find_violations(page) == []
    page.get_by_role("button", name="Tentar de novo").click()
    ensure_registered_once(page)


@pytest.mark.parametrize("volta", ["de novo", "recarrega"])
def test_an_answer_that_is_lost_after_saving_does_not_make_two(
    open_page: Callable[..., Page], queda: Queda, volta: str
) -> None:
    page = open_page("celular", papel="recepcao")
    fill_in(page)
    queda.perder = True
    send(page)
    expect(page.get_by_role("alert")).to_be_visible()
    assert count_payments() == 1
    if volta == "recarrega":
        page.reload()
        expect(page.locator(".recado")).to_contain_text("Trouxemos de volta o que você tinha digitado")
        ensure_filled_in(page)
        assert find_violations(page) == []
        send(page)
    else:
        page.get_by_role("button", name="Tentar de novo").click()
    ensure_registered_once(page)


def test_pressing_twice_is_one_deed(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="recepcao")
    fill_in(page)
    page.get_by_role("button", name="Registrar pagamento").dblclick()
    ensure_registered_once(page)


def test_who_was_logged_out_meanwhile_finds_the_form_as_they_left_it(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="recepcao")
    fill_in(page)
    page.context.clear_cookies(name="sessao")
    send(page)
    page.wait_for_url("**/entrar?volta=**")
    assert count_payments() == 0
    page.locator("#email").fill(EMAILS["recepcao"])
    page.locator("#senha").fill(SENHA)
    page.keyboard.press("Enter")
    page.wait_for_url("**/pagamentos/new")
    ensure_filled_in(page)
    assert SENHA not in page.evaluate("JSON.stringify(sessionStorage)")
    send(page)
    ensure_registered_once(page)


def test_what_one_typed_is_nobody_elses_and_leaving_forgets_it(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="recepcao")
    fill_in(page)
    assert "Nina Rosa" in page.evaluate("JSON.stringify(sessionStorage)")
    page.context.clear_cookies(name="sessao")
    log_in(page, "dono")
    page.goto("/pagamentos/new")
    expect(page.get_by_label("Cliente")).to_have_value("")
    assert "Nina Rosa" not in page.evaluate("JSON.stringify(sessionStorage)")
    page.get_by_label("Cliente").fill("Outra Pessoa")
    page.locator(".conta summary").click()
    page.get_by_role("button", name="Sair").click()
    expect(page.locator("h1")).to_have_text("Entrar")
    assert page.evaluate("Object.keys(sessionStorage).length") == 0


def test_a_form_of_before_logging_in_again_is_sent_with_the_new_key(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="recepcao")
    fill_in(page)
    other = page.context.new_page()
    other.goto("/")
    other.locator(".conta summary").click()
    other.get_by_role("button", name="Sair").click()
    log_in(other, "recepcao")
    send(page)
    ensure_registered_once(page)


def test_what_is_refused_is_said_in_place_and_what_was_typed_stays(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="recepcao")
    fill_in(page)
    page.get_by_label("Valor").fill("abc")
    send(page)
    expect(page.locator(".resumo")).to_be_focused()
    expect(page.locator("#valor-erro")).to_contain_text("não foi entendido")
    expect(page.get_by_label("Cliente")).to_have_value("Nina Rosa")
    assert page.url.endswith("/pagamentos/new")
    assert find_violations(page) == []
    page.get_by_label("Valor").fill(VALOR)
    send(page)
    ensure_registered_once(page)


def test_who_begins_anew_begins_with_nothing(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="recepcao")
    fill_in(page)
    page.reload()
    page.get_by_role("button", name="Começar de novo").click()
    expect(page.get_by_label("Cliente")).to_have_value("")
    expect(page.locator(".recado")).to_have_count(0)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (502, "Bad Gateway", "Sem conexão com o estúdio."),
        (200, "<main>Entre na rede do café</main>", "Sem conexão com o estúdio."),
        (503, "<main id=conteudo><p data-mensagem>O banco de dados não respondeu.</p></main>", "O banco de dados não"),
    ],
)
def test_what_is_no_answer_of_the_studio_keeps_the_page(
    open_page: Callable[..., Page], status: int, body: str, said: str
) -> None:
    page = open_page("celular", papel="recepcao")
    fill_in(page)
    page.route("**/pagamentos", lambda route: route.fulfill(status=status, content_type="text/html", body=body))
    send(page)
    expect(page.get_by_role("alert")).to_contain_text(said)
    ensure_filled_in(page)
    page.unroute("**/pagamentos")
    page.get_by_role("button", name="Tentar de novo").click()
    ensure_registered_once(page)


def test_a_form_that_was_sent_with_other_contents_is_registered_as_new_by_one_more_press(
    open_page: Callable[..., Page], queda: Queda
) -> None:
    page = open_page("mesa", papel="recepcao")
    fill_in(page)
    queda.perder = True
    send(page)
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Valor").fill("888,88")
    send(page)
    expect(page.locator(".resumo")).to_contain_text("já foi enviado com outros dados")
    page.reload()
    expect(page.get_by_label("Valor")).to_have_value("888,88")
    send(page)
    expect(page.locator(".recado")).to_contain_text("Registrado: R$ 888,88")
    assert (count_payments(), count_payments("888.88")) == (1, 1)
