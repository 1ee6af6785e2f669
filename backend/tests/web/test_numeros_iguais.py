"""One month, read back from everything that tells it: page, PDF, workbook, CSV, JSON, API agree to the centavo.

The workbook is read as LibreOffice computes it, from a copy without the values that were written beside its formulas.
Where LibreOffice is missing this is left out; in CI (CI=true) that is an error: `.ci/run` installs it.
"""

import csv
import io
import json
import re
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
from ferramentas import find_tool
from pypdf import PdfReader
from services.test_acerto import COMO, settle
from web.api.conftest import Programa, give_ficha
from web.conftest import Browser

from estudio import db
from estudio.app import create_app
from estudio.domain.acerto import ROTULOS, Tipo
from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import to_centavos
from estudio.services.acerto_consulta import find_conta
from estudio.services.acerto_service import register_recebido
from estudio.services.documento_service import ensure_documentos
from estudio.services.pagamento_service import reverse_pagamento

SETEMBRO = Competencia(2025, 9)
DIA = date(2025, 9, 10)
STEM = "extrato_2025_09"

TOTAIS = ("receita_total", "comissoes_total", "despesas_total", "saldo", "receita_liquida")

NA_PAGINA = tuple(total for total in TOTAIS if total != "saldo")
"""The page leaves out what is neither here nor there: neither what the studio took nor what is left to it."""

