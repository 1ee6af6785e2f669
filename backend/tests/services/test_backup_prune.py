"""Old backups go; what an extrato names, what stands and what was last verified stay for ever."""

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from backup_mes import AGOSTO, SETEMBRO
from conftest import Banco

from estudio import clock, config
from estudio.domain.backup import Guardado
from estudio.domain.errors import BackupAusente
from estudio.services import backup_acervo
from estudio.services.backup_acervo import ItemDeBackup, list_backups, prune_backups
from estudio.services.backup_arquivo import Folder, open_folder
from estudio.services.backup_escrita import create_backup, get_folder_path
from estudio.services.backup_leitura import read_backup
from estudio.services.backup_service import verify_backup, verify_sealed_backup
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction

pytestmark = pytest.mark.usefixtures("september")


def change(september: Banco, cents: int) -> None:
    with september.connect() as connection:
        connection.execute("update pagamentos set valor_centavos = %s where id = 23", [cents])


def create_several(september: Banco, count: int) -> list[Guardado]:
    """That many backups of September, each of other rows, a day apart; the first is not quite a hundred days old."""
    created = []
    for number in range(count):
        with time_machine.travel(clock.now() - timedelta(days=99 - number, hours=23), tick=False):
            change(september, 1000 + number)
            created.append(create_backup(SETEMBRO))
    return created


def names(items: list[ItemDeBackup]) -> list[str]:
    return [item.caminho.name for item in items]


def test_the_list_is_by_month_and_newest_first(september: Banco) -> None:
    created = create_several(september, 3)
    august = create_backup(AGOSTO)
    items = list_backups()
    assert names(items) == [august.caminho.name, *(guardado.caminho.name for guardado in reversed(created))]
    assert [item.vigente for item in items] == [True, True, False, False]
    assert [item.bytes for item in items[1:]] == [guardado.manifesto.csv.bytes for guardado in reversed(created)]
    assert names(list_backups(AGOSTO)) == [august.caminho.name]
    assert all(item.registro is not None and item.problema is None for item in items)


def test_an_empty_folder_is_an_empty_list() -> None:
    assert list_backups() == []
    assert prune_backups() == []


def test_what_is_old_goes_with_its_manifest_and_the_table_remembers(september: Banco) -> None:
    oldest, _, newest = create_several(september, 3)
    removed = prune_backups(retention_days=99, dry_run=True)
    assert names(removed) == [oldest.caminho.name]
    assert oldest.caminho.exists(), "a dry run removes nothing"
    assert names(prune_backups(retention_days=99)) == [oldest.caminho.name]
    assert not oldest.caminho.exists()
    assert not oldest.caminho.with_suffix(".json").exists()
    assert read_backup(newest.caminho).contagem == newest.manifesto.contagem
    with september.connect() as connection:
        gone = connection.execute("select arquivo from backups where apagado_em is not null order by id").fetchall()
    assert gone == [(oldest.caminho.name,)]


def test_the_one_that_stands_stays_however_old(september: Banco) -> None:
    *_, newest = create_several(september, 3)
    prune_backups(retention_days=1)
    assert names(list_backups()) == [newest.caminho.name]
    assert verify_backup(SETEMBRO).contagem == newest.manifesto.contagem


