"""What may never answer, a server or a disk, is asked in a thread of its own: after its time nobody waits for it.

A thread cannot be ended, nor what it has open be closed: one whose end nobody saw keeps others about the same from
beginning, or each attempt would leave one more of them behind.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from typing import Final, TypeVar

from estudio.domain.errors import EstudioError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Pergunta:
    thread: threading.Thread
    ate: float
    """Until when an answer is in time, by time.monotonic."""


_mutex = threading.Lock()
_feitas: Final[dict[tuple[str, str], _Pergunta]] = {}
"""The last question about each thing."""


def ask_in_time(nome: str, question: Callable[[], T], *, segundos: float, para: str = "") -> T:
    """What it returns, or raises: a refusal, or an OSError. Raises TimeoutError when there is no answer in time, or
    the question before, about the same `nome` and `para`, had none until now."""
    future: Future[T] = Future()
    context = copy_context()

    def answer() -> None:
        try:
            said = context.run(question)
        except (EstudioError, OSError) as error:
            future.set_exception(error)
        else:
            future.set_result(said)
        finally:
            if not future.done():
                # What nobody foresaw is told with its traceback, as it is of any thread.
                future.set_exception(TimeoutError("terminou sem resposta"))

    _begin((nome, para), threading.Thread(target=answer, name=nome, daemon=True), segundos)
    return future.result(segundos)


def _begin(chave: tuple[str, str], thread: threading.Thread, segundos: float) -> None:
    while True:
        with _mutex:
            before = _feitas.get(chave)
            if before is None or not before.thread.is_alive():
                _feitas[chave] = _Pergunta(thread, time.monotonic() + segundos)
                thread.start()
                return
        # It may be another's, and only just have begun.
        before.thread.join(max(before.ate - time.monotonic(), 0))
        if before.thread.is_alive() and time.monotonic() >= before.ate:
            raise TimeoutError("a tentativa anterior ainda espera a resposta")
