"""The month's pack: the same centavos on the page, in JSON, CSV and XLSX; and nothing in it changes unnoticed."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from cast import Cast, book, make_artista, make_cast, make_cliente, pay, shut, spend
from conftest import Banco
from moldes import Copiar

from estudio import config, db
from estudio.domain.competencia import Competencia
from estudio.domain.errors import IntegrityBroken, NaoFechado, SemPermissao
from estudio.services.artista_service import edit_artista
from estudio.services.documento_pacote import create_pacote
from estudio.services.documento_service import ensure_documentos
from estudio.services.extrato_leitura import read_extrato
from estudio.services.extrato_service import reopen_extrato
from estudio.services.pagamento_service import reverse_pagamento

SETEMBRO = Competencia(2025, 9)
DIA = date(2025, 9, 10)
STEM = "extrato_2025_09"
HOSTIS = ("=1+1", "<b>negrito</b>", "🐙 polvo", "n" * 300, '=HYPERLINK("http://evil.example")', "<r><t>x</t></r>",
          'a;"b', "@soma", "_x0041_", "+55 11")  # fmt: skip

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def _fill(_: Banco) -> Cast:
    with db.transaction() as session:
        return make_cast(session)


@pytest.fixture
def cast(copiar: Copiar[Cast]) -> Cast:
    return copiar(_fill)[1]


def make(cast: Cast, competencia: Competencia = SETEMBRO) -> bytes:
    ensure_documentos(competencia, quem=cast.quem_edu)
    with db.transaction(read_only=True) as session:
        pacote = create_pacote(session, competencia, quem=cast.quem_edu)
    with pacote.arquivo:
        payload = pacote.arquivo.read()
    assert len(payload) == pacote.tamanho
    return payload


def fill(cast: Cast) -> None:
    """September 2025: hostile names, an estorno, sessões, comissões of odd shares, gastos of several categories."""
    with db.transaction() as session:
        for number, nome in enumerate(HOSTIS, 1):
            cora = make_artista(session, nome, percentual=3333)
            cliente = make_cliente(session, nome)
            sessao = book(session, cast, "9.95", data=DIA.replace(day=number), artista=cora, cliente=cliente)
            pay(session, cast, f"{number * 7}.95", data=DIA, artista=cora, cliente=cliente, sessoes=[sessao])
            spend(session, cast, f"{number}.15", data=DIA, descricao=nome, categoria="material", forma="dinheiro")
        pago = pay(session, cast, "9999999.99", data=DIA, artista=cast.bia, forma="dinheiro")
        reverse_pagamento(
            session, pago.id, quem=cast.quem_caio, data=date(2025, 9, 30), valor=Decimal("1234.56"), forma="pix"
        )
        spend(session, cast, "0.07", data=DIA, descricao="linha\r\nquebrada")
    close()


def close() -> None:
    with db.transaction() as session:
        shut(session, "2025-09")


def unpack(payload: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def read_csv(payload: bytes) -> list[dict[str, str]]:
    assert payload.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(payload.decode("utf-8-sig"), newline=""), delimiter=";", strict=True))


def centavos(text: str) -> int:
    return int(Decimal(text.replace(",", ".")).scaleb(2).to_integral_exact())


class Cell:
    """A cell as the file says it: its kind (number, text, formula), the text or value as it is written."""

    def __init__(self, element: ET.Element) -> None:
        inline, value = element.find("m:is/m:t", NS), element.find("m:v", NS)
        self.formula = element.findtext("m:f", None, NS)
        self.is_text = element.get("t") == "inlineStr"
        self.text = (inline.text if inline is not None else value.text if value is not None else "") or ""


def read_xlsx(payload: bytes) -> dict[str, list[list[Cell]]]:
    """Sheets by name: rows of cells."""
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        book_xml = ET.fromstring(archive.read("xl/workbook.xml"))
        names = [sheet.get("name", "") for sheet in book_xml.findall("m:sheets/m:sheet", NS)]
        assert not [name for name in archive.namelist() if "hyperlink" in name or "external" in name]
        return {
            name: [
                [Cell(cell) for cell in row.findall("m:c", NS)]
                for row in ET.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml")).iter(f"{{{NS['m']}}}row")
            ]
            for number, name in enumerate(names, 1)
        }


def test_page_json_csv_and_workbook_agree_to_the_centavo(cast: Cast) -> None:
    fill(cast)
    files = unpack(make(cast))
    doc = json.loads(files[f"{STEM}.json"], parse_float=pytest.fail)
    with db.transaction(read_only=True) as session:
        totais = read_extrato(session, SETEMBRO, quem=cast.quem_edu).totais
    rows, sheets = read_csv(files[f"{STEM}.csv"]), read_xlsx(files[f"{STEM}.xlsx"])
    summed = {tipo: sum(centavos(r["valor"]) for r in rows if r["tipo"] == tipo) for tipo in doc["linhas"]}
    told = {cells[0].text: cells for cells in sheets["Totais"]}
    for key, tipo, label in (
        ("receita_total", "pagamento", "Receita Total (Bruta)"),
        ("comissoes_total", "comissao", "Comissões Totais"),
        ("despesas_total", "gasto", "Despesas (Gastos)"),
    ):
        assert str(totais[key]) == doc["totais"][key] == told[label][1].text
        assert centavos(doc["totais"][key]) == summed[tipo]
    for key, label in (
        ("saldo", "Saldo (Bruta - Gastos)"),
        ("receita_liquida", "Receita Líquida (Bruta - Comissões - Gastos)"),
    ):
        assert str(totais[key]) == doc["totais"][key] == told[label][1].text
        assert told[label][1].formula
    assert [str(a["comissao"]) for a in totais["por_artista"]] == [
        cells[3].text for cells in sheets["Comissões por Artista"][1:-1]
    ]
    assert [len(doc["linhas"][tipo]) for tipo in doc["linhas"]] == [12, 12, 10, 11]


def test_numbers_days_and_sums_are_real_and_texts_are_texts(cast: Cast) -> None:
    fill(cast)
    sheets = read_xlsx(unpack(make(cast))[f"{STEM}.xlsx"])
    assert list(sheets) == [
        "Pagamentos", "Comissões", "Sessões", "Comissões por Artista", "Formas", "Gastos", "Totais",
    ]  # fmt: skip
    header, *rows, total = sheets["Pagamentos"]
    assert [cell.text for cell in header][:3] == ["Nº", "Data", "Cliente"]
    # 10 September 2025, as Excel counts days.
    assert rows[0][1].text == "45910"
    valores = [row[[c.text for c in header].index("Valor")] for row in rows]
    assert [cell.text for cell in valores][:2] == ["7.95", "14.95"]
    assert "9999999.99" in {cell.text for cell in valores}
    assert "-1234.56" in {cell.text for cell in valores}
    assert not any(cell.is_text for cell in valores)
    soma = total[-1]
    assert soma.formula == f"SUM('Pagamentos'!$I$2:$I${len(rows) + 1})"
    assert centavos(soma.text) == sum(centavos(cell.text) for cell in valores)
    nomes = [row[2] for row in rows][: len(HOSTIS)]
    assert all(cell.is_text and cell.formula is None for cell in nomes)
    # Excel reads _x005F_ as the underscore; a blank keeps XlsxWriter from taking a name for markup.
    shown = [cell.text.replace("_x005F_", "_").rstrip() for cell in nomes]
    assert shown == list(HOSTIS)


def test_what_a_spreadsheet_would_run_is_marked_in_the_csv(cast: Cast) -> None:
    fill(cast)
    payload = unpack(make(cast))[f"{STEM}.csv"]
    assert payload.count(b"\n") == payload.count(b"\r\n")
    for row in read_csv(payload):
        assert row["data"].count("/") == 2
        for column in ("cliente", "artista", "descricao"):
            assert row[column][:1] not in tuple("=+-@\t\r")
    gastos = [row["descricao"] for row in read_csv(payload) if row["tipo"] == "gasto"]
    assert gastos[0] == "'=1+1"
    assert gastos[-1] == "linha\r\nquebrada"


def test_two_makings_give_equal_bytes_and_the_names_of_the_day_it_was_sealed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(cast)
    first = make(cast)
    with db.transaction() as session:
        edit_artista(session, cast.bia.id, quem=cast.quem_ana, nome="Beatriz Nova")
    monkeypatch.setenv("BATCH_SIZE", "3")
    config.reset()
    assert make(cast) == first
    assert "Beatriz Nova" not in unpack(first)[f"{STEM}.csv"].decode()


def _one_payment(cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "0.01", data=DIA, artista=cast.ana)


def _one_gasto(cast: Cast) -> None:
    with db.transaction() as session:
        spend(session, cast, "80.00", data=DIA)


def _below_zero(cast: Cast) -> None:
    with db.transaction() as session:
        pago = pay(session, cast, "500.00", data=date(2025, 8, 9))
        reverse_pagamento(session, pago.id, quem=cast.quem_caio, data=DIA, valor=Decimal("500.00"), forma="pix")
    with db.transaction() as session:
        shut(session, "2025-08")


@pytest.mark.parametrize("month", [_one_payment, _one_gasto, _below_zero])
def test_a_month_of_one_line_and_a_negative_one(cast: Cast, month: Callable[[Cast], None]) -> None:
    month(cast)
    close()
    files = unpack(make(cast))
    totais = json.loads(files[f"{STEM}.json"])["totais"]
    told = {cells[0].text: cells[1].text for cells in read_xlsx(files[f"{STEM}.xlsx"])["Totais"] if len(cells) > 1}
    assert told["Receita Líquida (Bruta - Comissões - Gastos)"] == totais["receita_liquida"]
    if month is _below_zero:
        assert (totais["receita_total"], totais["receita_liquida"]) == ("-500.00", "-300.00")


def test_a_month_without_a_standing_version_has_no_pack(cast: Cast) -> None:
    _one_payment(cast)
    with pytest.raises(NaoFechado):
        make(cast)
    close()
    with db.transaction(read_only=True) as session, pytest.raises(SemPermissao):
        create_pacote(session, SETEMBRO, quem=cast.quem_caio)
    reopen_extrato(SETEMBRO, motivo="faltou um", quem=cast.quem_ana)
    with pytest.raises(NaoFechado):
        make(cast)


def test_rows_that_are_not_the_sealed_ones_are_handed_to_nobody(cast: Cast, banco: Banco) -> None:
    _one_payment(cast)
    close()
    with banco.connect_as_superuser() as cheat:
        cheat.execute("set session_replication_role = replica")
        cheat.execute("alter table pagamentos disable trigger all")
        cheat.execute("update pagamentos set valor_centavos = 2")
    with pytest.raises(IntegrityBroken, match="Setembro/2025"):
        make(cast)


def test_the_zip_holds_these_in_this_order(cast: Cast) -> None:
    _one_payment(cast)
    close()
    names = [
        "LEIA-ME.txt",
        *(f"{STEM}.{tipo}" for tipo in ("pdf", "xlsx", "csv", "json")),
        "verificar.py",
        "SHA256SUMS",
    ]
    assert list(unpack(make(cast))) == names
