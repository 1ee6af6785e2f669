"""The worker: looks every minute at what is due, puts it into the queue, and works what lies there, whoever put it in.

Any number of them may run, on any machines: the queue gives each job to one. A worker outlives its database: what it
was at is found by the next look, its own or another's, and tried once more.
"""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker
from psycopg_pool import PoolTimeout

from estudio import db
from estudio.domain.errors import BancoIndisponivel, EstudioError
from estudio.domain.rotina import Desfecho
from estudio.services.fila import FILA, PARADA_S, get_conninfo, list_paradas, record_sinal, rescue_paradas
from estudio.services.rodada_service import settle_interrupted
from estudio.services.rotinas import list_rotinas, register_due, work_rotina

CONCORRENCIA: Final = 3
"""Jobs at once. Two kinds may take hours, or wait for ever for a disk that does not answer: copies, and looks; each has
a trava, so that one of each runs at most. The third place is for what must not wait: a closing, avisos, the sign."""

RONDA_S: Final = 60
"""Seconds between two looks. What is due is due by the clock on the wall, which a machine that slept finds moved on."""

DESPEDIDA_S: Final = 60
"""Seconds that running jobs are given when the worker is told to stop. What is not done by then is left: a month stays
open, a half-written backup is nobody's, and the next worker tries again."""

ESPERA_S: Final = 45
"""Longer than a server takes to come back: what became of a job is told as soon as it is there."""

PRESAS_S: Final = 300
"""Seconds that running jobs are given when the queue was lost: until they end it is not joined anew, and a job that
waits for a disk would keep it so for ever. Whoever started this process starts another."""

SUSPEITA_S: Final = 10
"""Seconds after which a job that is marked as running, and does not run in its worker, was left behind. Looks follow
jobs, sometimes by milliseconds: one that was taken and not yet begun would be put back, and be done twice at once."""

MAIS_RODADAS: Final = 500
"""More than this in one `--once` would be something that comes again and again."""

RECUO_S: Final = (1, 2, 4, 8, 16, 30)
"""Seconds to wait before the queue is joined anew, after it was lost so many times in a row."""

log = structlog.get_logger(__name__)


class _Operario(Worker):
    """The library's worker, which says since when it takes no more jobs and waits for those that run."""

    acabou_em: float | None = None

    async def _shutdown(self, side_tasks: list[asyncio.Task[Any]]) -> None:
        self.acabou_em = time.monotonic()
        await super()._shutdown(side_tasks)


