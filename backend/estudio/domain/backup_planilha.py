"""The backup as a sheet: one row per record of a month, one writer and one reader that undo each other exactly.

It opens right in a pt-BR Excel (UTF-8 with BOM, `;`, decimal comma, dd/mm/aaaa, CRLF; never a `sep=` line) and is
harmless there: a text that a spreadsheet would run begins with an apostrophe, which the reader takes away. Numbers and
dates are never marked. Money is integer centavos and percentages are hundredths on this side of the file.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeVar

from estudio.domain.backup_celula import (
    find_centesimos,
    find_id,
    find_pessoa,
    format_centesimos,
    format_data,
    format_id,
    format_nome,
    format_percentual,
    format_texto,
    parse_centesimos,
    parse_codigo,
    parse_data,
    parse_id,
    parse_instante,
    parse_nome,
    parse_pessoa,
    parse_texto,
)

COLUNAS: Final = (
    "type", "id", "data", "cliente_name", "artista_name", "valor", "percentual", "forma_pagamento", "forma_codigo",
    "categoria", "categoria_codigo", "descricao", "observacoes", "status", "pagamento_id", "payment_id",
    "pagamento_data", "sessao_id", "estorno_de", "cliente_id", "artista_id", "created_by", "creator_name",
    "google_event_id", "created_at",
)  # fmt: skip
"""Version 4's set, with ids and codes. `pagamento_data` is the day a sessão is counted by: that of its payment."""

BOM: Final = b"\xef\xbb\xbf"
CABECALHO: Final = ";".join(COLUNAS) + "\r\n"

T = TypeVar("T")

Selada = tuple[str, tuple[Any, ...]]
"""The type of a row and what of it is counted: the arguments of `Contador.add`, one by one."""


class LinhaPagamento(NamedTuple):
    """`sessao_id` is the first sessão that it settled, for a person who reads the sheet; sessões name their payment."""

    id: int
    data: date
    cliente_nome: str | None
    artista_nome: str
    valor: int
    percentual: int | None
    forma_rotulo: str
    forma: str
    observacoes: str | None
    sessao_id: int | None
    estorno_de: int | None
    cliente_id: int | None
    artista_id: int
    criado_por: int | None
    criador_nome: str | None
    google_event_id: str | None
    criado_em: str


class LinhaComissao(NamedTuple):
    """`data` and the client are those of its payment."""

    id: int
    data: date
    cliente_nome: str | None
    artista_nome: str
    valor: int
    percentual: int
    observacoes: str | None
    pagamento_id: int
    artista_id: int
    criado_em: str


class LinhaSessao(NamedTuple):
    """`data` is the sitting's own, `pagamento_data` that of the payment that settled it."""

    id: int
    data: date
    cliente_nome: str | None
    artista_nome: str
    valor: int
    observacoes: str | None
    status: str
    payment_id: int
    pagamento_data: date
    cliente_id: int | None
    artista_id: int
    criado_por: int | None
    criador_nome: str | None
    google_event_id: str | None
    criado_em: str


class LinhaGasto(NamedTuple):
    id: int
    data: date
    valor: int
    forma_rotulo: str
    forma: str
    categoria_rotulo: str | None
    categoria: str | None
    descricao: str
    criado_por: int | None
    criador_nome: str | None
    criado_em: str


class LinhaAcerto(NamedTuple):
    """`tipo` stands in the column categoria_codigo, and `motivo` in descricao: no column is new."""

    id: int
    data: date
    artista_nome: str
    valor: int
    forma_rotulo: str | None
    forma: str | None
    tipo: str
    motivo: str | None
    pagamento_id: int | None
    artista_id: int
    criado_por: int | None
    criador_nome: str | None
    criado_em: str


Linha = LinhaPagamento | LinhaComissao | LinhaSessao | LinhaGasto | LinhaAcerto


