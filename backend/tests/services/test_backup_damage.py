"""A damaged backup is never accepted, and the refusal says which file, what was expected and what was found.

The large numbers are in proof/test_damage.py.
"""

import gzip
import hashlib
import json
import random
import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, LiteralString

import pytest
from backup_mes import AGOSTO, SETEMBRO
from conftest import Banco
from damage import Specimen, flip, forge, only_parses

from estudio import config
from estudio.domain.backup import Conteudo, Guardado, familiar_name, render_sealed
from estudio.domain.contagem import Contagem
from estudio.domain.errors import (
    BackupAlterado,
    BackupAusente,
    BackupDeOutroEstudio,
    BackupDesatualizado,
    BackupIlegivel,
    BackupIncoerente,
    BackupSumiu,
    BackupTamanhoErrado,
    DiscoRecusou,
    IntegrityBroken,
    ManifestoDanificado,
    ManifestoDeOutroMes,
)
from estudio.services import backup_leitura
from estudio.services.backup_bytes import ensure_bytes
from estudio.services.backup_escrita import create_backup, get_folder_path
from estudio.services.backup_leitura import count_sheet, find_guardado, read_backup
from estudio.services.backup_service import (
    ensure_live,
    find_backup,
    find_current,
    verify_backup,
    verify_sealed_backup,
)
from estudio.services.extrato_service import (
    generate_extrato_with_atomic_transaction,
    verify_backup_before_transfer,
)

pytestmark = pytest.mark.usefixtures("september")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Specimen:
    """August: one payment, with a compressed copy; every byte of it can be tried."""
    monkeypatch.setenv("BACKUP_COMPRESSION_ENABLED", "true")
    config.reset()
    specimen = Specimen(create_backup(AGOSTO))
    assert len(specimen.files) == 3
    return specimen


@pytest.fixture
def large() -> Specimen:
    return Specimen(create_backup(SETEMBRO))


def test_any_bit_that_flips_is_found(small: Specimen, large: Specimen) -> None:
    chance = random.Random(34)
    found: Counter[str | None] = Counter()
    for specimen in (small, large):
        for path, content in specimen.files.items():
            for _ in range(60):
                found[specimen.is_found(path, flip(content, chance))] += 1
    assert found[None] == 0
    assert set(found) == {"backup_alterado", "manifesto_danificado"}


def test_any_cut_is_found(small: Specimen) -> None:
    for path, content in small.files.items():
        # The manifest is found by one comparison wherever it ends; of the sheet and its copy every byte is tried.
        for length in range(0, len(content), 7 if path.suffix == ".json" else 1):
            assert small.is_found(path, content[:length]), f"{path.name} cut to {length} bytes"


def test_anything_more_is_found(small: Specimen) -> None:
    for path, content in small.files.items():
        for more in (b"\n", b"\r\n", b"\0", b" ", content):
            assert small.is_found(path, content + more), f"{path.name} with {more[:9]!r} more"


def test_a_verification_that_only_parses_would_miss_it(large: Specimen) -> None:
    """The control of the tests above: the damage is of the kind that a reader swallows."""
    chance = random.Random(4)
    path = large.guardado.caminho
    swallowed = 0
    for _ in range(100):
        damaged = flip(large.files[path], chance)
        path.write_bytes(damaged)
        swallowed += only_parses(path)
        path.write_bytes(large.files[path])
        assert large.is_found(path, damaged)
    assert swallowed > 50


def test_an_empty_file_is_found_and_said_with_its_size(large: Specimen) -> None:
    path = large.guardado.caminho
    path.write_bytes(b"")
    with pytest.raises(BackupTamanhoErrado, match=f"{path.name} tem 0 bytes e deveria ter {len(large.files[path])}"):
        read_backup(path)


def test_what_a_spreadsheet_does_on_saving_is_found(large: Specimen) -> None:
    path = large.guardado.caminho
    whole = large.files[path]
    resaved = {
        "without BOM": whole.removeprefix(b"\xef\xbb\xbf"),
        "lines of unix": whole.replace(b"\r\n", b"\n"),
        "in Latin-1": whole.decode("utf-8-sig").encode("latin-1", "replace"),
        "with a comma": whole.replace(b";", b","),
        "with sep=": whole.replace(b"type;", b"sep=;\r\ntype;"),
    }
    assert {how for how, content in resaved.items() if large.is_found(path, content) is None} == set()


