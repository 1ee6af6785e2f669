"""verificar.py by itself, as whoever gets the pack runs it: whole is said, a change is named, nothing crashes it."""

import ast
import hashlib
import io
import json
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest
from cast import make_cast
from conftest import Banco
from moldes import Moldes
from services.test_documento_pacote import STEM, fill, make

from estudio import db
from estudio.domain import backup_celula
from estudio.domain.acerto import EM_DINHEIRO
from estudio.domain.competencia import MESES
from estudio.services import documento_pdf
from estudio.services import documento_verificar as verificar
from estudio.services.documento_csv import COLUNAS

Mudanca = Callable[[dict[str, Any]], None]


def _make_pacote(_: Banco) -> bytes:
    with db.transaction() as session:
        cast = make_cast(session)
    fill(cast)
    return make(cast)


@pytest.fixture
def pacote(moldes: Moldes, tmp_path: Path) -> Path:
    """The pack of a month with everything in it, as a zip and unpacked beside it in a folder of the same name."""
    path = tmp_path / "pacote.zip"
    path.write_bytes(moldes.get(_make_pacote).feito)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "pacote")
    return path


def run(script: Path, *words: str) -> tuple[int, str]:
    """The script in a Python of its own, without the program and its libraries."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), *words],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def sign(folder: Path) -> None:
    """What a forger does last: the list of sums made to fit."""
    names = [line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()]
    sums = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(sums))


def write_doc(path: Path, doc: dict[str, Any]) -> None:
    """The JSON as the program lays it out, whatever it says."""
    lists = {"linhas", "descricoes", "motivos"}
    head = json.dumps({key: doc[key] for key in doc if key not in lists}, ensure_ascii=False, indent=1)[:-2]
    kinds = [
        f'\n  "{tipo}": [' + ",".join(f"\n{json.dumps(each, ensure_ascii=False)}" for each in found)
        + ("\n  ]" if found else "]")
        for tipo, found in doc["linhas"].items()
    ]  # fmt: skip
    texts = [
        f' "{key}": ' + json.dumps(doc[key], ensure_ascii=False, indent=1) for key in doc if key in lists - {"linhas"}
    ]
    parts = [head, ' "linhas": {' + ",".join(kinds) + "\n }", *texts]
    path.write_text(",\n".join(parts) + "\n}\n", encoding="utf-8", newline="")


def test_it_says_of_folder_and_zip_that_they_are_whole(pacote: Path) -> None:
    folder = pacote.with_suffix("")
    selo = json.loads((folder / f"{STEM}.json").read_text())["selo"]["selo_sha256"]
    for words in ((), (str(folder),), (str(pacote),), ("--selo", selo[:12]), (str(pacote), "--selo", selo.upper())):
        code, told = run(folder / "verificar.py", *words)
        assert (code, told.splitlines()[:2]) == (0, ["íntegro: 2025-09, versão 1, 45 linhas", f"selo {selo}"])
    code, told = run(folder / "verificar.py", "--selo", "0" * 64)
    assert (code, "não é o que você guardou" in told) == (1, True)
    assert run(folder / "verificar.py", "--ajuda")[0] == 2


@pytest.mark.parametrize(
    "name", ["LEIA-ME.txt", f"{STEM}.pdf", f"{STEM}.csv", f"{STEM}.json", f"{STEM}.xlsx", "verificar.py", "SHA256SUMS"]
)
def test_a_byte_changed_in_any_file_is_named(pacote: Path, name: str, tmp_path: Path) -> None:
    folder = pacote.with_suffix("")
    honest = shutil.copy(folder / "verificar.py", tmp_path / "honesto.py")
    whole = (folder / name).read_bytes()
    for place in (0, len(whole) // 2, len(whole) - 1):
        changed = bytearray(whole)
        changed[place] ^= 1
        (folder / name).write_bytes(changed)
        code, told = run(Path(honest), str(folder))
        assert (code, name in told) == (1, True), (place, told)
    (folder / name).unlink()
    code, told = run(Path(honest), str(folder))
    assert (code, name in told) == (1, True)


def _other_amount(doc: dict[str, Any]) -> None:
    doc["linhas"]["pagamento"][3][3] += 1


def _other_comissao(doc: dict[str, Any]) -> None:
    doc["linhas"]["comissao"][0][-1] -= 1


def _left_out(doc: dict[str, Any]) -> None:
    doc["linhas"]["gasto"].pop()


def _fraction(doc: dict[str, Any]) -> None:
    doc["linhas"]["gasto"][0][3] = 1.5


def _other_day(doc: dict[str, Any]) -> None:
    doc["por_dia"][0][3] += 1


def _other_total(doc: dict[str, Any]) -> None:
    doc["totais"]["receita_liquida"] = "1.00"


def _other_sealed_total(doc: dict[str, Any]) -> None:
    doc["totais_selados"][0] += 1


def _other_seal(doc: dict[str, Any]) -> None:
    doc["selo"]["em"] = "2025-10-01T00:00:00.000000Z"


def _other_content(doc: dict[str, Any]) -> None:
    doc["selo"]["conteudo_sha256"] = "0" * 64


def _other_month(doc: dict[str, Any]) -> None:
    doc["competencia"] = "2025-08"


def _other_name(doc: dict[str, Any]) -> None:
    doc["nomes"]["cliente"][str(doc["linhas"]["pagamento"][0][6])] = "Outra"


def _other_description(doc: dict[str, Any]) -> None:
    doc["descricoes"]["1"] = "Outra"


def _no_seal(doc: dict[str, Any]) -> None:
    del doc["selo"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (_other_amount, ".json: 2025-09-10, pagamento"),
        (_other_comissao, ".json: 2025-09-10, comissao"),
        (_left_out, ".json: 2025-09-10, gasto"),
        (_fraction, ".json: '1.5' não é um número inteiro"),
        (_other_day, ".json: 2025-09-10, comissao"),
        (_other_total, ".json: totais, receita_liquida"),
        (_other_sealed_total, ".json: os totais selados"),
        (_other_seal, ".json: selo: os campos"),
        (_other_content, ".json: conteudo_sha256"),
        (_other_month, ".json: é de outro mês"),
        (_other_name, ".csv: linha 2"),
        (_other_description, ".csv: linha 36"),
        (_no_seal, ".json: não tem a forma"),
        (lambda doc: doc["totais"].update(bonus="1.00"), ".json: totais, bonus"),
        (lambda doc: doc["totais"]["contagens"].update(acertos=1), ".json: totais, contagens"),
        (lambda doc: doc["totais"]["por_artista"][0].update(saldo="1.00"), ".json: totais, por_artista"),
        (lambda doc: doc["linhas"].update(outros=[[1]]), ".json: linha "),
        (lambda doc: doc["linhas"].update(acerto=[]), ".json: é de outro mês ou de outro formato"),
        (lambda doc: doc["selo"].update(total="1.00"), ".json: linha "),
        (lambda doc: doc.update(aviso="pague 1.00"), ".json: linha "),
        (lambda doc: doc.update(motivos={}), ".json: linha "),
        (lambda doc: doc["nomes"]["artista"].update({"99": "Ninguém"}), ".json: linha "),
        (lambda doc: doc["nomes"].update(outros={}), ".json: linha "),
        (lambda doc: doc["descricoes"].update({"99": "pague"}), ".json: linha "),
        (lambda doc: doc["descricoes"].update({"1": 7}), ".json: '7' não é um nome"),
        (lambda doc: doc.update(versao=True), ".json: linha 4: "),
    ],
)
def test_a_forger_who_makes_the_sums_fit_is_found(pacote: Path, change: Mudanca, where: str) -> None:
    folder = pacote.with_suffix("")
    path = folder / f"{STEM}.json"
    doc = json.loads(path.read_text())
    whole = path.read_bytes()
    write_doc(path, doc)
    assert path.read_bytes() == whole
    change(doc)
    write_doc(path, doc)
    sign(folder)
    code, told = run(folder / "verificar.py")
    assert (code, where in told) == (1, True), told


def test_a_cell_changed_in_the_csv_is_named_by_its_line(pacote: Path) -> None:
    folder = pacote.with_suffix("")
    path = folder / f"{STEM}.csv"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"9999999,99", b"9999999,98"))
    sign(folder)
    code, told = run(folder / "verificar.py")
    assert (code, f"{STEM}.csv: linha 12: não diz o mesmo que o JSON" in told) == (1, True), told
    lines = whole.split(b"\r\n")
    for changed, where in (
        (whole + b"gasto;99\r\n", "linha 48: sobra no fim"),
        (whole + b"\0", "linha 48: sobra no fim"),
        (whole.removeprefix(b"\xef\xbb\xbf"), "linha 1: "),
        (b"\xef\xbb\xbf" + whole, "linha 1: "),
        (whole.replace(b"\r\n", b"\n"), "linha 1: "),
        (whole.replace(b"\r\n", b";total\r\n", 1), "linha 1: "),
        (whole.replace(lines[1], lines[1] + b";1", 1), "linha 2: "),
        (whole.replace(lines[2] + b"\r\n", b"", 1), "linha 3: "),
        (whole.replace(lines[2] + b"\r\n", b"\r\n" + lines[2] + b"\r\n", 1), "linha 3: "),
        (whole.replace(b"\xf0\x9f", b"\0\xf0\x9f", 1), "linha 4: "),
        (whole.replace(b"7,95", b"\xff", 1), "não é texto"),
    ):
        assert changed != whole
        path.write_bytes(changed)
        sign(folder)
        wrong, _ = verificar.verify(folder)
        assert len(wrong) == 1
        assert f"{STEM}.csv: {where}" in wrong[0] or (f"{STEM}.csv" in wrong[0] and where in wrong[0]), (where, wrong)


def forge(folder: Path, part: str, old: str, new: str) -> None:
    """Another text in one part of the workbook, and sums that fit."""
    path = folder / f"{STEM}.xlsx"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old.encode() in parts[part], part
    parts[part] = parts[part].replace(old.encode(), new.encode(), 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, payload in parts.items():
            archive.writestr(name, payload)
    sign(folder)


CELULAS = [
    ("sheet1", "<v>7.95</v>", "<v>7.96</v>", "folha Pagamentos, célula I2"),
    ("sheet1", "<v>7.95</v>", "<v>7.950</v>", "folha Pagamentos, célula I2"),
    ("sheet1", "<v>45910</v>", "<v>45911</v>", "folha Pagamentos, célula B2"),
    ("sheet1", "🐙 polvo", "🐙 outro", "folha Pagamentos, célula C4"),
    ("sheet1", "<v>0.3333</v>", "<v>0.3334</v>", "folha Pagamentos, célula H2"),
    ("sheet1", "<v>7.95</v>", "<f>1+6.95</f><v>7.95</v>", "folha Pagamentos, célula I2"),
    ("sheet1", "<v>7.95</v>", "<v>muito</v>", "folha Pagamentos, célula I2"),
    ("sheet1", '<row r="3">', '<row r="3" hidden="1">', "folha Pagamentos, linha 3"),
    ("sheet1", '<row r="3">', '<row r="3" ht="0" customHeight="1">', "folha Pagamentos, linha 3"),
    ("sheet1", '<row r="3">', '<row r="3" outlineLevel="1" collapsed="1">', "folha Pagamentos, linha 3"),
    ("sheet1", '<row r="3">', '<row r="3" s="3" customFormat="1">', "folha Pagamentos, linha 3"),
    ("sheet1", '<row r="3">', '<row r="99">', "folha Pagamentos, linha 3"),
    ("sheet1", '<row r="3">', '<!-- --><row r="3">', "folha Pagamentos, linha 3"),
    # Another format: a percentage that is shown as a whole number, an amount as a day.
    ("sheet1", '<c r="H2" s="4">', '<c r="H2" s="5">', "folha Pagamentos, célula H2"),
    ("sheet1", '<c r="I2" s="3">', '<c r="I2" s="2">', "folha Pagamentos, célula I2"),
    ("sheet1", '<c r="I2" s="3">', '<c r="I2">', "folha Pagamentos, célula I2"),
    ("sheet1", '<c r="I2" s="3">', '<c r="I2" s="3" t="str">', "folha Pagamentos, célula I2"),
    ("sheet1", '<c r="I2"', '<c r="I2" s="3"><v>1</v></c><c r="I2"', "folha Pagamentos, célula I2"),
    ("sheet1", "</row>", '<c r="K1"><v>1</v></c></row>', "folha Pagamentos, linha 1"),
    ("sheet1", "</row>", '</row><row r="1"></row>', "folha Pagamentos, linha 2"),
    ("sheet1", "<is><t>🐙", "<is><t>um</t></is><is><t>🐙", "folha Pagamentos, célula C4"),
    ("sheet2", "SUM('Comissões'!$H$2:", "SUM('Comissões'!$H$3:", "folha Comissões, célula H14"),
    ("sheet3", "<v>9.95</v>", "<v>995</v>", "folha Sessões, célula H2"),
    ("sheet4", "SUMIF(", "SUM(", "folha Comissões por Artista, célula C2"),
    ("sheet5", "Pix", "Dinheiro", "folha Formas, célula B"),
    ("sheet6", "linha_x000D_", "linha", "folha Gastos, célula C12"),
    ("sheet7", "<v>9999159.93</v>", "<v>9999159.94</v>", "folha Totais, célula B2"),
    ("sheet7", "B2-B3-B4", "B2-B3-B4-1", "folha Totais, célula B6"),
    (
        "sheet7",
        "</sheetData>",
        '<row r="20"><c r="A20"><v>1</v></c></row></sheetData>',
        "folha Totais, linha 15: sobra",
    ),
]
"""Sheet of the workbook, what stands there, what is put there instead, and what is said of it."""

AO_LADO = [
    ("</sheetData>", f"</sheetData>{more}", "folha Pagamentos: tem algo além das linhas")
    for more in (
        "<legacyDrawing/>", '<drawing r:id="rId1"/>', "<hyperlinks/>", "<dataValidations/>", "<extLst/>",
        '<mergeCells count="1"><mergeCell ref="A2:J9"/></mergeCells>', '<autoFilter ref="A1:J9"/>',
        '<conditionalFormatting sqref="A1:J99"><cfRule type="expression" priority="1"/></conditionalFormatting>',
        '<sheetProtection sheet="1"/>', "<phoneticPr/>", " ", "<!-- -->",
    )
] + [
    (old, new, "folha Pagamentos: colunas, painéis ou medidas")
    for old, new in (
        ('<sheetFormatPr defaultRowHeight="15"/>', '<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>'),
        ('<sheetFormatPr defaultRowHeight="15"/>', '<sheetFormatPr defaultRowHeight="0" customHeight="1"/>'),
        ('width="14.7109375"', 'width="0"'),
        ('width="14.7109375"', 'width="14.7109375" hidden="1"'),
        ('min="8" max="8"', 'min="8" max="8" style="1"'),
        ("<cols>", '<cols><col min="11" max="99" width="0" customWidth="1"/>'),
        ('topLeftCell="A2"', 'topLeftCell="A9"'),
        ('ySplit="1"', 'ySplit="8"'),
        ('workbookViewId="0"', 'workbookViewId="0" showZeros="0" showFormulas="1"'),
        ('workbookViewId="0"', 'workbookViewId="0" rightToLeft="1"'),
        ("<dimension", '<sheetPr codeName="x"/><dimension'),
        ("<?xml", "\ufeff<?xml"),
        ('?>', '?><!DOCTYPE a [<!ENTITY b "b">]>'),
        ('encoding="UTF-8"', 'encoding="UTF-16"'),
    )
]  # fmt: skip
"""In the first sheet, besides its cells."""

PARTES = [
    ("xl/styles.xml", 'formatCode="dd/mm/yyyy"', 'formatCode="&quot;1&quot;"'),
    # A format that every program brings with it needs no code of its own.
    ("xl/styles.xml", 'numFmtId="166"', 'numFmtId="1"'),
    ("xl/styles.xml", '<color theme="1"/>', '<color rgb="FFFFFFFF"/>'),
    ("xl/styles.xml", '<sz val="11"/>', '<sz val="1"/>'),
    ("xl/styles.xml", 'patternType="none"', 'patternType="solid"'),
    ("xl/styles.xml", '<dxfs count="0"/>', "<dxfs/>"),
    ("xl/workbook.xml", 'r:id="rId1"/>', 'r:id="rId2"/>'),
    ("xl/workbook.xml", 'sheetId="1"', 'sheetId="1" state="hidden"'),
    ("xl/workbook.xml", "<sheets>", "<definedNames><definedName/></definedNames><sheets>"),
    ("xl/workbook.xml", 'windowHeight="9660"', 'windowHeight="9660" activeTab="3" visibility="hidden"'),
    ("xl/workbook.xml", "<workbookPr ", '<workbookPr date1904="1" '),
    ("xl/workbook.xml", 'fullCalcOnLoad="1"', 'calcMode="manual"'),
    ("xl/_rels/workbook.xml.rels", "sheet1.xml", "sheet2.xml"),
    ("xl/theme/theme1.xml", 'lastClr="000000"', 'lastClr="FFFFFF"'),
    ("docProps/app.xml", "<DocSecurity>0", "<DocSecurity>4"),
    ("_rels/.rels", "xl/workbook.xml", "/evil.example/workbook.xml"),
    ("[Content_Types].xml", 'Extension="xml"', 'Extension="XML"'),
]
"""What says nothing of the month."""


def is_named(folder: Path, where: str) -> None:
    sign(folder)
    wrong, _ = verificar.verify(folder)
    assert len(wrong) == 1
    assert f"{STEM}.xlsx: " in wrong[0], wrong
    assert where in wrong[0], (where, wrong)


ATAQUES = (
    [(f"xl/worksheets/{sheet}.xml", old, new, where) for sheet, old, new, where in CELULAS]
    + [("xl/worksheets/sheet1.xml", old, new, where) for old, new, where in AO_LADO]
    + [(part, old, new, f"{part} não é como o programa a escreve") for part, old, new in PARTES]
    + [("docProps/core.xml", "Setembro/2025", "Outubro/2025", "docProps/core.xml: linha 2")]
)


def test_a_change_in_the_workbook_is_named(pacote: Path) -> None:
    folder = pacote.with_suffix("")
    whole = (folder / f"{STEM}.xlsx").read_bytes()
    for part, old, new, where in ATAQUES:
        (folder / f"{STEM}.xlsx").write_bytes(whole)
        forge(folder, part, old, new)
        is_named(folder, where)


def test_a_workbook_that_one_program_reads_otherwise_than_another_is_named(pacote: Path) -> None:
    """Members twice, unlisted, before and behind: which of them is shown is the reader's choice."""
    folder = pacote.with_suffix("")
    path = folder / f"{STEM}.xlsx"
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
        begin = archive.start_dir

    def rewrite(more: dict[str, bytes], comment: bytes = b"") -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, payload in [*parts.items(), *more.items()]:
                archive.writestr(name, payload)
            archive.comment = comment

    rewrite({})
    sign(folder)
    assert verificar.verify(folder)[0] == []
    with pytest.warns(UserWarning, match="Duplicate"):
        rewrite({"xl/worksheets/sheet1.xml": parts["xl/worksheets/sheet2.xml"]})
    is_named(folder, "arquivos repetidos")
    for other in ("xl/comments1.xml", "xl/externalLinks/externalLink1.xml", "xl/sharedStrings.xml", "xl/vbaProject.bin",
                  "xl/worksheets/_rels/sheet1.xml.rels", "XL/styles.xml"):  # fmt: skip
        rewrite({other: b"<a/>"})
        is_named(folder, f"a mais ou a menos ('{other}')")
    rewrite({}, b"pague 1,00")
    is_named(folder, "antes, entre ou depois")
    for changed in (
        b"PK" + whole,
        whole + b"PK",
        # A member that no list knows, before the list.
        whole[:begin] + whole[: begin // 2] + whole[begin:-6] + (begin + begin // 2).to_bytes(4, "little") + whole[-2:],
    ):
        path.write_bytes(changed)
        is_named(folder, "antes, entre ou depois")
    # The size that stands before a member is not the one of the list.
    path.write_bytes(whole[:22] + b"\1\0\0\0" + whole[26:])
    is_named(folder, "antes, entre ou depois")


def test_what_lies_beside_them_says_the_same(pacote: Path) -> None:
    folder = pacote.with_suffix("")
    path = folder / "LEIA-ME.txt"
    whole = path.read_text()
    for old, new, where in (("versão 1", "versão 2", "linha 1"), ("Selo: ", "Total: 1,00\nSelo: ", "linha 20")):
        path.write_text(whole.replace(old, new))
        sign(folder)
        wrong, _ = verificar.verify(folder)
        assert len(wrong) == 1
        assert f"LEIA-ME.txt: {where}: não é como o programa o escreve" in wrong[0]
    path.write_text(whole)
    sign(folder)
    for other in (f"{STEM} (corrigido).xlsx", f"{STEM}.pdf.html"):
        (folder / other).write_text("")
        assert "arquivo a mais" in verificar.verify(folder)[0][0]
        (folder / other).unlink()
    (folder / "outra coisa.txt").write_text("")
    assert verificar.verify(folder)[0] == []


def test_more_than_one_file_that_differs_is_told(pacote: Path) -> None:
    folder = pacote.with_suffix("")
    for name in (f"{STEM}.csv", f"{STEM}.xlsx", "LEIA-ME.txt"):
        (folder / name).write_bytes(b"nada")
    sign(folder)
    code, told = run(folder / "verificar.py")
    assert code == 1
    assert all(f"- {name}: " in told for name in (f"{STEM}.csv", f"{STEM}.xlsx", "LEIA-ME.txt"))


def test_a_zip_in_which_something_is_hidden_is_named(pacote: Path) -> None:
    whole = pacote.read_bytes()
    for changed in (b"PK" + whole, whole + b" "):
        pacote.write_bytes(changed)
        wrong, _ = verificar.verify(pacote)
        assert len(wrong) == 1
        assert "antes, entre ou depois" in wrong[0]
    # Packed again by who cannot go back in what it writes: the sizes stand behind each file.
    again = pacote.with_name("de novo.zip")
    with zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(pacote.with_suffix("").iterdir()):
            with path.open("rb") as source, archive.open(path.name, "w") as target:
                shutil.copyfileobj(source, target)
    assert verificar.verify(again)[0] == []

    class Pipe(io.RawIOBase):
        """Takes bytes, and never goes back."""

        def __init__(self, file: IO[bytes]) -> None:
            self._file = file

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            return self._file.write(data)

    with again.open("wb") as file, zipfile.ZipFile(Pipe(file), "w") as archive:
        for path in sorted(pacote.with_suffix("").iterdir()):
            archive.writestr(path.name, path.read_bytes())
    assert verificar.verify(again)[0] == []


def test_a_workbook_that_would_fill_the_memory_is_not_read(pacote: Path) -> None:
    folder = pacote.with_suffix("")
    with zipfile.ZipFile(folder / f"{STEM}.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("xl/styles.xml", "w", force_zip64=True) as part:
            for _ in range(1030):
                part.write(bytes(1 << 20))
    sign(folder)
    code, told = run(folder / "verificar.py")
    assert (code, f"{STEM}.xlsx: é grande demais" in told) == (1, True), told


def test_what_covers_the_pdf_is_said(pacote: Path) -> None:
    folder = pacote.with_suffix("")
    sha256 = hashlib.sha256((folder / f"{STEM}.pdf").read_bytes()).hexdigest()
    told = run(folder / "verificar.py")[1]
    assert "O PDF não é lido aqui" in told
    assert sha256 in told
    code, told = run(folder / "verificar.py", "--pdf", sha256.upper())
    assert (code, "O PDF é o do sha256 que você guardou" in told) == (0, True)
    # Another paper, and the list made to fit: only who holds the sha256 knows.
    (folder / f"{STEM}.pdf").write_bytes(b"%PDF-1.7 outro")
    sign(folder)
    assert run(folder / "verificar.py")[0] == 0
    code, told = run(folder / "verificar.py", "--pdf", sha256)
    assert (code, f"{STEM}.pdf: não é o PDF cujo sha256" in told) == (1, True)


def test_what_turns_the_reading_is_said(pacote: Path) -> None:
    folder = pacote.with_suffix("")
    assert "direção da leitura" not in run(folder / "verificar.py")[1]
    for part in ("csv", "json"):
        path = folder / f"{STEM}.{part}"
        path.write_bytes(path.read_bytes().replace("🐙".encode(), "\u202e".encode()))
    parts = {}
    with zipfile.ZipFile(folder / f"{STEM}.xlsx") as archive:
        parts = {name: archive.read(name).replace("🐙".encode(), "\u202e".encode()) for name in archive.namelist()}
    with zipfile.ZipFile(folder / f"{STEM}.xlsx", "w") as archive:
        for name, payload in parts.items():
            archive.writestr(name, payload)
    sign(folder)
    code, told = run(folder / "verificar.py")
    assert (code, "direção da leitura" in told) == (0, True), told


def test_damage_is_told_and_never_a_crash(pacote: Path, tmp_path: Path) -> None:
    """Bits turned and bytes cut anywhere in the zip and in the JSON, with a seed, so that a failure comes back."""
    chance = random.Random(9)
    whole = pacote.read_bytes()
    damaged = tmp_path / "danificado.zip"
    for _ in range(300):
        changed = bytearray(whole)
        changed[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        damaged.write_bytes(changed if chance.random() < 0.8 else changed[: chance.randrange(len(whole))])
        wrong, told = verificar.verify(damaged)
        assert bool(wrong) or told.startswith("2025-09, versão 1, ")
    folder = pacote.with_suffix("")
    path = folder / f"{STEM}.json"
    whole = path.read_bytes()
    for _ in range(300):
        changed = bytearray(whole)
        changed[chance.randrange(len(whole))] = chance.randrange(32, 127)
        path.write_bytes(changed)
        assert bool(verificar.verify(folder)[0]) == (bytes(changed) != whole)
    for nonsense in (b"", b"[]", b"1", b"null", b"[" * 100_000, b'{"a":1,"a":2}', b"NaN", b"\xff"):
        path.write_bytes(nonsense)
        sign(folder)
        code, told = run(folder / "verificar.py")
        assert (code, f"{STEM}.json" in told) == (1, True), nonsense[:9]
    code, told = run(folder / "verificar.py", str(tmp_path / "nada"))
    assert (code, "SHA256SUMS" in told) == (1, True)


def test_it_runs_on_python_38_and_knows_no_other_library() -> None:
    source = Path(verificar.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    imported = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names
    # What came to the standard library later.
    assert not [word for word in ("removeprefix", "removesuffix", "strict=", "tomllib", "match ") if word in source]


def test_its_rules_of_cells_are_the_programs() -> None:
    assert verificar.PERIGO == backup_celula._PERIGO
    assert ";".join(COLUNAS) == verificar.COLUNAS
    assert verificar.NO_ANEXO == documento_pdf.LINHAS_NO_ANEXO
    assert {*verificar.EM_DINHEIRO} == EM_DINHEIRO
    assert MESES == verificar.MESES
