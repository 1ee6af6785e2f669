"""Records in batches: one batch in memory, each logged, any split adding up to the same totals.

Backup, verification and closing read their rows through these functions. Their names and what they return are a
contract with version 4's users.
"""

import re
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from decimal import Decimal
from operator import length_hint
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog

from estudio.config import get_settings
from estudio.services.acerto_lote import merge_acertos, sum_acertos
from estudio.services.lotes import AUTO, MAX_BATCH_SIZE, TamanhoAuto, fit_size, take_batch

log = structlog.get_logger(__name__)

R = TypeVar("R")
T = TypeVar("T")
P = ParamSpec("P")

DEFAULT_BATCH_SIZE = 100

SELF_FITTING = "auto"
"""What `BATCH_SIZE` says where sizes are to fit themselves."""

# Characters of a setting that are shown to a person.
SHOWN = 40

ZERO = Decimal("0.00")

CONTADOS = ("pagamentos", "sessoes", "comissoes", "gastos")

Totals = dict[str, Any]
"""The totals of domain.md: money as Decimal with two places, lists ordered by id or by code."""


def get_batch_size() -> int:
    """`BATCH_SIZE` as a number from 1 to 10 000; with a warning where it says something else.

    Of `auto` it is the number to begin with, and `process_records_in_batches` knows by its type that it is one.
    """
    text = get_settings().batch_size
    size, sentence = parse_batch_size(text)
    if sentence is not None:
        event = "batch_size_limitado" if size == MAX_BATCH_SIZE else "batch_size_ignorado"
        log.warning(event, BATCH_SIZE=text.strip()[:SHOWN], usado=size, mensagem=sentence)
    return size


def parse_batch_size(text: str) -> tuple[int, str | None]:
    """The size that a text stands for, and where that is not what was written a sentence that says so.

    What is no plain whole number of at least 1 in ASCII digits gives 100, what is larger than 10 000 gives 10 000;
    neither stops anything, because a size never changes a result.
    """
    text = text.strip()
    if text == SELF_FITTING:
        return AUTO, None
    shown = text[:SHOWN]
    remedy = f"Escreva um número inteiro de 1 a {MAX_BATCH_SIZE}."
    if not re.fullmatch(r"0*[1-9][0-9]*", text, re.ASCII):
        wrong = f"BATCH_SIZE={shown} não é um número inteiro a partir de 1: vale {DEFAULT_BATCH_SIZE}."
        return DEFAULT_BATCH_SIZE, f"{wrong} {remedy}"
    digits = text.lstrip("0")
    # By their number first: Python refuses to read a number of some thousand digits.
    if len(digits) > len(str(MAX_BATCH_SIZE)) or int(digits) > MAX_BATCH_SIZE:
        return MAX_BATCH_SIZE, f"BATCH_SIZE={shown} passa do limite: vale {MAX_BATCH_SIZE}. {remedy}"
    return int(digits), None


