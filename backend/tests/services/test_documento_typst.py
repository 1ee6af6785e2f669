"""A document on paper is set from data alone: tagged, the same bytes each time, and blind to everything else."""

import io
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from estudio import papel
from estudio.domain.errors import DocumentoNaoGerado
from estudio.services import documento_typst
from estudio.services.documento_letras import FALTA, TEM, fit_texto
from estudio.services.documento_typst import compile_pdf

pytestmark = pytest.mark.uma_vez

LISTA = """#import "folha.typ": *
#show: folha
#title()
#quadro(colunas: (1fr,), cabeca: ([Nome],), linhas: dados.nomes.map(nome => (nome,)))
#aviso-letras(dados.faltam_letras)
"""

EM = datetime(2025, 10, 1, 12, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def pasta(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the house's sheet and one template: a list."""
    shutil.copy(papel.PASTA / "folha.typ", tmp_path)
    (tmp_path / "lista.typ").write_text(LISTA)
    monkeypatch.setattr(papel, "PASTA", tmp_path)
    return tmp_path


def compile_one(*nomes: str) -> bytes:
    return compile_pdf("lista", {"nomes": list(nomes)}, em=EM, titulo="Extrato de teste")


def read(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_it_is_tagged_titled_in_portuguese_and_for_the_archive() -> None:
    pdf = compile_one("Dora")
    reader = PdfReader(io.BytesIO(pdf))
    assert reader.metadata is not None
    assert reader.metadata.title == "Extrato de teste"
    assert reader.metadata.creation_date == EM
    assert b"/Lang(pt-BR)" in pdf
    assert b"/MarkInfo<</Marked true" in pdf
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf


def test_the_same_data_give_the_same_bytes() -> None:
    assert compile_one("Dora") == compile_one("Dora")


@pytest.mark.parametrize(
    "texto",
    [
        '#read("/etc/passwd")',
        '#import "/etc/passwd": *',
        "$x$ *negrito* _itálico_ `x` @dora <dora> \\ // fim",
        "]]]#{",
        "= Título",
    ],
)
def test_what_people_typed_is_text(texto: str) -> None:
    assert texto in read(compile_one(texto))


def test_a_template_reads_nothing_outside_its_folder(pasta: Path) -> None:
    (pasta / "lista.typ").write_text('#read("/etc/passwd")')
    with pytest.raises(DocumentoNaoGerado, match="recusou"):
        compile_one("Dora")
    (pasta / "lista.typ").write_text('#read("../../../../../../../../etc/passwd")')
    with pytest.raises(DocumentoNaoGerado, match="recusou"):
        compile_one("Dora")


def test_a_template_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch, pasta: Path) -> None:
    (pasta / "lista.typ").write_text("#for i in range(100000) { for j in range(10000) { let x = lorem(20).len() } }")
    monkeypatch.setattr(documento_typst, "PRAZO_S", 1)
    with pytest.raises(DocumentoNaoGerado, match="demorou"):
        compile_one("Dora")


def test_every_sign_that_we_claim_to_have_is_set() -> None:
    """In an archive file a sign without a glyph is refused, so that what is set has all of its signs."""
    signs = re.findall(f"[{TEM}]", "".join(map(chr, range(0x20, 0x10000))))
    assert len(signs) > 2000
    compile_one(*("".join(signs[i : i + 50]) for i in range(0, len(signs), 50)))


@pytest.mark.parametrize(
    ("texto", "papel"),
    [
        ("Duda \U0001f98b", f"Duda {FALTA}"),
        ("\U0001f469‍\U0001f3a8 Bia", f"{FALTA} Bia"),
        ("محمد", FALTA),
        ("\u202egpj.Dora", "gpj.Dora"),
        ("linha\r\noutra\ttab\0", "linha outra tab"),
        ("Joa\u0303o", "João"),
        ("שלום", "שלום"),
        ("a\ud800b", "ab"),
    ],
)
def test_signs_that_no_typeface_has_are_said_and_never_a_box(texto: str, papel: str) -> None:
    assert fit_texto(texto) == papel
    pdf = read(compile_one(texto))
    assert (FALTA in papel) == ("está no lugar de sinais" in " ".join(pdf.split()))
