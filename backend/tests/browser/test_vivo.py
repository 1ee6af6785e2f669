"""Two people at the desk: what one enters the other sees within two seconds, and is not disturbed by it."""

import time
from collections.abc import Callable
from decimal import Decimal
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from estudio import clock, db
from estudio.domain.artista import Artista
from estudio.domain.rotina import Desfecho
from estudio.domain.usuario import Quem, Usuario
from estudio.services.pagamento_service import register_pagamento
from estudio.services.rodada_service import finish_rodada, open_rodada
from estudio.services.rotinas import get_rotina

DOIS_SEGUNDOS = 2000


def receive(page: Page, valor: str) -> None:
    page.goto("/pagamentos/new")
    page.get_by_label("Cliente").fill("Nina Rosa")
    page.get_by_label("Artista").select_option(label="Bia")
    page.get_by_label("Valor").fill(valor)
    page.get_by_role("button", name="Registrar pagamento").click()
    expect(page.locator(".recado")).to_contain_text("Registrado")


def register(valor: str, artista: str) -> None:
    """As another person does, at another computer."""
    with db.transaction() as session:
        caio = session.scalars(select(Usuario).where(Usuario.nome == "Caio")).one()
        quem: Quem = caio.as_quem("teste")
        artista_id = session.scalars(select(Artista.id).where(Artista.nome == artista)).one()
        register_pagamento(
            session, quem=quem, data=clock.today(), artista_id=artista_id, valor=Decimal(valor), forma="pix"
        )


@pytest.mark.parametrize(
    ("papel", "path", "onde", "valor"),
    [
        ("dono", "/historico", "#v-pagamentos", "R$ 4.321,00"),
        ("recepcao", "/historico", "#v-pagamentos", "R$ 4.321,00"),
        ("dono", "/", "#v-mes", "R$"),
        ("artista", "/", "#v-ganhei", "R$ 1.728,40"),
    ],
)
def test_what_one_enters_the_other_sees_within_two_seconds(
    open_page: Callable[..., Page], papel: str, path: str, onde: str, valor: str
) -> None:
    mine, theirs = open_page("mesa", papel="recepcao"), open_page("celular", papel=papel)
    theirs.goto(path)
    before = theirs.locator(onde).inner_text()
    theirs.evaluate("window.mesma = true")
    receive(mine, "4.321,00")
    asked = time.monotonic()
    expect(theirs.locator(onde)).not_to_have_text(before, timeout=DOIS_SEGUNDOS, use_inner_text=True)
    assert time.monotonic() - asked < 2
    expect(theirs.locator(onde)).to_contain_text(valor)
    assert theirs.evaluate("window.mesma") is True
    expect(theirs.locator("#vivo-diz")).to_contain_text("Atualizado:")


def test_focus_scroll_and_what_is_being_typed_stay(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="dono")
    page.goto("/historico")
    page.get_by_label("Cliente ou observação").fill("meio escr")
    alvo = page.locator("#v-formas a").first
    alvo.focus()
    before = alvo.bounding_box()
    assert before is not None
    register("5.55", "Bia")
    expect(page.locator("#v-pagamentos")).to_contain_text("R$ 5,55", timeout=DOIS_SEGUNDOS)
    expect(page.get_by_label("Cliente ou observação")).to_have_value("meio escr")
    expect(page.locator("#v-formas a:focus")).to_have_count(1)
    after = page.locator("#v-formas a").first.bounding_box()
    assert after is not None
    assert page.evaluate("scrollY") > 0


def test_nothing_is_asked_while_nobody_looks_or_nothing_could_answer(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="dono")
    page.goto("/historico")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.context.set_offline(True)
    page.wait_for_timeout(1500)
    asked.clear()
    page.wait_for_timeout(2500)
    assert [url for url in asked if "/novidades" in url] == []
    register("6.66", "Bia")
    page.context.set_offline(False)
    expect(page.locator("#v-pagamentos")).to_contain_text("R$ 6,66", timeout=DOIS_SEGUNDOS)
    page.goto("/pagamentos/new")
    asked.clear()
    page.wait_for_timeout(2000)
    assert [url for url in asked if "/novidades" in url] == []


def test_what_is_anothers_is_no_news_to_an_artista(open_page: Callable[..., Page]) -> None:
    page = open_page("celular", papel="artista")
    page.wait_for_timeout(1500)
    looked: list[str] = []
    page.on("request", lambda request: looked.append(request.url) if "/novidades" not in request.url else None)
    register("7.77", "Cora Lins")
    page.wait_for_timeout(3000)
    assert looked == []
    register("8.00", "Bia")
    page.wait_for_timeout(2500)
    assert len(looked) == 1


def test_who_was_logged_out_is_left_in_peace(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="dono")
    page.context.clear_cookies(name="sessao")
    register("9.99", "Bia")
    page.wait_for_timeout(2500)
    expect(page.locator("h1")).to_have_text("Como vai o mês")


def test_what_the_studio_does_by_itself_is_seen_without_reloading(open_page: Callable[..., Page]) -> None:
    page = open_page("mesa", papel="dono")
    page.goto("/funcionamento")
    page.evaluate("window.mesma = true")
    number = open_rodada(get_rotina("limpeza"), "", run_id=uuid4(), tarefa_id=None)
    expect(page.locator("#v-rotinas")).to_contain_text("em andamento", timeout=2 * DOIS_SEGUNDOS)
    finish_rodada(number, Desfecho.FEITA, mensagem="Backups antigos apagados: 7")
    expect(page.locator("#v-rotinas")).to_contain_text("Backups antigos apagados: 7", timeout=2 * DOIS_SEGUNDOS)
    assert page.evaluate("window.mesma") is True
    expect(page.locator("#vivo-diz")).to_contain_text("Tarefas")
