"""Closings that are killed, and the look that is taken at the month after each death."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any, Final

import psycopg
from cast import book, make_cast, pay, spend
from servers import TestServer

from estudio import db
from estudio.cli.exits import CRASHED, DONE, REFUSED, UNKNOWN
from estudio.domain.competencia import Competencia
from estudio.domain.extrato import find_vigente, get_estado
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.backup_escrita import get_folder_path
from estudio.services.backup_leitura import find_guardado, prove
from estudio.services.cadeia_service import verify_cadeia
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction, reopen_extrato

MES = Competencia(2025, 9)
ZYGOTE = Path(__file__).with_name("zigoto.py")


@dataclass
class Zygote:
    """The process that forks closings."""

    process: subprocess.Popen[str]

    def start(self, *, fatal: int = 0) -> int:
        """Begin a closing that dies at boundary `fatal` (0: at none); returns its pid."""
        self._stdin.write(f"run {fatal}\n")
        self._stdin.flush()
        word, pid = self._read()[:2]
        assert word == "pid"
        return int(pid)

    def wait(self) -> tuple[int, int]:
        """How the closing ended, and how many boundaries it passed (0 when it was killed)."""
        words = self._read()
        assert words[0] == "end", words
        _, code, passed = words
        return int(code), int(passed)

    @property
    def _stdin(self) -> IO[str]:
        assert self.process.stdin is not None
        return self.process.stdin

    def _read(self) -> list[str]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the zygote itself has died"
        return line.split()


@contextmanager
def hatch() -> Generator[Zygote, None, None]:
    """A zygote with the settings of this test; gone after the block."""
    with subprocess.Popen(
        [sys.executable, str(ZYGOTE), MES.slug],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=dict(os.environ),
    ) as process:
        try:
            yield Zygote(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)


def enter_month(*, payments: int) -> None:
    """A September of so many payments, with sessions, shares and expenses."""
    with db.transaction() as session:
        cast = make_cast(session)
        for n in range(payments):
            dia = date(2025, 9, 1 + n % 30)
            sessions = [book(session, cast, "100.00", data=dia, cliente=cast.dora)] if n % 3 == 0 else []
            pay(session, cast, f"{100 + n}.00", data=dia, cliente=cast.dora, percentual=3000, sessoes=sessions)
        for n in range(payments // 10 + 1):
            spend(session, cast, "12.34", data=date(2025, 9, 1 + n % 30))


def read_books() -> dict[str, list[Any]]:
    """Every row ever entered, as it is."""
    with db.connect() as connection:
        return {
            table: connection.execute(
                psycopg.sql.SQL("select to_jsonb(t)::text from {} t order by t.id").format(
                    psycopg.sql.Identifier("estudio", table)
                )
            ).fetchall()
            for table in ("pagamentos", "comissoes", "sessoes", "gastos")
        }


_AT_WORK: Final = """
    select count(*) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
      and state <> 'idle'"""


def look_after_death(before: dict[str, list[Any]]) -> str:
    """What a death has left: the month wholly open or wholly closed, nothing lost, nothing half believed.

    Returns `aberta` or `fechada`. Asserts the rest: the books unchanged, the chain whole, the month free for writers
    within two seconds, and that whatever calls itself a backup proves itself when it is read.
    """
    _read_estado()
    # Of a COMMIT that was on its way the server makes an end by itself.
    _wait_until_settled()
    estado = _read_estado()
    assert read_books() == before
    if estado == "aberta":
        _ensure_writable()
    guardado = find_guardado(get_folder_path(MES), MES)
    if guardado is not None:
        prove(guardado)
    return estado


def _read_estado() -> str:
    """At one instant, for what the dead one sent may still be taking effect."""
    with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
        estado = get_estado(session, MES)
        vigente = find_vigente(session, MES)
        assert (estado == "fechada") == (vigente is not None), f"{estado} with {vigente}"
        assert estado in ("aberta", "fechada")
        assert verify_cadeia(session) == []
    return estado


def _wait_until_settled() -> None:
    end = time.monotonic() + 10
    with db.connect() as connection:
        while connection.execute(_AT_WORK).fetchone() != (0,):
            assert time.monotonic() < end, "the dead one's session goes on"
            time.sleep(0.005)


def finish_and_reopen(estado: str) -> None:
    """The next run finishes what the dead one began, and never twice; then the month is open for the next death."""
    with db.transaction(read_only=True) as session:
        vigente = find_vigente(session, MES)
        standing = vigente.versao if vigente else None
    closed = generate_extrato_with_atomic_transaction(MES.mes, MES.ano)
    if estado == "fechada":
        assert closed.versao == standing, "a month that was closed already was closed again"
    with db.connect() as connection:
        running = connection.execute(
            "select count(*) from estudio.execucoes where desfecho is null and mes = %s", [MES.first_day]
        ).fetchone()
    reopen_extrato(MES, quem=LINHA_DE_COMANDO, motivo="para a próxima morte")
    with db.connect() as connection:
        left = connection.execute("select count(*) from estudio.execucoes where desfecho is null").fetchone()
    assert left == (0,), f"an Execução without an outcome is left ({running})"
    with db.transaction(read_only=True) as session:
        assert verify_cadeia(session) == []


def _ensure_writable() -> None:
    with db.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute("set local statement_timeout = '2s'")
        connection.execute("update estudio.gastos set descricao = descricao where mes = %s", [MES.first_day])


def die_at_boundaries(*, every: int) -> dict[str, int]:
    """Die at each n-th boundary of a closing; how often the month was open and how often closed after."""
    enter_month(payments=7)
    before = read_books()
    outcomes = {"fronteiras": 0, "aberta": 0, "fechada": 0}
    with hatch() as zygote:
        zygote.start()
        code, total = zygote.wait()
        assert code == 0
        assert total > 50, "a closing has stages, statements, writes, syncs and renames"
        finish_and_reopen("fechada")
        outcomes["fronteiras"] = total
        for fatal in range(1, total + 1, every):
            zygote.start(fatal=fatal)
            code, _ = zygote.wait()
            # With a backup that stands a closing has fewer boundaries than the first one had.
            assert code in (-signal.SIGKILL, 0)
            estado = look_after_death(before)
            outcomes[estado] += 1
            finish_and_reopen(estado)
            _forget_backups()
    assert outcomes["aberta"]
    assert outcomes["fechada"]
    return outcomes


def die_at_random(*, deaths: int, seed: int) -> dict[str, int]:
    """The closing dies (SIGKILL) at random instants; how often the month was open and how often closed after."""
    before = _enter_and_read()
    chance = random.Random(seed)
    outcomes = Counter({"aberta": 0, "fechada": 0})
    with hatch() as zygote:
        length = _measure_twice(zygote)
        for _ in range(deaths):
            _forget_backups()
            pid = zygote.start()
            time.sleep(chance.uniform(0, length))
            _kill(pid)
            zygote.wait()
            estado = look_after_death(before)
            outcomes[estado] += 1
            finish_and_reopen(estado)
    return outcomes


def die_with_server(server: TestServer, *, deaths: int, seed: int) -> dict[str, int]:
    """The postmaster dies at random instants, every other time with the closing; otherwise that ends by itself.

    Besides open and closed, how those ended that lived, as `sobreviveu, saída N, estado`. None says that the month is
    closed when it is not, or when it was not the one that closed it.
    """
    before = _enter_and_read()
    chance = random.Random(seed)
    outcomes = Counter({"aberta": 0, "fechada": 0})
    with hatch() as zygote:
        length = _measure_twice(zygote)
        for death in range(deaths):
            _forget_backups()
            pid = zygote.start()
            time.sleep(chance.uniform(0, length))
            survives = death % 2 == 0
            server.kill()
            if not survives:
                _kill(pid)
                zygote.wait()
            server.restart()
            db.reset()
            code = zygote.wait()[0] if survives else -signal.SIGKILL
            estado = look_after_death(before)
            outcomes[estado] += 1
            if survives:
                _ensure_honest(pid, code, estado)
                outcomes[f"sobreviveu, saída {code}, {estado}"] += 1
            finish_and_reopen(estado)
    return outcomes


def _ensure_honest(pid: int, code: int, estado: str) -> None:
    """A closing that outlived its server ended with a code of cli/exits.py: 0 only when it closed the month; one that
    says that nothing was changed only when it did not."""
    assert code in (DONE, REFUSED, CRASHED, UNKNOWN), code
    assert code not in (REFUSED, CRASHED) or estado == "aberta", f"it said {code}, and the month is {estado}"
    if code == DONE:
        with db.connect() as connection:
            last = connection.execute(
                """select s.tipo, e.pid from estudio.selos s join estudio.execucoes e using (run_id)
                   order by s.seq desc limit 1"""
            ).fetchone()
        assert last == ("fechamento", pid), f"it said that the month is closed; the last seal is {last}"


def acknowledged_then_killed(server: TestServer) -> str:
    """Close in a studio whose role turned durability off, kill the server at the word "fechado", recover, look."""
    enter_month(payments=3)
    before = read_books()
    with server.connect("estudio") as connection:
        connection.execute("alter system set wal_writer_delay = '10s'")
        connection.execute("select pg_reload_conf()")
        connection.execute("alter role estudio_app set synchronous_commit = off")
        connection.execute("checkpoint")
    # The transaction alone, as the program runs it: the Execução's own commits would flush it along.
    with db.connect() as closer:
        closer.execute("begin")
        closer.execute("select estudio.travar_competencia('2025-09-01')")
        closer.execute(
            """select estudio.fechar_competencia('2025-09-01', '2025-10-02', gen_random_uuid(), null,
               (select jsonb_build_object('totais', totais) from estudio.contar_competencia('2025-09-01')), null)"""
        )
        closer.execute("commit")
        server.kill()
    server.restart()
    db.reset()
    return look_after_death(before)


def _enter_and_read() -> dict[str, list[Any]]:
    enter_month(payments=60)
    return read_books()


def _kill(pid: int) -> None:
    # It may be done already, which is one of the instants.
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _measure_twice(zygote: Zygote) -> float:
    _measure(zygote)  # the first of all shuts three hundred empty months besides
    return _measure(zygote)


def _measure(zygote: Zygote) -> float:
    """Seconds that a whole closing takes here."""
    started = time.monotonic()
    zygote.start()
    code, _ = zygote.wait()
    assert code == 0
    length = time.monotonic() - started
    finish_and_reopen("fechada")
    _forget_backups()
    return length


def _forget_backups() -> None:
    """So that the next closing makes one, too."""
    for file in get_folder_path(MES).iterdir():
        file.unlink()
