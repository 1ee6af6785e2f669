"""Every page walked: how often each asks the database, and what it makes of an address that means nothing."""

from collections.abc import Callable
from typing import Any, Final

from cast import Cast
from flask import Flask
from sqlalchemy import event
from web.conftest import EMAILS, Browser
from web.passeio import FECHADO, MAIS_CHEIO, Estudio, fill, grow, list_pages
from werkzeug.datastructures import ImmutableMultiDict

from estudio import db

POUCAS, MUITAS = 5, 60

MAIS_COMANDOS: Final = 30
"""Statements that any page may make, whatever stands on it."""

DE_TODAS_AS_TAREFAS: Final = 45
"""Funcionamento asks each rotina whether it is due, as the worker does every minute."""

LIXO: Final = (
    "x",
    "-1",
    "0",
    "1.5",
    "9" * 30,
    str(2**63),
    str(2**63 - 1),
    "ontem",
    "0001-01-01",
    "9999-12-31",
    "1999-12",
    "2026-13",
    "2026-11-31",
    "2026-11-04.9223372036854775808",
    "2026-11-04.1.1",
    "0000-00-00.0",
    "25:61",
    "a" * 5000,
    "%00",
    "%FF%FE",
    "%ED%A0%80",
    "%F0%9F%92%80%E2%80%AE",
    "'%22%3E<b>",
    "%25_",
    "NaN",
    "1e5",
    "%D9%A3",
)
"""What somebody, or some program, writes after the `=` of an address."""


def test_a_page_asks_as_often_however_much_there_is(app: Flask, cast: Cast, log_in: Callable[[str], Browser]) -> None:
    nomes = [f"Nome {letra}" for letra in "abcdefg"]
    estudio = fill(cast, nomes, POUCAS)
    paths = [path for rule in list_pages(app) for path in estudio.list_addresses(rule)]
    statements: list[str] = []
    event.listen(db.get_engine(), "before_cursor_execute", lambda *args: statements.append(args[2]))
    browsers = {papel: log_in(papel) for papel in EMAILS}

    def count(mes: str) -> dict[str, int]:
        counts = {}
        for papel, browser in browsers.items():
            for path in paths:
                statements.clear()
                browser.get(path.replace(FECHADO, mes))
                counts[f"{papel} {path}"] = len(statements)
        return counts

    few = count(FECHADO)
    grow(cast, nomes, range(POUCAS, MUITAS))
    many = count(MAIS_CHEIO)
    assert {page: (few[page], many[page]) for page in few if many[page] > few[page]} == {}
    most = {page: DE_TODAS_AS_TAREFAS if "/funcionamento" in page else MAIS_COMANDOS for page in many}
    assert {page: asked for page, asked in many.items() if asked > most[page]} == {}
    assert max(many.values()) > 5


class Lidos(ImmutableMultiDict[str, str]):
    """What an address asks of a page, and what the page looked for in it."""

    nomes: Final[set[str]] = set()

    def __getitem__(self, key: str) -> str:
        self.nomes.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.nomes.add(str(key))
        return super().__contains__(key)

    def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
        self.nomes.add(key)
        return super().get(key, *args, **kwargs)

    def getlist(self, key: str, *args: Any, **kwargs: Any) -> Any:
        self.nomes.add(key)
        return super().getlist(key, *args, **kwargs)


def walk_garbage(app: Flask, browser: Browser, estudio: Estudio) -> tuple[list[str], set[str]]:
    """Ask every page with garbage for each thing it looks for; returns what broke, and what was looked for."""
    wrong, asked = [], set()
    for rule in list_pages(app):
        path = estudio.list_addresses(rule)[0].partition("?")[0]
        names: set[str] = set()
        Lidos.nomes.clear()
        browser.get(path)
        # What is looked for only where something else was found is learnt on the way.
        while left := Lidos.nomes - names:
            for name in sorted(left):
                names.add(name)
                for lixo in LIXO:
                    status = browser.get(f"{path}?{name}={lixo}").status_code
                    if status not in (200, 303, 400, 403, 404, 422):
                        wrong.append(f"{status} {path}?{name}={lixo[:40]}")
        asked |= {f"{rule.endpoint}?{name}" for name in names}
    return wrong, asked


def test_garbage_in_an_address_breaks_no_page(app: Flask, cast: Cast, log_in: Callable[[str], Browser]) -> None:
    estudio = fill(cast, ["Nome"], 1)
    dono, artista = log_in("dono"), log_in("artista")
    app.request_class.parameter_storage_class = Lidos
    try:
        wrong, asked = walk_garbage(app, dono, estudio)
        assert wrong == []
        wrong, _ = walk_garbage(app, artista, estudio)
        assert wrong == []
    finally:
        del app.request_class.parameter_storage_class
    assert {"pagamentos.index?depois", "clientes.show?sessoes", "agendas.index?dia", "numeros.show?chave"} <= asked
