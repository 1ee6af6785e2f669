"""For as long as one likes: pages, payments, closings, backups and drills on a small studio. Does anything only grow?

What is looked at are the processes of `estudio web` and `estudio worker` themselves; those that set a page of paper, or
restore a backup, come and go.
"""

import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from carga import press, wait_until_over
from casa import list_processes, run_web, run_worker
from escala import Escala
from fechamento import BASE, forget_backups, prepare_month
from livro import MES, load_month, settle
from medidas import Grupo, percentile
from servidor import Connection, Servidor
from visita import HOJE, Pedido, Visita, create_dona, open_visita, visit

from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.extrato_service import reopen_extrato

RATE = 10

PACE_S = 20
"""Seconds from one closing to the next."""

OLHADAS = 240
"""Looks, however long it takes."""

ESQUENTA = 0.25
"""Of the time, at the beginning: processes import, connect and fill their caches. Not judged."""

FOLGA, FOLGA_MINIMA = 0.05, {"MiB": 4, "": 1}
"""What a line through the rest may rise by from its beginning to its end: a twentieth of the median, or so much."""

TODO_MINUTO, A_CADA_DOIS = "* * * * *", "*/2 * * * *"

SERIES = {"memory": "MiB", "open files": "", "threads": ""}


@dataclass
class Olhar:
    """What each group of processes had at each look: seconds, and a value for each series."""

    grupos: dict[str, list[int]]
    begun: float = field(default_factory=time.monotonic)
    at: list[float] = field(default_factory=list)
    values: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def look(self, connection: Connection) -> None:
        """Raises FileNotFoundError when one of the processes is gone."""
        self.at.append(time.monotonic() - self.begun)
        for who, pids in self.grupos.items():
            found = [_read_process(pid) for pid in pids]
            for number, series in enumerate(SERIES):
                self.values.setdefault((who, series), []).append(sum(each[number] for each in found))
        row = connection.execute("select count(*) from pg_stat_activity where datname = 'medido'").fetchone()
        assert row is not None, "an aggregate has its row"
        # This benchmark's own among them: it looks on, and reopens.
        self.values.setdefault(("database", "connections"), []).append(row[0])


def measure_folego(servidor: Servidor, escala: Escala) -> Grupo:
    """Run it all for `escala.soak_s` seconds, and say of each thing that could pile up whether it did."""
    grupo = Grupo("soak", f"A small studio under mixed load for {escala.soak_s / 60:.3g} minutes: what piles up?")
    prepare_month(servidor, escala.nearest(1_000), BASE)
    with servidor.connect("medido") as connection:
        load_month(connection, HOJE, escala.nearest(1_000))
        settle(connection)
    servidor.use_database(
        "medido", BACKUP_SCHEDULE=TODO_MINUTO, FULL_BACKUP_SCHEDULE=A_CADA_DOIS, DRILL_SCHEDULE=A_CADA_DOIS,
        ENABLE_MONTHLY_EXTRATO_JOB="false",
    )  # fmt: skip
    forget_backups(servidor)
    create_dona()
    with run_web() as (port, pages), run_worker() as worker, servidor.connect("medido") as connection:
        visita = open_visita(port)
        olhar = Olhar({"pages": list_processes(pages), "worker": [worker.pid]})
        closings, found = _live(visita, escala.soak_s, lambda: olhar.look(connection))
        row = connection.execute("select count(*) from estudio.rodadas where desfecho = 'feita'").fetchone()
    assert row is not None, "an aggregate has its row"
    grupo.add("requests", "pages", "", [len(found)])
    grupo.add("p99", "pages", "ms", [percentile([pedido.ms for pedido in found], 99)])
    grupo.add("not answered as they should be", "pages", "", [sum(not pedido.is_good for pedido in found)])
    grupo.add("closings and reopenings", "pages", "", [closings])
    grupo.add("rotinas done", "worker", "", row)
    for (who, series), values in olhar.values.items():
        _judge(grupo, who, series, olhar.at, values)
    grupo.aim("requests not answered as they should be", sum(not pedido.is_good for pedido in found), 0)
    servidor.drop_database("medido")
    return grupo


def _live(visita: Visita, seconds: int, look: Callable[[], None]) -> tuple[int, list[Pedido]]:
    """How often the month was closed, and all that was asked for."""
    over = threading.Event()
    found: list[Pedido] = []
    closings: list[int] = []
    broken: list[BaseException] = []

    def keep(deed: Callable[[], None]) -> threading.Thread:
        def work() -> None:
            try:
                deed()
            except BaseException as error:
                broken.append(error)
                over.set()
                raise

        return threading.Thread(target=work)

    def close_and_reopen() -> None:
        while not over.wait(PACE_S / 2):
            closings.append(press(visita))
            wait_until_over(closings[-1])
            over.wait(PACE_S / 2)
            reopen_extrato(MES, quem=LINHA_DE_COMANDO, motivo="medição de fôlego")

    def ask() -> None:
        found.extend(visit(visita, RATE, lambda _: over.is_set()))

    threads = [keep(close_and_reopen), keep(ask)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    try:
        while not over.wait(seconds / OLHADAS) and time.monotonic() < end:
            look()
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert not broken, broken
    return len(closings), found


def _judge(grupo: Grupo, who: str, series: str, at: Sequence[float], values: Sequence[float]) -> None:
    """Flat or not: Theil and Sen's line through what came after the beginning; a few peaks do not turn it."""
    unit = SERIES.get(series, "")
    first = int(len(at) * ESQUENTA)
    at, values = at[first:], values[first:]
    middle = statistics.median(values)
    points = zip(at, values, strict=True)
    slope = statistics.median(
        (late - early) / (then - since) for (since, early), (then, late) in combinations(points, 2)
    )
    rise = slope * (at[-1] - at[0])
    grupo.add(f"{series}, median", who, unit, [middle])
    grupo.add(f"{series}, least", who, unit, [min(values)])
    grupo.add(f"{series}, most", who, unit, [max(values)])
    grupo.add(f"{series}, rise of the line", who, unit, [rise])
    grupo.aim(f"rise of {series} of the {who}", rise, max(FOLGA * middle, FOLGA_MINIMA[unit]), unit)


def _read_process(pid: int) -> tuple[float, int, int]:
    """Its memory in MiB, its open files, its threads."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) / 1024, len(list(Path(f"/proc/{pid}/fd").iterdir())), int(status["Threads"])
