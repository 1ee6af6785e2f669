"""The benchmark's own PostgreSQL: an embedded server in a folder that goes with it, and databases cloned in it.

Nothing that keeps a commit is switched off. pg_stat_statements is loaded, because it alone counts what was sent without
touching the program that sends.
"""

import os
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from estudio import config, db, embedded, logs, schema
from estudio.config import Settings

Connection = psycopg.Connection[Any]

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass(frozen=True)
class Servidor:
    """The running server and its folder. Use `open_servidor`."""

    folder: Path
    server: embedded.Server

    @property
    def backup_dir(self) -> Path:
        """Where the program measured writes its backups."""
        return self.folder / "backups"

    def connect(self, name: str) -> Connection:
        """Connect as the superuser, autocommit: for loading, for the bare limit, for reading counters."""
        return psycopg.connect(self.server.owner_url(name), autocommit=True)

    def create_database(self, name: str, *, template: str | None = None) -> None:
        """Make a database with the program's schema, or a clone of one that has it, and let the program use it."""
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))
            connection.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name), sql.Identifier(template or "template0")
                )
            )
        self.use_database(name)
        schema.migrate()

    def drop_database(self, name: str) -> None:
        """Give the disk back."""
        db.reset()
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def measure_fsync(self) -> float:
        """Return the milliseconds that the disk takes to keep one page: what each commit waits for at least."""
        spent = []
        with (self.folder / "fsync").open("wb") as file:
            for _ in range(50):
                started = time.perf_counter()
                file.write(bytes(8192))
                file.flush()
                os.fsync(file.fileno())
                spent.append((time.perf_counter() - started) * 1000)
        return statistics.median(spent)

    def use_database(self, name: str, **settings: str) -> None:
        """Point this process and its children at a database; `settings` are further settings of the program."""
        db.reset()
        for setting in Settings.model_fields:
            os.environ.pop(setting.upper(), None)
        os.environ |= {
            "DATABASE_URL": self.server.app_url(name),
            "DATABASE_OWNER_URL": self.server.owner_url(name),
            "ESTUDIO_DATA_DIR": str(self.folder / "dados"),
            "BACKUP_DIR": str(self.backup_dir),
            "LOG_DIR": str(self.folder / "logs"),
            # The deadline is there to protect a studio, not to end a measurement on a busy machine.
            "ATOMIC_TRANSACTION_TIMEOUT": "3600",
            **settings,
        }
        config.reset()
        logs.configure()


@contextmanager
def open_servidor() -> Generator[Servidor, None, None]:
    """Start a server in a temporary folder; stopped and removed at the end, also after Ctrl-C or a SIGTERM."""
    signal.signal(signal.SIGTERM, _end)
    folder = Path(tempfile.mkdtemp(prefix="estudio-bench-"))
    # As root the server runs as a user of its own, who must get through.
    folder.chmod(0o711)
    logs.start()
    before = Path.cwd()
    server: embedded.Server | None = None
    try:
        # Away from a `.env` of whoever runs this.
        os.chdir(folder)
        server = embedded.ensure_running(folder / "dados")
        yield Servidor(folder, _preload_counters(server, folder / "dados"))
    finally:
        db.reset()
        if server is not None:
            server.stop()
        os.chdir(before)
        shutil.rmtree(folder, ignore_errors=True)


def _end(_signal: int, _frame: object) -> None:
    raise SystemExit(143)


def _preload_counters(server: embedded.Server, data_dir: Path) -> embedded.Server:
    with psycopg.connect(server.owner_url("postgres"), autocommit=True) as connection:
        connection.execute("alter system set shared_preload_libraries = 'pg_stat_statements'")
    server.cluster.stop()
    server = embedded.ensure_running(data_dir)
    with psycopg.connect(server.owner_url("postgres"), autocommit=True) as connection:
        connection.execute("create extension if not exists pg_stat_statements")
        for setting in DURABLE:
            row = connection.execute("select current_setting(%s)", [setting]).fetchone()
            assert row == ("on",), f"{setting} is off: the figures would be of another program"
    return server