def test_an_altered_value_is_said_with_both_hashes_and_the_likely_cause(large: Specimen) -> None:
    path = large.guardado.caminho
    path.write_bytes(large.files[path].replace(b";1234567,89;", b";1234568,89;"))
    with pytest.raises(BackupAlterado) as caught:
        read_backup(path)
    refusal = caught.value
    assert refusal.details["esperado"] == large.guardado.manifesto.csv.sha256
    assert refusal.details["encontrado"] != refusal.details["esperado"]
    assert str(path) in refusal.message
    assert "Excel" in refusal.message


def test_an_altered_value_under_a_new_hash_is_found_by_its_day(large: Specimen) -> None:
    """Sheet, size and both hashes are right for each other; the figures of the manifest are the old ones."""
    content = large.files[large.guardado.caminho].replace(b";1234567,89;", b";1234568,89;")
    forged = forge(large.guardado, content)
    with pytest.raises(BackupIncoerente, match="dia 2025-09-30, pagamento") as caught:
        read_backup(forged.caminho)
    assert caught.value.details["diferencas"][0]["diferenca_centavos"] == 100  # type: ignore[index]


def test_two_values_that_swap_are_found_though_count_and_sum_are_the_same(large: Specimen) -> None:
    content = large.files[large.guardado.caminho]
    swapped = content.replace(b";100,00;", b";X;").replace(b";100,01;", b";100,00;").replace(b";X;", b";100,01;")
    assert swapped != content
    assert len(swapped) == len(content)
    with pytest.raises(BackupIncoerente):
        read_backup(forge(large.guardado, swapped).caminho)


def test_a_forgery_that_is_right_in_itself_is_found_by_the_rows(large: Specimen) -> None:
    """Every figure recomputed: only the books themselves still know better, and the closing asks them."""
    content = large.files[large.guardado.caminho].replace(b";1234567,89;", b";1234568,89;")
    forged = forge(large.guardado, content)
    with pytest.raises(BackupIncoerente) as caught:
        read_backup(forged.caminho)
    del caught
    forge(large.guardado, content, contagem=_count_again(forged))
    with pytest.raises(BackupDesatualizado, match="dia 2025-09-30, pagamento"):
        ensure_live(verify_backup(SETEMBRO))
    assert not verify_backup_before_transfer(2025, 9)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"\r\npagamento;", b"\r\nadiantamento;", "tipo de linha desconhecido"),
        (b"01/09/2025", b"31/09/2025", "coluna data: 31/09/2025"),
        (b";1234567,89;", b";1.234.567,89;", "coluna valor"),
        (b";1234567,89;", b";1234567,89;;", "26 colunas"),
        (b";credito;", b";Credito;", "coluna forma_codigo"),
        (b"type;id", b"type;ID", "cabeçalho"),
        (b"\xef\xbb\xbf", b"", "cabeçalho"),
        (b";1234567,89;", b";123\xff,89;", "UTF-8"),
        (b'"diz ""oi""', b'"diz "oi""', "aspas"),
    ],
)
def test_a_forged_sheet_that_is_none_is_found_by_its_line(large: Specimen, old: bytes, new: bytes, says: str) -> None:
    content = large.files[large.guardado.caminho].replace(old, new, 1)
    with pytest.raises(BackupIlegivel, match=says):
        read_backup(forge(large.guardado, content).caminho)


def test_rows_in_another_order_are_found(large: Specimen) -> None:
    lines = large.files[large.guardado.caminho].split(b"\r\n")
    expenses = [n for n, line in enumerate(lines) if re.match(rb"gasto;\d+;30/09/2025;.*;;;;;;;;;;1;", line)]
    doubled = [*lines[: expenses[-1]], lines[expenses[-1]], *lines[expenses[-1] :]]
    with pytest.raises(BackupIlegivel, match="fora de ordem"):
        read_backup(forge(large.guardado, b"\r\n".join(doubled)).caminho)


