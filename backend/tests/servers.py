"""Servers for the tests: PostgreSQL from the wheel on a socket, or Debian's 15 over TCP; shared or one's own.

Every process of a test run that uses a server holds a lease on it; the guardian stops the server after the last of
them, also when pytest was killed.
"""

import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from estudio import embedded
from estudio.embedded_binaries import ensure_account, ensure_bin_dir
from estudio.embedded_cluster import Cluster
from estudio.embedded_folder import ServerFolder, ensure_secrets, prepare, prepare_for_start
from estudio.embedded_sharing import Lease, ensure_guardian, is_unused, turn

KINDS = ("embutido", "tcp15")
PREFIX = "estudio-testes-"
DEBIAN_BIN = Path("/usr/lib/postgresql/15/bin")

# Over TCP nothing is as the program would choose it: words of another language's order, a clock at the other end of the
# world, dates written backwards, plans that are compiled, and an owner that is no superuser.
TCP_INITDB = ("--locale-provider", "icu", "--icu-locale", "pt-BR", "--locale", "C.UTF-8")
TCP_SETTINGS = {
    "timezone": "Pacific/Kiritimati",
    "log_timezone": "Pacific/Kiritimati",
    "datestyle": "SQL, DMY",
    "jit": "on",
}

# For speed: a test's database need not outlive the machine.
FLEETING = {"fsync": "off", "full_page_writes": "off", "max_connections": "200", "max_wal_size": "256MB"}
# A login that takes libpq three milliseconds less. PostgreSQL 15 has no such setting, and takes it for a mistake.
QUICK_LOGINS = {"scram_iterations": "1"}
DURABLE = {"fsync": "on", "full_page_writes": "on"}

# Bytes that must be free in memory before servers go there.
ROOM = 2 * 2**30


@dataclass
class TestServer:
    """One server of the tests. `superuser`, `owner` and `app` are its logins; on the wheel's the first two are one."""

    __test__ = False

    kind: str
    folder: ServerFolder
    cluster: Cluster
    settings: Mapping[str, str]
    _lease: Lease | None = field(default=None, repr=False)
    _kept: psycopg.Connection[Any] | None = field(default=None, repr=False)

    @property
    def bin_dir(self) -> Path:
        return self.cluster.bin_dir

    @property
    def owner(self) -> str:
        return "postgres" if self.kind == "embutido" else "estudio_migra"

    @property
    def pid(self) -> int | None:
        """The living postmaster's."""
        return self.cluster.postmaster_pid()

    def url(self, role: str, db: str) -> str:
        """The address of a database, password included."""
        password = self.folder.read_secret(role)
        if self.kind == "tcp15":
            return f"postgresql://{role}:{password}@127.0.0.1:{self._port_file.read_text(encoding='ascii')}/{db}"
        return f"postgresql://{role}:{password}@/{db}?host={quote(str(self.folder.socket_dir), safe='')}&port=5432"

    def app_url(self, db: str = "estudio") -> str:
        return self.url("estudio_app", db)

    def owner_url(self, db: str = "estudio") -> str:
        return self.url(self.owner, db)

    def superuser_url(self, db: str = "postgres") -> str:
        return self.url("postgres", db)

    def connect(self, db: str = "postgres") -> psycopg.Connection[Any]:
        """A superuser's connection, autocommit."""
        return psycopg.connect(self.superuser_url(db), autocommit=True, connect_timeout=10)

    def maintain(self) -> psycopg.Connection[Any]:
        """The superuser's connection that stays: most tests make a database and drop it."""
        if self._kept is None or self._kept.closed:
            self._kept = self.connect()
        return self._kept

    def start(self) -> None:
        """Start it, or join it where another process has; first of all make it."""
        with turn(self.folder):
            if self.pid is None:
                self._start()
            if self._lease is None:
                self._lease = Lease(self.folder)
            ensure_guardian(self.folder, self.cluster)

    def stop(self) -> None:
        """Use it no longer; it stops at once when nobody else does."""
        if self._kept is not None:
            self._kept.close()
        with turn(self.folder):
            if self._lease is not None:
                self._lease.close()
                self._lease = None
            if is_unused(self.folder):
                self.cluster.stop()

    def kill(self) -> None:
        """SIGKILL the postmaster, as the kernel does when memory runs out; what was committed must come back."""
        pid = self.pid
        assert pid is not None, "the server is not running"
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while self.pid is not None:
            assert time.monotonic() < deadline, "SIGKILL did not end the postmaster"
            time.sleep(0.002)

    def restart(self) -> None:
        """Start it again after a kill, and wait until it has recovered."""
        self.start()

    @property
    def _port_file(self) -> Path:
        return self.folder.root / "porta"

    def _start(self) -> None:
        prepare_for_start(self.folder)
        ensure_secrets(self.folder, "postgres", "estudio_app", "estudio_migra")
        is_tcp = self.kind == "tcp15"
        is_new = not self.cluster.exists()
        if is_new:
            options = TCP_INITDB if is_tcp else embedded.INITDB_OPTIONS
            self.cluster.create(self.folder.read_secret("postgres"), options=options)
        places = {
            "unix_socket_directories": f'"{self.folder.socket_dir}"',
            "log_directory": str(self.folder.log_dir),
        }
        if is_tcp:
            if is_new:
                self._port_file.write_text(str(_find_port()), encoding="ascii")
            places |= TCP_SETTINGS | {
                "listen_addresses": "127.0.0.1",
                "port": self._port_file.read_text(encoding="ascii"),
                "unix_socket_directories": "",
            }
        self.cluster.configure(embedded.SETTINGS | places | dict(self.settings))
        self.cluster.start()
        if is_new and is_tcp:
            self._create_owner()
        if is_new and QUICK_LOGINS.keys() <= self.settings.keys():
            # initdb knew nothing of the setting.
            with self.connect() as connection:
                secret = sql.Literal(self.folder.read_secret("postgres"))
                connection.execute(sql.SQL("alter role postgres password {}").format(secret))

    def _create_owner(self) -> None:
        with self.connect() as connection:
            secret = sql.Literal(self.folder.read_secret("estudio_migra"))
            connection.execute(
                sql.SQL("create role estudio_migra login createrole createdb password {}").format(secret)
            )


