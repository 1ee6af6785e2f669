"""The copies outside: what leaves with what was pruned here, and what stays there although it left here."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from agosto import AGOSTO, SETEMBRO, add_payment
from backup_mes import redate
from cast import Cast
from conftest import Banco
from copias import CHAVE, send_agosto, sheet, use
from damage import die_at
from moldes import Copiar

from estudio import clock, config
from estudio.domain.copia import EXT, is_copiavel
from estudio.domain.errors import BackupAlterado, LogReescrito
from estudio.services import doctor_copias
from estudio.services.backup_acervo import prune_backups
from estudio.services.backup_completo import create_full_backup, find_completo, prune_full_backups, verify_full_backup
from estudio.services.backup_escrita import create_backup
from estudio.services.backup_registro import record_pruned
from estudio.services.backup_service import verify_guardado
from estudio.services.cadeia_service import get_heads_path
from estudio.services.copia_fora import send_copias
from estudio.services.copia_pasta import list_copias, list_faltando
from estudio.services.copia_volta import restore_copias
from estudio.services.eliminacao_registro import get_registro_path
from estudio.services.extrato_service import reopen_extrato


@pytest.fixture
def fora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A prepared folder, and settings that name it and the key."""
    folder = tmp_path / "fora"
    folder.mkdir()
    use(monkeypatch, folder)
    return folder


@pytest.fixture
def agosto(copiar: Copiar[Cast], fora: Path) -> Cast:
    """August closed, its backup cited; a copy of the whole; all of it sent."""
    cast = copiar(send_agosto)[1]
    assert list_faltando(fora) == []
    return cast


def test_what_is_pruned_here_goes_there_and_what_vanished_here_stays(agosto: Cast, fora: Path) -> None:
    cited = sheet(fora)
    for valor in ("10.00", "20.00"):
        add_payment(agosto, valor, SETEMBRO.first_day)
        verify_guardado(create_backup(SETEMBRO))
    newest = verify_full_backup(create_full_backup())
    for days in range(1, 8):
        redate(newest, newest.criado_em - timedelta(days=days))
    send_copias()
    assert len(list(fora.glob("2025_09/*.csv.age"))) == 2
    assert len(list(fora.glob("completo/*.dump.age"))) == 9
    with time_machine.travel(clock.now() + timedelta(days=40), tick=False):
        assert len(prune_backups()) == 1
        assert len(prune_full_backups()) == 2
        # As if an intruder, or a hand, had emptied it.
        shutil.rmtree(config.get_settings().backup_dir / "2025_08")
        assert len(send_copias().apagadas) == 3
    assert len(list(fora.glob("2025_09/*.csv.age"))) == 1
    assert len(list(fora.glob("completo/*.dump.age"))) == 7
    assert len(list(fora.glob("completo/*.json.age"))) == 7
    assert cited.exists()


