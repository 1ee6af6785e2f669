"""verificar.py by itself, as whoever gets the pack runs it: whole is said, a change is named, nothing crashes it."""

import ast
import hashlib
import json
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cast import make_cast
from conftest import Banco
from services.test_documento_pacote import STEM, fill, make

from estudio import db
from estudio.domain import backup_celula
from estudio.services import documento_verificar as verificar
from estudio.services.documento_csv import COLUNAS

Mudanca = Callable[[dict[str, Any]], None]


@pytest.fixture
def pacote(banco: Banco, tmp_path: Path) -> Path:
    """The pack of a month with everything in it, as a zip and unpacked beside it in a folder of the same name."""
    del banco
    with db.transaction() as session:
        cast = make_cast(session)
    fill(cast)
    path = tmp_path / "pacote.zip"
    path.write_bytes(make(cast))
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
    ],
)
def test_a_forger_who_makes_the_sums_fit_is_found(pacote: Path, change: Mudanca, where: str) -> None:
    folder = pacote.with_suffix("")
    path = folder / f"{STEM}.json"
    doc = json.loads(path.read_text())
    change(doc)
    path.write_text(json.dumps(doc, ensure_ascii=False))
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
    path.write_bytes(whole + b"gasto;99\r\n")
    sign(folder)
    assert "sobra no fim" in run(folder / "verificar.py")[1]


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
    ("xl/worksheets/sheet1.xml", "<v>7.95</v>", "<v>7.96</v>", "folha Pagamentos, célula I2"),
    ("xl/worksheets/sheet1.xml", "<v>45910</v>", "<v>45911</v>", "folha Pagamentos, célula B2"),
    ("xl/worksheets/sheet1.xml", "🐙 polvo", "🐙 outro", "folha Pagamentos, célula C4"),
    ("xl/worksheets/sheet1.xml", "<v>0.3333</v>", "<v>0.3334</v>", "folha Pagamentos, célula H2"),
    ("xl/worksheets/sheet1.xml", "<v>7.95</v>", "<f>1+6.95</f><v>7.95</v>", "folha Pagamentos, célula I2"),
    ("xl/worksheets/sheet1.xml", "<v>7.95</v>", "<v>muito</v>", "folha Pagamentos, célula I2"),
    (
        "xl/worksheets/sheet1.xml",
        '<row r="3">',
        '<row r="3" hidden="1">',
        "folha Pagamentos: tem linhas ou colunas escondidas",
    ),
    ("xl/worksheets/sheet1.xml", '<row r="3">', '<row r="99">', "folha Pagamentos, linha 99"),
    (
        "xl/worksheets/sheet1.xml",
        "</sheetData>",
        "</sheetData><legacyDrawing/>",
        "folha Pagamentos: tem algo além das linhas",
    ),
    ("xl/worksheets/sheet2.xml", "SUM('Comissões'!$H$2:", "SUM('Comissões'!$H$3:", "folha Comissões, célula H14"),
    ("xl/worksheets/sheet3.xml", "<v>9.95</v>", "<v>995</v>", "folha Sessões, célula H2"),
    ("xl/worksheets/sheet4.xml", "SUMIF(", "SUM(", "folha Comissões por Artista, célula C2"),
    ("xl/worksheets/sheet5.xml", "Pix", "Dinheiro", "folha Formas, célula B"),
    ("xl/worksheets/sheet6.xml", "linha_x000D_", "linha", "folha Gastos, célula C12"),
    ("xl/worksheets/sheet7.xml", "<v>9999159.93</v>", "<v>9999159.94</v>", "folha Totais, célula B2"),
    ("xl/worksheets/sheet7.xml", "B2-B3-B4", "B2-B3-B4-1", "folha Totais, célula B6"),
    (
        "xl/worksheets/sheet7.xml",
        "</sheetData>",
        '<row r="20"><c r="A20"><v>1</v></c></row></sheetData>',
        "folha Totais, linha 20: sobra",
    ),
]
"""Part of the workbook, what stands there, what is put there instead, and what is said of it."""

OUTRA = [
    ("xl/styles.xml", "dd/mm/yyyy", "&quot;1&quot;", "mostra números num formato"),
    ("xl/workbook.xml", 'r:id="rId1"/>', 'r:id="rId2"/>', "as folhas não são"),
    ("xl/workbook.xml", "<sheets>", "<definedNames><definedName/></definedNames><sheets>", "tem nomes definidos"),
    ("xl/_rels/workbook.xml.rels", "sheet1.xml", "sheet2.xml", "as folhas não são"),
    ("xl/theme/theme1.xml", "?>", '?><!DOCTYPE a [<!ENTITY b "b">]>', "não é como o programa a escreve"),
    ("docProps/app.xml", "<?xml", "<xml", "não é como o programa a escreve"),
    ("xl/worksheets/sheet1.xml", "</sheetData>", "", "está danificado"),
]
"""The same, of what is no cell."""


@pytest.mark.parametrize("changes", [CELULAS, OUTRA])
def test_a_change_in_the_workbook_is_named(pacote: Path, changes: list[tuple[str, str, str, str]]) -> None:
    folder = pacote.with_suffix("")
    whole = (folder / f"{STEM}.xlsx").read_bytes()
    for part, old, new, where in changes:
        (folder / f"{STEM}.xlsx").write_bytes(whole)
        forge(folder, part, old, new)
        wrong, _ = verificar.verify(folder)
        assert any(f"{STEM}.xlsx: " in line and where in line for line in wrong), (where, wrong)


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