class Trabalhador:
    """One worker process. `run` until it is told to stop, or `run_once`."""

    def __init__(self, *, tell: Callable[[str], None] = lambda _: None, ronda_s: int = RONDA_S) -> None:
        self._tell = tell
        self._ronda_s = ronda_s
        self._stopping = threading.Event()
        self._look_soon = threading.Event()
        self._running: set[int] = set()
        self._suspects: dict[int, float] = {}
        self._worker: _Operario | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_blind = False
        self.desfechos: list[tuple[str, str, Desfecho]] = []
        """What became of what was worked here: rotina, alvo, outcome."""

    def run(self) -> None:
        """Work until SIGINT or SIGTERM; a second one ends at once. Called in the main thread.

        Raises RuntimeError when it can no longer look at what is due: whoever started it starts another.
        """
        watch = threading.Thread(target=self._look_around, name="ronda", daemon=True)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stop())
        # Of a server that is away they tell at each of their attempts, in English; what follows from it is told here.
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        watch.start()
        lost = 0
        while not self._stopping.is_set():
            began = asyncio.run(self._work(wait=True))
            if self._stopping.is_set():
                break
            lost = 1 if began else lost + 1
            wait = RECUO_S[min(lost, len(RECUO_S)) - 1]
            log.warning("fila_perdida", espera_s=wait, mensagem="A fila de tarefas não responde; tentando de novo.")
            self._stopping.wait(wait)
        self._look_soon.set()
        watch.join(5)
        if self._is_blind:
            raise RuntimeError("the look at what is due ended by an error")

    def run_once(self) -> None:
        """Do what is due and what waits in the queue, and return. Raises what keeps it from looking."""
        for _ in range(MAIS_RODADAS):
            self._rescue()
            registered = register_due()
            worked = len(self.desfechos)
            asyncio.run(self._work(wait=False))
            if not registered and len(self.desfechos) == worked:
                return

    def stop(self) -> None:
        """Take no more jobs, and end when those that run are done; asked twice, or in vain, end at once."""
        if self._stopping.is_set():
            self._abandon()
        self._stopping.set()
        if self._running:
            self._tell(f"Terminando o que está em andamento (até {DESPEDIDA_S} s; Ctrl+C de novo encerra já).")
            reaper = threading.Timer(DESPEDIDA_S, self._abandon)
            reaper.daemon = True
            reaper.start()
        worker, loop = self._worker, self._loop
        if worker is not None and loop is not None:
            # Through the loop, which sleeps in the system: whoever sets its event from a signal does not wake it.
            loop.call_soon_threadsafe(worker.stop)

    def _abandon(self) -> None:
        log.warning("tarefas_abandonadas", tarefas=sorted(self._running))
        # Threads cannot be ended. What they were at is safe at any moment, and the next worker finds it.
        os._exit(3 if self._running else 0)

    async def _work(self, *, wait: bool) -> bool:
        """Work until told to stop, or the queue is empty, or it is lost. Whether it was there at the beginning."""
        connector = PsycopgConnector(conninfo=get_conninfo(), min_size=1, max_size=CONCORRENCIA + 3, timeout=ESPERA_S)
        app = App(connector=connector)
        for rotina in list_rotinas():
            app.task(name=rotina.nome, pass_context=True, queue=FILA)(self._work_job)
        began = False
        try:
            async with app.open_async():
                began = True
                self._loop = asyncio.get_running_loop()
                self._worker = _Operario(
                    app,
                    queues=[FILA],
                    concurrency=CONCORRENCIA,
                    wait=wait,
                    listen_notify=wait,
                    install_signal_handlers=False,
                    stalled_worker_timeout=PARADA_S,
                )
                if not self._stopping.is_set():
                    work: Callable[[], Awaitable[None]] = self._worker.run
                    await work()
        except (ConnectorException, PoolTimeout) as error:
            log.warning("fila_sem_servidor", motivo=type(error).__name__)
            if not wait:
                # Nobody tries again: that nothing is left to do would be a lie.
                raise BancoIndisponivel from error
        finally:
            self._worker = self._loop = None
        return began

    def _work_job(self, context: JobContext, alvo: str) -> None:
        tarefa_id = context.job.id
        assert tarefa_id is not None, "a job that was taken from the queue has its number"
        self._running.add(tarefa_id)
        try:
            desfecho = work_rotina(context.job.task_name, alvo, tarefa_id=tarefa_id)
            self.desfechos.append((context.job.task_name, alvo, desfecho))
        except Exception as error:
            # Mostly the server is away. The next look finds the job, and asks the books what became of it.
            log.warning("tarefa_sem_desfecho", tarefa=context.job.task_name, motivo=type(error).__name__)
            raise
        finally:
            self._running.discard(tarefa_id)
            # What is done may make something else due: the next month.
            self._look_soon.set()

    def _look_around(self) -> None:
        """Every minute, and after each job: what is due, and what was left behind. Whatever fails, the next look is
        another one."""
        while not self._stopping.is_set():
            self._look_soon.clear()
            try:
                # Each by itself: what was left behind and cannot be put back keeps nothing from being done.
                for deed in (self._rescue, register_due):
                    _try_to(deed)
            except Exception:
                # Working on without looking would be the silence that nobody notices.
                log.exception("ronda_parou")
                self._is_blind = True
                self.stop()
                raise
            self._look_soon.wait(self._ronda_s)
            self._ensure_working()

    def _ensure_working(self) -> None:
        """Not alive in name alone: the queue was lost, and what runs does not end."""
        ended = self._worker.acabou_em if self._worker is not None else None
        if ended is None or self._stopping.is_set() or not self._running or time.monotonic() - ended < PRESAS_S:
            return
        log.error("tarefas_presas", mensagem="A fila se perdeu e uma tarefa não termina; o processo recomeça.")
        self._abandon()

    def _rescue(self) -> None:
        worker_id = self._worker.worker_id if self._worker is not None else None
        with db.transaction() as session:
            if worker_id is not None:
                record_sinal(session, worker_id)
            found = list_paradas(session, worker_id=worker_id, em_curso=list(self._running))
            # One that was taken, or done, a moment ago is not left behind, however soon the looks follow each other.
            agora = time.monotonic()
            suspects = {id_: self._suspects.get(id_, agora) for id_ in found}
            left = {id_ for id_, since in suspects.items() if agora - since >= SUSPEITA_S}
            rescue_paradas(session, left if worker_id is not None else found)
            settle_interrupted(session)
        self._suspects = suspects


def _try_to(deed: Callable[[], object]) -> None:
    try:
        deed()
    except EstudioError as error:
        log.warning("ronda_falhou", codigo=error.codigo, mensagem=error.message)
