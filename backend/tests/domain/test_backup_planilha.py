"""The sheet of a backup: what Excel opens, what no spreadsheet runs, what the reader gives back."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estudio.domain.backup_celula import format_texto, parse_texto
from estudio.domain.backup_planilha import (
    CABECALHO,
    COLUNAS,
    Linha,
    LinhaAcerto,
    LinhaComissao,
    LinhaGasto,
    LinhaPagamento,
    LinhaSessao,
    format_acertos,
    format_comissoes,
    format_gastos,
    format_pagamentos,
    format_sessoes,
)
from estudio.domain.backup_planilha_leitura import parse_linha, read_cells

# PostgreSQL keeps neither NUL nor lone surrogates.
textos = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
dangerous = st.builds(str.__add__, st.sampled_from(list("=+-@\t\r\n'|%＝＋－＠;\"")), textos)
any_texto = textos | dangerous
talvez_texto = st.none() | any_texto
ids = st.integers(1, 2**63 - 1)
talvez_id = st.none() | ids
datas = st.dates(date(2000, 1, 1), date(2099, 12, 31))
codigos = st.text("abcdefghijklmnopqrstuvwxyz0123456789_", min_size=1, max_size=30)
instantes = st.datetimes().map(lambda d: d.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0"))
valores = st.integers(-999_999_999, 999_999_999)
percentuais = st.integers(0, 10_000)

linhas = st.one_of(
    st.builds(
        LinhaPagamento, ids, datas, talvez_texto, any_texto, valores, st.none() | percentuais, any_texto, codigos,
        talvez_texto, talvez_id, talvez_id, talvez_id, ids, talvez_id, talvez_texto, talvez_texto, instantes,
    ),
    st.builds(
        LinhaComissao, ids, datas, talvez_texto, any_texto, valores, percentuais, talvez_texto, ids, ids, instantes
    ),
    st.builds(
        LinhaSessao, ids, datas, talvez_texto, any_texto, valores, talvez_texto, codigos, ids, datas, talvez_id, ids,
        talvez_id, talvez_texto, talvez_texto, instantes,
    ),
    st.builds(
        LinhaGasto, ids, datas, valores, any_texto, codigos, talvez_texto, st.none() | codigos, any_texto, talvez_id,
        talvez_texto, instantes,
    ),
    st.builds(
        LinhaAcerto, ids, datas, any_texto, valores, talvez_texto, st.none() | codigos, codigos, talvez_texto,
        talvez_id, ids, talvez_id, talvez_texto, instantes,
    ),
)  # fmt: skip


def write(linha: Linha) -> str:
    match linha:
        case LinhaPagamento():
            return format_pagamentos([linha])
        case LinhaComissao():
            return format_comissoes([linha])
        case LinhaSessao():
            return format_sessoes([linha])
        case LinhaGasto():
            return format_gastos([linha])
        case LinhaAcerto():
            return format_acertos([linha])


def read(sheet: str) -> list[list[str]]:
    """As the backup's reader does: bytes, decoded without touching the ends of lines."""
    return list(read_cells(io.TextIOWrapper(io.BytesIO(sheet.encode()), "utf-8", newline="")))


@given(st.lists(linhas, min_size=1, max_size=5))
def test_reading_undoes_writing_for_any_rows(rows: list[Linha]) -> None:
    header, *cells = read(CABECALHO + "".join(map(write, rows)))
    assert header == list(COLUNAS)
    assert [parse_linha(c) for c in cells] == rows


@given(any_texto)
def test_a_text_comes_back_exactly_and_runs_nowhere(texto: str) -> None:
    ((cell,),) = read(format_texto(texto) + "\r\n") or [[""]]
    assert parse_texto(cell) == texto
    assert cell[0] not in "=+-@\t\r\n|%＝＋－＠"


@given(st.lists(linhas, min_size=1, max_size=3))
def test_another_csv_reader_sees_the_same_cells(rows: list[Linha]) -> None:
    """Python's own defaults but for the separator: what Excel and LibreOffice do with quotes."""
    sheet = "".join(map(write, rows))
    assert list(csv.reader(io.StringIO(sheet, newline=""), delimiter=";")) == read(sheet)


@given(linhas)
def test_numbers_and_dates_are_never_marked(row: Linha) -> None:
    (cells,) = read(write(row))
    for column in ("id", "data", "valor", "percentual", "pagamento_data", "cliente_id", "created_at", "estorno_de"):
        assert not cells[COLUNAS.index(column)].startswith("'")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "'", "|", "%", "＝", "＋", "－", "＠"])
def test_each_dangerous_beginning_gets_one_apostrophe(start: str) -> None:
    ((cell,),) = read(format_texto(start + "1+1") + "\r\n")
    assert cell == "'" + start + "1+1"


def test_the_form_is_that_of_a_brazilian_spreadsheet() -> None:
    estorno = LinhaPagamento(
        7, date(2025, 9, 3), "Dora; a \"Dô\"", "Bia", -123456, 3000, "Cartão de Crédito", "credito", "=1+1", None, 5, 4,
        2, 1, "Ana", None, "2025-09-03T12:00:00.000001Z",
    )  # fmt: skip
    assert format_pagamentos([estorno]) == (
        'pagamento;7;03/09/2025;"Dora; a ""Dô""";Bia;-1234,56;30,00;Cartão de Crédito;credito;;;;'
        "'=1+1;;;;;;5;4;2;1;Ana;;2025-09-03T12:00:00.000001Z\r\n"
    )


def test_no_share_decided_is_not_zero_percent() -> None:
    row = LinhaPagamento(1, date(2025, 9, 1), None, "Ana", 1, None, "Pix", "pix", None, None, None, None, 1, None, None,
                         None, "")  # fmt: skip
    (undecided,), (zero,) = read(format_pagamentos([row])), read(format_pagamentos([row._replace(percentual=0)]))
    column = COLUNAS.index("percentual")
    assert (undecided[column], zero[column]) == ("", "0,00")


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("id", "1_0"), ("id", " 1"), ("id", "１"), ("id", "-1"), ("id", "1" * 30), ("data", "2025-09-01"),
        ("data", "31/02/2025"), ("data", "1/9/2025"), ("valor", "1.234,56"), ("valor", "12,3"), ("valor", "1e3"),
        ("valor", "--1,00"), ("percentual", "30"), ("forma_codigo", "Pix"), ("created_at", "ontem"),
        ("artista_id", "x"),
    ],
)  # fmt: skip
def test_a_cell_that_the_writer_never_writes_is_refused_by_column(column: str, cell: str) -> None:
    row = LinhaPagamento(1, date(2025, 9, 1), None, "Ana", 1, None, "Pix", "pix", None, None, None, None, 1, None, None,
                         None, "2025-09-03T12:00:00.000001Z")  # fmt: skip
    (cells,) = read(format_pagamentos([row]))
    cells[COLUNAS.index(column)] = cell
    with pytest.raises(ValueError, match=f"coluna {column}"):
        parse_linha(cells)


@pytest.mark.parametrize("cells", [[], ["total"], ["pagamento", "1"], ["gasto"] * 26])
def test_a_row_of_no_kind_of_ours_is_refused(cells: list[str]) -> None:
    with pytest.raises(ValueError, match=r"tipo|colunas"):
        parse_linha(cells)
