"""The benchmark: `make bench`, or `.venv/bin/python bench/run.py --help`. What it means is in README.md beside it.

Starts a server of its own in a temporary folder, loads the same books each time, measures, and leaves nothing behind.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from andamento import measure_progress
from busca import measure_search
from carga import measure_carga
from convivio import measure_meanwhile
from documentos import measure_documents
from escala import QUICK, Escala, parse_sizes
from fechamento import BASE, SEM_HISTORIA, measure_batches, measure_closing, measure_history, measure_readers
from folego import measure_folego
from livro import load_history, load_people
from maquina import measure_machine
from medidas import Grupo, format_size
from paginas import measure_pages
from passado import measure_passado
from servidor import Servidor, open_servidor
from tabela import format_grupo, write_readme
from telas import measure_telas

PARTS: dict[str, Callable[[Servidor, Escala], Grupo]] = {
    "closing": lambda servidor, escala: measure_closing(servidor, escala.sizes, escala.runs),
    "history": lambda servidor, escala: measure_history(
        servidor, escala.nearest(10_000), escala.runs, months=escala.months
    ),
    "batches": lambda servidor, escala: measure_batches(servidor, escala.nearest(10_000), escala.runs),
    "readers": lambda servidor, escala: measure_readers(servidor, escala.sizes, escala.runs),
    "documents": measure_documents,
    "meanwhile": measure_meanwhile,
    "progress": measure_progress,
    "pages": measure_pages,
    "past": measure_passado,
    "search": measure_search,
    "screens": measure_telas,
    "machine": measure_machine,
    "load": measure_carga,
    "soak": measure_folego,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; 1 when a target is missed."""
    options = _parse(arguments)
    escala = _choose_escala(options)
    grupos: list[Grupo] = []
    parts: dict[str, str] = {}
    with open_servidor() as servidor:
        circumstances = _describe(servidor, escala)
        _load_bases(servidor, escala)
        for name in options.only or PARTS:
            started = time.monotonic()
            _tell(f"{name} …")
            grupo = PARTS[name](servidor, escala)
            _tell(f"{name}: {time.monotonic() - started:.0f} s")
            grupos.append(grupo)
            parts[name] = format_grupo(grupo, circumstances)
            if not options.json:
                print(parts[name], flush=True)
    if options.json:
        print(json.dumps([grupo.as_json() for grupo in grupos], ensure_ascii=False))
    if options.write:
        write_readme(parts)
    return int(any(alvo.is_reached is False for grupo in grupos for alvo in grupo.alvos))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures the program on a server of its own.")
    parser.add_argument("--sizes", type=parse_sizes, metavar="1k,50k,1M", help="payments in the month that is closed")
    parser.add_argument("--runs", type=int, metavar="N", help="how often each figure is measured (three at least)")
    parser.add_argument("--minutes", type=int, metavar="N", help="how long the soak lasts")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="this part alone; may be said again")
    parser.add_argument("--quick", action="store_true", help="small sizes: some minutes, no figure to believe")
    parser.add_argument("--write", action="store_true", help="put the figures into README.md")
    parser.add_argument("--json", action="store_true", help="one document on stdout instead of tables")
    return parser.parse_args(arguments)


def _choose_escala(options: argparse.Namespace) -> Escala:
    escala = QUICK if options.quick else Escala()
    soak_s = 60 * options.minutes if options.minutes else escala.soak_s
    return replace(escala, sizes=options.sizes or escala.sizes, runs=options.runs or escala.runs, soak_s=soak_s)


def _load_bases(servidor: Servidor, escala: Escala) -> None:
    """Two databases to clone: ten years of closed months, and the same people without them."""
    servidor.create_database(SEM_HISTORIA)
    with servidor.connect(SEM_HISTORIA) as connection:
        load_people(connection, escala.clientes)
    servidor.use_database("postgres")
    servidor.create_database(BASE, template=SEM_HISTORIA)
    load_history(servidor, BASE, months=escala.months, payments=escala.per_month)
    _tell(f"{escala.months} months of {escala.per_month} payments loaded and closed")


def _describe(servidor: Servidor, escala: Escala) -> str:
    with servidor.connect("postgres") as connection:
        row = connection.execute("show server_version").fetchone()
    version = row[0] if row else "?"
    sizes = ", ".join(format_size(size) for size in escala.sizes)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors ({platform.machine()}), Python "
        f"{platform.python_version()}, PostgreSQL {version}, fsync of 8 KiB {servidor.measure_fsync():.2f} ms; "
        f"{escala.runs} runs of each; sizes {sizes}; {escala.months} months of {escala.per_month} payments and "
        f"{escala.clientes} clients behind them; load of the machine at the start {os.getloadavg()[0]:.1f}."
    )


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
