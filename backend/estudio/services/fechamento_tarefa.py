"""A closing that a page asks for: done beside the requests, by a thread that outlives the one that asked.

Whoever asks waits only until the attempt can be seen (its Execução is there) or is over. What becomes of it stands in
the Execução, which any process reads; a process that ends in the middle leaves the month wholly open or wholly closed.
"""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event
from typing import Final

import structlog

from estudio.domain.competencia import Competencia
from estudio.domain.errors import FechamentoSemResposta, Refusal
from estudio.domain.extrato import Extrato
from estudio.domain.usuario import Quem
from estudio.services.execucao_service import Andamento
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction

ESPERA_S: Final = 10
"""Seconds until the first stage is seen at the latest; a server that is slower than that is not waited for."""

log = structlog.get_logger(__name__)

# One closes; another that is asked for meanwhile has its refusal at once.
_desks: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="fechamento")
_attempts: Final[set[Future[Extrato]]] = set()


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

    attempt: Future[Extrato] = _desks.submit(
        generate_extrato_with_atomic_transaction,
        competencia.mes,
        competencia.ano,
        quem=quem,
        visto=visto,
        watch=watch,
    )
    _attempts.add(attempt)
    attempt.add_done_callback(_conclude)
    attempt.add_done_callback(lambda _: settled.set())
    if not settled.wait(ESPERA_S):
        raise FechamentoSemResposta(mes=competencia.label)
    if begun:
        return begun[0]
    attempt.result()
    return None


def settle() -> None:
    """Wait until every attempt that was begun here is over: also its last words, which follow its outcome."""
    wait(set(_attempts))


def _conclude(attempt: Future[Extrato]) -> None:
    _attempts.discard(attempt)
    error = attempt.exception()
    # A refusal stands in its Execução, or is the answer of the page; a fault may have come before there was either.
    if error is not None and not isinstance(error, Refusal):
        log.error("fechamento_sem_desfecho", exc_info=error)
