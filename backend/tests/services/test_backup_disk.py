"""The disk refuses: full at any write, read-only, a file where a folder should be, a sync that fails, a death anywhere.

Each ends in a sentence with the path, what was needed and what there is; nothing half written is believed, and the
backup of before stays as it was.
"""

import errno
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from backup_mes import AGOSTO, SETEMBRO, create_many
from conftest import Banco
from discos import mount

from estudio import config, db
from estudio.domain.backup import Guardado
from estudio.domain.competencia import Competencia
from estudio.domain.errors import DiscoRecusou
from estudio.services import backup_arquivo
from estudio.services.backup_acervo import list_backups
from estudio.services.backup_arquivo import open_folder, temporary_name
from estudio.services.backup_completo import create_full_backup, find_completo, verify_full_backup
from estudio.services.backup_escrita import create_backup, get_folder_path
from estudio.services.backup_leitura import prove
from estudio.services.backup_service import verify_backup

CRASH = Path(__file__).parents[1] / "crash"

pytestmark = pytest.mark.usefixtures("september")


def run(program: str, *args: str) -> Any:
    """What a process of its own found."""
    done = subprocess.run(
        [sys.executable, str(CRASH / program), *args], capture_output=True, text=True, check=False,
        env={**os.environ, "LOG_TO_FILE": "false"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def use_folder(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setenv("BACKUP_DIR", str(path))
    config.reset()


def list_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(params=[False, True], ids=["", "gz"])
def compressed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a compressed copy is written beside the sheet."""
    wanted: bool = request.param
    monkeypatch.setenv("BACKUP_COMPRESSION_ENABLED", str(wanted))
    config.reset()
    return wanted


def ensure_refused(outcomes: list[dict[str, Any]]) -> None:
    for outcome in outcomes:
        assert outcome["codigo"] == "disco"
        assert outcome["erro"] == "EFBIG"
        assert outcome["precisa"] > outcome["limite"]
        assert outcome["livre"] > 0
        assert outcome["inteiro"]
        assert not [name for name in outcome["nomes"] if name.startswith(".tmp")]


def test_a_file_that_may_not_grow_is_refused_at_every_write(*, compressed: bool) -> None:
    outcomes = run("disco_cheio.py", SETEMBRO.slug)
    ensure_refused(outcomes)
    kinds = Counter(outcome["tipo"] for outcome in outcomes)
    # The beginning of the sheet and each of its rows; of the copy its header and what is left at the end.
    assert kinds["csv"] >= 76
    assert kinds["json"] == 1
    assert (kinds["csv.gz"] >= 2) == compressed


def test_a_dump_that_may_not_grow_is_refused_at_every_write() -> None:
    outcomes = run("disco_cheio.py", "completo")
    ensure_refused(outcomes)
    assert {outcome["tipo"] for outcome in outcomes} == {"dump", "json"}


def test_a_full_disk_stops_pg_dump_and_no_half_dump_is_believed(
    september: Banco, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dump is longer than what is under way between pg_dump and us: it is refused while pg_dump is at work."""
    with september.connect() as connection:
        connection.execute(
            """insert into gastos (data, valor_centavos, descricao, forma)
               select '2025-11-01', 1, string_agg(md5(n::text || k), ''), 'pix'
               from generate_series(1, 200) n, generate_series(1, 600) k group by n order by n"""
        )
    disk = tmp_path / "disco"
    with mount(disk, "size=12m"):
        use_folder(monkeypatch, disk)
        before = create_full_backup()
        assert before.manifesto.dump.bytes > 2 << 20
        kept = list_bytes(before.caminho.parent)
        ballast = disk / "lastro"
        room = os.statvfs(disk)
        for free in (0, 1 << 20, before.manifesto.dump.bytes - 8192):
            ballast.write_bytes(b"x" * (room.f_bavail * room.f_frsize - free))
            with pytest.raises(DiscoRecusou, match="o disco está cheio") as caught:
                create_full_backup()
            assert caught.value.details["erro"] == "ENOSPC"
            ballast.unlink()
            assert list_bytes(before.caminho.parent) == kept
        assert verify_full_backup(find_completo()) == before


@pytest.mark.usefixtures("compressed")
def test_a_full_disk_is_refused_with_what_is_needed_and_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disco"
    with mount(disk, "size=256k"):
        use_folder(monkeypatch, disk / "backups")
        create_backup(AGOSTO)
        before = list_bytes(get_folder_path(AGOSTO))
        ballast = disk / "lastro"
        refusals = []
        for free in (0, 4, 8, 32, 64):
            ballast.write_bytes(b"x")
            room = os.statvfs(disk)
            ballast.write_bytes(b"x" * (room.f_bavail * room.f_frsize - free * 1024))
            try:
                create_backup(SETEMBRO)
            except DiscoRecusou as refusal:
                refusals.append(refusal)
            ballast.unlink()
            assert not list(disk.glob("backups/*/.tmp*"))
            assert list_bytes(get_folder_path(AGOSTO)) == before
        assert len(refusals) >= 4
        assert {refusal.details["erro"] for refusal in refusals} == {"ENOSPC"}
        assert all("o disco está cheio" in refusal.message for refusal in refusals)
        assert any("Precisa de " in refusal.message for refusal in refusals)
        assert [item.problema for item in list_backups(SETEMBRO) if item.vigente] in ([], [None])
        assert prove(create_backup(SETEMBRO)).contagem.totais[7]


def test_a_disk_that_is_read_only_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = tmp_path / "disco"
    with mount(disk, "size=256k"):
        use_folder(monkeypatch, disk)
        create_backup(AGOSTO)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for month in (AGOSTO, SETEMBRO):
            with pytest.raises(DiscoRecusou, match="só pode ser lido") as caught:
                create_backup(month)
            assert caught.value.details["erro"] == "EROFS"
            assert str(disk) in caught.value.message
        verify_backup(AGOSTO)


@pytest.mark.parametrize("depth", [0, 1])
def test_a_file_where_the_folder_should_be_is_refused(depth: int) -> None:
    folder = get_folder_path(SETEMBRO)
    in_the_way = folder if depth else folder.parent
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_text("x", encoding="utf-8")
    with pytest.raises(DiscoRecusou, match="onde deveria haver uma pasta"):
        create_backup(SETEMBRO)
    assert in_the_way.read_text(encoding="utf-8") == "x"


def test_a_link_where_the_months_folder_should_be_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "alheio"
    elsewhere.mkdir()
    get_folder_path(SETEMBRO).parent.mkdir()
    get_folder_path(SETEMBRO).symlink_to(elsewhere)
    with pytest.raises(DiscoRecusou, match="atalho"):
        create_backup(SETEMBRO)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (errno.EACCES, "falta permissão"),
        (errno.EDQUOT, "cota"),
        (errno.EIO, "o disco falhou"),
        (errno.ENXIO, "No such device"),
    ],
)
def test_whatever_the_system_refuses_is_said(monkeypatch: pytest.MonkeyPatch, code: int, says: str) -> None:
    before = create_backup(AGOSTO)

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", refuse)
        with pytest.raises(DiscoRecusou, match=says) as caught:
            create_backup(AGOSTO)
    assert caught.value.codigo == "disco"
    assert prove(before).contagem == before.manifesto.contagem


def test_a_sync_that_fails_is_never_tried_again_on_that_file(monkeypatch: pytest.MonkeyPatch) -> None:
    before: Guardado = create_backup(SETEMBRO)
    kept = list_bytes(before.caminho.parent)
    synced: list[str] = []

    def fail(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(DiscoRecusou, match="o disco falhou"):
            create_backup(SETEMBRO)
    assert len(synced) == 1
    assert list_bytes(before.caminho.parent) == kept, "the file that failed is gone, the one of before is not"


def test_a_refusal_leaves_the_connection_usable(september: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk refuses in the middle of the stream, with most of the rows still on their way from the server."""
    november = Competencia(2025, 11)
    with september.connect() as connection:
        create_many(connection, 5000, month=november)
    with db.connect() as connection:
        before = connection.info.backend_pid

    write = os.write

    def fail(descriptor: int, data: Any) -> int:
        if bytes(data).startswith(b"pagamento;"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data)

    pids = []
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", fail)
        for _ in range(10):
            with pytest.raises(DiscoRecusou):
                create_backup(november, batch_size=1)
            with db.transaction(read_only=True) as session:
                pids.append(db.raw(session).info.backend_pid)
    assert before not in pids
    assert len(set(pids)) == 1, "the pool had to throw a connection away"
    assert prove(create_backup(november)).contagem.totais[7][0] == 5000


def test_killed_at_any_step_the_backup_is_the_old_one_or_the_new_one(september: Banco) -> None:
    create_backup(SETEMBRO)
    with september.connect() as connection:
        connection.execute("update pagamentos set valor_centavos = 2 where valor_centavos = 1")
    found = run("backup_mortes.py", SETEMBRO.slug)
    assert found.get("quebrado", 0) == 0
    assert found["antes"] > 20
    assert found["depois"] >= 2
    assert found["antes"] + found["depois"] == found["fronteiras"]


def test_a_writer_that_names_the_bytes_first_is_noticed(september: Banco) -> None:
    """The control of the test above."""
    create_backup(SETEMBRO)
    with september.connect() as connection:
        connection.execute("update pagamentos set valor_centavos = 2 where valor_centavos = 1")
    assert run("backup_mortes.py", SETEMBRO.slug, "manifest-first")["quebrado"] >= 2


def test_what_another_run_puts_in_place_during_the_sweep_is_no_refusal_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closing, and the day's backup of the same month, begin at once: one lists what the other is about to rename."""
    kept = tmp_path / temporary_name("json")
    for _ in range(3):
        (tmp_path / temporary_name("csv")).touch()
    kept.touch()

    class RenamedMeanwhile:
        def fullmatch(self, name: str) -> bool:
            if name.endswith(".csv"):
                (tmp_path / name).rename(tmp_path / name.removeprefix(".tmp-"))
            return True

    monkeypatch.setattr(backup_arquivo, "_TEMPORARY", RenamedMeanwhile())
    with open_folder(tmp_path) as folder:
        folder.sweep()
    assert kept.exists()
    assert len(list(tmp_path.glob("backup-*.csv"))) == 3
