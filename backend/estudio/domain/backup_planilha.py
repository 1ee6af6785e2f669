"""The backup as a sheet: one row per record of a month, one writer and, in `backup_planilha_leitura`,
one reader that undo each other exactly.

It opens right in a pt-BR Excel (UTF-8 with BOM, `;`, decimal comma, dd/mm/aaaa, CRLF; never a `sep=` line) and is
harmless there: a text that a spreadsheet would run begins with an apostrophe, which the reader takes away. Numbers and
dates are never marked. Money is integer centavos and percentages are hundredths on this side of the file.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from operator import itemgetter
from typing import Any, Final, NamedTuple

from estudio.domain.backup_celula import (
    format_centesimos,
    format_data,
    format_id,
    format_nome,
    format_percentual,
    format_texto,
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
