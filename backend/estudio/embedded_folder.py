"""The folder of the embedded server below ESTUDIO_DATA_DIR: what lies where, who reads it, its secrets, its socket.

servidor/pgdata    the database (owned by the server's account, 0700)
servidor/socket    where programs meet the server (0700; a path too long for a socket has a short one elsewhere)
servidor/segredos  the passwords of the roles (0700, files 0600)
servidor/log       what the server says
servidor/*.lock    who starts, who uses, who watches
"""

import hashlib
import os
import re
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from estudio.domain.errors import BancoEmbutido, PastaDosDados
from estudio.embedded_binaries import SYSTEM_USER, Account

PORT = 5432

# sun_path holds 104 bytes on the poorest system, the terminating zero included.
LONGEST_SOCKET_PATH = 100

# pg_ctl hands the path to a shell within double quotes, and postgresql.conf reads it within single ones.
UNSPEAKABLE = re.compile(r"""["$`\\'\x00-\x1f\x7f]""")


@dataclass(frozen=True, slots=True)
class ServerFolder:
    """The places of one server. Make it with `prepare`, which creates what is missing and refuses what is unsafe."""

    data_dir: Path
    account: Account

    @property
    def root(self) -> Path:
        """Everything of the server lies below."""
        return self.data_dir / "servidor"

    @property
    def pgdata(self) -> Path:
        """The database itself."""
        return self.root / "pgdata"

    @property
    def log_dir(self) -> Path:
        """What the server says, a file for each day of the week."""
        return self.root / "log"

    @property
    def secrets_dir(self) -> Path:
        """One file for each password."""
        return self.root / "segredos"

    @property
    def start_lock(self) -> Path:
        """Held while somebody starts, joins or stops the server."""
        return self.root / "partida.lock"

    @property
    def use_lock(self) -> Path:
        """Held shared by each process that uses the server, as long as it lives; the guardian waits for it."""
        return self.root / "uso.lock"

    @property
    def count_lock(self) -> Path:
        """Held like `use_lock`; asked, within a turn, whether anybody holds it."""
        return self.root / "conta.lock"

    @property
    def guardian_lock(self) -> Path:
        """Held by the process that stops the server after its last user."""
        return self.root / "guarda.lock"

    @property
    def socket_dir(self) -> Path:
        """Where the socket lies: here or, when the path is too long or has a comma, in a folder with a short name."""
        here = self.root / "socket"
        if len(os.fsencode(here / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH and "," not in str(here):
            return here
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return _short_parent(self.account) / f"estudio-{name}"

    def read_secret(self, name: str) -> str:
        """Return a password that `ensure_secrets` has made. Raises BancoEmbutido when its file is gone."""
        path = self.secrets_dir / name
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise BancoEmbutido(
                f"Não consegui ler a senha do banco em {path} ({error.strerror}). "
                "Traga a pasta segredos de volta do seu backup: sem ela o banco não abre.",
                arquivo=str(path),
            ) from error
        with os.fdopen(descriptor, encoding="ascii") as file:
            return file.read().strip()


def prepare(data_dir: Path, account: Account) -> ServerFolder:
    """Create what is missing and check what is there. Raises PastaDosDados with the way out of it."""
    folder = ServerFolder(data_dir.absolute(), account)
    _ensure_speakable(folder.data_dir)
    # Another account must pass through; the listing of the folders stays ours.
    mode = 0o711 if account.is_other else 0o700
    try:
        folder.data_dir.mkdir(mode=mode, parents=True, exist_ok=True)
        for private in (folder.root, folder.secrets_dir):
            private.mkdir(mode=0o700, exist_ok=True)
            _ensure_private(private, os.geteuid(), mode=mode if private == folder.root else 0o700)
        for lock in (folder.start_lock, folder.use_lock, folder.count_lock, folder.guardian_lock):
            lock.touch(mode=0o600)
    except OSError as error:
        raise PastaDosDados(
            f"A pasta dos dados {folder.data_dir} não pode ser usada ({error.strerror}). "
            "Escolha outra em ESTUDIO_DATA_DIR ou corrija as permissões.",
            pasta=str(folder.data_dir),
        ) from error
    _ensure_reachable(folder)
    return folder


def prepare_for_start(folder: ServerFolder) -> None:
    """Before each start, within a turn: the folders of the account, with the modes they must have."""
    for path in (folder.log_dir, folder.socket_dir):
        try:
            path.mkdir(mode=0o700)
            folder.account.give(path)
        except FileExistsError:
            pass
        _ensure_private(path, folder.account.uid, mode=0o700)


def ensure_secrets(folder: ServerFolder, *names: str) -> None:
    """Make the passwords that are missing: random, 0600, on disk before anything depends on them."""
    for name in names:
        path = folder.secrets_dir / name
        if path.exists():
            _ensure_private(path, os.geteuid(), mode=0o600)
            continue
        fresh = path.with_name(f".{name}.novo")
        fresh.unlink(missing_ok=True)
        write_private(fresh, secrets.token_urlsafe(32))
        fresh.rename(path)
        sync_folder(folder.secrets_dir)


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner reads; it is on disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Bring the names within a folder to disk, without which a rename may be forgotten by a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _short_parent(account: Account) -> Path:
    # The runtime folder is of the user of this process: another account could not enter it.
    if not account.is_other:
        runtime = platformdirs.user_runtime_path()
        if _is_private(runtime, account.uid) and len(os.fsencode(runtime)) < LONGEST_SOCKET_PATH // 2:
            return runtime
    return Path(tempfile.gettempdir())


def _is_private(path: Path, uid: int) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077


def _ensure_private(path: Path, uid: int, *, mode: int) -> None:
    """Whoever owns the folder or a link in its place would meet our passwords: such a thing is refused."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or found.st_uid != uid:
        raise PastaDosDados(
            f"{path} deveria ser nossa (usuário de número {uid}), mas é um atalho ou pertence a outro usuário. "
            "Remova-a, ou escolha outra pasta em ESTUDIO_DATA_DIR.",
            pasta=str(path),
        )
    if stat.S_IMODE(found.st_mode) != mode:
        path.chmod(mode)


def _ensure_speakable(data_dir: Path) -> None:
    if UNSPEAKABLE.search(str(data_dir)):
        raise PastaDosDados(
            f"A pasta dos dados {str(data_dir)!r} tem aspas, cifrão, crase, barra invertida ou caractere de "
            "controle no nome, que o PostgreSQL não aceita. Escolha outra em ESTUDIO_DATA_DIR.",
            pasta=str(data_dir),
        )


def _ensure_reachable(folder: ServerFolder) -> None:
    if not folder.account.is_other or folder.account.can_enter(folder.root):
        return
    closed = next((p for p in reversed(folder.root.parents) if not folder.account.can_enter(p)), folder.root)
    raise PastaDosDados(
        f"O PostgreSQL não roda como root: roda como o usuário {SYSTEM_USER}, que não consegue entrar em {closed}. "
        f"Escolha em ESTUDIO_DATA_DIR uma pasta que ele alcance (por exemplo /var/lib/estudio), libere a passagem "
        f"(chmod o+x {closed}) ou rode o programa com um usuário comum.",
        pasta=str(folder.data_dir),
        fechada=str(closed),
    )
