"""A closing that a page asks for: done beside the requests, by a thread that outlives the one that asked.

Whoever asks waits only until the attempt can be seen (its Execução is there) or is over. What becomes of it stands in
the Execução, which any process reads; a process that ends in the middle leaves the month wholly open or wholly closed.
After a month its documents are made, by a thread of their own and without its lock; so are those that a page asks for.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event
from typing import Any, Final, TypeVar

import structlog

from estudio import logs
from estudio.domain.competencia import Competencia
from estudio.domain.errors import FechamentoSemResposta, Refusal
from estudio.domain.extrato import Extrato
from estudio.domain.usuario import Quem
from estudio.services.documento_service import create_pendentes, ensure_documentos, try_documentos
from estudio.services.execucao_etapas import Andamento, Watcher
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction

ESPERA_S: Final = 10
"""Seconds until the first stage is seen at the latest; a server that is slower than that is not waited for."""

log = structlog.get_logger(__name__)

T = TypeVar("T")

# One closes; another that is asked for meanwhile has its refusal at once.
_desks: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="fechamento")
_printers: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="documentos")
_attempts: Final[set[Future[Any]]] = set()


def start_fechamento(competencia: Competencia, *, quem: Quem, visto: str) -> int | None:
    """Begin to close a month whose content `visto` the person was shown. The number of the Execução to be watched;
    None: it was closed already, and nothing was to do.

    Raises what refused it before there was an attempt (SemPermissao, EmAndamento), and FechamentoSemResposta where
    nothing could be seen of it in time.
    """
    quem.ensure_dono()
    begun: list[int] = []
    settled = Event()

    def watch(andamento: Andamento) -> None:
        if not begun:
            begun.append(andamento.execucao_id)
            settled.set()

    attempt = _begin(_desks, lambda: _close(competencia, quem=quem, visto=visto, watch=watch))
    attempt.add_done_callback(lambda _: settled.set())
    if not settled.wait(ESPERA_S):
        raise FechamentoSemResposta(mes=competencia.label)
    if begun:
        return begun[0]
    attempt.result()
    return None


def start_documentos(competencia: Competencia, *, quem: Quem) -> bool:
    """Begin to make what is missing of a closed month's documents. True when all were there before the wait was over.

    Raises what kept one from being made until then: NaoFechado, DocumentosEmAndamento, DiscoRecusou and others.
    """
    quem.ensure_ve_resultado()
    attempt = _begin(_printers, lambda: ensure_documentos(competencia, quem=quem))
    if not wait([attempt], ESPERA_S).done:
        return False
    attempt.result()
    return True


def start_pendentes(*, quem: Quem) -> None:
    """Begin to make whatever closed months lack, oldest first: after an erasure, what named the person."""
    quem.ensure_ve_resultado()
    _begin(_printers, lambda: create_pendentes(quem=quem))


def settle() -> None:
    """Wait until every attempt that was begun here is over: also its last words, which follow its outcome."""
    while _attempts:
        wait(set(_attempts))


def _begin(desks: ThreadPoolExecutor, deed: Callable[[], T]) -> Future[T]:
    number = logs.run_id()

    def work() -> T:
        # A thread has no context of its own; its lines have the number of the request that asked for it.
        with structlog.contextvars.bound_contextvars(run_id=number):
            return deed()

    attempt = desks.submit(work)
    _attempts.add(attempt)
    attempt.add_done_callback(_conclude)
    return attempt


def _conclude(attempt: Future[Any]) -> None:
    _attempts.discard(attempt)
    error = attempt.exception()
    # A refusal stands in its Execução, or is the answer of the page; a fault may have come before there was either.
    if error is not None and not isinstance(error, Refusal):
        log.error("tarefa_sem_desfecho", exc_info=error)


def _close(competencia: Competencia, *, quem: Quem, visto: str, watch: Watcher) -> Extrato:
    extrato = generate_extrato_with_atomic_transaction(
        competencia.mes, competencia.ano, quem=quem, visto=visto, watch=watch
    )
    # By another desk: the next month is closed meanwhile.
    _begin(_printers, lambda: try_documentos(competencia, quem=quem))
    return extrato
