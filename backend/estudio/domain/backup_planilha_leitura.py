"""Reading the backup's sheet: each row back to what `backup_planilha` was given, or to what of it is sealed."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, TypeVar

from estudio.domain.backup_celula import (
    find_centesimos,
    find_id,
    find_pessoa,
    parse_centesimos,
    parse_codigo,
    parse_data,
    parse_id,
    parse_instante,
    parse_nome,
    parse_pessoa,
    parse_texto,
)
from estudio.domain.backup_planilha import (
    COLUNAS,
    Linha,
    LinhaAcerto,
    LinhaComissao,
    LinhaGasto,
    LinhaPagamento,
    LinhaSessao,
)

T = TypeVar("T")

Selada = tuple[str, tuple[Any, ...]]
"""The type of a row and what of it is counted: the arguments of `Contador.add`, one by one."""


def read_cells(lines: Iterable[str]) -> Iterator[list[str]]:
    """The cells of each row; `lines` as a text file opened with newline='' gives them. Raises csv.Error."""
    return csv.reader(lines, delimiter=";", strict=True)


def parse_linha(celulas: list[str]) -> Linha:
    """A row of the file. Raises ValueError that says what is wrong, and in which column where that is known."""
    return _parse(celulas, _READERS)


def parse_selada(celulas: list[str]) -> Selada:
    """What of a row is sealed, as `Contador` takes it: all that a proof counts, for a third of the work."""
    return _parse(celulas, _SELADAS)


def _parse(celulas: list[str], readers: Mapping[str, Callable[[list[str]], T]]) -> T:
    parse = readers.get(celulas[0]) if celulas else None
    if parse is None:
        raise ValueError(f"tipo de linha desconhecido: {celulas[0] if celulas else ''!r:.60}")
    if len(celulas) != len(COLUNAS):
        raise ValueError(f"{len(celulas)} colunas em vez de {len(COLUNAS)}")
    try:
        return parse(celulas)
    except ValueError as error:
        raise ValueError(_locate(celulas, str(error))) from None


def _parse_pagamento(c: list[str]) -> LinhaPagamento:
    return LinhaPagamento(
        parse_id(c[1]), parse_data(c[2]), parse_texto(c[3]), parse_nome(c[4]), parse_centesimos(c[5]),
        find_centesimos(c[6]), parse_nome(c[7]), parse_codigo(c[8]), parse_texto(c[12]), find_id(c[17]), find_id(c[18]),
        find_pessoa(c[19]), parse_pessoa(c[20]), find_pessoa(c[21]), parse_texto(c[22]), parse_texto(c[23]),
        parse_instante(c[24]),
    )  # fmt: skip


def _parse_comissao(c: list[str]) -> LinhaComissao:
    return LinhaComissao(
        parse_id(c[1]), parse_data(c[2]), parse_texto(c[3]), parse_nome(c[4]), parse_centesimos(c[5]),
        parse_centesimos(c[6]), parse_texto(c[12]), parse_id(c[14]), parse_pessoa(c[20]), parse_instante(c[24]),
    )  # fmt: skip


def _parse_sessao(c: list[str]) -> LinhaSessao:
    return LinhaSessao(
        parse_id(c[1]), parse_data(c[2]), parse_texto(c[3]), parse_nome(c[4]), parse_centesimos(c[5]),
        parse_texto(c[12]), parse_codigo(c[13]), parse_id(c[15]), parse_data(c[16]), find_pessoa(c[19]),
        parse_pessoa(c[20]), find_pessoa(c[21]), parse_texto(c[22]), parse_texto(c[23]), parse_instante(c[24]),
    )  # fmt: skip


def _parse_gasto(c: list[str]) -> LinhaGasto:
    return LinhaGasto(
        parse_id(c[1]), parse_data(c[2]), parse_centesimos(c[5]), parse_nome(c[7]), parse_codigo(c[8]),
        parse_texto(c[9]), parse_codigo(c[10]) if c[10] else None, parse_nome(c[11]), find_pessoa(c[21]),
        parse_texto(c[22]), parse_instante(c[24]),
    )  # fmt: skip


def _parse_acerto(c: list[str]) -> LinhaAcerto:
    return LinhaAcerto(
        parse_id(c[1]), parse_data(c[2]), parse_nome(c[4]), parse_centesimos(c[5]), parse_texto(c[7]),
        parse_codigo(c[8]) if c[8] else None, parse_codigo(c[10]), parse_texto(c[11]), find_id(c[14]),
        parse_pessoa(c[20]), find_pessoa(c[21]), parse_texto(c[22]), parse_instante(c[24]),
    )  # fmt: skip


_READERS: Final[dict[str, Callable[[list[str]], Linha]]] = {
    "pagamento": _parse_pagamento, "comissao": _parse_comissao, "sessao": _parse_sessao, "gasto": _parse_gasto,
    "acerto": _parse_acerto,
}  # fmt: skip


# The same few in row after row.
_data: Final = lru_cache(maxsize=4096)(parse_data)
_codigo: Final = lru_cache(maxsize=256)(parse_codigo)
_percentual: Final = lru_cache(maxsize=256)(find_centesimos)

_SELADAS: Final[dict[str, Callable[[list[str]], Selada]]] = {
    "pagamento": lambda c: ("pagamento", (
        parse_id(c[1]), _data(c[2]), parse_centesimos(c[5]), _codigo(c[8]), parse_pessoa(c[20]), find_pessoa(c[19]),
        _percentual(c[6]), find_id(c[18]),
    )),
    "comissao": lambda c: ("comissao", (
        parse_id(c[1]), _data(c[2]), parse_centesimos(c[5]), parse_id(c[14]), parse_pessoa(c[20]), _percentual(c[6]),
    )),
    "sessao": lambda c: ("sessao", (
        parse_id(c[1]), _data(c[16]), parse_centesimos(c[5]), parse_id(c[15]), _data(c[2]), parse_pessoa(c[20]),
        find_pessoa(c[19]),
    )),
    "gasto": lambda c: ("gasto", (
        parse_id(c[1]), _data(c[2]), parse_centesimos(c[5]), _codigo(c[8]), _codigo(c[10]) if c[10] else None,
    )),
    "acerto": lambda c: ("acerto", (
        parse_id(c[1]), _data(c[2]), parse_centesimos(c[5]), parse_pessoa(c[20]), _codigo(c[10]),
        _codigo(c[8]) if c[8] else None, find_id(c[14]),
    )),
}  # fmt: skip


_TEXTOS: Final = frozenset(COLUNAS[3:5]) | {
    "forma_pagamento", "categoria", "descricao", "observacoes", "creator_name", "google_event_id",
}  # fmt: skip


def _locate(celulas: list[str], refused: str) -> str:
    """The column whose cell was refused. Any text is a text, so a name or a note is never the one, unless empty."""
    if not refused:
        return "falta um valor obrigatório"
    columns = zip(COLUNAS, celulas, strict=True)
    return next(f"coluna {c}: {refused:.40}" for c, celula in columns if celula == refused and c not in _TEXTOS)
