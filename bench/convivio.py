"""A payment registered in another month: as long as ever, while a month is being closed beside it?"""

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from escala import Escala
from fechamento import BASE, forget_backups, prepare_month
from livro import MES, OUTRO_MES
from medidas import Grupo, divide, format_size, percentile
from processo import read_filho, start_filho
from servidor import Servidor

from estudio import db
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.extrato_service import reopen_extrato
from estudio.services.pagamento_service import register_pagamento

MARKED = 50_000

PACE = 0.02
"""Seconds from one payment to the next: fifty a second are more than any desk, and leave a processor free."""


def measure_meanwhile(servidor: Servidor, escala: Escala) -> Grupo:
    """Register payments in the month after, idle and beside closings, in turns; milliseconds from BEGIN to COMMIT."""
    size = escala.nearest(MARKED)
    grupo = Grupo("meanwhile", f"A payment registered in another month while {format_size(size)} payments are closed")
    prepare_month(servidor, size, BASE)
    servidor.use_database("medido")
    _register_many(20)
    found: dict[str, list[list[float]]] = {"idle": [], "while closing": []}
    for _ in range(escala.runs):
        found["idle"].append(_register_many(escala.writes))
        found["while closing"].append(_register_beside_closings(servidor, escala.writes))
    for where, runs in found.items():
        for percent in (50, 99):
            grupo.add(f"p{percent}", where, "ms", [percentile(run, percent) for run in runs])
    for percent in (50, 99):
        idle, closing = ([percentile(run, percent) for run in found[where]] for where in found)
        grupo.add(f"p{percent}: ratio of the two", "while closing", "×", divide(closing, idle))
    grupo.aim("p99 while closing", grupo.find_median("p99: ratio of the two", "while closing"), 1.5, "× idle")
    servidor.drop_database("medido")
    return grupo


def _register_beside_closings(servidor: Servidor, writes: int) -> list[float]:
    """As many payments as asked for, each while a closing runs; as many closings as that takes."""
    spent: list[float] = []
    while len(spent) < writes:
        forget_backups(servidor)
        with start_filho("close", MES.slug) as closing:
            # What a process does before its deed is not part of it: the line says that it begins.
            assert closing.stdout is not None
            closing.stdout.readline()
            spent += _register_many(writes - len(spent), until=lambda: closing.poll() is not None)
            read_filho(closing)
        reopen_extrato(MES, quem=LINHA_DE_COMANDO, motivo="medição do fechamento")
    return spent


def _register_many(count: int, until: Callable[[], bool] = lambda: False) -> list[float]:
    """Register payments one by one, at a steady pace; returns the milliseconds of each."""
    spent: list[float] = []
    due = time.perf_counter()
    while len(spent) < count and not until():
        started = time.perf_counter()
        _register(len(spent))
        ended = time.perf_counter()
        spent.append((ended - started) * 1000)
        due = max(due + PACE, ended)
        time.sleep(due - ended)
    return spent


def _register(number: int) -> None:
    with db.transaction() as session:
        register_pagamento(
            session,
            quem=LINHA_DE_COMANDO,
            data=OUTRO_MES.first_day + timedelta(days=number % 28),
            artista_id=1 + number % 8,
            valor=Decimal("350.00"),
            forma="pix",
            cliente_id=1 + number % 500,
        )
