"""How a backup lies on the disk: names, links, rights, what is synced when, what stays and goes, how much memory."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from backup_mes import SETEMBRO, create_many
from conftest import Banco

from estudio import clock
from estudio.domain.backup import familiar_name
from estudio.domain.errors import Ocupado
from estudio.services import backup_arquivo
from estudio.services.backup_arquivo import Folder, TemporaryFile, open_folder
from estudio.services.backup_escrita import create_backup, get_folder_path
from estudio.services.backup_leitura import read_backup

# VmHWM and not ru_maxrss, which carries the parent's peak over a fork.
PEAK = """
from pathlib import Path
from estudio import logs
from estudio.domain.competencia import Competencia
from estudio.services.backup_escrita import create_backup
from estudio.services.backup_leitura import read_backup
logs.start()
read_backup(create_backup(Competencia.parse("{month}")).caminho)
status = Path("/proc/self/status").read_text()
print(status.partition("VmHWM:")[2].split()[0])
"""

EXPECTED_STEPS = [
    "mkdir backups", "sync .", "mkdir 2025_09", "sync backups",
    "sync tmp.csv", "rename tmp.csv sheet", "link sheet tmp.link", "rename tmp.link familiar.csv", "sync 2025_09",
    "sync tmp.json", "rename tmp.json manifest", "link manifest tmp.link", "rename tmp.link familiar.json",
    "sync 2025_09",
]  # fmt: skip


@pytest.mark.usefixtures("september")
def test_bytes_are_named_by_content_and_the_familiar_name_is_a_link() -> None:
    guardado = create_backup(SETEMBRO)
    folder = get_folder_path(SETEMBRO)
    assert guardado.caminho.name == f"backup_2025_09.{guardado.manifesto.csv.sha256[:12]}.csv"
    assert (folder / "backup_2025_09.csv").samefile(guardado.caminho)
    assert (folder / "backup_2025_09.json").samefile(guardado.caminho.with_suffix(".json"))
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert len(list(folder.iterdir())) == 4, "no temporary file stays"


def test_a_second_backup_leaves_the_first_as_it_was(september: Banco) -> None:
    first = create_backup(SETEMBRO)
    before = first.caminho.read_bytes()
    with september.connect() as connection:
        connection.execute("update pagamentos set valor_centavos = 11 where valor_centavos = 1")
    second = create_backup(SETEMBRO)
    assert second.caminho != first.caminho
    assert first.caminho.read_bytes() == before
    assert read_backup(first.caminho).contagem != read_backup(second.caminho).contagem
    assert (get_folder_path(SETEMBRO) / familiar_name(SETEMBRO, "csv")).samefile(second.caminho)


@pytest.mark.usefixtures("september")
def test_the_same_rows_give_the_same_bytes() -> None:
    first = create_backup(SETEMBRO)
    second = create_backup(SETEMBRO)
    assert second.manifesto.csv == first.manifesto.csv
    assert len(list(get_folder_path(SETEMBRO).iterdir())) == 4


@pytest.mark.usefixtures("september")
def test_files_are_synced_before_they_get_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = record_steps(monkeypatch)
    create_backup(SETEMBRO)
    assert steps == EXPECTED_STEPS


@pytest.mark.usefixtures("september")
def test_a_sync_that_is_skipped_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: a file that is closed without a sync gives other steps."""

    def finish_without_sync(file: TemporaryFile) -> None:
        os.close(file._descriptor)
        file._descriptor = -1

    monkeypatch.setattr(TemporaryFile, "finish", finish_without_sync)
    steps = record_steps(monkeypatch)
    create_backup(SETEMBRO)
    assert steps == [step for step in EXPECTED_STEPS if not step.startswith("sync tmp")]


