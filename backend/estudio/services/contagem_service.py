"""The counts of a month: one by PostgreSQL, set-based; one by Python, in batches as the rows arrive.

They share no line of code, and the closing believes them only when they agree with each other and with the backup.
"""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from estudio import sql
from estudio.domain.acerto import list_contas
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import CONTAGENS, Contagem, describe_contagens, split_acertos
from estudio.domain.dinheiro import from_centavos, to_centavos
from estudio.services.acerto_lote import serialize_acertos_batch
from estudio.services.batch_processing import (
    Totals,
    calculate_totals_batch,
    log_batch,
    merge_totals,
    process_records_in_batches,
    serialize_data_batch,
)
from estudio.services.leitores import count_leitores, open_leitores
from estudio.services.lotes import IN_FLIGHT, TamanhoAuto

Connection = psycopg.Connection[Any]

KINDS = ("pagamentos", "sessoes", "comissoes", "gastos", "acertos")
_LARGEST_FIRST = ("pagamentos", "comissoes", "sessoes", "gastos", "acertos")


def tell_nobody(_progress: object) -> None:
    """Take a report of progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a count is: kind, batch and rows done of all rows of the month."""

    kind: str
    lote: int
    lotes: int
    registros: int
    registros_total: int


class Marcha:
    """How far a count is, told batch by batch. How many batches there will be is known where all are of one size."""

    def __init__(self, sizes: Iterable[int], batch_size: int | None, on_batch: Callable[[Progress], None]) -> None:
        """Of how many rows each kind has; `batch_size` is None when readers of their own processes make the batches."""
        sizes = list(sizes)
        self.total, self.done, self.lote = sum(sizes), 0, 0
        self._on_batch = on_batch
        self._largest, self._told = 1, time.perf_counter()
        self._apart = batch_size is None
        even = batch_size is not None and not isinstance(batch_size, TamanhoAuto)
        self._lotes = sum(-(-size // batch_size) for size in sizes) if even and batch_size is not None else None

    @property
    def lotes(self) -> int:
        """How many batches; where nobody knows, as many as the rows that are left make at the largest size so far."""
        if self._lotes is not None:
            return self._lotes
        return self.lote + -(-max(self.total - self.done, 0) // self._largest)

    def step(self, kind: str, records: int) -> None:
        """One more batch is done."""
        self.lote += 1
        self.done += records
        if self._apart:
            # What is done in this process is logged as it is done.
            log_batch("✓", self.lote, None, records, self._told)
            self._told = time.perf_counter()
        self._largest = max(self._largest, records)
        self._on_batch(Progress(kind, self.lote, self.lotes, self.done, self.total))


def count_in_sql(connection: Connection, competencia: Competencia) -> Contagem:
    """The month counted by PostgreSQL: totals, and per day and kind how many, how much and the digest of the lines."""
    row = connection.execute(
        "select por_dia, totais from estudio.contar_competencia(%s)", [competencia.first_day]
    ).fetchone()
    assert row is not None, "an aggregate without GROUP BY always has its row"
    return Contagem.from_stored(competencia, row[0], row[1])


def count_rows(connection: Connection, competencia: Competencia) -> dict[str, int]:
    """How many rows of each of `KINDS` a month has."""
    row = connection.execute(sql.load("lote_tamanhos"), _period(competencia)).fetchone()
    assert row is not None, "a SELECT of scalars always has its row"
    return dict(zip(KINDS, row, strict=True))


def count_in_batches(
    connection: Connection,
    competencia: Competencia,
    *,
    batch_size: int,
    on_batch: Callable[[Progress], None] = tell_nobody,
    beat: Callable[[], object] | None = None,
) -> Totals:
    """The month's totals, row by row, `batch_size` of them at a time; memory does not grow with the rows.

    `connection` is in a transaction. Group keys are ids and codes. `beat` is called about once a second while readers
    of their own processes count, and speaks to the server on that connection.
    """
    expected = count_rows(connection, competencia)
    leitores = count_leitores(sum(expected.values()), connection)
    marcha = Marcha(expected.values(), batch_size if leitores == 1 else None, on_batch)
    totals = calculate_totals_batch([], [], [], [])
    with ExitStack() as stack:
        if leitores == 1:
            parts = stack.enter_context(closing(_total_kinds(connection, competencia, batch_size, expected)))
        else:
            running = stack.enter_context(open_leitores(leitores, connection, beat=beat))
            requests = [("contar", kind, competencia, batch_size, expected[kind]) for kind in _LARGEST_FIRST]
            parts = stack.enter_context(closing(running.read(requests, in_order=False)))
        for kind, part in parts:
            totals = merge_totals(totals, part)
            marcha.step(kind, part["contagens"][kind])
    return totals


def _total_kinds(
    connection: Connection, competencia: Competencia, batch_size: int, expected: Mapping[str, int]
) -> Generator[tuple[str, Totals], None, None]:
    for kind in KINDS:
        yield from total_kind(connection, kind, competencia, batch_size, expected[kind])


def total_kind(
    connection: Connection, kind: str, competencia: Competencia, batch_size: int, count: int
) -> Generator[tuple[str, Totals], None, None]:
    """The totals of each batch of one kind, of which there are `count` rows."""
    # After a big import the planner does not know the tables yet, and a nested loop over 50 000 rows takes minutes.
    connection.execute("select set_config('enable_nestloop', 'off', true)")
    rows = _Rows(connection, competencia, kind, count)
    with closing(process_records_in_batches(rows, batch_size, _total_batch, kind)) as parts:
        for part in parts:
            yield kind, part


def as_canonical(totals: Totals) -> list[Any]:
    """Totals in the form that is sealed (`contar_totais`): integer centavos, ids and codes, in fixed order."""
    contagens = totals["contagens"]
    acertos = [[a["artista_id"], a["tipo"], to_centavos(a["total"])] for a in totals.get("acertos", ())]
    return [
        to_centavos(totals["receita_total"]),
        to_centavos(totals["comissoes_total"]),
        to_centavos(totals["despesas_total"]),
        [[a["artista_id"], to_centavos(a["receita"]), to_centavos(a["comissao"])] for a in totals["por_artista"]],
        [[f["forma"], to_centavos(f["total"])] for f in totals["por_forma_pagamento"]],
        [[f["forma"], to_centavos(f["total"])] for f in totals["gastos_por_forma_pagamento"]],
        [[c["categoria"], to_centavos(c["total"])] for c in totals["gastos_por_categoria"]],
        [contagens["pagamentos"], contagens["sessoes"], contagens["comissoes"], contagens["gastos"]],
        *([[contagens["acertos"], acertos]] if acertos else ()),
    ]


def describe_totals(totais: list[Any], nomes: Mapping[tuple[str, str], str]) -> Totals:
    """Sealed totals as people read them: the keys of domain.md, money as Decimal, names from `nomes[(tipo, chave)]`."""
    receita, comissoes, despesas, artistas, formas, gastos_formas, categorias = totais[:CONTAGENS]
    return {
        "receita_total": from_centavos(receita),
        "comissoes_total": from_centavos(comissoes),
        "despesas_total": from_centavos(despesas),
        "saldo": from_centavos(receita - despesas),
        "receita_liquida": from_centavos(receita - comissoes - despesas),
        "por_artista": [
            {
                "artista_id": id_,
                "artista": nomes.get(("artista", str(id_)), f"Artista {id_}"),
                "receita": from_centavos(recebido),
                "comissao": from_centavos(comissao),
            }
            for id_, recebido, comissao in artistas
        ],
        "por_forma_pagamento": _describe_pairs(formas, "forma", nomes),
        "gastos_por_forma_pagamento": _describe_pairs(gastos_formas, "forma", nomes),
        "gastos_por_categoria": _describe_pairs(categorias, "categoria", nomes),
        "contagens": describe_contagens(totais),
        **_describe_acertos(totais, nomes),
    }


def _describe_acertos(totais: list[Any], nomes: Mapping[tuple[str, str], str]) -> Totals:
    _, somas = split_acertos(totais)
    named = [
        {
            "artista_id": id_,
            "artista": nomes.get(("artista", str(id_)), f"Artista {id_}"),
            "tipo": tipo,
            "total": from_centavos(total),
        }
        for id_, tipo, total in somas
    ]
    contas = [
        {
            "artista_id": id_,
            "artista": nomes.get(("artista", str(id_)), f"Artista {id_}"),
            "devido": from_centavos(devido),
            "pago": from_centavos(pago),
            "saldo": from_centavos(devido - pago),
        }
        for id_, devido, pago in list_contas(totais)
    ]
    return {"acertos": named, "contas": contas} if named else {}


def _describe_pairs(
    pairs: list[Any], tipo: str, nomes: Mapping[tuple[str, str], str]
) -> list[dict[str, str | Decimal]]:
    return [{tipo: nomes.get((tipo, code), code), "total": from_centavos(total)} for code, total in pairs]


def _total_batch(batch: list[Any], kind: str) -> Totals:
    if kind == "acertos":
        return calculate_totals_batch([], [], [], [], acertos_data=serialize_acertos_batch(batch))
    given: dict[str, list[Any]] = {k: [] for k in KINDS if k != "acertos"}
    given[kind] = batch
    return calculate_totals_batch(*serialize_data_batch(**given))


def _period(competencia: Competencia) -> dict[str, Any]:
    return {"inicio": competencia.first_day, "fim": competencia.next_first_day}


class _Rows:
    """The rows of one kind as the server sends them; how many is known, so that the log can say n of N."""

    def __init__(self, connection: Connection, competencia: Competencia, kind: str, count: int) -> None:
        self._connection, self._competencia = connection, competencia
        self._kind, self._count = kind, count

    def __length_hint__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        # The server makes the next rows while we count: a cursor that is asked for each batch takes turns with it.
        with self._connection.cursor(row_factory=namedtuple_row) as cursor:
            yield from cursor.stream(sql.load(f"lote_{self._kind}"), _period(self._competencia), size=IN_FLIGHT)
