"""A process that forks backups which kill themselves, one at each boundary, and looks at the folder after each death.

Run as `backup_mortes.py 2025-09 [manifest-first]`; prints one JSON object: how many boundaries there were, and how
often the backup that stands was the one of before (`antes`), the new one (`depois`), or none to be believed
(`quebrado`). `manifest-first` is the control: a writer that names the bytes before they are in place.
"""

import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from estudio import logs
from estudio.domain.backup import Manifesto, content_name, familiar_name
from estudio.domain.competencia import Competencia
from estudio.domain.errors import BackupDanificado
from estudio.services import backup_escrita
from estudio.services.backup_arquivo import Folder, TemporaryFile
from estudio.services.backup_escrita import create_backup, get_folder_path
from estudio.services.backup_leitura import find_guardado, prove

BOUNDARIES = ("open", "write", "fsync", "rename", "link", "unlink", "mkdir")

MOST = 500

# So many deaths without a backup to believe, and the writer is known to be wrong.
ENOUGH = 2


def put_manifest_first(
    folder: Folder, manifesto: Manifesto, csv: TemporaryFile, gz: TemporaryFile | None, *, standing: bool = True
) -> None:
    assert gz is None
    assert standing
    name = content_name(manifesto.competencia, manifesto.csv.sha256, "json")
    with TemporaryFile(folder, "json") as file:
        file.write(manifesto.as_bytes())
        file.finish()
        file.place(name)
    folder.point(familiar_name(manifesto.competencia, "json"), name)
    csv.place(manifesto.csv.arquivo)


def set_fatal(boundary: int) -> None:
    """Put a boundary before and after each step on the disk; the fatal one is the last thing that happens."""
    passed = 0

    def reach() -> None:
        nonlocal passed
        passed += 1
        if passed == boundary:
            os.kill(os.getpid(), signal.SIGKILL)

    def bounded(deed: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            reach()
            done = deed(*args, **kwargs)
            reach()
            return done

        return run

    for name in BOUNDARIES:
        setattr(os, name, bounded(getattr(os, name)))


def die_at(boundary: int, month: Competencia) -> bool:
    """Fork a backup that dies there; False when it lived to its end."""
    pid = os.fork()
    if pid == 0:
        set_fatal(boundary)
        create_backup(month, batch_size=20)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def look(folder: Path, month: Competencia, before: str) -> str:
    """What stands after a death."""
    try:
        guardado = find_guardado(folder, month)
        assert guardado is not None, "the backup of before is gone"
        content = prove(guardado).contagem.conteudo_sha256
    except BackupDanificado:
        return "quebrado"
    return "antes" if content == before else "depois"


def main(month: Competencia) -> None:
    logs.start()
    if "manifest-first" in sys.argv:
        backup_escrita.put_in_place = put_manifest_first
    folder = get_folder_path(month)
    standing = find_guardado(folder, month)
    assert standing is not None, "the test makes the backup of before"
    before = standing.manifesto.contagem.conteudo_sha256
    kept = folder.with_name("como_estava")
    shutil.copytree(folder, kept)
    found: Counter[str] = Counter()
    boundary = 1
    while found["quebrado"] < ENOUGH and die_at(boundary, month):
        found[look(folder, month, before)] += 1
        # Whatever was left lying there, the next run makes its backup.
        if found["quebrado"] == 0:
            assert prove(create_backup(month)).contagem.conteudo_sha256 != before
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        boundary += 1
        assert boundary < MOST
    sys.stdout.write(json.dumps({"fronteiras": boundary - 1, **found}) + "\n")


if __name__ == "__main__":
    main(Competencia.parse(sys.argv[1]))
