"""Secrets of this studio that lie in the data folder, each in a file of its own: made once, 0600, in no database."""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from estudio.config import get_settings
from estudio.domain.errors import PastaDosDados
from estudio.embedded_folder import sync_folder, write_private

MINIMO: Final = 43
"""Characters of 256 bits: less than that somebody else has written."""


def ensure_secret(name: str, *, chamada: str) -> str:
    """Return the secret of this name, made now if there is none; `chamada` is what a person calls it.

    Raises PastaDosDados for one that others can read, or that is weak.
    """
    path = get_settings().estudio_data_dir / name
    try:
        path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
        return _read(path)
    except OSError as error:
        raise PastaDosDados(
            f"{chamada} em {path} não pode ser lida nem criada ({error.strerror}). Corrija as permissões.",
            pasta=str(path),
        ) from error


def _create(path: Path) -> None:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    write_private(fresh, secrets.token_urlsafe(48))
    try:
        # Unlike a rename it fails when another process was first: then both use that one's.
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    sync_folder(path.parent)


def _read(path: Path) -> str:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, encoding="ascii", errors="replace") as file:
        found = os.fstat(descriptor)
        key = file.read().strip()
    if stat.S_IMODE(found.st_mode) & 0o077 or found.st_uid != os.geteuid():
        raise PastaDosDados(f"Outros podem ler {path}. Rode: chmod 600 {path}", pasta=str(path))
    if len(key) < MINIMO or len(set(key)) < 16:
        raise PastaDosDados(f"A chave em {path} é fraca. Apague o arquivo: outra é criada.", pasta=str(path))
    return key
