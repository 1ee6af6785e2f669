"""The closing, measured: alone and whole, with its memory, its WAL, its statements and the way back, for each size.

Also what must not matter to it: the batch size, and how many years lie behind the month.
"""

import shutil
import time
from collections.abc import Sequence
from typing import Any, LiteralString

from limite import measure_limit, prepare_limit
from livro import MES, count_rows, load_history, load_month, settle
from medidas import Grupo, divide, format_size, repeat
from processo import run_filho
from servidor import Connection, Servidor
from sqlalchemy import text

from estudio import db
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.extrato_service import reopen_extrato

BASE = "base"
SEM_HISTORIA = "sem_historia"

MARKED = 50_000
"""The size whose whole closing has a target."""

PROOF = ("backup", "verificacao")
"""The stages of a closing that make and read the backup."""

PROGRESS = 20
"""How often a closing of any size writes how far it is: a month of few batches does so less often."""

BATCH_SIZES = (1, 100, 1_000, 10_000, 100_000)

READ_APART = 50_000
"""The smallest size that is worth more than one reader."""

LEAST, MOST = "1 reader and 100", "4 readers and auto"
READERS = {
    LEAST: {"EXTRATO_WORKERS": "1", "BATCH_SIZE": "100"},
    "2 readers and auto": {"EXTRATO_WORKERS": "2", "BATCH_SIZE": "auto"},
    MOST: {"EXTRATO_WORKERS": "4", "BATCH_SIZE": "auto"},
}

READ = {"backup create": "create_s", "backup verify": "verify_s", "count": "count_s", "whole close": "close_s"}

_SENT = """
    select coalesce(sum(calls), 0)::bigint from pg_stat_statements
    where dbid = (select oid from pg_database where datname = %s) and userid = 'estudio_app'::regrole
"""


def measure_closing(servidor: Servidor, sizes: Sequence[int], runs: int) -> Grupo:
    """Backup, closing, reopening of a month of each size, beside the bare limit of the same rows in the same run."""
    grupo = Grupo("closing", "Closing a month, by payments in it")
    grupo.add("peak memory of the imports alone", "any size", "MiB", _measure_imports(servidor, runs))
    for size in sizes:
        prepare_month(servidor, size, BASE)
        with servidor.connect("medido") as connection:
            rows = count_rows(connection, MES)
            prepare_limit(connection, MES)
            # Once for nothing: the first reading of fresh rows is the disk's.
            measure_limit(connection, MES)
            found = repeat(runs, lambda: _measure_once(servidor, connection))
        _add_closing(grupo, format_size(size), found, rows=rows)
        servidor.drop_database("medido")
    _aim_closing(grupo, sizes)
    return grupo


def measure_history(servidor: Servidor, size: int, runs: int, *, months: int) -> Grupo:
    """The same month alone and behind years of closed months as large as itself, in turns."""
    each = format_size(size)
    grupo = Grupo("history", f"Closing the same {each} payments alone and with {months} months of {each} behind them")
    places = {"alone": ("medido_so", 0), f"{months} months": ("medido_apos", months)}
    for name, behind in places.values():
        servidor.create_database(name, template=SEM_HISTORIA)
        load_history(servidor, name, months=behind, payments=size)
        _load_measured(servidor, size, name)
    found: dict[str, list[float]] = {where: [] for where in places}
    # One more run than is counted: the first closing of a studio shuts the empty months before it, once.
    for run in range(runs + 1):
        for where, (name, _) in places.items():
            servidor.use_database(name)
            seconds = _close_and_reopen(servidor, name)["close_s"]
            if run:
                found[where].append(seconds)
    for where, values in found.items():
        grupo.add("whole close", where, "s", values)
    alone, behind_it = found.values()
    ratio = grupo.add("ratio of the two", f"{months} months", "×", divide(behind_it, alone))
    grupo.aim(f"with {months} months behind it / alone", ratio.median, 1.15, "×")
    for name, _ in places.values():
        servidor.drop_database(name)
    return grupo


