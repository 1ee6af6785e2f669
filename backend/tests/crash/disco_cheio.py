"""A process whose files may not grow: it makes a backup under each limit at which another of its writes fails.

Run as `disco_cheio.py 2025-09`; prints one JSON list: for each limit the code of the refusal, the system's error, what
was needed, and the names that lie in the month's folder afterwards.
"""

import json
import resource
import sys
from typing import Any
from unittest import mock

from estudio import logs
from estudio.domain.competencia import Competencia
from estudio.domain.errors import Refusal
from estudio.services.backup_arquivo import TemporaryFile
from estudio.services.backup_escrita import create_backup, get_folder_path
from estudio.services.backup_leitura import find_guardado, prove


def list_writes(month: Competencia) -> list[int]:
    """How long a file is after each write to it, of the sheet and of the manifest."""
    sizes = []
    write = TemporaryFile.write

    def note(file: TemporaryFile, data: bytes) -> None:
        write(file, data)
        sizes.append(file.bytes)

    with mock.patch.object(TemporaryFile, "write", note):
        create_backup(month, batch_size=1)
    return sizes


def try_with(limit: int, month: Competencia) -> dict[str, Any]:
    folder = get_folder_path(month)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        create_backup(month, batch_size=1)
        outcome: dict[str, Any] = {"codigo": None}
    except Refusal as refusal:
        outcome = {"codigo": refusal.codigo, **refusal.details}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    guardado = find_guardado(folder, month)
    outcome["inteiro"] = guardado is not None and prove(guardado).contagem == guardado.manifesto.contagem
    return outcome | {"limite": limit, "nomes": sorted(path.name for path in folder.iterdir())}


def main(month: Competencia) -> None:
    logs.start()
    limits = sorted({size - 1 for size in list_writes(month)} | {0})
    sys.stdout.write(json.dumps([try_with(limit, month) for limit in limits]) + "\n")


if __name__ == "__main__":
    main(Competencia.parse(sys.argv[1]))