def test_one_that_is_put_in_place_again_meanwhile_stays(september: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a closing does, of a month whose rows are again what they were."""
    oldest, _ = create_several(september, 2)

    def open_after_another(path: Path) -> AbstractContextManager[Folder]:
        change(september, 1000)
        assert create_backup(SETEMBRO).caminho == oldest.caminho
        return open_folder(path)

    monkeypatch.setattr(backup_acervo, "open_folder", open_after_another)
    assert prune_backups(retention_days=99) == []
    assert verify_backup(SETEMBRO).guardado.caminho == oldest.caminho


def test_the_last_verified_one_stays(september: Banco) -> None:
    first = create_several(september, 1)[0]
    verify_backup(SETEMBRO)
    later = create_several(september, 4)[1:]
    prune_backups(retention_days=1)
    assert set(names(list_backups())) == {first.caminho.name, later[-1].caminho.name}


def test_what_an_extrato_names_stays_for_ever(september: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    with september.connect() as connection:
        connection.execute("update pagamentos set percentual = 0 where percentual is null")
    first = create_several(september, 2)[1]
    for month in (8, 9):
        generate_extrato_with_atomic_transaction(month, 2025)
    # Bytes of a name that changed since: other bytes, the same content.
    with september.connect() as connection:
        connection.execute("update artistas set nome = 'Bia Souza' where id = 2")
    second = create_backup(SETEMBRO)
    assert second.caminho != first.caminho
    monkeypatch.setenv("BACKUP_RETENTION_DAYS", "1")
    config.reset()
    with time_machine.travel(clock.now() + timedelta(days=4000), tick=False):
        removed = prune_backups()
    assert first.caminho not in [item.caminho for item in removed]
    assert next(item for item in list_backups(SETEMBRO) if item.caminho == first.caminho).citado
    sealed = verify_sealed_backup(SETEMBRO)
    assert sealed is not None
    assert sealed.guardado.caminho == first.caminho


def test_evidence_and_what_is_anothers_stays(september: Banco) -> None:
    damaged, foreign, _ = create_several(september, 3)
    damaged.caminho.with_suffix(".json").write_bytes(b"{}")
    with september.connect_as_superuser() as connection:
        connection.execute("alter table identidade disable trigger all")
        connection.execute("update identidade set estudio_id = gen_random_uuid()")
    assert prune_backups(retention_days=1) == []
    problems = {item.caminho.name: item.problema for item in list_backups()}
    assert problems[damaged.caminho.name] == "manifesto_danificado"
    assert problems[foreign.caminho.name] == "de_outro_estudio"


def test_what_a_killed_run_left_is_listed_as_such_and_goes_when_it_is_old(september: Banco) -> None:
    orphan, standing = create_several(september, 2)
    orphan.caminho.with_suffix(".json").unlink()
    (item,) = (item for item in list_backups() if item.caminho == orphan.caminho)
    assert item.problema == "sem_manifesto"
    assert prune_backups(retention_days=1) == [], "the file itself is of today"
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        assert names(prune_backups(retention_days=1)) == [orphan.caminho.name]
    assert names(list_backups()) == [standing.caminho.name]


def test_the_one_that_stands_is_the_one_that_the_familiar_manifest_names(september: Banco) -> None:
    """Also where the manifest's other name is gone: it is found by the familiar one, verified and restored."""
    _, standing = create_several(september, 2)
    standing.caminho.with_suffix(".json").unlink()
    (item,) = (item for item in list_backups() if item.caminho == standing.caminho)
    assert (item.vigente, item.problema, item.guardado) == (True, None, standing)
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        assert standing.caminho.name not in names(prune_backups(retention_days=1))
    assert verify_backup(SETEMBRO).guardado == standing


def test_one_month_can_be_pruned_alone(september: Banco) -> None:
    oldest, _ = create_several(september, 2)
    assert prune_backups(AGOSTO, retention_days=1) == []
    assert names(prune_backups(SETEMBRO, retention_days=1)) == [oldest.caminho.name]


def test_a_manifest_without_its_file_is_listed_as_such(september: Banco) -> None:
    first, _ = create_several(september, 2)
    first.caminho.unlink()
    assert [item.problema for item in list_backups()] == [None, "sem_arquivo"]


def test_a_file_that_lies_there_without_a_row_is_taken_in_when_it_is_verified(september: Banco) -> None:
    guardado = create_backup(SETEMBRO)
    with september.connect_as_superuser() as connection:
        connection.execute("delete from backups")
    assert [item.registro for item in list_backups()] == [None]
    verify_backup(SETEMBRO)
    (item,) = list_backups()
    assert item.registro is not None
    assert isinstance(item.registro.verificado_em, datetime)
    assert item.registro.criado_em == datetime.fromisoformat(guardado.manifesto.criado_em), "not the day it was found"
    assert item.guardado == guardado


def test_an_unknown_file_in_the_folder_is_nobodys_business(september: Banco) -> None:
    guardado = create_several(september, 1)[0]
    folder = get_folder_path(SETEMBRO)
    for name in (
        "notas.txt",
        "backup_2025_09.csv.bak",
        "backup_2025_08.0123456789ab.csv",
        ".tmp-backup-000000000000.csv",
    ):
        (folder / name).write_text("x", encoding="utf-8")
    (folder.parent / "selos.log").write_text("", encoding="utf-8")
    with time_machine.travel(clock.now() + timedelta(days=999), tick=False):
        assert prune_backups(retention_days=1) == []
    assert names(list_backups()) == [guardado.caminho.name]
    assert len(list(folder.iterdir())) == 8


def test_no_backup_at_all_is_a_refusal_with_the_command(september: Banco) -> None:
    create_several(september, 1)
    with pytest.raises(BackupAusente, match="estudio backup create"):
        verify_backup(AGOSTO)