Numeros = dict[str, Any]
"""The five totals; what each artista and each forma and categoria comes to, by its name; rows of each kind by number;
of a month with acertos what was owed to each artista, what was paid, and the one less the other, and sums by kind.

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


def month_with_acertos(cast: Cast) -> None:
    """An acerto of each kind; one artista has nothing but a comissão, another nothing but a vale."""
    with db.transaction() as session:
        davi, eva = (make_artista(session, nome, percentual=5000) for nome in ("Davi Luz", "Eva Sol"))
        kept = pay(session, cast, "1333.33", data=DIA, artista=cast.bia)
        register_recebido(session, kept.id, quem=cast.quem_ana)
        for number, tipo in enumerate(COMO, 1):
            settle(session, cast, tipo, f"{number}01.15", data=DIA, motivo="Combinado")
        pay(session, cast, "99.99", data=DIA, artista=davi)
        settle(session, cast, Tipo.VALE, "50.07", data=DIA, artista_id=eva.id)
        spend(session, cast, "80.01", data=DIA, descricao="Tinta preta")


@pytest.mark.parametrize("month", [common_month, month_below_zero, month_with_acertos])
def test_everything_that_tells_a_month_tells_the_same(
    cast: Cast, log_in: Callable[[str], Browser], month: Callable[[Cast], None], tmp_path: Path
) -> None:
    soffice = find_tool("soffice")
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
        "xlsx": read_xlsx(files["xlsx"], tmp_path, soffice),
        "pdf": read_pdf(files["pdf"]),
        "página": read_page(browser.get("/extratos/2025-09").get_data(as_text=True), json.loads(files["json"])),
        "API": read_api(programa),
    }
    assert doc["receita_total"] != 0
    assert bool(doc["contas"]) == (month is month_with_acertos)
    with db.transaction(read_only=True) as session:
        for nome, conta in doc["contas"].items():
            artista_id = next(each["artista_id"] for each in json.loads(files["json"])["totais"]["contas"]
                              if each["artista"] == nome)  # fmt: skip
            found = find_conta(session, artista_id, ate=SETEMBRO).find_mes(SETEMBRO)
            assert found is not None
            assert conta == tuple(to_centavos(each) for each in (found.devido, found.pago, found.mudanca)), nome
    for quem, numeros in told.items():
        for key, value in numeros.items():
            assert value == doc[key], f"{quem}: {key}"
    # Each tells of everything that it can.
    assert {key for numeros in told.values() for key in numeros} == set(doc)
    everywhere = {*NA_PAGINA, "artistas", "formas", "contas", "acertos"}
    assert all(everywhere <= numeros.keys() for numeros in told.values())


def centavos(text: str) -> int:
    """From `1234.5`, `-R$ 1.234,50` or `−1.234,50`."""
    plain = text.replace("−", "-").replace("R$", "").replace("\xa0", "").replace(" ", "")
    if "," in plain:
        plain = plain.replace(".", "").replace(",", ".")
    return int(Decimal(plain).scaleb(2).to_integral_exact())


def read_json(payload: bytes) -> Numeros:
    doc = json.loads(payload, parse_float=pytest.fail)
    totais, valor = doc["totais"], {"pagamento": 3, "comissao": 6, "sessao": 6, "gasto": 3, "acerto": 5}
    return {
        **{key: centavos(totais[key]) for key in TOTAIS},
        "artistas": {a["artista"]: (centavos(a["receita"]), centavos(a["comissao"])) for a in totais["por_artista"]},
        "formas": {f["forma"]: centavos(f["total"]) for f in totais["por_forma_pagamento"]},
        "categorias": {c["categoria"]: centavos(c["total"]) for c in totais["gastos_por_categoria"]},
        **read_contas(totais),
        **{tipo: {line[1]: line[place] for line in doc["linhas"].get(tipo, ())} for tipo, place in valor.items()},
    }


def read_contas(totais: Any) -> Numeros:
    """As JSON tells them, from a file or the API."""
    contas = {
        c["artista"]: tuple(centavos(c[key]) for key in ("devido", "pago", "saldo")) for c in totais.get("contas") or ()
    }
    acertos = {(a["artista"], ROTULOS[Tipo(a["tipo"])]): centavos(a["total"]) for a in totais.get("acertos") or ()}
    return {"contas": contas, "acertos": acertos}


def sum_contas(ganhos: dict[str, int], acertos: dict[tuple[str, str], int]) -> dict[str, tuple[int, int, int]]:
    """From comissões and acertos by kind, as nothing of the program sums them."""
    if not acertos:
        return {}
    entregue = {ROTULOS[tipo] for tipo in (Tipo.REPASSE, Tipo.VALE, Tipo.DEVOLUCAO)}
    contas = {}
    for nome in {*ganhos, *(nome for nome, _ in acertos)}:
        own = {rotulo: valor for (de_quem, rotulo), valor in acertos.items() if de_quem == nome}
        pago = -sum(valor for rotulo, valor in own.items() if rotulo in entregue)
        saldo = ganhos.get(nome, 0) + sum(own.values())
        contas[nome] = (saldo + pago, pago, saldo)
    return contas


def read_csv(payload: bytes) -> Numeros:
    rows = list(csv.DictReader(io.StringIO(payload.decode("utf-8-sig"), newline=""), delimiter=";", strict=True))
    kinds = ("pagamento", "comissao", "sessao", "gasto", "acerto")
    by_kind = {tipo: [row for row in rows if row["tipo"] == tipo] for tipo in kinds}
    sums = {tipo: sum(centavos(row["valor"]) for row in found) for tipo, found in by_kind.items()}
    receita, comissoes, despesas = sums["pagamento"], sums["comissao"], sums["gasto"]
    nomes = {row["artista"] for tipo in ("pagamento", "comissao") for row in by_kind[tipo]}

    def add_up(tipo: str, column: str, name: str) -> int:
        return sum(centavos(row["valor"]) for row in by_kind[tipo] if row[column] == name)

    acertos: dict[tuple[str, str], int] = {}
    for row in by_kind["acerto"]:
        key = (row["artista"], row["categoria"])
        acertos[key] = acertos.get(key, 0) + centavos(row["valor"])
    return {
        "acertos": acertos,
        "contas": sum_contas({n: add_up("comissao", "artista", n) for n in nomes}, acertos),
        **dict(
            zip(TOTAIS, (receita, comissoes, despesas, receita - despesas, receita - comissoes - despesas), strict=True)
        ),
        "artistas": {n: (add_up("pagamento", "artista", n), add_up("comissao", "artista", n)) for n in nomes},
        "formas": {n: add_up("pagamento", "forma", n) for n in {row["forma"] for row in by_kind["pagamento"]}},
        "categorias": {n: add_up("gasto", "categoria", n) for n in {row["categoria"] for row in by_kind["gasto"]}},
        **{tipo: {int(row["id"]): centavos(row["valor"]) for row in by_kind[tipo]} for tipo in by_kind},
    }


def read_xlsx(payload: bytes, folder: Path, soffice: str) -> Numeros:
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
            soffice, "--headless", f"-env:UserInstallation={(folder / 'perfil').as_uri()}", "--convert-to",
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
    has_acertos = (folder / "folhas" / f"{STEM}-Acertos.csv").exists()
    *contas, total = read("Contas por Artista") if has_acertos else [[]]
    for column in (2, 3, 4) if has_acertos else ():
        assert centavos(total[column]) == sum(centavos(conta[column]) for conta in contas)
    by_kind = {n[9:]: centavos(v) for n, v in told.items() if n.startswith("Acertos: ")}
    return {
        "contas": {c[1]: tuple(centavos(c[column]) for column in (2, 3, 4)) for c in contas},
        "acertos": {(nome, rotulo): v for key, v in by_kind.items() for nome, _, rotulo in [key.rpartition(", ")]},
        "acerto": {int(r[0]): centavos(r[10]) for r in read("Acertos")[:-1]} if has_acertos else {},
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
    contas = find(rf"([^\d\n]+) {money} {money} {money}", part("Contas com os artistas", "Total"))
    rotulos = "|".join(ROTULOS.values())
    acertos = find(rf"({rotulos}) ([^\d\n]+) {money}", part("Acertos por tipo", "Total.*"))
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
        "contas": {nome: tuple(map(centavos, sums)) for nome, *sums in contas},
        "acertos": {(nome, rotulo): centavos(valor) for rotulo, nome, valor in acertos},
        "acerto": {
            int(n): centavos(v)
            for n, v in find(rf"(\d+) {dia} [^%]*? {money}", part("Acertos", "Total"))
        },
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
    quantias = r'<span class="quantia[^"]*">([^<]*)</span>'
    contas = re.findall(r'<tr data-conta="(\d+)">(.*?)</tr>', page, re.DOTALL)
    acertos = re.findall(r'<tr data-acerto="(\d+)-([a-z]+)">(.*?)</tr>', page, re.DOTALL)
    return {
        "contas": {nomes["artista"][id_]: tuple(map(centavos, re.findall(quantias, row))) for id_, row in contas},
        "acertos": {
            (nomes["artista"][id_], ROTULOS[Tipo(tipo)]): centavos(re.findall(quantias, row)[0])
            for id_, tipo, row in acertos
        },
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
        **read_contas(totais),
    }
