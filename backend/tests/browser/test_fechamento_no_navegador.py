"""A month closed in the browser while others look on: two at once, a tab that is gone, a server that is killed."""

import os
import re
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest
from browser.conftest import log_in
from cli.test_web import find_port, get, served
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from estudio import db

ABRIL = "2025-04"
"""The month of the site that is over and open."""

FECHAR = re.compile("^Fechar abril de 2025")


@contextmanager
def desk_writes_in_april() -> Generator[None, None, None]:
    """Somebody at the desk is about to register an expense in April: who closes it waits. It is not registered."""
    with db.transaction() as session:
        session.execute(
            text(
                """insert into estudio.gastos (data, valor_centavos, descricao, forma)
                   values ('2025-04-10', 100, 'Café', 'pix')"""
            )
        )
        yield
        session.rollback()


def list_versoes() -> list[int]:
    with db.transaction(read_only=True) as session:
        return list(
            session.scalars(text("select versao from estudio.extratos where mes = '2025-04-01' order by versao"))
        )


def check(page: Page) -> None:
    page.goto(f"/extratos/{ABRIL}/conferencia")
    expect(page.get_by_role("button", name=FECHAR)).to_be_visible()


def test_two_who_close_at_once_and_one_who_comes_later_watch_one_closing(open_page: Callable[..., Page]) -> None:
    one, other = open_page("mesa", papel="dono"), open_page("celular", papel="dono")
    check(one)
    check(other)
    with desk_writes_in_april():
        for page in (one, other):
            page.get_by_role("button", name=FECHAR).click()
            expect(page.locator("#andamento")).to_contain_text("esperando quem está lançando")
        assert one.url == other.url
        # Who closed the tab finds it again from where one looks for the month.
        one.goto("/")
        one.goto(f"/extratos/{ABRIL}")
        one.get_by_role("region", name="Execuções").get_by_role("link").first.click()
        expect(one.locator("#andamento progress")).to_be_visible()
    for page in (one, other):
        expect(page.locator("#andamento")).to_contain_text("Fechamento: fechado", timeout=30_000)
    assert list_versoes() == [1]


@pytest.mark.usefixtures("site")
def test_the_process_that_closes_is_killed_and_the_month_is_closed_by_the_next_press(chromium: Browser) -> None:
    port = find_port()
    with served(port):
        assert get(f"http://127.0.0.1:{port}/")[0] == 200
        context = chromium.new_context(base_url=f"http://127.0.0.1:{port}", locale="pt-BR")
        page = context.new_page()
        log_in(page, "dono")
        check(page)
        with desk_writes_in_april():
            page.get_by_role("button", name=FECHAR).click()
            expect(page.locator("#andamento")).to_contain_text("esperando quem está lançando")
            os.kill(find_process(), signal.SIGKILL)
            # The stream breaks off with the process; another process answers the page that asks again.
            expect(page.locator("#andamento")).to_contain_text("parou sem dizer como terminou", timeout=60_000)
        assert list_versoes() == []
        page.goto("/")
        expect(page.get_by_text("não deu certo")).to_be_visible()
        page.get_by_role("link", name="Ver o que houve").click()
        page.get_by_role("link", name="Conferir abril de 2025").click()
        page.get_by_role("button", name=FECHAR).click()
        expect(page.locator("#andamento")).to_contain_text("Fechamento: fechado", timeout=60_000)
        page.get_by_role("link", name="Abrir o Extrato").click()
        expect(page.get_by_role("region", name="Execuções")).to_contain_text("interrompido, nada mudou")
        context.close()
    assert list_versoes() == [1]


def find_process() -> int:
    """The process that is closing, by what it says of itself."""
    with db.transaction(read_only=True) as session:
        return int(session.scalars(text("select pid from estudio.execucoes where desfecho is null")).one())