@pytest.mark.parametrize("ending", [".json", ".csv.gz", ".csv", "fsync"])
def test_a_removal_that_is_killed_is_finished_there_too(
    agosto: Cast, fora: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setenv("BACKUP_COMPRESSION_ENABLED", "true")
    config.reset()
    for valor in ("10.00", "20.00"):
        add_payment(agosto, valor, SETEMBRO.first_day)
        create_backup(SETEMBRO)
    send_copias()
    with time_machine.travel(clock.now() + timedelta(days=40), tick=False):
        (old,) = prune_backups(dry_run=True)
        with die_at(ending), pytest.raises(KeyboardInterrupt):
            prune_backups()
        prune_backups()
        assert send_copias().apagadas == [f"2025_09/{old.caminho.name}"]
    assert not list(config.get_settings().backup_dir.glob(f"2025_09/{old.caminho.stem}.*"))
    assert not list(fora.glob(f"2025_09/{old.caminho.stem}.*"))


@pytest.mark.parametrize("ending", [".json", ".dump", "fsync"])
def test_a_removal_of_the_whole_that_is_killed_is_finished_there_too(agosto: Cast, fora: Path, ending: str) -> None:
    del agosto
    old = find_completo()
    for days in range(1, 8):
        redate(old, old.criado_em + timedelta(days=days))
    os.utime(old.caminho, (old.criado_em.timestamp(),) * 2)
    send_copias()
    with time_machine.travel(clock.now() + timedelta(days=37), tick=False):
        with die_at(ending), pytest.raises(KeyboardInterrupt):
            prune_full_backups()
        prune_full_backups()
        assert send_copias().apagadas == [f"completo/{old.caminho.name}"]
    assert not old.caminho.exists()
    assert len(list(fora.glob("completo/*.dump.age"))) == 7


def test_what_is_pruned_here_without_a_row_goes_there(agosto: Cast, banco: Banco) -> None:
    for valor in ("10.00", "20.00"):
        add_payment(agosto, valor, SETEMBRO.first_day)
        create_backup(SETEMBRO)
    for days in range(1, 8):
        redate(find_completo(), find_completo().criado_em + timedelta(minutes=days))
    send_copias()
    with banco.connect_as_superuser() as connection:
        connection.execute("delete from backups")
    with time_machine.travel(clock.now() + timedelta(days=40), tick=False):
        assert len(prune_backups()) == len(prune_full_backups()) == 1
        assert len(send_copias().apagadas) == 2


def test_what_a_killed_run_left_without_a_label_goes_when_it_was_pruned_here(agosto: Cast, fora: Path) -> None:
    for valor in ("10.00", "20.00"):
        add_payment(agosto, valor, SETEMBRO.first_day)
        create_backup(SETEMBRO)
    send_copias()
    with time_machine.travel(clock.now() + timedelta(days=40), tick=False):
        (old,) = prune_backups()
        cited = sheet(fora)
        # Before the copy that was sent anew had its label; and one of what only vanished here.
        for bare in (fora / "2025_09" / f"{old.caminho.name}.age", cited):
            bare.with_name(f"{bare.name}.json").unlink()
        shutil.rmtree(config.get_settings().backup_dir / "2025_08")
        send_copias()
    assert not list(fora.glob(f"2025_09/{old.caminho.stem}.*"))
    assert cited.exists()


def test_what_is_pruned_while_the_doctor_looks_is_no_alarm(
    agosto: Cast, fora: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del fora
    add_payment(agosto, "10.00", SETEMBRO.first_day)
    create_backup(SETEMBRO)

    def prune_after_the_look(pasta: Path) -> list[str]:
        missing = list_faltando(pasta)
        shutil.rmtree(config.get_settings().backup_dir / "2025_09")
        return missing

    monkeypatch.setattr(doctor_copias, "list_faltando", prune_after_the_look)
    assert doctor_copias.check_copias_fora()[0] == "ok"


def test_the_last_good_copy_of_the_studio_is_not_pruned(agosto: Cast, fora: Path) -> None:
    del agosto
    (copy,) = fora.glob("completo/*.dump.age")
    with time_machine.travel(clock.now() + timedelta(days=40), tick=False):
        newer = [verify_full_backup(create_full_backup())]
        newer += [redate(newer[0], newer[0].criado_em - timedelta(minutes=minutes)) for minutes in range(1, 7)]
        assert len(prune_full_backups()) == 1
        for made in newer:
            made.caminho.write_bytes(made.caminho.read_bytes()[:-1])
        with pytest.raises(BackupAlterado):
            send_copias()
    assert copy.exists()


def test_a_copy_dated_ahead_is_not_the_good_one_that_stays(agosto: Cast, fora: Path) -> None:
    del agosto
    (copy,) = fora.glob("completo/*.dump.age")
    made = find_completo()
    ahead = redate(made, clock.now() + timedelta(days=40))
    send_copias()
    for completo in (made, ahead):
        dump = completo.manifesto.dump
        record_pruned(dump.arquivo, dump.sha256)
        completo.caminho.unlink()
        completo.caminho.with_suffix(".json").unlink()
    assert send_copias().apagadas == [f"completo/{ahead.caminho.name}"]
    assert copy.exists()


@pytest.mark.usefixtures("agosto")
@pytest.mark.parametrize("rewritten", [b"", b'{"seq": 1, "mes": "2025-08", "selo_sha256": "outro"}\n'])
def test_a_log_that_was_emptied_or_rewritten_does_not_replace_its_copy(
    fora: Path, tmp_path: Path, rewritten: bytes
) -> None:
    path = get_heads_path()
    published = path.read_bytes()
    path.write_bytes(rewritten)
    with pytest.raises(LogReescrito, match=r"selos_antes_.*\.log\.age"):
        send_copias()
    # Told once; and what was sent stays beside what is there now.
    assert send_copias().enviadas == []
    (aside,) = fora.glob("selos_antes_*.log.age")
    back = tmp_path / "novo"
    assert restore_copias(fora, chave=CHAVE, destino=back).danificadas == []
    assert (back / aside.name.removesuffix(EXT)).read_bytes() == published
    assert (back / "selos.log").read_bytes() == rewritten


def test_a_log_that_grew_or_was_begun_anew_here_takes_its_copys_place(agosto: Cast, fora: Path, tmp_path: Path) -> None:
    path = get_heads_path()
    reopen_extrato(AGOSTO, quem=agosto.quem_ana, motivo="lançar o que faltou")
    assert "selos.log" in send_copias().enviadas
    # As a restore of an older copy does, with a link that was published after the last sending.
    published = path.read_bytes() + b'{"seq": 3, "mes": "2025-08", "selo_sha256": "x"}\n'
    path.write_bytes(published.splitlines(keepends=True)[0])
    path.with_name("selos_antes_20251001000000.log").write_bytes(published)
    assert send_copias().enviadas == ["selos_antes_20251001000000.log", "selos.log"]
    assert len(list(fora.glob("selos*.log.age"))) == 2
    restore_copias(fora, chave=CHAVE, destino=tmp_path / "novo")
    assert (tmp_path / "novo" / "selos_antes_20251001000000.log").read_bytes() == published


def test_of_who_was_erased_the_list_that_was_sent_stays_too(agosto: Cast, fora: Path) -> None:
    del agosto
    path = get_registro_path()
    path.write_bytes(b"um\n")
    send_copias()
    path.write_bytes(b"um\ndois\n")
    send_copias()
    path.write_bytes(b"um\n")
    with pytest.raises(LogReescrito):
        send_copias()
    assert sorted(is_copiavel(name) for name in list_copias(fora) if name.startswith("eliminacoes")) == [True, True]
