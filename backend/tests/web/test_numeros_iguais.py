"""One month, read back from everything that tells it: page, PDF, workbook, CSV, JSON, API agree to the centavo.

The workbook is read as LibreOffice computes it, from a copy without the values that were written beside its formulas.
Where LibreOffice is missing this is left out, loudly; in CI (CI=true) that is an error: `.ci/run` installs it.
"""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from cast import Cast, book, make_artista, make_cliente, pay, shut, spend
from pypdf import PdfReader
from web.api.conftest import Programa, give_ficha
from web.conftest import Browser

from estudio import db
from estudio.app import create_app
from estudio.domain.competencia import Competencia
from estudio.services.documento_service import ensure_documentos
from estudio.services.pagamento_service import reverse_pagamento

SETEMBRO = Competencia(2025, 9)
DIA = date(2025, 9, 10)
STEM = "extrato_2025_09"

SOFFICE = shutil.which("soffice")

TOTAIS = ("receita_total", "comissoes_total", "despesas_total", "saldo", "receita_liquida")

NA_PAGINA = tuple(total for total in TOTAIS if total != "saldo")
"""The page leaves out what is neither here nor there: neither what the studio took nor what is left to it."""

Numeros = dict[str, Any]
"""The five totals; what each artista and each forma and categoria comes to, by its name; rows of each kind by number.

All in centavos.
"""


def common_month(cast: Cast) -> None:
    """Odd shares, estornos, several artistas on several days, a comissão of nothing, gastos of three categories."""
    with db.transaction() as session:
        for number, nome in enumerate(("Cora Reis", "Davi Luz", "Eva Sol"), 1):
            artista = make_artista(session, nome, percentual=3333 + number)
            cliente = make_cliente(session, f"Cliente {number}")
            sessao = book(session, cast, "9.95", data=DIA.replace(day=number), artista=artista, cliente=cliente)
            pay(session, cast, f"{number * 7}.95", data=DIA, artista=artista, cliente=cliente, sessoes=[sessao])
            spend(session, cast, f"{number}.15", data=DIA, descricao=f"Gasto {number}", categoria="material")
        pago = pay(session, cast, "9999999.99", data=date(2025, 9, 30), artista=cast.bia, forma="dinheiro")
        reverse_pagamento(
            session, pago.id, quem=cast.quem_caio, data=date(2025, 9, 30), valor=Decimal("1234.56"), forma="pix"
        )
        spend(session, cast, "1000.07", data=DIA, descricao="Aluguel da sala", categoria="aluguel", forma="dinheiro")
        spend(session, cast, "0.07", data=DIA, descricao="Sem categoria")


def month_below_zero(cast: Cast) -> None:
    """Nothing but an estorno of what was paid before, and a gasto."""
    with db.transaction() as session:
        pago = pay(session, cast, "500.00", data=date(2025, 8, 9), artista=cast.bia)
        reverse_pagamento(session, pago.id, quem=cast.quem_caio, data=DIA, valor=Decimal("500.00"), forma="pix")
        spend(session, cast, "80.01", data=DIA, descricao="Tinta preta")
    with db.transaction() as session:
        shut(session, "2025-08")


@pytest.mark.parametrize("month", [common_month, month_below_zero])
def test_everything_that_tells_a_month_tells_the_same(
    cast: Cast, log_in: Callable[[str], Browser], month: Callable[[Cast], None], tmp_path: Path
) -> None:
    if SOFFICE is None:
        assert os.environ.get("CI") != "true", "LibreOffice is missing: in CI it computes the workbook (.ci/run)"
        pytest.skip("LIBREOFFICE IS MISSING: nobody computed the workbook. apt install libreoffice-calc-nogui")
    month(cast)
    with db.transaction() as session:
        shut(session, "2025-09")
    ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    browser = log_in("contador")
    files = {tipo: browser.get(f"/extratos/2025-09/vias/{tipo}").get_data() for tipo in ("pdf", "xlsx", "csv", "json")}
    programa = Programa(create_app().test_client(), give_ficha(cast, "contador"))
    doc = read_json(files["json"])
    told = {
        "csv": read_csv(files["csv"]),
        "xlsx": read_xlsx(files["xlsx"], tmp_path),
        "pdf": read_pdf(files["pdf"]),
        "página": read_page(browser.get("/extratos/2025-09").get_data(as_text=True), json.loads(files["json"])),
        "API": read_api(programa),
    }
    assert doc["receita_total"] != 0
    for quem, numeros in told.items():
        for key, value in numeros.items():
            assert value == doc[key], f"{quem}: {key}"
    # Each tells of everything that it can.
    assert {key for numeros in told.values() for key in numeros} == set(doc)
    assert all({*NA_PAGINA, "artistas", "formas"} <= numeros.keys() for numeros in told.values())


