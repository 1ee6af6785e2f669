"""What people write, whatever it is: kept as they entered it, and harmless in a file that somebody else opens."""

import csv
import io
from datetime import date

import pytest
from agosto import AGOSTO, close, ensure_whole
from cast import make_cast, pay, spend

from estudio import db
from estudio.domain.backup_planilha import COLUNAS, LinhaGasto, LinhaPagamento
from estudio.domain.backup_planilha_leitura import parse_linha
from estudio.services.backup_escrita import get_folder_path
from estudio.services.cliente_service import register_cliente

TEXTOS = (
    "=1+1",
    "<img onerror=alert(1) src=x>",
    "Zoë 🌷 👩\N{ZERO WIDTH JOINER}🎨 🏴\N{TAG LATIN SMALL LETTER B}\N{CANCEL TAG}",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe\N{POP DIRECTIONAL FORMATTING} \N{RIGHT-TO-LEFT MARK}دورا\N{LEFT-TO-RIGHT MARK}",
    "á;\"\n" * 2_500,
    '=HYPERLINK("http://exemplo";"clique")',
    "@SUM(A1)",
    "-2+3",
    "+55 11 90000-0000",
    "\tcom tabulação",
    "'com apóstrofo",
)  # fmt: skip

# What makes a cell a formula in Excel, LibreOffice or Google Sheets.
FORMULA = tuple("=+-@\t\r\n|%＝＋－＠")


@pytest.mark.usefixtures("banco")
def test_scenario_33_in_the_csv_every_text_is_as_it_was_entered_and_none_is_a_formula() -> None:
    """Each as a client's name, as the note of a payment, and as what was bought."""
    assert {len(texto) for texto in TEXTOS} >= {10_000}
    notas = TEXTOS[1:] + TEXTOS[:1]
    with db.transaction() as session:
        cast = make_cast(session)
        for nome, nota in zip(TEXTOS, notas, strict=True):
            cliente = register_cliente(session, quem=cast.quem_caio, nome=nome)
            pay(session, cast, "10.00", data=date(2025, 8, 5), cliente=cliente, observacoes=nota, percentual=0)
            spend(session, cast, "1.00", data=date(2025, 8, 6), descricao=nome)
    close(AGOSTO)

    text = (get_folder_path(AGOSTO) / "backup_2025_08.csv").read_bytes().decode("utf-8-sig")
    # As somebody else's reader sees it: no text breaks a row or moves a cell, and no cell is a formula.
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    assert header == list(COLUNAS)
    assert [len(row) for row in rows] == [len(COLUNAS)] * 2 * len(TEXTOS)
    assert [cell for row in rows for cell in row if cell.startswith(FORMULA)] == []
    # As ours does: exactly what was entered.
    linhas = [parse_linha(row) for row in rows]
    assert [(p.cliente_nome, p.observacoes) for p in linhas if isinstance(p, LinhaPagamento)] == list(
        zip(TEXTOS, notas, strict=True)
    )
    assert [g.descricao for g in linhas if isinstance(g, LinhaGasto)] == list(TEXTOS)
    ensure_whole()
