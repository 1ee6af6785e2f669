"""Rows of a month as they go into its sheet: read from the database, written as lines, counted.

For whoever writes a sheet alone, and for the processes that each write a part of it (`leitor`).
"""

import time
from collections.abc import Callable, Generator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple, TypedDict

import psycopg

from estudio import sql
from estudio.domain.backup_planilha import (
    SELADAS,
    format_acertos,
    format_comissoes,
    format_gastos,
    format_pagamentos,
    format_sessoes,
)
from estudio.domain.competencia import Competencia
from estudio.domain.contagem_trecho import Trecho, count_trecho
from estudio.services.lotes import IN_FLIGHT, fit_size, take_batch

# In the order of the file, and as `lote_tamanhos` counts them: the type of their rows, and the lines of a batch.
KINDS: Final[Mapping[str, tuple[str, Callable[[list[Any]], str]]]] = {
    "pagamentos": ("pagamento", format_pagamentos),
    "comissoes": ("comissao", format_comissoes),
    "sessoes": ("sessao", format_sessoes),
    "gastos": ("gasto", format_gastos),
    "acertos": ("acerto", format_acertos),
}

FAIXA: Final = 80_000
"""Payments from which on days make a part of their own. Each part reads what was entered late for its days once more,
so few are better; a reader is ahead of its turn by about half of one."""

_MAX_ID: Final = 2**63 - 1


class Faixa(TypedDict):
    """Days of a month, [de, ate), and the ids of their payments: the parameters of `backup_…`."""

    inicio: date
    de: date
    ate: date
    primeiro: int
    ultimo: int


class Escrito(NamedTuple):
    """A batch as lines of the sheet, and counted."""

    kind: str
    quantos: int
    linhas: bytes
    trecho: Trecho


def as_faixa(competencia: Competencia) -> Faixa:
    """All days of a month."""
    first = competencia.first_day
    return Faixa(inicio=first, de=first, ate=competencia.next_first_day, primeiro=0, ultimo=_MAX_ID)


def split_faixa(connection: psycopg.Connection[Any], competencia: Competencia) -> list[Faixa]:
    """The days of a month in parts worth a reader's while, in order and without a gap."""
    whole = as_faixa(competencia)
    faixas: list[Faixa] = []
    de, quantos, ids = whole["de"], 0, list[int]()
    for dia, pagamentos, primeiro, ultimo in connection.execute(sql.load("backup_dias"), whole).fetchall():
        if quantos >= FAIXA:
            faixas.append(Faixa(inicio=whole["inicio"], de=de, ate=dia, primeiro=min(ids), ultimo=max(ids)))
            de, quantos, ids = dia, 0, []
        quantos += pagamentos
        ids += [primeiro, ultimo]
    primeiro, ultimo = (min(ids), max(ids)) if ids else (whole["primeiro"], whole["ultimo"])
    return [*faixas, Faixa(inicio=whole["inicio"], de=de, ate=whole["ate"], primeiro=primeiro, ultimo=ultimo)]


def stream_rows(connection: psycopg.Connection[Any], kind: str, faixa: Faixa) -> Generator[tuple[Any, ...], None, None]:
    """The rows of one kind as they arrive; closed before the transaction ends, or no ROLLBACK goes through."""
    with connection.cursor() as cursor:
        # Binary, so that no setting of the server has a say in how a date is written.
        yield from cursor.stream(sql.load(f"backup_{kind}"), faixa, binary=True, size=IN_FLIGHT)


def write_batch(batch: list[Any], kind: str) -> Escrito:
    """Lines and count of rows of one kind, in their order."""
    tipo, format_batch = KINDS[kind]
    return Escrito(kind, len(batch), format_batch(batch).encode(), count_trecho([(tipo, map(SELADAS[tipo], batch))]))


def read_written(
    connection: psycopg.Connection[Any], kind: str, faixa: Faixa, batch_size: int
) -> Generator[Escrito, None, None]:
    """The rows of one kind in batches, for a reader that hands them on."""
    rows = stream_rows(connection, kind, faixa)
    asked = time.perf_counter()
    while batch := take_batch(rows, batch_size):
        written = write_batch(batch, kind)
        batch_size = fit_size(batch_size, time.perf_counter() - asked)
        yield written
        asked = time.perf_counter()