def centavos(text: str) -> int:
    """From `1234.5`, `-R$ 1.234,50` or `−1.234,50`."""
    plain = text.replace("−", "-").replace("R$", "").replace("\xa0", "").replace(" ", "")
    if "," in plain:
        plain = plain.replace(".", "").replace(",", ".")
    return int(Decimal(plain).scaleb(2).to_integral_exact())


def read_json(payload: bytes) -> Numeros:
    doc = json.loads(payload, parse_float=pytest.fail)
    totais, valor = doc["totais"], {"pagamento": 3, "comissao": 6, "sessao": 6, "gasto": 3}
    return {
        **{key: centavos(totais[key]) for key in TOTAIS},
        "artistas": {a["artista"]: (centavos(a["receita"]), centavos(a["comissao"])) for a in totais["por_artista"]},
        "formas": {f["forma"]: centavos(f["total"]) for f in totais["por_forma_pagamento"]},
        "categorias": {c["categoria"]: centavos(c["total"]) for c in totais["gastos_por_categoria"]},
        **{tipo: {line[1]: line[place] for line in doc["linhas"][tipo]} for tipo, place in valor.items()},
    }


def read_csv(payload: bytes) -> Numeros:
    rows = list(csv.DictReader(io.StringIO(payload.decode("utf-8-sig"), newline=""), delimiter=";", strict=True))
    by_kind = {
        tipo: [row for row in rows if row["tipo"] == tipo] for tipo in ("pagamento", "comissao", "sessao", "gasto")
    }
    sums = {tipo: sum(centavos(row["valor"]) for row in found) for tipo, found in by_kind.items()}
    receita, comissoes, despesas = sums["pagamento"], sums["comissao"], sums["gasto"]
    nomes = {row["artista"] for tipo in ("pagamento", "comissao") for row in by_kind[tipo]}

    def add_up(tipo: str, column: str, name: str) -> int:
        return sum(centavos(row["valor"]) for row in by_kind[tipo] if row[column] == name)

    return {
        **dict(
            zip(TOTAIS, (receita, comissoes, despesas, receita - despesas, receita - comissoes - despesas), strict=True)
        ),
        "artistas": {n: (add_up("pagamento", "artista", n), add_up("comissao", "artista", n)) for n in nomes},
        "formas": {n: add_up("pagamento", "forma", n) for n in {row["forma"] for row in by_kind["pagamento"]}},
        "categorias": {n: add_up("gasto", "categoria", n) for n in {row["categoria"] for row in by_kind["gasto"]}},
        **{tipo: {int(row["id"]): centavos(row["valor"]) for row in found} for tipo, found in by_kind.items()},
    }


def read_xlsx(payload: bytes, folder: Path) -> Numeros:
    """As LibreOffice computes it: of each sheet a CSV, made from formulas that have no value beside them."""
    source = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(payload)) as whole, zipfile.ZipFile(source, "w") as bare:
        for name in whole.namelist():
            part = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", whole.read(name))
            assert not name.startswith("xl/worksheets/") or b"</f><v>" not in part
            bare.writestr(name, part)
    (folder / f"{STEM}.xlsx").write_bytes(source.getvalue())
    subprocess.run(
        [
            str(SOFFICE), "--headless", f"-env:UserInstallation={(folder / 'perfil').as_uri()}", "--convert-to",
            # Every sheet, in UTF-8, numbers as they are and not as they are shown.
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1",
            "--outdir", str(folder / "folhas"), str(folder / f"{STEM}.xlsx"),
        ],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip

    def read(folha: str) -> list[list[str]]:
        text = (folder / "folhas" / f"{STEM}-{folha}.csv").read_text(encoding="utf-8")
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]

    told = {row[0]: row[1] for row in read("Totais")}
    labels = (
        "Receita Total (Bruta)", "Comissões Totais", "Despesas (Gastos)", "Saldo (Bruta - Gastos)",
        "Receita Líquida (Bruta - Comissões - Gastos)",
    )  # fmt: skip
    rows = {
        "pagamento": ("Pagamentos", 8),
        "comissao": ("Comissões", 7),
        "sessao": ("Sessões", 7),
        "gasto": ("Gastos", 7),
    }
    for folha, column in rows.values():
        linhas = read(folha)
        assert not linhas or centavos(linhas[-1][column]) == sum(centavos(row[column]) for row in linhas[:-1]), folha
    formas = read("Formas")[:-1]
    return {
        **{key: centavos(told[label]) for key, label in zip(TOTAIS, labels, strict=True)},
        "artistas": {r[1]: (centavos(r[2]), centavos(r[3])) for r in read("Comissões por Artista")[:-1]},
        "formas": {row[1]: centavos(row[2]) for row in formas if row[0] in {r[6] for r in read("Pagamentos")}},
        "categorias": {n[8:]: centavos(v) for n, v in told.items() if n.startswith("Gastos: ")},
        **{t: {int(r[0]): centavos(r[c]) for r in read(f) if r[0] != "Total"} for t, (f, c) in rows.items()},
    }