def measure_batches(servidor: Servidor, size: int, runs: int) -> Grupo:
    """The same month with batches of one row up to a hundred thousand: memory, time, and the same content."""
    grupo = Grupo("batches", f"BATCH_SIZE, closing {format_size(size)} payments (above 10 000 it counts as 10 000)")
    prepare_month(servidor, size, BASE)
    contents: set[str] = set()
    with servidor.connect("medido") as connection:
        prepare_limit(connection, MES)
        measure_limit(connection, MES)
        for batch in BATCH_SIZES:
            servidor.use_database("medido", BATCH_SIZE=str(batch))
            found = repeat(runs, lambda: measure_limit(connection, MES) | _close_and_reopen(servidor, "medido"))
            contents |= set(found["content"])
            grupo.add("whole close", str(batch), "s", found["close_s"])
            grupo.add("whole close / bare limit", str(batch), "×", divide(found["close_s"], found["limit_s"]))
            grupo.add("peak client memory", str(batch), "MiB", found["memory_mib"])
    highest = max(m.median for m in grupo.medidas if m.unidade == "MiB")
    grupo.aim("peak client memory at any BATCH_SIZE", highest, 150, "MiB")
    grupo.aim("different `conteudo_sha256` over all batch sizes and runs", len(contents), 1)
    servidor.drop_database("medido")
    return grupo


def measure_readers(servidor: Servidor, sizes: Sequence[int], runs: int) -> Grupo:
    """Backup, its verification and the count by several readers with sizes that fit themselves, against one and 100."""
    grupo = Grupo("readers", "EXTRATO_WORKERS and BATCH_SIZE, by payments in the month")
    for size in [size for size in sizes if size >= READ_APART] or sizes[-1:]:
        readers = READERS if size >= READ_APART else {name: READERS[name] for name in (LEAST, MOST)}
        where, contents = format_size(size), set[str]()
        prepare_month(servidor, size, BASE)
        taken: dict[str, dict[str, list[Any]]] = {}
        # In turns, so that whatever else the machine does is everybody's.
        for _ in range(runs):
            for name, settings in readers.items():
                servidor.use_database("medido", **settings)
                forget_backups(servidor)
                found = run_filho("backup", MES.slug)
                closed = _close_and_reopen(servidor, "medido")
                contents |= {found["content"], closed["content"]}
                found |= {"count_s": closed["stages"]["contagem"], "close_s": closed["close_s"]}
                for key, value in found.items():
                    taken.setdefault(name, {}).setdefault(key, []).append(value)
        for name, found in taken.items():
            for deed, key in READ.items():
                grupo.add(f"{deed}, {name}", where, "s", found[key])
            grupo.add(f"peak memory of who joins, {name}", where, "MiB", [kib / 1024 for kib in found["memory_kib"]])
            for deed, key in READ.items() if name != LEAST else ():
                ratio = grupo.add(f"{deed}, {name} / {LEAST}", where, "×", divide(found[key], taken[LEAST][key]))
                if deed.startswith("backup") and name == MOST:
                    grupo.aim(f"{deed} of {where}, {name} / {LEAST}", ratio.median, 0.67, "×")
        grupo.aim(f"different `conteudo_sha256` of {where}", len(contents), 1)
        servidor.drop_database("medido")
    return grupo


def prepare_month(servidor: Servidor, size: int, template: str, name: str = "medido") -> None:
    servidor.create_database(name, template=template)
    _load_measured(servidor, size, name)


def _load_measured(servidor: Servidor, size: int, name: str) -> None:
    with servidor.connect(name) as connection:
        load_month(connection, MES, size)
        settle(connection)


def _measure_imports(servidor: Servidor, runs: int) -> list[float]:
    servidor.use_database(BASE)
    return [run_filho("import", MES.slug)["memory_kib"] / 1024 for _ in range(runs)]


def _measure_once(servidor: Servidor, connection: Connection) -> dict[str, Any]:
    limit = measure_limit(connection, MES)
    forget_backups(servidor)
    return limit | run_filho("backup", MES.slug) | _close_and_reopen(servidor, "medido")


def _close_and_reopen(servidor: Servidor, name: str) -> dict[str, Any]:
    """Close the month from nothing (no backup lies there) in a process of its own, and reopen it in this one."""
    forget_backups(servidor)
    with servidor.connect("postgres") as counters:
        counters.execute("select pg_stat_statements_reset()")
        before = _read_wal(counters)
        closed = run_filho("close", MES.slug)
        wal = _read_wal(counters) - before
        (statements,) = _read_row(counters, _SENT, name)
    reopened = _reopen()
    stages = closed.pop("stages")
    return closed | {
        "alone_s": closed["close_s"] - sum(stages.get(stage, 0.0) for stage in PROOF),
        "memory_mib": closed["memory_kib"] / 1024,
        "wal_kib": wal / 1024,
        "statements": statements,
        "stages": stages,
        **reopened,
    }


