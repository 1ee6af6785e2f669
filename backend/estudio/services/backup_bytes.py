"""The bytes of a backup, read from the disk: are they the ones that the manifest names, and does the compressed copy
unfold to the sheet?"""

import hashlib
import io
import os
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from estudio.domain.backup import Conteudo
from estudio.domain.errors import BackupAlterado, BackupIlegivel, BackupIncoerente, BackupSumiu, BackupTamanhoErrado
from estudio.services.backup_arquivo import drop_cached, hash_descriptor
from estudio.services.backup_disco import disk_refusals, explain_refused

_CHUNK: Final = 1 << 20
_EDITED: Final = "Foi aberto e salvo em outro programa (Excel?), ou o disco falhou."
_CUT: Final = "A gravação ou a cópia foi interrompida, ou o arquivo foi editado."
_GREW: Final = "Foi editado, ou outro programa escreveu nele."


@contextmanager
def open_bytes(path: Path) -> Generator[io.FileIO, None, None]:
    """A file, from the disk and not from the cache. Raises BackupSumiu, DiscoRecusou."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise BackupSumiu(arquivo=str(path)) from error
    except OSError as error:
        raise explain_refused(path, error, verb="ler") from error
    with disk_refusals(path, verb="ler"), io.FileIO(descriptor, "rb") as file:
        drop_cached(descriptor)
        yield file


def ensure_bytes(path: Path, file: io.FileIO, expected: Conteudo) -> None:
    """Size and sha256, and the file back at its beginning. Raises BackupTamanhoErrado, BackupAlterado."""
    size = os.fstat(file.fileno()).st_size
    if size != expected.bytes:
        cause = _CUT if size < expected.bytes else _GREW
        raise BackupTamanhoErrado(arquivo=str(path), esperado=expected.bytes, encontrado=size, causa=cause)
    count, sha256 = hash_descriptor(file.fileno())
    if (count, sha256) != (expected.bytes, expected.sha256):
        raise explain_altered(path, expected, sha256)
    file.seek(0)


def explain_altered(path: Path, expected: Conteudo, sha256: str) -> BackupAlterado:
    return BackupAlterado(arquivo=str(path), esperado=expected.sha256, encontrado=sha256, causa=_EDITED)


def ensure_compressed(path: Path, gz: Conteudo, sheet: Conteudo) -> None:
    """The compressed copy: its bytes are the manifest's, and what they unfold to is the sheet, to the last byte."""
    with open_bytes(path) as file:
        ensure_bytes(path, file, gz)
        inflate, sha256, count = zlib.decompressobj(31), hashlib.sha256(), 0
        try:
            while chunk := file.read(_CHUNK):
                while chunk and not inflate.eof:
                    part = inflate.decompress(chunk, _CHUNK)
                    sha256.update(part)
                    count += len(part)
                    chunk = inflate.unconsumed_tail
        except zlib.error as error:
            raise BackupIlegivel(arquivo=str(path), linha="?", motivo="a compressão está quebrada") from error
    if not inflate.eof or inflate.unused_data or (count, sha256.hexdigest()) != (sheet.bytes, sheet.sha256):
        raise BackupIncoerente(arquivo=str(path), onde="a cópia compactada não guarda a mesma planilha", diferencas=[])


class HashedFile(io.RawIOBase):
    """A file that is hashed as it is read."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer) or 0
        self.sha256.update(memoryview(buffer)[:count])
        return count