def read_pdf(payload: bytes) -> Numeros:
    """From its text, as a program reads it aloud: a line for each row of a table."""
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(payload)).pages)
    money = r"(−?[\d.]+,\d\d)"

    def part(begin: str, end: str) -> str:
        found = re.search(rf"^{begin}$(.*?)^{end}", text, re.DOTALL | re.MULTILINE)
        return found[1] if found else ""

    def find(pattern: str, where: str = text) -> list[tuple[str, ...]]:
        return [found.groups() for found in re.finditer(rf"^{pattern}$", where, re.MULTILINE)]

    (saldo,) = re.findall(rf"Saldo \(bruta − gastos\): {money}", text)
    dia = r"\d\d/\d\d/2025"
    receitas = {
        n: centavos(v) for n, v, _ in find(rf"([^\d\n]+) {money} {money}", part("Por forma de pagamento", "Total"))
    }
    artistas = find(rf"([^\d\n]+) {money} {money}", part("Por artista", "Total"))
    # A cell of several lines is within its row.
    pagos = find(rf"(\d+) {dia} [^%]*?\s{money} \d+(?:,\d+)?% {money}", part("Pagamentos e comissões", "Total"))
    assert centavos(find(rf"Comissões {money}")[0][0]) == -sum(centavos(comissao) for _, _, comissao in pagos)
    return {
        "receita_total": centavos(find(rf"Receita total \(bruta\) {money}")[0][0]),
        "comissoes_total": -centavos(find(rf"Comissões {money}")[0][0]),
        "despesas_total": -centavos(find(rf"Despesas \(gastos\) {money}")[0][0]),
        "saldo": centavos(saldo),
        "receita_liquida": centavos(find(rf"Receita líquida \(.*\) {money}")[0][0]),
        "artistas": {nome: (centavos(recebido), centavos(ganho)) for nome, recebido, ganho in artistas},
        "formas": {nome: valor for nome, valor in receitas.items() if valor},
        "categorias": {n: centavos(v) for n, v in find(rf"([^\d\n]+) {money}", part("Gastos por categoria", "Total"))},
        "pagamento": {int(n): centavos(v) for n, v, _ in pagos},
        "sessao": {
            int(n): centavos(v)
            for n, v in find(rf"(\d+) {dia} {dia} .* {money}", part("Sessões pagas", "Total"))
        },
        "gasto": {int(n): centavos(v) for n, v in find(rf"(\d+) {dia} .* {money}", part("Gastos", "Total"))},
    }  # fmt: skip


def read_page(page: str, doc: Any) -> Numeros:
    """Every number of the page leads to its rows, and says by its address which one it is."""
    shown: dict[tuple[str, str | None], int] = {}
    for address, text in re.findall(r'<a class="numero[^"]*" href="([^"]*)">\s*([^<]*)', page):
        found = re.search(r"/numeros/([a-z_.]+)", unescape(address))
        chave = re.search(r"chave=([^&]*)", unescape(address))
        assert found is not None, address
        shown[found[1], chave[1] if chave else None] = centavos(text)
    nomes = doc["nomes"]
    ids = sorted({chave for numero, chave in shown if numero == "por_artista.receita" and chave})
    return {
        **{key: shown[key, None] for key in NA_PAGINA},
        "artistas": {
            nomes["artista"][id_]: (shown["por_artista.receita", id_], shown["por_artista.comissao", id_])
            for id_ in ids
        },
        "formas": {nomes["forma"][c]: v for (n, c), v in shown.items() if n == "por_forma_pagamento" and c},
    }


def read_api(programa: Programa) -> Numeros:
    told = programa.get("/extratos/2025-09").get_json()
    totais = told["totais"]
    return {
        **{key: centavos(totais[key]) for key in TOTAIS},
        "artistas": {a["artista"]: (centavos(a["receita"]), centavos(a["comissao"])) for a in totais["por_artista"]},
        "formas": {f["forma"]: centavos(f["total"]) for f in totais["por_forma_pagamento"]},
        "categorias": {c["categoria"]: centavos(c["total"]) for c in totais["gastos_por_categoria"]},
    }