@pytest.mark.usefixtures("september")
def test_what_was_written_is_read_from_the_disk_and_not_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages are dropped after the sync, and once more before reading, on a descriptor of its own."""
    advised: list[tuple[str, int]] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda fd, _at, _len, advice: advised.append((name_of(fd), advice)))
    guardado = create_backup(SETEMBRO)
    advised.clear()
    read_backup(guardado.caminho)
    assert (guardado.caminho.name, os.POSIX_FADV_DONTNEED) in advised


@pytest.mark.usefixtures("september")
def test_a_disk_without_hard_links_gets_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    guardado = create_backup(SETEMBRO)
    familiar = get_folder_path(SETEMBRO) / familiar_name(SETEMBRO, "csv")
    assert familiar.read_bytes() == guardado.caminho.read_bytes()
    assert not familiar.samefile(guardado.caminho)
    assert read_backup(familiar).contagem == guardado.manifesto.contagem


@pytest.mark.usefixtures("september")
def test_a_name_that_is_pointed_to_what_it_names_already_leaves_nothing_behind() -> None:
    """A rename between two names of one file does nothing, and says nothing."""
    guardado = create_backup(SETEMBRO)
    with open_folder(guardado.caminho.parent) as folder:
        folder.point(familiar_name(SETEMBRO, "csv"), guardado.caminho.name)
    assert len(list(guardado.caminho.parent.iterdir())) == 4


@pytest.mark.usefixtures("september")
def test_leftovers_of_dead_runs_are_swept_and_nothing_else() -> None:
    folder = get_folder_path(SETEMBRO)
    folder.mkdir(parents=True, mode=0o700)
    old, young = folder / ".tmp-backup-0123456789ab.csv", folder / ".tmp-backup-ba9876543210.json"
    foreign = folder / ".tmp-dele.csv"
    for path in (old, young, foreign):
        path.write_text("x", encoding="utf-8")
    yesterday = (clock.now() - timedelta(hours=25)).timestamp()
    for path in (old, foreign):
        os.utime(path, (yesterday, yesterday))
    create_backup(SETEMBRO)
    assert not old.exists()
    assert young.exists()
    assert foreign.exists()


def test_two_at_once_leave_the_familiar_pair_of_one_backup(september: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is about to name its manifest when the second, of other rows, begins; it waits for its turn."""
    point = Folder.point
    paused, second_done = threading.Event(), threading.Event()

    def pause_once(folder: Folder, name: str, content: str) -> None:
        if name.endswith(".json") and not paused.is_set():
            paused.set()
            second_done.wait(1)
        point(folder, name, content)

    monkeypatch.setattr(Folder, "point", pause_once)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(create_backup, SETEMBRO)
        assert paused.wait(10)
        with september.connect() as connection:
            connection.execute("update pagamentos set valor_centavos = 12 where id = 24")
        second = create_backup(SETEMBRO)
        second_done.set()
        first.result()
    folder = get_folder_path(SETEMBRO)
    assert read_backup(folder / familiar_name(SETEMBRO, "csv")).contagem == second.manifesto.contagem
    for path in folder.glob("backup_2025_09.*.csv"):
        read_backup(path)
    assert not list(folder.glob(".tmp*"))


@pytest.mark.usefixtures("september")
def test_a_folder_that_another_one_holds_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    create_backup(SETEMBRO)
    monkeypatch.setattr(backup_arquivo, "PATIENCE_SECONDS", 0.1)
    with open_folder(get_folder_path(SETEMBRO)) as folder, folder.alone():
        with pytest.raises(Ocupado, match="Outro backup está sendo gravado"):
            create_backup(SETEMBRO)
    create_backup(SETEMBRO)


def test_memory_does_not_grow_with_the_rows(banco: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_TO_FILE", "false")
    with banco.connect() as connection:
        create_many(connection, 10_000)
        connection.execute(
            """insert into pagamentos (data, valor_centavos, forma, artista_id, percentual)
               values ('2025-10-01', 1, 'pix', 1, 0)"""
        )
    small, large = measure_peak("2025-10"), measure_peak("2025-09")
    assert large < 150 << 20
    assert large - small < 12 << 20


def measure_peak(month: str) -> int:
    """Bytes at the peak of a process of its own that writes one backup and reads it."""
    program = PEAK.format(month=month)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1]) * 1024


def record_steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the disk from here on, in order; names that change from run to run are called by their kind."""
    steps: list[str] = []

    def watch(name: str, describe: Callable[..., str]) -> None:
        deed = getattr(os, name)

        def run(*args: Any, **kwargs: Any) -> Any:
            steps.append(describe(*args))
            return deed(*args, **kwargs)

        monkeypatch.setattr(os, name, run)

    watch("mkdir", lambda path, *_: f"mkdir {Path(path).name}")
    watch("fsync", lambda descriptor: f"sync {call(name_of(descriptor))}")
    watch("rename", lambda old, new: f"rename {call(old)} {call(new)}")
    watch("link", lambda old, new: f"link {call(old)} {call(new)}")
    return steps


def name_of(descriptor: int) -> str:
    return Path(f"/proc/self/fd/{descriptor}").readlink().name


def call(name: str) -> str:
    path = Path(name)
    if name.startswith(".tmp-backup-"):
        return f"tmp{path.suffix}"
    if name.startswith("backup_"):
        kind = {".csv": "sheet", ".json": "manifest"}[path.suffix]
        return kind if len(path.suffixes) == 2 else f"familiar{path.suffix}"
    return name if name in ("backups", "2025_09") else "."
