"""Tempos: how long each request took to be answered, for `/metrics`: by the pattern of its address, never by what
stands in it.

`estudio web` is several processes, and whoever asks reaches any of them. Each keeps its counts in a file of one folder
(prometheus_client's own way), and the one that is asked adds up all: of one process alone a count would seem to fall
whenever another one answers. What the others of several machines counted they say themselves.
"""

import os
import time
from pathlib import Path
from typing import Final

import structlog
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from estudio.config import get_tempos_dir

NOME: Final = "estudio_http_request_duration_seconds"

LIMITES: Final = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 10)
"""Seconds up to which requests are counted."""

METODOS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})

OUTRA: Final = "outra"
"""An address, or a method, that is none of ours: what strangers try makes no series of its own."""

RESERVA: Final = 4 * 1024 * 1024
"""Bytes of a process' file, taken at the beginning: a disk that fills later would end who writes into it."""

REGISTRO: Final = CollectorRegistry()

# Of several processes there is no such thing; alone, it would be a family of its own.
disable_created_metrics()

_tempos: Final = Histogram(
    NOME, "Time to answer a request", ["rota", "metodo", "classe"], buckets=LIMITES, registry=REGISTRO
)

log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    """Before everything else: what is asked first and answered last is the whole of a request."""
    if not _reserve():
        return

    @app.before_request
    def begin() -> None:
        g.tempo = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        begun = g.pop("tempo", None)
        if begun is not None:
            rota = request.url_rule.rule if request.url_rule is not None else OUTRA
            metodo = request.method if request.method in METODOS else OUTRA
            spent = time.perf_counter() - begun
            _tempos.labels(rota, metodo, f"{response.status_code // 100}xx").observe(spent)
        return response


def format_tempos() -> bytes:
    """What all processes of these pages counted since they were started, in Prometheus' text format."""
    folder = get_tempos_dir()
    if folder is None:
        return generate_latest(REGISTRO)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, folder)
    return generate_latest(registry)


def _reserve() -> bool:
    """Room for this process' counts. False where there is none: pages matter more than how long they take."""
    folder = get_tempos_dir()
    if folder is None:
        return True
    path = Path(folder) / f"histogram_{os.getpid()}.db"
    beside = path.with_suffix(".nova")
    try:
        beside.write_bytes(bytes(RESERVA))
        # Whole when it is first read.
        beside.rename(path)
    except OSError as error:
        log.warning("tempos_sem_lugar", motivo=error.strerror)
        return False
    return True
