"""Damage in numbers: ten thousand bits, a thousand cuts, in the sheet, its manifest and its compressed copy."""

import random
from collections import Counter

import pytest
from backup_mes import AGOSTO, SETEMBRO, create_many, create_september
from conftest import Banco
from damage import Specimen, flip, forge, only_parses
from figures import Show

from estudio import config
from estudio.domain.backup_planilha import COLUNAS
from estudio.domain.competencia import Competencia
from estudio.domain.errors import BackupDanificado
from estudio.services.backup_escrita import create_backup
from estudio.services.backup_leitura import prove

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1200)]

NOVEMBRO = Competencia(2025, 11)

FLIPS = 12_000
CUTS = 1_500
EDITS = 1_000


@pytest.fixture
def specimens(banco: Banco, monkeypatch: pytest.MonkeyPatch) -> list[Specimen]:
    """A month of one row, one of every kind of text, one of some thousand rows; each with its compressed copy."""
    monkeypatch.setenv("BACKUP_COMPRESSION_ENABLED", "true")
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    config.reset()
    with banco.connect() as connection:
        create_september(connection)
        small = [Specimen(create_backup(month)) for month in (AGOSTO, SETEMBRO)]
        create_many(connection, 1000, month=NOVEMBRO)
    return [*small, Specimen(create_backup(NOVEMBRO))]


def test_every_bit_that_flips_is_found(specimens: list[Specimen], show_figures: Show) -> None:
    chance = random.Random(20_251_124)
    found: Counter[str] = Counter()
    swallowed = tried = 0
    for specimen in specimens:
        for path, content in specimen.files.items():
            for _ in range(FLIPS // 9):
                damaged = flip(content, chance)
                found[str(specimen.is_found(path, damaged))] += 1
                if path.suffix == ".csv" and tried < 500:
                    path.write_bytes(damaged)
                    tried += 1
                    swallowed += only_parses(path)
                    path.write_bytes(content)
    total = found.total()
    show_figures(
        f"{total} bits flipped: {total - found['None']} found ({dict(found)}); "
        f"a verification that only parses would have believed {swallowed} of {tried}"
    )
    assert total >= 10_000
    assert found["None"] == 0
    assert swallowed > tried // 2


def test_every_cut_is_found(specimens: list[Specimen], show_figures: Show) -> None:
    chance = random.Random(7)
    found: Counter[str] = Counter()
    for specimen in specimens:
        for path, content in specimen.files.items():
            lengths = range(len(content)) if len(content) < 400 else chance.sample(range(len(content)), CUTS // 9)
            for length in lengths:
                found[str(specimen.is_found(path, content[:length]))] += 1
    total = found.total()
    show_figures(f"{total} cuts: {total - found['None']} found ({dict(found)})")
    assert total >= 1000
    assert found["None"] == 0


def test_every_edited_value_is_found_though_counts_and_hashes_fit(
    specimens: list[Specimen], show_figures: Show
) -> None:
    """The sheet is edited and every hash made right again; only the figures are those of before."""
    chance = random.Random(11)
    specimen = specimens[-1]
    sheet = specimen.files[specimen.guardado.caminho]
    lines = sheet.split(b"\r\n")
    # Names that hold a semicolon or a new line would be cut apart here.
    plain = [n for n, line in enumerate(lines) if n and line.count(b";") == len(COLUNAS) - 1 and b'"' not in line]
    found = 0
    for _ in range(EDITS):
        number = chance.choice(plain)
        cells = lines[number].split(b";")
        column = chance.choice([1, 2, 5])
        if column == 2:
            cells[2] = b"%02d/11/2025" % (int(cells[2][:2]) % 30 + 1)
        elif column == 5:
            cells[5] = b"%d,%s" % (int(cells[5].split(b",")[0]) + chance.randrange(1, 100), cells[5][-2:])
        else:
            cells[1] = b"%d" % (int(cells[1]) + 100_000)
        edited = b"\r\n".join([*lines[:number], b";".join(cells), *lines[number + 1 :]])
        with pytest.raises(BackupDanificado):
            prove(forge(specimen.guardado, edited), batch_size=10_000)
        found += 1
    show_figures(f"{EDITS} edited values under right hashes and right counts: {found} found")
    assert found == EDITS
