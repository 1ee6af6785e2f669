"""A process whose files may not grow: it makes a backup once for each of its writes, and the system refuses that one.

Run as `disco_cheio.py 2025-09`, or with `completo` for the whole studio; prints one JSON list: for each write the kind
of file it went to, the code of the refusal, the system's error, how long the file was allowed to be, what was needed,
whether what stands afterwards is whole, and the names that lie in the folder.
"""

import json
import resource
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from estudio import logs
from estudio.config import get_settings
from estudio.domain.backup_completo import PASTA
from estudio.domain.competencia import Competencia
from estudio.domain.errors import Refusal
from estudio.services.backup_arquivo import TemporaryFile
from estudio.services.backup_completo import create_full_backup, list_completos, verify_full_backup
from estudio.services.backup_escrita import create_backup, get_folder_path
from estudio.services.backup_leitura import find_guardado, prove

WHOLE = "completo"

write = TemporaryFile.write


@dataclass
class Writes:
    """The writes of one backup, by the kind of file; at the fatal one the file may not become as long as it would."""

    fatal: int | None = None
    kinds: list[str] = field(default_factory=list)
    limit: int = -1

    def pass_on(self, file: TemporaryFile, data: bytes) -> None:
        # A compressed copy takes some batches without writing anything of them yet: those cannot fail.
        if not data:
            return
        self.kinds.append(file.name.split(".", 2)[2])
        if len(self.kinds) - 1 != self.fatal:
            write(file, data)
            return
        self.limit = file.bytes + len(data) - 1
        with limited(self.limit):
            write(file, data)


@contextmanager
def limited(size: int) -> Generator[None, None, None]:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def back_up(what: str, writes: Writes) -> None:
    def write_or_fail(file: TemporaryFile, data: bytes) -> None:
        writes.pass_on(file, data)

    with mock.patch.object(TemporaryFile, "write", write_or_fail):
        if what == WHOLE:
            create_full_backup()
        else:
            create_backup(Competencia.parse(what), batch_size=1)


def is_whole(what: str) -> bool:
    """Whether something stands, and is what it says."""
    if what == WHOLE:
        return [verify_full_backup(completo) for completo in list_completos()] != []
    month = Competencia.parse(what)
    guardado = find_guardado(get_folder_path(month), month)
    return guardado is not None and prove(guardado).contagem == guardado.manifesto.contagem


def list_names(what: str) -> list[str]:
    folder: Path = get_settings().backup_dir / PASTA if what == WHOLE else get_folder_path(Competencia.parse(what))
    return sorted(path.name for path in folder.iterdir())


def try_without(fatal: int, what: str) -> dict[str, Any]:
    writes = Writes(fatal)
    try:
        back_up(what, writes)
        outcome: dict[str, Any] = {"codigo": None}
    except Refusal as refusal:
        outcome = {"codigo": refusal.codigo, **refusal.details}
    outcome["inteiro"] = is_whole(what)
    return outcome | {"tipo": writes.kinds[fatal], "limite": writes.limit, "nomes": list_names(what)}


def main(what: str) -> None:
    logs.start()
    all_of_them = Writes()
    back_up(what, all_of_them)
    outcomes = [try_without(fatal, what) for fatal in range(len(all_of_them.kinds))]
    sys.stdout.write(json.dumps(outcomes) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
