"""How true the progress of a closing is: the time that it says is left, beside the time that was."""

import itertools
import statistics
import subprocess
import time
from typing import Any

from escala import Escala
from fechamento import BASE, forget_backups, prepare_month
from livro import MES
from medidas import Grupo, format_size, repeat
from processo import read_filho, start_filho
from servidor import Servidor

from estudio import db
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.andamento_consulta import Tentativa, find_tentativa
from estudio.services.extrato_service import reopen_extrato

MARKED = 50_000

OLHADA_S = 0.05
"""Seconds between two looks: oftener than a page asks."""

Olhada = tuple[float, int, int | None]
"""Seconds since it began, thousandths done, milliseconds left by its own words."""


def measure_progress(servidor: Servidor, escala: Escala) -> Grupo:
    """Look at a closing as its page does, all the way; how far each look was off, in hundredths of the whole."""
    size = escala.nearest(MARKED)
    grupo = Grupo("progress", f"What the page of a closing says while {format_size(size)} payments are closed")
    prepare_month(servidor, size, BASE)
    servidor.use_database("medido")
    found = repeat(escala.runs, lambda: _measure_once(servidor))
    where = format_size(size)
    grupo.add("looks after the first tenth", where, "", found["looks"])
    grupo.add("time left was off by, median of a run", where, "% of the whole", found["median"])
    grupo.add("time left was off by, worst of a run", where, "% of the whole", found["worst"])
    grupo.add("looks that saw less done than the one before", where, "", found["backwards"])
    worst = grupo.find_median("time left was off by, worst of a run", where)
    grupo.aim("time left after the first tenth, off by at most", worst, 20, "% of the whole")
    grupo.aim("looks that saw less done than the one before", max(found["backwards"]), 0)
    servidor.drop_database("medido")
    return grupo


def _measure_once(servidor: Servidor) -> dict[str, Any]:
    forget_backups(servidor)
    with start_filho("close", MES.slug) as closing:
        olhadas, whole = _watch(closing)
        read_filho(closing)
    reopen_extrato(MES, quem=LINHA_DE_COMANDO, motivo="medição do andamento")
    errors = [abs(since + left / 1000 - whole) * 100 / whole for since, _, left in olhadas if left is not None]
    done = [feito for _, feito, _ in olhadas]
    return {
        "looks": len(errors),
        "median": statistics.median(errors) if errors else 0.0,
        "worst": max(errors, default=0.0),
        "backwards": sum(later < earlier for earlier, later in itertools.pairwise(done)),
    }


def _watch(closing: "subprocess.Popen[str]") -> tuple[list[Olhada], float]:
    """Every look at the attempt while it ran, and how many seconds it took in all."""
    # What a process does before its deed is not part of it: the line says that it begins.
    assert closing.stdout is not None
    closing.stdout.readline()
    olhadas: list[Olhada] = []
    first: int | None = None
    while closing.poll() is None:
        tentativa = _look()
        if tentativa is not None and tentativa.em_andamento:
            first = first or tentativa.id
            if tentativa.id == first:
                olhadas.append((tentativa.ms / 1000, tentativa.feito, tentativa.faltam_ms))
        elif tentativa is not None and tentativa.id == first:
            break
        time.sleep(OLHADA_S)
    over = _look()
    assert over is not None, "it was closed"
    return olhadas, over.ms / 1000


def _look() -> Tentativa | None:
    with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
        return find_tentativa(session, MES, quem=LINHA_DE_COMANDO)
