"""`estudio run`: the pages and the worker on one machine, kept running together, ended together."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
import structlog

from estudio import db
from estudio.cli.commands import Command
from estudio.cli.exits import CRASHED, DONE, REFUSED, USAGE
from estudio.cli.output import Output, pass_output
from estudio.config import get_settings
from estudio.domain.errors import EmUso, PastaDosDados
from estudio.services.migracao_service import prepare_books

LOCK: Final = "run.lock"

FIRME_S: Final = 60
"""A process that lived so long has shown that it can: what ends it from then on (a server that is away, a disk that is
full) may pass, and is no reason to take the other one along."""

QUEDAS: Final = 5
"""So many ends of one that never lived so long, and all is given up: a person has to look."""

ESPERA_S: Final = 60
"""The longest wait before one is started again."""

DESPEDIDA_S: Final = 75
"""The worker gives its jobs a minute, the pages their requests ten seconds; who is not gone then is ended."""

PASSO_S: Final = 0.2

log = structlog.get_logger(__name__)


@dataclass
class Processo:
    """One of the two: how it is started, and how it fared."""

    nome: str
    command: list[str]
    quedas: int = 0
    """Ends in a row, each within FIRME_S of its start."""
    firme: bool = False
    since: float = 0
    again_at: float = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """In a session of its own: Ctrl-C at the terminal is the keeper's to pass on, once."""
        words = [sys.executable, "-m", "estudio.cli.amarrado", str(os.getpid()), *self.command]
        self.process = subprocess.Popen(words, start_new_session=True)
        self.since = time.monotonic()

    def find_end(self) -> int | None:
        """The exit code of one that has ended, once."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        # What it had started itself and did not end any more: pages that answer on would hold the port.
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process = None
        return code

    def send(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)


@click.command(cls=Command, raw=True)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ENDEREÇO", help="Onde atende.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535), help="Em que porta.")
@pass_output
def run(output: Output, *, host: str, port: int) -> int:
    """Serve as páginas e faz o que o estúdio faz sozinho, até Ctrl+C.

    O mesmo que `estudio web` e `estudio worker` juntos nesta máquina: o que parar é ligado de novo.
    """
    with _hold_folder(get_settings().estudio_data_dir):
        for revision in prepare_books():
            output.success(f"Tabelas atualizadas: {revision}.")
        # The server of the program's own stays ours, whatever becomes of the two; connections are not needed here.
        db.get_engine().dispose()
        pages = ["web", "--host", host, "--port", str(port)]
        return _keep(output, [Processo("as páginas", pages), Processo("as tarefas", ["worker"])])


@contextmanager
def _hold_folder(folder: Path) -> Generator[None, None, None]:
    """One `estudio run` in a data folder. Raises EmUso with the process that is there."""
    path = folder / LOCK
    try:
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise PastaDosDados(f"{path} não pode ser criado ({error.strerror}).", pasta=str(folder)) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            who = os.read(descriptor, 20).decode("ascii", "replace").strip() or "?"
            raise EmUso(
                f"Já há um `estudio run` com a pasta {folder} (processo {who}). Use aquele, encerre-o, ou escolha "
                "outra pasta em ESTUDIO_DATA_DIR.",
                pasta=str(folder),
                pid=who,
            ) from error
        # Who is there is told to the next one, and a full disk keeps nobody from being there.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _keep(output: Output, processos: list[Processo]) -> int:
    """Until told to stop, or until one of them shows that it cannot run here; returns the exit code."""
    stopping = threading.Event()

    def stop(number: int, _: object) -> None:
        if stopping.is_set():
            # Asked twice: nobody is waited for.
            for processo in processos:
                processo.send(signal.SIGTERM)
        stopping.set()
        log.info("encerrando", sinal=number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    for processo in processos:
        processo.start()
    code = None
    while code is None and not stopping.wait(PASSO_S):
        code = next((found for processo in processos if (found := _look_after(output, processo)) is not None), None)
    _end(processos)
    return DONE if code is None else code


def _look_after(output: Output, processo: Processo) -> int | None:
    """Start it again where it ended; a code where that is of no use."""
    now = time.monotonic()
    if processo.process is None and now >= processo.again_at:
        processo.start()
        return None
    code = processo.find_end()
    if code is None:
        return None
    lived = now - processo.since
    processo.firme |= lived > FIRME_S
    processo.quedas = 1 if lived > FIRME_S else processo.quedas + 1
    log.error("processo_caiu", processo=processo.command[0], saida=code, viveu_s=round(lived), quedas=processo.quedas)
    # What it refused it said itself: a setting, a port that is taken.
    if code in (REFUSED, USAGE) and not processo.firme:
        return code
    if processo.quedas >= QUEDAS and not processo.firme:
        output.fail(
            f"{processo.nome.capitalize()} pararam {QUEDAS} vezes seguidas. Veja o registro e `estudio doctor`."
        )
        return CRASHED
    wait = min(2 ** (processo.quedas - 1), ESPERA_S)
    processo.again_at = now + wait
    output.warn(f"{processo.nome.capitalize()} pararam (código {code}) e serão ligadas de novo em {wait} s.")
    return None


def _end(processos: list[Processo]) -> None:
    for processo in processos:
        processo.send(signal.SIGTERM)
    deadline = time.monotonic() + DESPEDIDA_S
    for processo in processos:
        if processo.process is None:
            continue
        try:
            processo.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("processo_encerrado_a_forca", processo=processo.command[0])
            os.killpg(processo.process.pid, signal.SIGKILL)
            processo.process.wait()