def _reopen() -> dict[str, float]:
    """Reopen the month: seconds of the deed, and of its transaction alone (the rest remembers and reads back)."""
    begun: dict[str, float] = {}
    # Connected already, as every process is that serves people; a closing's own process begins without.
    with db.transaction(read_only=True) as session:
        session.scalar(text("select 1"))
    started = time.perf_counter()
    reopen_extrato(
        MES,
        quem=LINHA_DE_COMANDO,
        motivo="medição do fechamento",
        watch=lambda andamento: begun.update({andamento.etapa: time.perf_counter()}),
    )
    ended = time.perf_counter()
    return {"reopen_s": ended - started, "reopen_transaction_s": begun["leitura"] - begun["reabertura"]}


def _add_closing(grupo: Grupo, where: str, found: dict[str, list[Any]], *, rows: dict[str, int]) -> None:
    grupo.add("rows of the month", where, "", [sum(rows.values())])
    grupo.add("bare limit", where, "s", found["limit_s"])
    grupo.add("bare limit: aggregates alone", where, "s", found["sum_s"])
    for name, key in (
        ("backup create", "create_s"), ("backup verify", "verify_s"), ("closing alone", "alone_s"),
        ("whole close", "close_s"), ("reopen", "reopen_s"),
    ):  # fmt: skip
        grupo.add(name, where, "s", found[key])
        grupo.add(f"{name} / bare limit", where, "×", divide(found[key], found["limit_s"]))
    grupo.add("reopen: its transaction alone", where, "s", found["reopen_transaction_s"])
    for stage in found["stages"][0]:
        grupo.add(f"stage {stage}", where, "s", [stages.get(stage, 0.0) for stages in found["stages"]])
    grupo.add("client's processor time", where, "s", found["cpu_s"])
    grupo.add("peak client memory", where, "MiB", found["memory_mib"])
    base = grupo.find_median("peak memory of the imports alone", "any size") or 0.0
    grupo.add("peak client memory less the imports", where, "MiB", [m - base for m in found["memory_mib"]])
    grupo.add("WAL", where, "KiB", found["wal_kib"])
    grupo.add("statements sent", where, "", found["statements"])
    grupo.add("size of the backup", where, "MiB", [size / 2**20 for size in found["bytes"]])


def _aim_closing(grupo: Grupo, sizes: Sequence[int]) -> None:
    marked, least, most = (format_size(size) for size in (MARKED, min(sizes), max(sizes)))
    whole = grupo.find_median("whole close / bare limit", marked)
    grupo.aim(f"whole close of {marked}", whole, 12, "× the bare limit")
    grupo.aim(f"whole close of {marked}: the mark to beat", whole, 8, "× the bare limit")
    memory = {where: grupo.find_median("peak client memory", where) or 0.0 for where in map(format_size, sizes)}
    grupo.aim("peak client memory at any size", max(memory.values()), 150, "MiB")
    grupo.aim(f"peak client memory, {most} less {least}", memory[most] - memory[least], 20, "MiB")
    sent = [grupo.find_median("statements sent", where) or 0.0 for where in (most, least)]
    grupo.aim(f"statements sent, {most} less {least}", sent[0] - sent[1], PROGRESS)
    slowest = max(grupo.find_median("reopen", format_size(size)) or 0.0 for size in sizes)
    grupo.aim("reopen at any size", slowest * 1000, 20, "ms")


def forget_backups(servidor: Servidor) -> None:
    shutil.rmtree(servidor.backup_dir, ignore_errors=True)


def _read_wal(connection: Connection) -> int:
    return int(_read_row(connection, "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")[0])


def _read_row(connection: Connection, query: LiteralString, *values: str) -> tuple[Any, ...]:
    row = connection.execute(query, values).fetchone()
    assert row is not None, "an aggregate without GROUP BY always has its row"
    return tuple(row)
