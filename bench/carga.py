"""Fifty pages a second while a month closes: how long each takes, and whether any is refused.

The closing runs once in a process of its own that gives way, as the worker's does, and once by the button, beside the
requests of a process that serves pages.
"""

import os
import re
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from casa import list_processes, run_web
from escala import Escala
from fechamento import BASE, forget_backups, prepare_month
from livro import MES, load_month, settle
from medidas import Grupo, format_size, percentile
from processo import read_filho, start_filho
from servidor import Servidor
from visita import HOJE, MISTURA, Pedido, Visita, create_dona, open_visita, visit

from estudio import db
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.andamento_consulta import find_tentativa
from estudio.services.extrato_service import reopen_extrato

MARKED = 200_000

RATE = 50

SOZINHA, PROCESSO, BOTAO = "nothing else", "closing, a process of its own", "closing, by the button"


TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Corrida:
    """One visit, and how many processors were busy with it on average."""

    pedidos: list[Pedido]
    paginas: float
    maquina: float


def measure_carga(servidor: Servidor, escala: Escala) -> Grupo:
    """The same mixture with nothing else going on, and beside each kind of closing, as long as it lasts."""
    size = escala.nearest(MARKED)
    title = f"{RATE} requests a second at the pages while {format_size(size)} payments are closed"
    grupo = Grupo("load", title)
    prepare_month(servidor, size, BASE)
    with servidor.connect("medido") as connection:
        load_month(connection, HOJE, escala.per_month)
        settle(connection)
    servidor.use_database("medido")
    forget_backups(servidor)
    create_dona()
    found: dict[str, list[Corrida]] = {SOZINHA: [], PROCESSO: [], BOTAO: []}
    for _ in range(escala.runs):
        with _served(escala) as (visita, pids):
            found[SOZINHA].append(_watch(pids, lambda: visit(visita, RATE, lambda spent: spent > escala.load_s)))
            found[PROCESSO].append(_watch(pids, lambda: _visit_beside(servidor, visita, _visit_apart)))
        # After the button the documents of the month are made there: the pages are begun anew.
        with _served(escala) as (visita, pids):
            found[BOTAO].append(_watch(pids, lambda: _visit_beside(servidor, visita, _visit_pressed)))
    for where, runs in found.items():
        _add(grupo, where, runs)
    for where in (PROCESSO, BOTAO):
        grupo.aim(f"p99, {where}", grupo.find_median("p99", where), 300, "ms")
    failed = sum(not pedido.is_good for runs in found.values() for run in runs for pedido in run.pedidos)
    grupo.aim("requests that were not answered as they should be", failed, 0)
    servidor.drop_database("medido")
    return grupo


@contextmanager
def _served(escala: Escala) -> Generator[tuple[Visita, list[int]], None, None]:
    with run_web() as (port, process):
        visita = open_visita(port)
        # Every process and thread has had its turn, and its connection.
        visit(visita, RATE, lambda spent: spent > escala.load_s / 4)
        yield visita, list_processes(process)


def _watch(pids: list[int], visiting: Callable[[], list[Pedido]]) -> Corrida:
    begun, pages, machine = time.perf_counter(), _count_used(pids), _count_busy()
    pedidos = visiting()
    seconds = time.perf_counter() - begun
    return Corrida(pedidos, (_count_used(pids) - pages) / seconds, (_count_busy() - machine) / seconds)


def _count_used(pids: list[int]) -> float:
    """Seconds of processors that these have had."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(each[11]) + int(each[12]) for each in fields) / TICKS


def _count_busy() -> float:
    """Seconds of processors that everything on this machine has had."""
    user, nice, system, *_ = (int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:])
    return (user + nice + system) / TICKS


def _visit_beside(servidor: Servidor, visita: Visita, close: Callable[[Visita], list[Pedido]]) -> list[Pedido]:
    forget_backups(servidor)
    try:
        return close(visita)
    finally:
        reopen_extrato(MES, quem=LINHA_DE_COMANDO, motivo="medição do fechamento")


def _visit_apart(visita: Visita) -> list[Pedido]:
    with start_filho("close-as-worker", MES.slug) as closing:
        # What a process does before its deed is not part of it: the line says that it begins.
        assert closing.stdout is not None
        closing.stdout.readline()
        found = visit(visita, RATE, lambda _: closing.poll() is not None)
        read_filho(closing)
    return found


def press(visita: Visita) -> int:
    """Close the month as a person does: look at what would be sealed, and press. The number of the attempt."""
    page = visita.ask(f"/extratos/{MES.slug}/conferencia")[2]
    visto = re.search(r'name="visto" value="([0-9a-f]{64})"', page)
    assert visto is not None, "the month can be closed"
    fields = {"csrf_token": visita.csrf, "visto": visto[1]}
    status, where, page = visita.ask(f"/extratos/{MES.slug}/fechamento", fields)
    assert status == 303, f"{status}: {page}"
    return int(where.rpartition("=")[2])


def wait_until_over(numero: int) -> None:
    """Wait for an attempt to end."""
    while True:
        with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
            tentativa = find_tentativa(session, MES, quem=LINHA_DE_COMANDO, numero=numero)
        assert tentativa is not None, "it was begun"
        if not tentativa.em_andamento:
            return
        time.sleep(0.5)


def _visit_pressed(visita: Visita) -> list[Pedido]:
    numero = press(visita)
    watch = threading.Thread(target=wait_until_over, args=(numero,))
    watch.start()
    found = visit(visita, RATE, lambda _: not watch.is_alive())
    watch.join()
    return found


def _add(grupo: Grupo, where: str, runs: list[Corrida]) -> None:
    times = [[pedido.ms for pedido in run.pedidos] for run in runs]
    whole = [max(pedido.ended_s for pedido in run.pedidos) for run in runs]
    grupo.add("how long", where, "s", whole)
    answered = [len(run.pedidos) / seconds for run, seconds in zip(runs, whole, strict=True)]
    grupo.add("requests answered a second", where, "", answered)
    for percent in (50, 95, 99):
        grupo.add(f"p{percent}", where, "ms", [percentile(run, percent) for run in times])
    grupo.add("longest", where, "ms", [max(run) for run in times])
    failed = [sum(not pedido.is_good for pedido in run.pedidos) for run in runs]
    grupo.add("not answered as they should be", where, "", failed)
    grupo.add("processors that the pages took", where, "", [run.paginas for run in runs])
    grupo.add("processors that the whole machine took", where, "", [run.maquina for run in runs])
    for what in MISTURA:
        mine = [[pedido.ms for pedido in run.pedidos if pedido.what == what] for run in runs]
        grupo.add(f"p95 of {what}", where, "ms", [percentile(run, 95) for run in mine if run] or [0.0])
