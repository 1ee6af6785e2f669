"""A month read by several processes: the same bytes as by one, the same refusals, and nobody left over."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from agosto import AGOSTO, close, enter_agosto
from backup_mes import SETEMBRO
from conftest import Banco
from damage import forge

from estudio import config, db
from estudio.domain.backup import Guardado
from estudio.domain.errors import BackupAlterado, BackupIlegivel, BancoIndisponivel, LeitorParou, TempoEsgotado
from estudio.services import backup_lote, backup_pedaco, fechamento_service, leitores
from estudio.services.backup_escrita import create_backup, get_folder_path
from estudio.services.backup_leitura import prove
from estudio.services.contagem_service import Progress, as_canonical, count_in_batches
from estudio.services.execucao_etapas import Andamento


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Every month is worth several readers, cut as small as it can be; the readers that were started are gone after."""
    monkeypatch.setattr(leitores, "WORTHWHILE", 1)
    monkeypatch.setattr(backup_lote, "FAIXA", 1)
    monkeypatch.setattr(backup_pedaco, "PIECE", 300)
    running: list[Any] = []
    start = leitores._start

    def remember() -> Any:
        running.append(start())
        return running[-1]

    monkeypatch.setattr(leitores, "_start", remember)
    yield running
    assert running, "this test is of readers"
    assert [each for each in running if each.process.returncode is None] == []


def use(monkeypatch: pytest.MonkeyPatch, workers: int, size: str = "100") -> None:
    monkeypatch.setenv("EXTRATO_WORKERS", str(workers))
    monkeypatch.setenv("BATCH_SIZE", size)
    config.reset()


def count() -> list[Any]:
    with db.transaction(read_only=True) as session:
        return as_canonical(count_in_batches(db.raw(session), SETEMBRO, batch_size=3))


def told(guardado: Guardado) -> tuple[bytes, Any]:
    return guardado.caminho.read_bytes(), guardado.manifesto.contagem


@pytest.mark.parametrize(
    ("workers", "size"),
    [
        (2, "auto"),
        *(pytest.param(n, size, marks=pytest.mark.proof) for n in (1, 2, 4) for size in ("1", "7", "auto", "10000")),
    ],
)
def test_neither_readers_nor_sizes_change_a_byte(
    september: Banco, monkeypatch: pytest.MonkeyPatch, started: list[Any], workers: int, size: str
) -> None:
    del september
    use(monkeypatch, 1)
    alone = create_backup(SETEMBRO)
    expected, contagem, totais = told(alone), prove(alone).contagem, count()
    assert not started
    monkeypatch.setenv("BACKUP_COMPRESSION_ENABLED", "true")
    use(monkeypatch, workers, size)
    steps: list[Progress] = []
    together = create_backup(SETEMBRO, on_batch=steps.append)
    assert told(together) == expected
    prova = prove(together, on_batch=steps.append)
    assert (prova.contagem, count()) == (contagem, totais)
    for kinds in ({"backup"}, set(backup_lote.KINDS)):
        done = [(step.registros, step.lote) for step in steps if step.kind in kinds]
        assert done == sorted(done)
        last = [step for step in steps if step.kind in kinds][-1]
        assert (last.registros, last.lote) == (last.registros_total, last.lotes)
    if workers == 1:
        with leitores.open_leitores(1):
            pass


def test_a_month_is_closed_by_several_readers_and_what_is_told_never_goes_back(
    banco: Banco, monkeypatch: pytest.MonkeyPatch, started: list[Any]
) -> None:
    del banco
    enter_agosto()
    use(monkeypatch, 2, "1")
    seen: list[Andamento] = []
    extrato = close(AGOSTO, watch=seen.append)
    assert len(started) == 6, "for the backup, its verification and the count"
    with db.transaction(read_only=True) as session:
        assert extrato.totais == as_canonical(count_in_batches(db.raw(session), AGOSTO, batch_size=1))
    for etapa in ("backup", "verificacao", "contagem"):
        done = [(each.registros, each.lote) for each in seen if each.etapa == etapa]
        assert len(done) > 2
        assert done == sorted(done)


def test_a_reader_that_dies_leaves_nothing_behind(
    september: Banco, monkeypatch: pytest.MonkeyPatch, started: list[Any]
) -> None:
    del september
    use(monkeypatch, 2, "1")

    def kill(_: Progress) -> None:
        for leitor in started:
            leitor.process.kill()

    with pytest.raises(LeitorParou, match="EXTRATO_WORKERS=1"):
        create_backup(SETEMBRO, on_batch=kill)
    assert list(get_folder_path(SETEMBRO).iterdir()) == []


