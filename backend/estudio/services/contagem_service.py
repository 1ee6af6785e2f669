"""The counts of a month: one by PostgreSQL, set-based; one by Python, in batches as the rows arrive.

They share no line of code, and the closing believes them only when they agree with each other and with the backup.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from estudio import sql
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import CONTAGENS, Contagem, describe_contagens, split_acertos
from estudio.domain.dinheiro import from_centavos, to_centavos
from estudio.services.acerto_lote import serialize_acertos_batch
from estudio.services.batch_processing import (
    Totals,
    calculate_totals_batch,
    merge_totals,
    process_records_in_batches,
    serialize_data_batch,
)

Connection = psycopg.Connection[Any]

# Rows on their way to us: more of them make nothing faster, fewer slow small batches down.
IN_FLIGHT = 1000

KINDS = ("pagamentos", "sessoes", "comissoes", "gastos", "acertos")


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
) -> Totals:
    """The month's totals, row by row, `batch_size` of them at a time; memory does not grow with the rows.

    `connection` is in a transaction. Group keys are ids and codes.
    """
    # After a big import the planner does not know the tables yet, and a nested loop over 50 000 rows takes minutes.
    connection.execute("select set_config('enable_nestloop', 'off', true)")
    expected = count_rows(connection, competencia)
    total = sum(expected.values())
    batches = sum(-(-count // batch_size) for count in expected.values())
    totals = calculate_totals_batch([], [], [], [])
    done = lote = 0
    for kind in KINDS:
        rows = _Rows(connection, competencia, kind, expected[kind])
        with closing(process_records_in_batches(rows, batch_size, _total_batch, kind)) as parts:
            for part in parts:
                totals = merge_totals(totals, part)
                lote += 1
                done += part["contagens"][kind]
                on_batch(Progress(kind, lote, batches, done, total))
    return totals


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
    return {"acertos": named} if named else {}


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
