"""Workers in processes of their own: each job once, a server that goes away in the middle, signals, a killed worker."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from agosto import AGOSTO, close, enter_agosto, state
from conftest import Banco
from servers import TestServer
from sqlalchemy import text

from estudio import db
from estudio.domain.errors import EmAndamento
from estudio.domain.rotina import Desfecho
from estudio.services.fila import Tarefa, count_tarefas, register_tarefa
from estudio.services.rodada_service import list_rodadas
from estudio.services.rotinas import list_rotinas, work_rotina
from estudio.services.trabalhador import Trabalhador

SCRIPT = Path(__file__).parents[1] / "trabalho.py"


@contextmanager
def working(folder: Path, what: str) -> Generator[subprocess.Popen[bytes], None, None]:
    process = subprocess.Popen([sys.executable, SCRIPT, folder, what])
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def await_that(happens: Callable[[], object], seconds: int = 90) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def lines(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def rodadas() -> list[dict[str, Any]]:
    with db.transaction(read_only=True) as session:
        return list_rodadas(session, limit=1000)


@pytest.mark.usefixtures("banco")
def test_two_workers_do_each_job_once(tmp_path: Path) -> None:
    with ExitStack() as stack:
        workers = [stack.enter_context(working(tmp_path, "60")) for _ in range(2)]
        await_that(lambda: len(lines(tmp_path / "feitas")) >= 60)
        # Both look every second: what is done twice would be done by now.
        time.sleep(2.5)
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        assert [worker.wait(30) for worker in workers] == [0, 0]
    done = lines(tmp_path / "feitas")
    assert sorted(alvo for alvo, _ in done) == [f"{number:03d}" for number in range(60)]
    assert {pid for _, pid in done} == {str(worker.pid) for worker in workers}
    assert {row["desfecho"] for row in rodadas()} == {"feita"}


@pytest.mark.usefixtures("banco")
def test_told_to_stop_it_ends_what_it_is_at_and_takes_nothing_more(tmp_path: Path) -> None:
    with working(tmp_path, "devagar") as worker:
        await_that(lambda: lines(tmp_path / "comecos"))
        worker.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert worker.poll() is None
        (tmp_path / "solte").touch()
        assert worker.wait(30) == 0
    assert len(lines(tmp_path / "feitas")) == 1
    assert [row["desfecho"] for row in rodadas()] == ["feita"]


@pytest.mark.usefixtures("banco")
def test_whatever_of_copies_and_looks_hangs_a_place_is_left_for_what_must_not_wait(tmp_path: Path) -> None:
    with working(tmp_path, "presas"):
        await_that(lambda: len(lines(tmp_path / "comecos")) == 2, 30)
        await_that(lambda: len(lines(tmp_path / "feitas")) == 3, 15)
        assert len(lines(tmp_path / "comecos")) == 2
    travas = {rotina.nome: rotina.trava for rotina in list_rotinas()}
    assert {nome for nome, trava in travas.items() if trava in ("copias", "vigia")}.isdisjoint(
        {"fechamento", "avisos", "sinal"}
    )


@pytest.mark.usefixtures("banco")
def test_told_twice_it_ends_at_once(tmp_path: Path) -> None:
    with working(tmp_path, "devagar") as worker:
        await_that(lambda: lines(tmp_path / "comecos"))
        worker.send_signal(signal.SIGINT)
        time.sleep(0.5)
        worker.send_signal(signal.SIGINT)
        assert worker.wait(10) == 3


def test_what_cannot_be_looked_after_keeps_nothing_from_being_put_in(banco: Banco, tmp_path: Path) -> None:
    with banco.connect_as_superuser() as behind, behind.transaction():
        # No run that was left behind can be given its outcome.
        behind.execute("lock table estudio.rodadas in share mode")
        with working(tmp_path, "3"):

            def count() -> int:
                with db.transaction(read_only=True) as session:
                    return sum(count_tarefas(session).values())

            await_that(lambda: count() == 3, 60)


@pytest.mark.usefixtures("banco")
def test_what_was_taken_a_moment_ago_is_not_left_behind_however_soon_the_looks_follow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with db.transaction() as session:
        register_tarefa(session, Tarefa("lote"))
        worker_id = session.scalar(text("select tarefas.procrastinate_register_worker_v1()"))
        session.execute(text("select tarefas.procrastinate_fetch_job_v2(null, :id)"), {"id": worker_id})
    trabalhador = Trabalhador()
    vars(trabalhador)["_worker"] = SimpleNamespace(worker_id=worker_id)

    def look_three_times() -> dict[str, int]:
        for _ in range(3):
            trabalhador._rescue()
        with db.transaction(read_only=True) as session:
            return count_tarefas(session)

    assert look_three_times() == {"doing": 1}
    monkeypatch.setattr("estudio.services.trabalhador.SUSPEITA_S", 0)
    assert look_three_times() == {"todo": 1}


def test_what_a_killed_worker_was_at_is_done_by_another(banco: Banco, tmp_path: Path) -> None:
    with working(tmp_path, "devagar") as killed:
        await_that(lambda: lines(tmp_path / "comecos"))
        killed.kill()
        killed.wait(30)
    with banco.connect_as_superuser() as behind:
        behind.execute("update tarefas.procrastinate_workers set last_heartbeat = now() - interval '10 minutes'")
    (tmp_path / "solte").touch()
    with working(tmp_path, "devagar") as worker:
        await_that(lambda: [row["desfecho"] for row in rodadas()] == ["feita", "interrompida"])
        assert lines(tmp_path / "comecos") == [["inicio", str(killed.pid)], ["inicio", str(worker.pid)]]


def test_a_server_that_is_killed_in_the_middle_of_a_job(servidor_proprio: TestServer, tmp_path: Path) -> None:
    with working(tmp_path, "devagar") as worker:
        await_that(lambda: lines(tmp_path / "comecos"))
        servidor_proprio.kill()
        (tmp_path / "solte").touch()
        # The job ends in vain, and cannot even say so.
        time.sleep(2)
        assert worker.poll() is None
        servidor_proprio.restart()
        db.reset()
        await_that(lambda: lines(tmp_path / "feitas"), seconds=180)
        await_that(lambda: [row["desfecho"] for row in rodadas()] == ["feita", "interrompida"])
        # The same process, which went on; and it still works.
        assert worker.poll() is None
        assert {pid for _, pid in lines(tmp_path / "comecos")} == {str(worker.pid)}
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0


def test_a_worker_that_lost_the_queue_and_whose_jobs_hang_makes_way_for_another(
    servidor_proprio: TestServer, tmp_path: Path
) -> None:
    """It would wait for them without end, give its signs of life, and take nothing more."""
    with working(tmp_path, "presas") as worker:
        await_that(lambda: len(lines(tmp_path / "feitas")) == 3)
        servidor_proprio.kill()
        # Longer than the library tries.
        time.sleep(20)
        servidor_proprio.restart()
        assert worker.wait(60) == 3


@pytest.mark.usefixtures("banco")
def test_version_4s_cron_at_the_same_moment_and_a_month_is_closed_once() -> None:
    enter_agosto()
    outcomes: list[object] = []
    barrier = threading.Barrier(3)

    def by_the_worker() -> None:
        barrier.wait()
        outcomes.append(work_rotina("fechamento", "2025-08"))

    def by_cron() -> None:
        barrier.wait()
        try:
            outcomes.append(close(AGOSTO).versao)
        except EmAndamento:
            outcomes.append("em_andamento")

    with time_machine.travel(datetime(2025, 9, 1, 8, tzinfo=UTC)):
        threads = [threading.Thread(target=deed) for deed in (by_the_worker, by_the_worker, by_cron)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert state(AGOSTO) == "fechada"
    assert {Desfecho.FEITA, 1} & set(outcomes)
    assert set(outcomes) <= {Desfecho.FEITA, Desfecho.NADA, Desfecho.RECUSADA, 1, "em_andamento"}
    with db.transaction(read_only=True) as session:
        assert session.scalar(text("select count(*) from estudio.extratos")) == 1
        assert session.scalar(text("select count(*) from estudio.avisos where tipo like 'rotina%'")) == 0