def format_pagamentos(linhas: Iterable[LinhaPagamento]) -> str:
    """Lines of the file, their ends included; so are the four below. By batches: a month has many."""
    return "".join(
        [
            f"pagamento;{id_};{format_data(data)};{format_nome(cliente)};{format_nome(artista)};"
            f"{format_centesimos(valor)};{format_percentual(percentual)};{format_nome(rotulo)};{forma};;;;"
            f"{format_texto(observacoes)};;;;;{format_id(sessao_id)};{format_id(estorno_de)};{format_id(cliente_id)};"
            f"{artista_id};{format_id(criado_por)};{format_nome(criador)};{format_texto(evento)};{criado_em}\r\n"
            for (
                id_, data, cliente, artista, valor, percentual, rotulo, forma, observacoes, sessao_id, estorno_de,
                cliente_id, artista_id, criado_por, criador, evento, criado_em,
            ) in linhas
        ]
    )  # fmt: skip


def format_comissoes(linhas: Iterable[LinhaComissao]) -> str:
    return "".join(
        [
            f"comissao;{id_};{format_data(data)};{format_nome(cliente)};{format_nome(artista)};"
            f"{format_centesimos(valor)};{format_percentual(percentual)};;;;;;{format_texto(observacoes)};;"
            f"{pagamento_id};;;;;;{artista_id};;;;{criado_em}\r\n"
            for (
                id_, data, cliente, artista, valor, percentual, observacoes, pagamento_id, artista_id, criado_em,
            ) in linhas
        ]
    )  # fmt: skip


def format_sessoes(linhas: Iterable[LinhaSessao]) -> str:
    return "".join(
        [
            f"sessao;{id_};{format_data(data)};{format_nome(cliente)};{format_nome(artista)};"
            f"{format_centesimos(valor)};;;;;;;{format_texto(observacoes)};{status};;{payment_id};"
            f"{format_data(pagamento_data)};;;{format_id(cliente_id)};{artista_id};{format_id(criado_por)};"
            f"{format_nome(criador)};{format_texto(evento)};{criado_em}\r\n"
            for (
                id_, data, cliente, artista, valor, observacoes, status, payment_id, pagamento_data, cliente_id,
                artista_id, criado_por, criador, evento, criado_em,
            ) in linhas
        ]
    )  # fmt: skip


def format_gastos(linhas: Iterable[LinhaGasto]) -> str:
    return "".join(
        [
            f"gasto;{id_};{format_data(data)};;;{format_centesimos(valor)};;{format_nome(rotulo)};{forma};"
            f"{format_nome(categoria_rotulo)};{categoria or ''};{format_texto(descricao)};;;;;;;;;;"
            f"{format_id(criado_por)};{format_nome(criador)};;{criado_em}\r\n"
            for (
                id_, data, valor, rotulo, forma, categoria_rotulo, categoria, descricao, criado_por, criador,
                criado_em,
            ) in linhas
        ]
    )  # fmt: skip


def format_acertos(linhas: Iterable[LinhaAcerto]) -> str:
    return "".join(
        [
            f"acerto;{id_};{format_data(data)};;{format_nome(artista)};{format_centesimos(valor)};;{format_nome(rotulo)};"
            f"{forma or ''};;{tipo};{format_texto(motivo)};;;{format_id(pagamento_id)};;;;;;{artista_id};"
            f"{format_id(criado_por)};{format_nome(criador)};;{criado_em}\r\n"
            for (
                id_, data, artista, valor, rotulo, forma, tipo, motivo, pagamento_id, artista_id, criado_por, criador,
                criado_em,
            ) in linhas
        ]
    )  # fmt: skip


SELADAS: Final[Mapping[str, Callable[[tuple[Any, ...]], tuple[Any, ...]]]] = {
    "pagamento": itemgetter(0, 1, 4, 7, 12, 11, 5, 10),
    "comissao": itemgetter(0, 1, 4, 7, 8, 5),
    "sessao": itemgetter(0, 8, 4, 7, 1, 10, 9),
    "gasto": itemgetter(0, 1, 2, 4, 6),
    "acerto": itemgetter(0, 1, 3, 9, 6, 5, 8),
}
"""What of a row is sealed, as `Contador.add` takes it: from each of the five above."""


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
