"""Acertos in the batches of a month: their rows as dicts, and their part of its totals.

Version 4 did not know them, and the functions of `batch_processing` that its users know keep their four lists. A month
without acertos has no key of theirs.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

Totals = dict[str, Any]

ZERO: Final = Decimal("0.00")


def serialize_acertos_batch(acertos: Iterable[Any]) -> list[dict[str, Any]]:
    """Plain dicts, as `serialize_data_batch` makes them of the other rows."""
    return [
        {
            "id": a.id,
            "data": a.data.isoformat(),
            "artista_id": a.artista_id,
            "artista_name": a.artista_nome,
            "tipo": a.tipo,
            "valor": a.valor,
            "forma_pagamento": a.forma,
            "pagamento_id": a.pagamento_id,
        }
        for a in acertos
    ]


def sum_acertos(totals: Totals, rows: Iterable[dict[str, Any]], quantos: int) -> Totals:
    """Those totals with the sums of acertos by artista and kind, in order of id and code; as they were when none."""
    if not quantos:
        return totals
    sums: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["artista_id"], row["tipo"])
        entry = {"artista_id": key[0], "artista": row["artista_name"], "tipo": key[1], "total": ZERO}
        sums.setdefault(key, entry)["total"] += row["valor"]
    totals["acertos"] = [sums[key] for key in sorted(sums)]
    totals["contagens"]["acertos"] = quantos
    return totals


def merge_acertos(totals: Totals, *parts: Totals) -> Totals:
    """Those totals with the acertos of all the parts."""
    rows = [
        {**entry, "artista_name": entry["artista"], "valor": entry["total"]}
        for part in parts
        for entry in part.get("acertos", ())
    ]
    return sum_acertos(totals, rows, sum(part["contagens"].get("acertos", 0) for part in parts))