def test_a_reader_that_fails_ends_the_closing_as_failed(
    banco: Banco, monkeypatch: pytest.MonkeyPatch, started: list[Any]
) -> None:
    del banco
    enter_agosto()
    use(monkeypatch, 2)

    def kill(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(leitores, "_START", "raise SystemExit(1)")
        return count_in_batches(*given, **more)

    monkeypatch.setattr(fechamento_service, "count_in_batches", kill)
    with pytest.raises(LeitorParou):
        close(AGOSTO)
    with db.transaction(read_only=True) as session:
        row = db.raw(session).execute(
            """select e.desfecho, e.codigo, c.estado from execucoes e join competencias c using (mes)
               order by e.id desc limit 1"""
        )
        assert row.fetchone() == ("falhou", "contagem", "aberta")
    assert started


def test_a_reader_whose_time_is_over_is_told_as_ever(
    september: Banco, monkeypatch: pytest.MonkeyPatch, started: list[Any]
) -> None:
    del started
    use(monkeypatch, 2)
    share = leitores._share
    with september.connect_as_superuser() as locker, locker.transaction():

        def hurry(connection: psycopg.Connection[Any]) -> Any:
            locker.execute("lock table estudio.clientes in access exclusive mode")
            connection.execute("set statement_timeout = 200")
            return share(connection)

        monkeypatch.setattr(leitores, "_share", hurry)
        with pytest.raises(TempoEsgotado):
            create_backup(SETEMBRO)
    assert list(get_folder_path(SETEMBRO).iterdir()) == []


def test_a_server_that_goes_away(september: Banco, monkeypatch: pytest.MonkeyPatch, started: list[Any]) -> None:
    del started
    use(monkeypatch, 2, "1")

    def cut(_: Progress) -> None:
        with september.connect() as other:
            other.execute(
                """select pg_terminate_backend(pid) from pg_stat_activity
                   where datname = current_database() and pid <> pg_backend_pid()"""
            )

    with pytest.raises(BancoIndisponivel):
        create_backup(SETEMBRO, on_batch=cut)
    assert list(get_folder_path(SETEMBRO).iterdir()) == []


def test_what_is_wrong_with_a_sheet_is_said_as_by_one(
    september: Banco, monkeypatch: pytest.MonkeyPatch, started: list[Any]
) -> None:
    del september, started
    whole = create_backup(SETEMBRO)
    content = whole.caminho.read_bytes()
    forged = forge(whole, content.replace(b";1234567,89;", b";1234567,8x;", 1))
    use(monkeypatch, 1)
    with pytest.raises(BackupIlegivel) as by_one:
        prove(forged)
    use(monkeypatch, 2)
    with pytest.raises(BackupIlegivel) as by_two:
        prove(forged)
    assert by_two.value.message == by_one.value.message
    whole.caminho.write_bytes(content[:-3] + b"Y\r\n")
    with pytest.raises(BackupAlterado):
        prove(whole)


def test_rows_are_cut_where_a_row_ends_and_not_within_a_text() -> None:
    cut = backup_pedaco._find_end
    assert cut(b'a;b\r\nc;"d\r\n') == 5
    assert cut(b'a;"b\r\n""c"\r\nd') == 12
    assert cut(b'"a\r\n') == 0
    assert cut(b"") == 0


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="/proc tells whose child a process is")
def test_readers_go_with_whoever_started_them(started: list[Any]) -> None:
    script = "from estudio.services.leitores import open_leitores\nimport time\n"
    script += "with open_leitores(2) as running: print([e.process.pid for e in running._leitores], flush=True); "
    starter = subprocess.Popen(
        [sys.executable, "-c", script + "time.sleep(60)"],
        stdout=subprocess.PIPE,
        text=True,
        env=config.extend_environment({}),
    )
    assert starter.stdout is not None
    pids = [int(pid) for pid in starter.stdout.readline().strip("[]\n").split(",")]
    starter.send_signal(signal.SIGKILL)
    starter.communicate()
    deadline = time.monotonic() + 20
    while alive := [pid for pid in pids if _is_alive(pid)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.05)
    with leitores.open_leitores(1):
        pass
    assert started


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
