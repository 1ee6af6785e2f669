"""A month with everything in it, and ways to look at it: for the tests of the Histórico."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

from cast import Cast, book, make_artista, make_cast, make_cliente, pay, spend
from sqlalchemy import event
from sqlalchemy.orm import Session

from estudio.domain.competencia import Competencia
from estudio.domain.historico import Cursor, Filtro, Pagina
from estudio.services.fusao_service import merge_clientes
from estudio.services.historico_service import (
    calculate_totais,
)
from estudio.services.pagamento_service import reverse_pagamento

OUTUBRO = Filtro.of_month(Competencia(2026, 10))


def make_month(session: Session) -> Cast:
    """Three artistas, four clients (one merged), all formas, estornos, gastos, sessões paid and not."""
    cast = make_cast(session)
    cora = make_artista(session, "Cora", percentual=3333)
    clientes = [None, cast.dora, make_cliente(session, "João da Silva"), make_cliente(session, "Zé 100%")]
    menor = make_cliente(session, "Dora L")
    combos = product((cast.ana, cast.bia, cora), (*clientes, menor), ("pix", "dinheiro", "credito"))
    for n, (artista, cliente, forma) in enumerate(combos):
        sessoes = [book(session, cast, artista=artista, cliente=cliente) for _ in range(n % 3)]
        pagamento = pay(
            session,
            cast,
            f"{100 + n}.{n:02d}",
            data=date(2026, 10, 1 + n % 31),
            artista=artista,
            cliente=cliente,
            forma=forma,
            sessoes=sessoes,
            observacoes="Água-forte" if n % 7 == 0 else None,
        )
        if n % 5 == 0:
            reverse_pagamento(
                session, pagamento.id, quem=cast.quem_caio, data=date(2026, 10, 31), valor=Decimal("9.99")
            )
    merge_clientes(session, menor.id, quem=cast.quem_caio, em=cast.dora.id)
    for n, categoria in enumerate(("material", None, "aluguel", "outros", None)):
        spend(
            session, cast, f"{n + 1}.05", categoria=categoria, forma=("pix", "dinheiro")[n % 2], descricao=f"Água {n}"
        )
    book(session, cast, cliente=cast.dora)
    return cast


def filters(cast: Cast) -> list[Filtro]:
    return [
        OUTUBRO,
        Filtro.of_day(date(2026, 10, 31)),
        Filtro(inicio=date(2026, 9, 1), fim=date(2026, 10, 16)),
        *(
            Filtro.of_month(Competencia(2026, 10), **fields)
            for fields in (
                {"artista_id": cast.bia.id},
                {"artista_id": cast.ana.id, "forma": "pix"},
                {"forma": "dinheiro"},
                {"cliente_id": cast.dora.id},
                {"texto": "silva joao"},
                {"texto": "agua"},
                {"texto": "100%"},
                {"texto": "cora"},
                {"texto": "_"},
                {"texto": "ninguém"},
            )
        ),
    ]


def every_page(list_: Callable[..., Pagina[Any]]) -> list[Any]:
    rows: list[Any] = []
    cursor = None
    while True:
        pagina = list_(depois_de=cursor)
        rows += pagina.linhas
        if pagina.proxima is None:
            return rows
        cursor = Cursor.parse(str(pagina.proxima))


def totals(session: Session, cast: Cast, filtro: Filtro = OUTUBRO) -> Any:
    return calculate_totais(session, filtro, quem=cast.quem_ana)


def ids(pagina: Pagina[Any]) -> list[int]:
    return [linha.id for linha in pagina.linhas]


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