def test_a_manifest_of_another_month_is_found() -> None:
    create_backup(AGOSTO)
    create_backup(SETEMBRO)
    august, september = get_folder_path(AGOSTO), get_folder_path(SETEMBRO)
    shutil.copy(august / familiar_name(AGOSTO, "json"), september / familiar_name(SETEMBRO, "json"))
    with pytest.raises(ManifestoDeOutroMes, match=r"deveria ser de Setembro/2025 e é de Agosto/2025"):
        find_backup(SETEMBRO)


def test_a_backup_of_another_studio_is_found(september: Banco) -> None:
    """A folder that two databases share, or one that was copied from elsewhere."""
    create_backup(SETEMBRO)
    with september.connect_as_superuser() as connection:
        connection.execute("update identidade set estudio_id = gen_random_uuid(), nome = 'Outro'")
    with pytest.raises(BackupDeOutroEstudio, match="é do estúdio Estúdio"):
        verify_backup(SETEMBRO)


def test_a_whole_pair_of_another_month_is_found() -> None:
    other = create_backup(AGOSTO)
    folder = get_folder_path(SETEMBRO)
    folder.mkdir()
    for ext in ("csv", "json"):
        renamed = other.caminho.name.replace("2025_08", "2025_09").replace(".csv", f".{ext}")
        shutil.copy(other.caminho.with_suffix(f".{ext}"), folder / renamed)
        shutil.copy(other.caminho.with_suffix(f".{ext}"), folder / familiar_name(SETEMBRO, ext))
    with pytest.raises(ManifestoDeOutroMes):
        verify_backup(SETEMBRO)
    with pytest.raises(ManifestoDeOutroMes):
        read_backup(folder / familiar_name(SETEMBRO, "csv"))


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"formato": "backup/1"}', b"[" * 100_000, b'{"formato": 1e999}',
     render_sealed({}), render_sealed({"formato": "backup/2"}), render_sealed({"formato": "backup/1", "mes": "x"})],
)  # fmt: skip
def test_what_is_no_manifest_is_refused(large: Specimen, content: bytes) -> None:
    large.manifest.write_bytes(content)
    with pytest.raises(ManifestoDanificado):
        read_backup(large.guardado.caminho)


def test_a_manifest_may_name_no_file_elsewhere(large: Specimen) -> None:
    corpo = json.loads(large.files[large.manifest])
    del corpo["manifesto_sha256"]
    for name in ("../../../etc/passwd", "/etc/passwd", "backup_2025_08.0123456789ab.csv", ""):
        large.manifest.write_bytes(render_sealed(corpo | {"arquivo": name}))
        with pytest.raises(ManifestoDanificado):
            read_backup(large.guardado.caminho)


def test_a_manifest_whose_numbers_disagree_is_refused(large: Specimen) -> None:
    corpo = json.loads(large.files[large.manifest])
    del corpo["manifesto_sha256"]
    for key, value in (("contagens", {"pagamentos": 1}), ("conteudo_sha256", "0" * 64), ("totais", {})):
        large.manifest.write_bytes(render_sealed(corpo | {key: value}))
        with pytest.raises(ManifestoDanificado, match="não concordam"):
            read_backup(large.guardado.caminho)


def test_a_file_that_is_gone_a_folder_or_a_link_is_refused(large: Specimen, tmp_path: Path) -> None:
    path = large.guardado.caminho
    path.unlink()
    with pytest.raises(BackupSumiu, match=path.name):
        verify_backup(SETEMBRO)
    path.mkdir()
    with pytest.raises(DiscoRecusou, match="ler"):
        verify_backup(SETEMBRO)
    path.rmdir()
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_bytes(large.files[path])
    path.symlink_to(elsewhere)
    with pytest.raises(DiscoRecusou, match="atalho"):
        verify_backup(SETEMBRO)


def test_no_backup_is_told_apart_from_a_damaged_one() -> None:
    with pytest.raises(BackupAusente, match=r"--year 2025 --month 9"):
        verify_backup(SETEMBRO)
    assert find_guardado(get_folder_path(SETEMBRO), SETEMBRO) is None


def test_a_damaged_compressed_copy_is_found(small: Specimen) -> None:
    gz = small.guardado.manifesto.gz
    assert gz is not None
    path = small.guardado.caminho.with_name(gz.arquivo)
    whole = small.files[path]
    assert small.is_found(path, whole[:4] + b"\1\0\0\0" + whole[8:]) == "backup_alterado", "the time in its header"
    path.unlink()
    with pytest.raises(BackupSumiu):
        verify_backup(AGOSTO)


