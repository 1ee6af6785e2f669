"""One deed in a process of its own, so that its memory is its own: `python filho.py close 2025-09`.

The deed is import, backup, close, close-as-worker, documents or past.

Prints a line when it begins, and one of JSON at the end: seconds, the stages of a closing, peak memory, processor time.
`import` does nothing and shows what the program weighs before it does anything.
"""

import json
import resource
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from estudio import db, logs
from estudio.domain.competencia import Competencia
from estudio.domain.extrato import get_extrato
from estudio.domain.historico import Cursor, Filtro
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.prioridade import give_way
from estudio.services import backup_service
from estudio.services.documento_service import describe_documentos, ensure_documentos
from estudio.services.execucao_etapas import Andamento
from estudio.services.extrato_passado import compare_linhas, read_secoes
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction
from estudio.services.historico_service import Numero
from estudio.services.passado_service import explain_momento, page_secao, read_momento

BEGUN = "begun"


def main(deed: str, month: str) -> None:
    """Do the deed, as the command line would, and say what it took."""
    logs.start()
    logs.configure()
    competencia = Competencia.parse(month)
    # Whoever waits for the deed need not wait for the imports.
    print(BEGUN, flush=True)
    result: dict[str, Any] = {}
    if deed == "backup":
        result = _back_up(competencia)
    elif deed == "close":
        result = _close(competencia)
    elif deed == "close-as-worker":
        give_way()
        result = _close(competencia)
    elif deed == "documents":
        result = _document(competencia)
    elif deed == "past":
        result = _look_back(competencia)
    db.reset()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    result["memory_kib"] = _read_peak_kib(usage.ru_maxrss)
    result["cpu_s"] = usage.ru_utime + usage.ru_stime
    print(json.dumps(result))


def _back_up(competencia: Competencia) -> dict[str, Any]:
    started = time.perf_counter()
    backup_service.create_backup(competencia)
    created = time.perf_counter()
    proof = backup_service.verify_backup(competencia)
    verified = time.perf_counter()
    return {
        "create_s": created - started,
        "verify_s": verified - created,
        "bytes": proof.guardado.manifesto.csv.bytes,
        "content": proof.contagem.conteudo_sha256,
    }


def _close(competencia: Competencia) -> dict[str, Any]:
    stages: list[tuple[str, float]] = []

    def watch(andamento: Andamento) -> None:
        # Heard of at the beginning of each stage, and then of each batch.
        if not stages or stages[-1][0] != andamento.etapa:
            stages.append((andamento.etapa, time.perf_counter()))

    started = time.perf_counter()
    extrato = generate_extrato_with_atomic_transaction(competencia.mes, competencia.ano, watch=watch)
    ended = time.perf_counter()
    ends = [begun for _, begun in stages[1:]] + [ended]
    spent: dict[str, float] = {}
    for (name, begun), end in zip(stages, ends, strict=True):
        spent[name] = spent.get(name, 0.0) + end - begun
    return {"close_s": ended - started, "stages": spent, "content": extrato.conteudo_sha256}


def _document(competencia: Competencia) -> dict[str, Any]:
    setters: list[int] = []
    over = threading.Event()
    watch = threading.Thread(target=_watch_children, args=(setters, over))
    watch.start()
    started = time.perf_counter()
    made = ensure_documentos(competencia, quem=LINHA_DE_COMANDO)
    ended = time.perf_counter()
    over.set()
    watch.join()
    with db.transaction(read_only=True) as session:
        kept = describe_documentos(session, competencia, quem=LINHA_DE_COMANDO)["documentos"]
    return {
        "documents_s": ended - started,
        "made": len(made),
        "bytes": {each["tipo"]: each["bytes"] for each in kept},
        # The largest of the processes that set the pages, one after the other.
        "child_kib": max(setters, default=0),
        "processor_s": sum(
            usage.ru_utime + usage.ru_stime
            for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
        ),
    }


def _look_back(competencia: Competencia) -> dict[str, Any]:
    """Each view of the past of a month that was closed twice and is open, as its page asks for it."""
    filtro, quem = Filtro.of_month(competencia), LINHA_DE_COMANDO
    with db.transaction(read_only=True) as session:
        primeira = get_extrato(session, competencia, 1)
    em = datetime.fromisoformat(primeira.selo.em)
    middle = Cursor(competencia.first_day + timedelta(days=15), 0)
    views: dict[str, Callable[[Session], Any]] = {
        "momento_s": lambda session: read_momento(session, filtro, em, quem=quem, depois_de=None),
        "secao_s": lambda session: page_secao(session, filtro, em, "pagamentos", quem=quem, depois_de=middle),
        "numero_s": lambda session: explain_momento(
            session, filtro, em, Numero.RECEITA, quem=quem, chave=None, depois_de=None
        ),
        "versoes_s": lambda session: compare_linhas(session, competencia, 1, 2, quem=quem, depois_de=None),
        "versao_s": lambda session: read_secoes(session, primeira, quem=quem),
    }
    spent: dict[str, float] = {}
    for name, view in views.items():
        started = time.perf_counter()
        with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
            assert view(session) is not None, f"{name}: rows that are not those of the seal"
        spent[name] = time.perf_counter() - started
    return spent


def _watch_children(peaks: list[int], over: threading.Event) -> None:
    """Read the peak of each process that is at it, again and again: what it ended with is missed by little."""
    while not over.wait(0.05):
        for task in Path("/proc/self/task").iterdir():
            try:
                for child in (task / "children").read_text().split():
                    # Until it has become another program, it is this one's memory.
                    if "documento_typst_filho" in Path(f"/proc/{child}/cmdline").read_text():
                        status = Path(f"/proc/{child}/status").read_text()
                        peaks += [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")]
            except OSError:
                continue


def _read_peak_kib(ru_maxrss: int) -> int:
    """Return the most memory that this program held at once.

    On Linux ru_maxrss also remembers the process that started this one (it is carried over exec); VmHWM does not.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ru_maxrss // 1024 if sys.platform == "darwin" else ru_maxrss
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main(*sys.argv[1:3])
