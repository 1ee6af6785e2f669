"""What the system says when it refuses a file, as a sentence: full, read-only, not a folder, not ours."""

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from estudio.config import get_settings
from estudio.domain.errors import DiscoRecusou

_MOTIVOS: Final = {
    errno.ENOSPC: ("o disco está cheio. Libere espaço", "outro disco"),
    errno.EDQUOT: ("a cota de disco acabou. Libere espaço", "outro disco"),
    errno.EFBIG: ("o arquivo passou do tamanho que o sistema permite (ulimit -f, ou o formato do disco)", None),
    errno.EROFS: ("o disco só pode ser lido. Monte-o para escrita", "outro"),
    errno.EACCES: ("falta permissão. Confira o dono da pasta", "outra"),
    errno.EPERM: ("o sistema não permite. Confira o dono da pasta", "outra"),
    errno.ENOTDIR: ("há um arquivo ou um atalho onde deveria haver uma pasta. Mova-o", "outra"),
    errno.EEXIST: ("há um arquivo ou um atalho onde deveria haver uma pasta. Mova-o", "outra"),
    errno.ELOOP: ("há um atalho (link) no lugar da pasta ou do arquivo. Remova-o", None),
    errno.EIO: ("o disco falhou. Troque-o: ele pode perder o que guarda", None),
}
"""Error → why, what to do, and where else to write where that helps."""


@contextmanager
def disk_refusals(path: Path, *, needed: int | None = None, verb: str = "gravar em") -> Generator[None, None, None]:
    """Whatever the system refuses in this block is a DiscoRecusou with the path, what was needed and what there is."""
    try:
        yield
    except OSError as error:
        raise explain_refused(path, error, needed=needed, verb=verb) from error


def explain_refused(path: Path, error: OSError, *, needed: int | None = None, verb: str = "gravar em") -> DiscoRecusou:
    """The refusal that one error of the system becomes."""
    motivo, elsewhere = _MOTIVOS.get(error.errno or 0, (f"{error.strerror or error}", None))
    # What is to be read lies where it lies.
    if elsewhere is not None and verb != "ler":
        motivo += f" ou aponte {_find_setting(path)} para {elsewhere}"
    motivo += "."
    free = _find_free(path)
    room = "" if needed is None or free is None else f" Precisa de {_format_bytes(needed)}; há {_format_bytes(free)}."
    return DiscoRecusou(
        f"Não deu para {verb} {path}: {motivo}{room}",
        caminho=str(path),
        motivo=motivo,
        erro=errno.errorcode.get(error.errno or 0, "?"),
        precisa=needed,
        livre=free,
    )


def _find_setting(path: Path) -> str:
    """Which setting leads there."""
    copies = get_settings().copy_dir
    return "COPY_DIR" if copies is not None and path.is_relative_to(copies) else "BACKUP_DIR"


def _find_free(path: Path) -> int | None:
    for place in (path, *path.parents):
        with suppress(OSError):
            found = os.statvfs(place)
            return found.f_bavail * found.f_frsize
    return None


def _format_bytes(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}".replace(".", ",")
    return f"{count} bytes"