def process_records_in_batches(
    records: Iterable[R],
    batch_size: int,
    process_func: Callable[Concatenate[list[R], P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Generator[T, None, None]:
    """Yields `process_func(batch, *args, **kwargs)` for each batch of at most `batch_size` records.

    `records` is any iterable and is read once; one batch is held at a time. A batch that fails is logged and its error
    goes on to the caller. Nothing in, nothing out. A size that fits itself (`get_batch_size`) follows the time that
    reading and processing a batch takes; how many batches there will be is not known then.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    total = length_hint(records, -1)
    batches = -(-total // batch_size) if total >= 0 and not isinstance(batch_size, TamanhoAuto) else None
    iterator = iter(records)
    number = 0
    try:
        asked = time.perf_counter()
        while batch := take_batch(iterator, batch_size):
            number += 1
            started = time.perf_counter()
            try:
                result = process_func(batch, *args, **kwargs)
            except BaseException:
                log_batch("✗", number, batches, len(batch), started)
                raise
            log_batch("✓", number, batches, len(batch), started)
            batch_size = fit_size(batch_size, time.perf_counter() - asked)
            yield result
            asked = time.perf_counter()
    finally:
        # Rows that are still on their way would keep a connection busy, and its ROLLBACK waiting.
        if isinstance(iterator, Generator):
            iterator.close()


def log_batch(sign: str, number: int, batches: int | None, records: int, started: float) -> None:
    """One line for a batch: which of how many, records, milliseconds since `started` (perf_counter), ✓ or ✗."""
    ms = round((time.perf_counter() - started) * 1000)
    write = log.info if sign == "✓" else log.error
    write("lote", lote=number, lotes=batches, registros=records, ms=ms, resultado=sign)


def serialize_data_batch(
    pagamentos: Iterable[Any], sessoes: Iterable[Any], comissoes: Iterable[Any], gastos: Iterable[Any]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Four lists of plain dicts: payments, sessions, commissions, expenses. Money is Decimal, dates are ISO text.

    Records are rows or models with the attributes read here. `artista_id` goes along so that totals are grouped by id:
    two artists of one name stay two.
    """
    return (
        [_serialize_pagamento(p) for p in pagamentos],
        [_serialize_sessao(s) for s in sessoes],
        [_serialize_comissao(c) for c in comissoes],
        [_serialize_gasto(g) for g in gastos],
    )


def calculate_totals_batch(
    pagamentos_data: Sequence[dict[str, Any]],
    sessoes_data: Sequence[dict[str, Any]],
    comissoes_data: Sequence[dict[str, Any]],
    gastos_data: Sequence[dict[str, Any]],
    *,
    acertos_data: Sequence[dict[str, Any]] = (),
) -> Totals:
    """The totals of a month (domain.md) for these rows alone, as `serialize_data_batch` gives them.

    receita is the sum of payments, never of sessions; every artist with money is in `por_artista`, also at 0 %.
    Acertos are in no other total than their own, which is there only when there are any.
    """
    artistas: dict[tuple[int | None, str], dict[str, Any]] = {}
    for row in pagamentos_data:
        _find_artista(artistas, row)["receita"] += row["valor"]
    for row in comissoes_data:
        _find_artista(artistas, row)["comissao"] += row["valor"]
    totals = _complete(
        receita=_sum(pagamentos_data),
        comissoes=_sum(comissoes_data),
        despesas=_sum(gastos_data),
        por_artista=artistas,
        por_forma=_group(pagamentos_data, "forma_pagamento"),
        gastos_por_forma=_group(gastos_data, "forma_pagamento"),
        gastos_por_categoria=_group(gastos_data, "categoria"),
        contagens={
            "pagamentos": len(pagamentos_data),
            "sessoes": len(sessoes_data),
            "comissoes": len(comissoes_data),
            "gastos": len(gastos_data),
        },
    )
    return sum_acertos(totals, acertos_data, len(acertos_data))


def merge_totals(one: Totals, other: Totals) -> Totals:
    """The totals of two batches together: what `calculate_totals_batch` gives for all their rows at once."""
    artistas: dict[tuple[int | None, str], dict[str, Any]] = {}
    for row in (*one["por_artista"], *other["por_artista"]):
        found = _find_artista(artistas, {"artista_id": row["artista_id"], "artista_name": row["artista"]})
        found["receita"] += row["receita"]
        found["comissao"] += row["comissao"]
    totals = _complete(
        receita=one["receita_total"] + other["receita_total"],
        comissoes=one["comissoes_total"] + other["comissoes_total"],
        despesas=one["despesas_total"] + other["despesas_total"],
        por_artista=artistas,
        por_forma=_merge(one, other, "por_forma_pagamento", "forma"),
        gastos_por_forma=_merge(one, other, "gastos_por_forma_pagamento", "forma"),
        gastos_por_categoria=_merge(one, other, "gastos_por_categoria", "categoria"),
        contagens={kind: one["contagens"][kind] + other["contagens"][kind] for kind in CONTADOS},
    )
    return merge_acertos(totals, one, other)


def _serialize_pagamento(p: Any) -> dict[str, Any]:
    return {
        "id": p.id,
        "data": p.data.isoformat(),
        "cliente_name": p.cliente_nome,
        "artista_id": p.artista_id,
        "artista_name": p.artista_nome,
        "valor": p.valor,
        "forma_pagamento": p.forma,
        "observacoes": p.observacoes,
        "sessao_data": p.sessao_data.isoformat() if p.sessao_data else None,
    }


def _serialize_sessao(s: Any) -> dict[str, Any]:
    return {
        "id": s.id,
        "data": s.data.isoformat(),
        "cliente_name": s.cliente_nome,
        "artista_id": s.artista_id,
        "artista_name": s.artista_nome,
        "valor": s.valor,
        "status": s.status,
        "observacoes": s.observacoes,
    }


def _serialize_comissao(c: Any) -> dict[str, Any]:
    return {
        "id": c.id,
        "created_at": c.criado_em.isoformat(),
        "artista_id": c.artista_id,
        "artista_name": c.artista_nome,
        "cliente_name": c.cliente_nome,
        "pagamento_valor": c.pagamento_valor,
        "percentual": c.percentual,
        "valor": c.valor,
        "observacoes": c.observacoes,
    }


def _serialize_gasto(g: Any) -> dict[str, Any]:
    return {
        "id": g.id,
        "data": g.data.isoformat(),
        "valor": g.valor,
        "descricao": g.descricao,
        "forma_pagamento": g.forma,
        "categoria": g.categoria,
        "created_by": g.criado_por,
    }


def _sum(rows: Sequence[dict[str, Any]]) -> Decimal:
    return sum((row["valor"] for row in rows), ZERO)


def _find_artista(artistas: dict[tuple[int | None, str], dict[str, Any]], row: dict[str, Any]) -> dict[str, Any]:
    artista_id, nome = row.get("artista_id"), row["artista_name"]
    key = (artista_id, "" if artista_id is not None else nome)
    if key not in artistas:
        artistas[key] = {"artista_id": artista_id, "artista": nome, "receita": ZERO, "comissao": ZERO}
    return artistas[key]


def _group(rows: Sequence[dict[str, Any]], key: str) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for row in rows:
        name = row[key] or "Outros"  # a category nobody chose
        totals[name] = totals.get(name, ZERO) + row["valor"]
    return totals


def _merge(one: Totals, other: Totals, group: str, key: str) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for row in (*one[group], *other[group]):
        totals[row[key]] = totals.get(row[key], ZERO) + row["total"]
    return totals


def _complete(
    *,
    receita: Decimal,
    comissoes: Decimal,
    despesas: Decimal,
    por_artista: dict[tuple[int | None, str], dict[str, Any]],
    por_forma: dict[str, Decimal],
    gastos_por_forma: dict[str, Decimal],
    gastos_por_categoria: dict[str, Decimal],
    contagens: dict[str, int],
) -> Totals:
    return {
        "receita_total": receita,
        "comissoes_total": comissoes,
        "despesas_total": despesas,
        "saldo": receita - despesas,
        "receita_liquida": receita - comissoes - despesas,
        "por_artista": [por_artista[key] for key in sorted(por_artista, key=lambda k: (k[0] is None, k[0] or 0, k[1]))],
        "por_forma_pagamento": [{"forma": f, "total": v} for f, v in sorted(por_forma.items())],
        "gastos_por_forma_pagamento": [{"forma": f, "total": v} for f, v in sorted(gastos_por_forma.items())],
        "gastos_por_categoria": [{"categoria": c, "total": v} for c, v in sorted(gastos_por_categoria.items())],
        "contagens": contagens,
    }
