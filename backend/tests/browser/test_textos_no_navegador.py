"""Scenario 33 in a real browser: whatever things are called, nothing of it runs, and no page is wider than a phone."""

from collections.abc import Callable, Generator

import pytest
from browser.conftest import Queda, serving_pages
from cast import make_cast
from feitas import get_app
from playwright.sync_api import Dialog, Page
from sqlalchemy import text
from web.conftest import HASH
from web.passeio import fill, list_pages
from web.test_textos_nas_paginas import TEXTOS

from estudio import db

NO_PAGE = {"arquivos.show", "cores.show", "logotipos.show", "dossies.show", "pacotes.show", "calendarios.show",
           "vias.show", "demonstrativo_papeis.show", "entrega_papeis.show",
           "entradas_google.new", "entradas_google.show", "novidades.show", "sugestoes.index", "previas.show",
           "saudes.index", "saudes.show", "preparos.show", "metricas.index"}  # fmt: skip
"""What a browser takes as a file, or a script reads."""

ENDERECOS: list[str] = []


@pytest.fixture
def site(request: pytest.FixtureRequest, queda: Queda) -> Generator[str, None, None]:
    """Instead of the studio of the other tests: one in which everything has an unkind name."""
    request.getfixturevalue("banco")
    with db.transaction() as session:
        cast = make_cast(session)
        session.execute(text("update usuarios set senha_hash = :hash"), {"hash": HASH})
    app = get_app()
    estudio = fill(cast, TEXTOS, len(TEXTOS))
    rules = [rule for rule in list_pages(app) if rule.endpoint not in NO_PAGE]
    ENDERECOS[:] = [path for rule in rules for path in estudio.list_addresses(rule)]
    with serving_pages(app, queda) as address:
        yield address


def test_nothing_of_a_name_runs_and_nothing_is_wider_than_a_phone(open_page: Callable[..., Page]) -> None:
    page, asked, wide = open_page("celular", papel="dono"), set[str](), []
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    page.on("request", lambda sent: asked.add(sent.url))
    for path in ENDERECOS:
        page.goto(path, wait_until="load")
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            wide.append(f"{path}: {over} pixels too wide")
    assert len(ENDERECOS) > 80
    assert dialogs == []
    assert [url for url in asked if url.endswith("/x") or not url.startswith(("http://127.0.0.1:", "data:"))] == []
    assert not wide, "\n".join(wide)