def test_a_file_that_changes_while_it_is_read_is_found(large: Specimen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Right when it was hashed, another when it was parsed; and only a note, of which no figure knows."""
    path = large.guardado.caminho

    def check_and_change(*args: Any) -> None:
        ensure_bytes(*args)
        path.write_bytes(large.files[path].replace(b";'-2;", b";'-3;"))

    monkeypatch.setattr(backup_leitura, "ensure_bytes", check_and_change)
    with pytest.raises(BackupAlterado):
        read_backup(path)


def test_a_compressed_copy_of_another_sheet_is_found(small: Specimen) -> None:
    """Its bytes are those that the manifest names, and unfold to something else."""
    guardado = small.guardado
    for other in (gzip.compress(b"x", mtime=0), gzip.compress(small.files[guardado.caminho], mtime=0) + b"\0"):
        name = f"{guardado.caminho.name}.gz"
        copy = Conteudo(name, len(other), hashlib.sha256(other).hexdigest())
        guardado.caminho.with_name(name).write_bytes(other)
        small.manifest.write_bytes(replace(guardado.manifesto, gz=copy).as_bytes())
        with pytest.raises(BackupIncoerente, match="não guarda a mesma planilha"):
            read_backup(guardado.caminho)


def test_the_outcome_is_remembered(september: Banco, large: Specimen) -> None:
    def remembered() -> tuple[bool, str | None]:
        with september.connect() as connection:
            row = connection.execute("select verificado_em is not null, resultado from backups order by id").fetchone()
        assert row is not None
        return row[0], row[1]

    assert remembered() == (False, None)
    verify_backup(SETEMBRO)
    assert remembered() == (True, None)
    large.guardado.caminho.write_bytes(b"x")
    with pytest.raises(BackupTamanhoErrado):
        verify_backup(SETEMBRO)
    assert remembered() == (False, "backup_tamanho_errado")


def test_a_new_backup_keeps_the_damaged_one_as_evidence(large: Specimen) -> None:
    path = large.guardado.caminho
    path.write_bytes(b"damaged")
    again = create_backup(SETEMBRO)
    assert again.caminho == path
    assert read_backup(path).contagem == large.guardado.manifesto.contagem
    (evidence,) = path.parent.glob("*.danificado-*")
    assert evidence.read_bytes() == b"damaged"


def test_scenario_23_a_backup_of_before_is_not_accepted_as_it_is(september: Banco) -> None:
    with september.connect() as connection:
        connection.execute("update pagamentos set percentual = 0 where percentual is null")
    assert not verify_backup_before_transfer(2025, 9), "none at all"
    create_backup(SETEMBRO)
    assert verify_backup_before_transfer(2025, 9)
    with september.connect() as connection:
        for valor in range(1, 21):
            connection.execute(
                """insert into pagamentos (data, valor_centavos, forma, artista_id, percentual)
                   values ('2025-09-15', %s, 'pix', 1, 0)""",
                [valor],
            )
    assert not verify_backup_before_transfer(2025, 9), "twenty payments since"
    with pytest.raises(BackupDesatualizado, match="dia 2025-09-15, pagamento"):
        ensure_live(verify_backup(SETEMBRO))
    create_backup(SETEMBRO)
    ensure_live(verify_backup(SETEMBRO))
    assert verify_backup_before_transfer(2025, 9)


@pytest.mark.parametrize(
    "change",
    [
        "update gastos set descricao = 'Tinta' where id = 3",
        "update pagamentos set observacoes = 'sinal pago' where id = 23",
        "update clientes set nome = 'Dora' where id = 1",
        "update artistas set nome = 'Bia Souza' where id = 2",
        "update formas set rotulo = 'Crédito' where codigo = 'credito'",
        "update usuarios set nome = 'Caio' where id = 2",
    ],
)
def test_a_backup_of_other_texts_is_none_of_today(september: Banco, change: LiteralString) -> None:
    """Every figure is the same; the file is not what a new one would be, and a restored month would say the old."""
    guardado = create_backup(SETEMBRO)
    assert find_current(SETEMBRO) == guardado
    with september.connect_as_superuser() as connection:
        connection.execute(change)
    assert find_current(SETEMBRO) is None
    prova = verify_backup(SETEMBRO)
    with pytest.raises(BackupDesatualizado, match="algum nome ou texto"):
        ensure_live(prova)
    again = create_backup(SETEMBRO)
    assert find_current(SETEMBRO) == again != guardado
    ensure_live(verify_backup(SETEMBRO))


def test_the_file_that_an_extrato_names_grows_no_older_by_a_name(september: Banco) -> None:
    with september.connect() as connection:
        connection.execute("update pagamentos set percentual = 0 where percentual is null")
    for month in (8, 9):
        generate_extrato_with_atomic_transaction(month, 2025)
    with september.connect() as connection:
        connection.execute("update clientes set nome = 'Dora' where id = 1")
    sealed = verify_sealed_backup(SETEMBRO)
    assert sealed is not None
    ensure_live(sealed)
    # One that no extrato names is held against every letter.
    beside = create_backup(SETEMBRO)
    assert beside != sealed.guardado
    with september.connect() as connection:
        connection.execute("update clientes set nome = 'Dora Reis' where id = 1")
    with pytest.raises(BackupDesatualizado, match="algum nome ou texto"):
        ensure_live(read_backup(beside.caminho))
    ensure_live(sealed)


def test_what_is_no_backup_to_close_with_is_none(september: Banco, large: Specimen) -> None:
    assert find_current(AGOSTO) is None, "none at all"
    large.manifest.with_name(familiar_name(SETEMBRO, "json")).write_bytes(b"{}")
    assert find_current(SETEMBRO) is None, "damage"
    guardado = create_backup(SETEMBRO)
    assert find_current(SETEMBRO) == guardado
    with september.connect_as_superuser() as connection:
        connection.execute("delete from sessoes where payment_mes = '2025-09-01'")
        connection.execute("delete from pagamentos where mes = '2025-09-01' and estorno_de is not null")
        connection.execute("delete from pagamentos where mes = '2025-09-01'")
        connection.execute("delete from gastos where mes = '2025-09-01'")
    assert find_current(SETEMBRO) is None, "a month that was emptied since"
    create_backup(AGOSTO)
    assert find_current(AGOSTO) is not None
    with september.connect_as_superuser() as connection:
        connection.execute("update identidade set estudio_id = gen_random_uuid()")
    assert find_current(AGOSTO) is None, "another studio's"


def test_scenario_34_a_damaged_backup_is_never_accepted(large: Specimen) -> None:
    """One bit, a cut, another month's, an edited value under a corrected row count."""
    path, whole = large.guardado.caminho, large.files[large.guardado.caminho]
    other = create_backup(AGOSTO).caminho.read_bytes()
    for content in (flip(whole, random.Random(1)), whole[: len(whole) // 2], other):
        path.write_bytes(content)
        assert not verify_backup_before_transfer(2025, 9)
    path.write_bytes(whole)
    lines = whole.split(b"\r\n")
    edited = b"\r\n".join([lines[0], *(line.replace(b";100,00;", b";900,00;") for line in lines[1:])])
    forged = forge(large.guardado, edited)
    assert forged.manifesto.contagem.totais[7] == large.guardado.manifesto.contagem.totais[7]
    assert not verify_backup_before_transfer(2025, 9)


def test_the_file_that_an_extrato_names_is_watched_for_ever(september: Banco, large: Specimen) -> None:
    with september.connect() as connection:
        connection.execute("update pagamentos set percentual = 0 where percentual is null")
    for month in (8, 9):
        generate_extrato_with_atomic_transaction(month, 2025)
    assert large.manifest.exists()
    sealed = verify_sealed_backup(SETEMBRO)
    assert sealed is not None
    sealed.guardado.caminho.write_bytes(flip(sealed.guardado.caminho.read_bytes(), random.Random(9)))
    with pytest.raises(IntegrityBroken, match="que o extrato cita"):
        verify_sealed_backup(SETEMBRO)
    assert verify_sealed_backup(AGOSTO) is not None


def _count_again(guardado: Guardado) -> Contagem:
    """What the rows of a sheet add up to, whatever its manifest says."""
    return count_sheet(guardado, batch_size=100)