def make_server(kind: str, data_dir: Path, *, durable: bool = False) -> TestServer:
    """A server in a folder of its own; not started."""
    account = ensure_account()
    folder = prepare(data_dir, account)
    bin_dir = DEBIAN_BIN if kind == "tcp15" else ensure_bin_dir(account, folder.root)
    cluster = Cluster(bin_dir, folder)
    if durable:
        return TestServer(kind, folder, cluster, DURABLE)
    return TestServer(kind, folder, cluster, FLEETING | (QUICK_LOGINS if kind == "embutido" else {}))


def copy_server(server: TestServer, data_dir: Path, *, durable: bool) -> TestServer:
    """A copy, made while the server is stopped: its database, its passwords."""
    data_dir.mkdir(mode=0o711)
    # cp keeps the owners, which shutil does not.
    subprocess.run(["cp", "-a", server.folder.root, data_dir / "servidor"], check=True)
    copy = make_server(server.kind, data_dir, durable=durable)
    if copy.kind == "tcp15":
        copy._port_file.write_text(str(_find_port()), encoding="ascii")
    return copy


def create_database(server: TestServer, name: str, *, template: str | None = None) -> None:
    """A database of the owner's; from a template its tables come along, its rights do not."""
    connection = server.maintain()
    # FILE_COPY makes a checkpoint, which costs nothing where fsync is off: 21 ms against 37 by WAL_LOG.
    connection.execute(
        sql.SQL("create database {} owner {} template {} strategy file_copy").format(
            sql.Identifier(name), sql.Identifier(server.owner), sql.Identifier(template or "template1")
        )
    )
    if template:
        # What ensure_rights would do to a clone, without a connection more: tests clone by the hundred.
        connection.execute(
            sql.SQL("revoke temp on database {0} from public; grant create on database {0} to estudio_dono").format(
                sql.Identifier(name)
            )
        )


def drop_database(server: TestServer, name: str) -> None:
    """Also while somebody is still connected."""
    server.maintain().execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@contextmanager
def exclusive(path: Path) -> Generator[None, None, None]:
    """One process of the run at a time."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass
class RunFolder:
    """The folder of one test run; whoever made it removes it, or the next run does."""

    path: Path
    _alive: int = field(repr=False)

    @classmethod
    def make(cls, parent: Path) -> "RunFolder":
        _sweep(parent)
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        # Another account has to pass through.
        path.chmod(0o711)
        alive = os.open(path / "vivo.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(alive, fcntl.LOCK_EX)
        return cls(path, alive)

    def remove(self) -> None:
        """Wait until the guardians have stopped their servers, then delete."""
        deadline = time.monotonic() + 30
        while not _is_quiet(self.path) and time.monotonic() < deadline:
            time.sleep(0.05)
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._alive)


def find_disk() -> Path:
    """Where durable servers lie."""
    return Path(tempfile.gettempdir())


def find_memory() -> Path:
    """Where fleeting servers lie: in memory, if there is room. A disk creates a clone's files ten times as slowly."""
    memory = Path("/dev/shm")
    try:
        roomy = shutil.disk_usage(memory).free >= ROOM and os.access(memory, os.W_OK)
    except OSError:
        roomy = False
    return memory if roomy else find_disk()


def _sweep(parent: Path) -> None:
    # What a killed run left: its processes have ended by themselves, its files have not.
    for left in parent.glob(f"{PREFIX}*"):
        if left.stat().st_uid == os.geteuid() and _is_free(left / "vivo.lock") and _is_quiet(left):
            shutil.rmtree(left, ignore_errors=True)


def _is_quiet(path: Path) -> bool:
    return all(_is_free(lock) for lock in path.glob("*/servidor/guarda.lock"))


def _is_free(lock: Path) -> bool:
    try:
        with lock.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True


def _find_port() -> int:
    # Below the ports that the system lends to clients: a server that was killed finds its own free again.
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("a hundred ports, none of them free")
