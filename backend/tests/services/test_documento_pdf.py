"""The statement on paper: parts that are one document, texts of any length, months of any size and sign."""

import io
import re
import zlib
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from pypdf import PdfReader

from estudio.domain.competencia import Competencia
from estudio.services import documento_pdf
from estudio.services.documento_leitura import Linha, MesFechado
from estudio.services.documento_pdf import DocumentoPdf

pytestmark = pytest.mark.uma_vez

SELO = "0123456789abcdef" * 4


def make_pdf(*linhas: Linha) -> bytes:
    """Set a month of these rows; of the sums only those that the statement shows are calculated."""
    valor = {
        tipo: sum(each.valor for each in linhas if each.tipo == tipo) for tipo in ("pagamento", "comissao", "gasto")
    }
    dias: dict[str, int] = {}
    for each in linhas:
        if each.tipo == "pagamento":
            dias[each.dia.isoformat()] = dias.get(each.dia.isoformat(), 0) + each.valor
    quantos = [sum(each.tipo == tipo for each in linhas) for tipo in ("pagamento", "sessao", "comissao", "gasto")]
    selo = SimpleNamespace(
        em="2025-10-01T12:30:15.123456Z", selo_sha256=SELO, anterior_sha256=SELO, seq=1, backup_sha256=None
    )
    extrato: Any = SimpleNamespace(
        competencia=Competencia(2025, 9), versao=1, fechado_por=None, conteudo_sha256=SELO, selo=selo,
        totais=[*valor.values(), [[1, *valor.values()][:3]], [["pix", valor["pagamento"]]], [], [], quantos],
        por_dia=[[dia, "pagamento", 1, soma, ""] for dia, soma in sorted(dias.items())],
    )  # fmt: skip
    file = io.BytesIO()
    documento = DocumentoPdf(file, MesFechado(extrato, {("artista", "1"): "Bia"}), estudio="Ateliê (5 0 R) <b>")
    for each in linhas:
        documento.add([each])
    documento.finish()
    return file.getvalue()


def pago(number: int, *, cliente: str = "Dora", valor: int = 10_000) -> Linha:
    dia = date(2025, 9, 1 + number % 30)
    return Linha("pagamento", number, dia, valor, (), 3000, 1, cliente, 1, "Bia", "pix", "Pix")


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def test_parts_are_one_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documento_pdf, "LINHAS_POR_PARTE", 7)
    rows = [pago(number) for number in range(1, 31)]
    pdf = make_pdf(*rows)
    assert pdf == make_pdf(*rows)
    pages = pages_of(pdf)
    told = [int(n) for page in pages for n in re.findall(r"^(\d+) \d\d/09/2025 Dora", page, re.MULTILINE)]
    assert told == list(range(1, 31))
    assert [re.findall(r"Página (\d+)", page) for page in pages] == [[str(n)] for n in range(1, len(pages) + 1)]
    assert f"Este documento tem {len(pages)} páginas." in " ".join(pages[0].split())
    assert pages[-1].rstrip().splitlines()[-2] == "Fim do extrato." or "Fim do extrato." in pages[-1]
    assert sum(page.count("Pagamentos e comissões") for page in pages) == 1
    assert pages[0].startswith("Ateliê (5 0 R) <b>")


def test_the_tags_of_all_parts_are_one_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page has its place in the tree, every mark of it an element, and no two headers of a column one name."""
    monkeypatch.setattr(documento_pdf, "LINHAS_POR_PARTE", 7)
    reader = PdfReader(io.BytesIO(make_pdf(*(pago(number) for number in range(1, 31)))))
    root: Any = reader.root_object
    tree: Any = root["/StructTreeRoot"]
    nums = tree["/ParentTree"]["/Nums"]
    assert list(nums[::2]) == list(range(len(reader.pages)))
    for number, page in enumerate(reader.pages):
        page_any: Any = page
        assert page_any["/StructParents"] == number
        elements = nums[2 * number + 1].get_object()
        assert all(each.get_object()["/Pg"].get_object() == page for each in elements)
        marks = {int(found) for found in re.findall(rb"/MCID (\d+)", page_any["/Contents"].get_object().get_data())}
        assert marks == set(range(len(elements)))
    names = [str(name) for name in tree["/IDTree"]["/Names"][::2]]
    assert names == sorted(set(names))
    (document,) = tree["/K"]
    kinds = [each.get_object()["/S"] for each in document.get_object()["/K"]]
    assert kinds[:3] == ["/P", "/Title", "/P"]
    # Two of the statement, its artistas and its formas among them, and one for each part of the rows.
    assert kinds.count("/Table") == 3 + 5
    assert root["/Metadata"].get_object().get_data().count(b"<xmpTPg:NPages>%d<" % len(reader.pages)) == 1


def test_a_month_of_more_rows_than_anybody_reads_says_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documento_pdf, "LINHAS_NO_ANEXO", 3)
    (page,) = pages_of(make_pdf(*(pago(number) for number in range(1, 5))))
    assert "As linhas deste mês são muitas para papel" in " ".join(page.split())


def test_a_text_of_any_length_has_its_cell_and_it_is_said_that_there_is_more() -> None:
    pages = pages_of(make_pdf(pago(1, cliente="n" * 10_000), pago(2, cliente="Duda \U0001f98b")))
    assert len(pages) == 2
    assert "(2 textos)" in " ".join(pages[0].split())
    assert len(re.findall("n{20}", pages[1])) == 12
    assert "Duda […]" in pages[1]


def test_a_month_below_zero_and_one_of_a_single_line() -> None:
    (first, _) = pages_of(make_pdf(pago(1, valor=-50_000)))
    assert "Receita total (bruta) −500,00" in first
    assert "Receita líquida (bruta − comissões − gastos) −500,00" in first


def test_what_the_joining_writes_is_a_pdf_that_others_read() -> None:
    """Every object is where the table says that it is."""
    pdf = make_pdf(pago(1))
    start = int(pdf.rpartition(b"startxref\n")[2].split()[0])
    head, _, rest = pdf[start:].partition(b"stream\n")
    (length,) = re.findall(rb"/Length (\d+)", head)
    rows = zlib.decompress(rest[: int(length)])
    for number in range(len(rows) // 7):
        kind, place = rows[7 * number], int.from_bytes(rows[7 * number + 1 : 7 * number + 5], "big")
        assert kind in (0, 1, 2)
        if kind == 1:
            assert pdf.startswith(b"%d 0 obj\n" % number, place)
