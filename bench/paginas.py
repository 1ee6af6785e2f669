"""A page of the Histórico: fifty rows of a month that has up to a million payments, the first page and any other.

The deed is what a page of the program calls, its transaction included; the query is the part of it that waits for
PostgreSQL.
"""

import random
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

from escala import Escala
from fechamento import BASE, prepare_month
from livro import MES, SEED
from medidas import Grupo, format_size, percentile
from servidor import Connection, Servidor
from sqlalchemy import event
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.historico import Cursor, Filtro
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services import historico_service

MONTH = Filtro.of_month(MES)
ARTISTA = Filtro.of_month(MES, artista_id=1)
FORMA = Filtro.of_month(MES, forma="debito")

WHOLE = "every section, with totals"
WHOLE_VIEWS = 5
"""How often the whole Histórico is asked for in a run: its totals read every row of the month, with no target set."""

Page = Callable[[Session, Cursor | None], object]

PAGES: dict[str, Page] = {
    "payments": lambda s, after: historico_service.list_pagamentos(s, MONTH, quem=LINHA_DE_COMANDO, depois_de=after),
    "of an artist": lambda s, after: historico_service.list_pagamentos(
        s, ARTISTA, quem=LINHA_DE_COMANDO, depois_de=after
    ),
    "by one form": lambda s, after: historico_service.list_pagamentos(s, FORMA, quem=LINHA_DE_COMANDO, depois_de=after),
    "commissions": lambda s, after: historico_service.list_comissoes(s, MONTH, quem=LINHA_DE_COMANDO, depois_de=after),
    "sessions": lambda s, after: historico_service.list_sessoes(s, MONTH, quem=LINHA_DE_COMANDO, depois_de=after),
    "expenses": lambda s, after: historico_service.list_gastos(s, MONTH, quem=LINHA_DE_COMANDO, depois_de=after),
}


def measure_pages(servidor: Servidor, escala: Escala) -> Grupo:
    """Ask for pages of each section: milliseconds of the query and of the deed."""
    size = max(escala.sizes)
    grupo = Grupo("pages", f"A page of the Histórico (50 rows) of a month of {format_size(size)} payments")
    prepare_month(servidor, size, BASE)
    servidor.use_database("medido")
    with servidor.connect("medido") as connection:
        anywhere = _choose_places(connection, escala.pages)
    for what, page in PAGES.items():
        for where, places in ((f"{what}, first", [None] * escala.pages), (f"{what}, any depth", anywhere)):
            _read_pages(page, places[:10])
            _add_page(grupo, where, [_read_pages(page, places) for _ in range(escala.runs)])
    _add_page(grupo, WHOLE, [_read_whole() for _ in range(escala.runs)])
    slowest = max(m.median for m in grupo.medidas if m.onde == "query p99" and m.nome != WHOLE)
    grupo.aim(f"p99 of the query of any page, {format_size(size)} payments in the month", slowest, 5, "ms")
    servidor.drop_database("medido")
    return grupo


def _read_whole() -> list[tuple[float, float]]:
    return _read_pages(
        lambda s, _: historico_service.get_historico(s, MONTH, quem=LINHA_DE_COMANDO), [None] * WHOLE_VIEWS
    )


def _read_pages(page: Page, places: Sequence[Cursor | None]) -> list[tuple[float, float]]:
    """Ask for a page at each place; returns the milliseconds of its queries and of all of it."""
    spent = []
    with _queries_timed() as queries:
        for place in places:
            queries.clear()
            started = time.perf_counter()
            with db.transaction(read_only=True) as session:
                page(session, place)
            spent.append((sum(queries) * 1000, (time.perf_counter() - started) * 1000))
    return spent


@contextmanager
def _queries_timed() -> Generator[list[float], None, None]:
    """The seconds of each statement, its rows included: psycopg returns when it has them all."""
    begun = 0.0
    seconds: list[float] = []

    def begin(*_: Any) -> None:
        nonlocal begun
        begun = time.perf_counter()

    def end(*_: Any) -> None:
        seconds.append(time.perf_counter() - begun)

    engine = db.get_engine()
    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    try:
        yield seconds
    finally:
        event.remove(engine, "before_cursor_execute", begin)
        event.remove(engine, "after_cursor_execute", end)


def _choose_places(connection: Connection, count: int) -> list[Cursor | None]:
    """Payments anywhere in the month, after which a page may begin."""
    rows = connection.execute("select data, id from estudio.pagamentos where mes = %s order by id", [MES.first_day])
    return [Cursor(data, id_) for data, id_ in random.Random(SEED).choices(rows.fetchall(), k=count)]


def _add_page(grupo: Grupo, where: str, runs: list[list[tuple[float, float]]]) -> None:
    for which, name in enumerate(("query", "deed")):
        for percent in (50, 99):
            values = [percentile([page[which] for page in run], percent) for run in runs]
            grupo.add(where, f"{name} p{percent}", "ms", values)
