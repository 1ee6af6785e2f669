"""The pages in a real browser: Debian's Chromium, driven by Playwright, on a studio with a month of work.

Where Chromium is missing the tests are left out; in CI (CI=true) that is an error: `.ci/run` installs it.
"""

import socket
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

import pytest
from cast import Cast, book, make_artista, make_cast, make_cliente, pay, shut, spend
from conftest import Banco
from feitas import get_app
from ferramentas import find_tool
from flask import Flask
from moldes import Copiar
from ouvintes import serving
from playwright.sync_api import Browser, Page, expect, sync_playwright
from services.test_acerto import settle
from sqlalchemy import text
from sqlalchemy.orm import Session
from web.conftest import EMAILS, HASH, SENHA
from werkzeug.serving import make_server

from estudio import clock, db
from estudio.domain.acerto import Tipo
from estudio.domain.competencia import Competencia
from estudio.services.acerto_service import register_recebido
from estudio.services.documento_service import ensure_documentos
from estudio.services.estoque_service import deactivate_item, register_item
from estudio.services.ficha_service import create_ficha
from estudio.services.recorrente_service import register_recorrente

FECHADO = "2025-03"
"""The month of the site that is closed."""

TAMANHOS = {"celular": (390, 844), "mesa": (1440, 900)}


@pytest.fixture(scope="session")
def chromium() -> Generator[Browser, None, None]:
    with sync_playwright() as playwright:
        # As root, as in a container, Chromium has no sandbox of its own.
        opened = playwright.chromium.launch(executable_path=find_tool("chromium"), args=["--no-sandbox"])
        yield opened
        opened.close()


@dataclass
class Queda:
    """Stands between the server and the pages: asked to, it lets the next deed be done and its answer be lost."""

    app: Callable[..., Iterable[bytes]] | None = None
    perder: bool = False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        assert self.app is not None, "the site gives the pages"
        if not (self.perder and environ["REQUEST_METHOD"] == "POST"):
            return self.app(environ, start_response)
        self.perder = False
        for _ in self.app(environ, lambda *_: None):
            pass
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        start_response("500 Nobody hears", [])
        return []


@pytest.fixture
def queda() -> Queda:
    return Queda()


def _fill(_: Banco) -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        _register_month(session, cast)
        pay(session, cast, "420.00", data=Competencia.parse(FECHADO).first_day, artista=cast.bia, cliente=cast.dora)
        for tipo, motivo in ((Tipo.REPASSE, None), (Tipo.ALUGUEL, None), (Tipo.BONUS, "Convenção de março")):
            settle(session, cast, tipo, "80.00", data=Competencia.parse(FECHADO).first_day, motivo=motivo)
        # The month after it is over and ready to be closed.
        pay(session, cast, "380.00", data=Competencia.parse(FECHADO).next_first_day, artista=cast.bia)
        session.execute(text("update usuarios set senha_hash = :hash"), {"hash": HASH})
        # Not before: a new password ends what there was.
        create_ficha(session, quem=cast.quem_ana, nome="Planilha da contadora", escopos=["leitura", "registro"])
    with db.transaction() as session:
        shut(session, FECHADO)
    ensure_documentos(Competencia.parse(FECHADO), quem=cast.quem_ana)


@pytest.fixture
def site(copiar: Copiar[None], queda: Queda) -> Generator[str, None, None]:
    """The address of a studio with something in every section, served for as long as the test takes."""
    copiar(_fill)
    with serving_pages(get_app(), queda) as address:
        yield address


@contextmanager
def serving_pages(app: Flask, queda: Queda) -> Generator[str, None, None]:
    """These pages at an address of this machine."""
    queda.app = app
    server = make_server("127.0.0.1", 0, queda, threaded=True)
    with serving(server, "pages"):
        yield f"http://127.0.0.1:{server.port}"


def _register_month(session: Session, cast: Cast) -> None:
    hoje = clock.today()
    nomes = (
        "João d'Ávila & Filhos",
        "Benício Prado",
        "Aurora Vasconcelos de Albuquerque",
        "<img src=x onerror=alert(1)>",
    )
    clientes = [make_cliente(session, nome) for nome in nomes]
    cora = make_artista(session, "Cora Lins", percentual=3333)
    for number in range(14):
        dia = max(hoje - timedelta(days=number), hoje.replace(day=1))
        cliente = clientes[number % 4] if number % 5 else None
        artista = (cast.ana, cast.bia, cora)[number % 3]
        sessao = book(session, cast, f"{180 + 35 * number}.00", data=dia, artista=artista, cliente=cliente)
        forma = ("pix", "credito", "dinheiro")[number % 3]
        pago = pay(
            session,
            cast,
            f"{180 + 35 * number}.50",
            data=dia,
            artista=artista,
            cliente=cliente,
            forma=forma,
            sessoes=[sessao],
        )
    for cliente in clientes[:3]:
        book(session, cast, "450.00", data=hoje, cliente=cliente)
    for nome, quantidade in (("Agulhas 3RL", 40), ("Luvas nitrílicas M", 3), ("Tinta preta 240 ml", 0)):
        register_item(session, quem=cast.quem_caio, nome=nome, quantidade=quantidade, observacoes="Prateleira de cima")
    deactivate_item(session, register_item(session, quem=cast.quem_caio, nome="Papel vegetal").id, quem=cast.quem_caio)
    spend(session, cast, "1890.00", data=hoje, descricao="Aluguel da sala", categoria="aluguel")
    spend(session, cast, "236.40", data=hoje)
    for tipo, motivo in ((Tipo.VALE, None), (Tipo.BONUS, "Convenção de agosto")):
        settle(session, cast, tipo, "120.00", data=hoje, motivo=motivo)
    register_recebido(session, pago.id, quem=cast.quem_ana)
    for descricao, valor, no_dia in (("Internet", "119.90", 10), ("Contador", "350.00", 31)):
        register_recorrente(
            session,
            quem=cast.quem_ana,
            descricao=descricao,
            valor=Decimal(valor),
            forma="pix",
            categoria="contas",
            dia=no_dia,
            desde=hoje.replace(day=1),
        )


@pytest.fixture
def open_page(chromium: Browser, site: str) -> Generator[Callable[..., Page], None, None]:
    """Opens pages of the site, each in a browser of its own; what a page's script complains of fails the test."""
    contexts, told = [], list[str]()

    def open_new(
        tamanho: str = "mesa",
        *,
        tema: Literal["light", "dark"] = "light",
        lingua: str = "pt-BR",
        papel: str | None = None,
        scripts: bool = True,
    ) -> Page:
        width, height = TAMANHOS[tamanho]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=tema,
            locale=lingua,
            base_url=site,
            java_script_enabled=scripts,
            has_touch=tamanho == "celular",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
        if papel is not None:
            log_in(page, papel)
        return page

    yield open_new
    for context in contexts:
        context.close()
    # A page of ours that is not found says so there too.
    expected = (
        "the server responded with a status of 4",
        "with a status of 50",
        "net::ERR_INTERNET_DISCONNECTED",
        "net::ERR_EMPTY_RESPONSE",
    )
    assert [text for text in told if not any(words in text for words in expected)] == []


def log_in(page: Page, papel: str) -> None:
    """As a person does who has only a keyboard: the page gives the first field the focus."""
    page.goto("/entrar")
    expect(page.locator("#email")).to_be_focused()
    page.keyboard.type(EMAILS[papel])
    page.keyboard.press("Tab")
    page.keyboard.type(SENHA)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
