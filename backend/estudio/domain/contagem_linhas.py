"""The canonical lines that are sealed: JSON arrays of integers, codes, ISO dates and null; kind and format first."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

Linha = tuple[Any, ...]
"""The sealed columns of a row. The first three are the same for each kind: id, day that counts (`date`), centavos.

pagamento: id, dia, valor, forma, artista_id, cliente_id, percentual, estorno_de
comissao:  id, dia of its payment, valor, pagamento_id, artista_id, percentual
sessao:    id, dia of the payment that settled it, valor, payment_id, its own data, artista_id, cliente_id
gasto:     id, dia, valor, forma, categoria
acerto:    id, dia, valor, artista_id, tipo, forma, pagamento_id
"""


def format_canonical(value: object) -> str:
    """The canonical text: what `jsonb_build_array(…)::text` prints for the same integers, strings and nulls."""
    return json.dumps(value, ensure_ascii=False)


# Lines are put together by hand, a batch at a time: a month has a hundred thousand of them, and json.dumps is six times
# as slow. test_contagem.py holds each against json.dumps.
def _write_pagamentos(dia: str, linhas: list[Linha]) -> list[str]:
    return [
        f'["pagamento/1", {id_}, "{dia}", {valor}, {_quote(forma)}, {artista_id}, '
        f"{'null' if cliente_id is None else cliente_id}, {'null' if percentual is None else percentual}, "
        f"{'null' if estorno_de is None else estorno_de}]"
        for id_, _, valor, forma, artista_id, cliente_id, percentual, estorno_de in linhas
    ]


def _write_comissoes(dia: str, linhas: list[Linha]) -> list[str]:
    return [
        f'["comissao/1", {id_}, {pagamento_id}, "{dia}", {artista_id}, {percentual}, {valor}]'
        for id_, _, valor, pagamento_id, artista_id, percentual in linhas
    ]


def _write_sessoes(_dia: str, linhas: list[Linha]) -> list[str]:
    return [
        f'["sessao/1", {id_}, {payment_id}, "{data.isoformat()}", {artista_id}, '
        f"{'null' if cliente_id is None else cliente_id}, {valor}]"
        for id_, _, valor, payment_id, data, artista_id, cliente_id in linhas
    ]


def _write_gastos(dia: str, linhas: list[Linha]) -> list[str]:
    return [
        f'["gasto/1", {id_}, "{dia}", {valor}, {_quote(forma)}, {"null" if categoria is None else _quote(categoria)}]'
        for id_, _, valor, forma, categoria in linhas
    ]


def _write_acertos(dia: str, linhas: list[Linha]) -> list[str]:
    return [
        f'["acerto/1", {id_}, "{dia}", {artista_id}, {_quote(tipo)}, {valor}, '
        f"{'null' if forma is None else _quote(forma)}, {'null' if pagamento_id is None else pagamento_id}]"
        for id_, _, valor, artista_id, tipo, forma, pagamento_id in linhas
    ]


LINHAS: Final[Mapping[str, Callable[[str, list[Linha]], list[str]]]] = {
    "pagamento": _write_pagamentos,
    "comissao": _write_comissoes,
    "sessao": _write_sessoes,
    "gasto": _write_gastos,
    "acerto": _write_acertos,
}


def format_linhas(tipo: str, dia: str, linhas: list[Linha]) -> list[str]:
    """The canonical lines of rows of one kind that count on one day (ISO): what the digest of that day is made of."""
    return LINHAS[tipo](dia, linhas)


@lru_cache(maxsize=256)
def _quote(codigo: str) -> str:
    return format_canonical(codigo)
