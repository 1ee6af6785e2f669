"""The documents of a closed month, measured: all four made from its rows, with the memory of both processes at it."""

from typing import Any

from escala import Escala
from fechamento import BASE, prepare_month
from livro import MES, count_rows
from medidas import Grupo, format_size, repeat
from processo import run_filho
from servidor import Servidor

from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.extrato_service import reopen_extrato

PAYMENTS = 3_500
"""Some ten thousand rows."""


def measure_documents(servidor: Servidor, escala: Escala) -> Grupo:
    """PDF, workbook, CSV and JSON of a month of some ten thousand rows, each run of a version of its own."""
    size = escala.nearest(PAYMENTS)
    where = f"{format_size(size)} payments"
    grupo = Grupo("documents", "Making the documents of a closed month")
    prepare_month(servidor, size, BASE)
    servidor.use_database("medido")
    with servidor.connect("medido") as connection:
        rows = count_rows(connection, MES)
    found = repeat(escala.runs, _measure_once)
    grupo.add("rows of the month", where, "", [sum(rows.values())])
    seconds = grupo.add("all four documents", where, "s", found["documents_s"])
    grupo.add("processor time of both processes, imports included", where, "s", found["processor_s"])
    grupo.add("peak memory of the process that makes them", where, "MiB", [k / 1024 for k in found["memory_kib"]])
    grupo.add("peak memory of the process that sets pages", where, "MiB", [k / 1024 for k in found["child_kib"]])
    both = grupo.add(
        "both together at most", where, "MiB",
        [(one + other) / 1024 for one, other in zip(found["memory_kib"], found["child_kib"], strict=True)],
    )  # fmt: skip
    for tipo in ("pdf", "xlsx", "csv", "json"):
        grupo.add(f"size of the {tipo}", where, "kB", [each[tipo] / 1000 for each in found["bytes"]])
    grupo.aim(f"documents of {where}", seconds.median, 10, "s")
    grupo.aim(f"memory for the documents of {where}", both.median, 200, "MiB")
    servidor.drop_database("medido")
    return grupo


def _measure_once() -> dict[str, Any]:
    run_filho("close", MES.slug)
    found = run_filho("documents", MES.slug)
    assert found["made"] == 4, found
    reopen_extrato(MES, quem=LINHA_DE_COMANDO, motivo="medir de novo")
    return found
