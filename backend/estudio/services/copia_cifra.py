"""The cipher of the copies outside: age's format, which the `age` program of any system opens with the printed key.

Only the key's public half is needed to encrypt. Whatever the size of a file, memory is that of a few blocks.
"""

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, Protocol

import pyrage

from estudio.domain.errors import ChaveDaCopiaErrada, CopiaDanificada

_CHAVE: Final = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]{58}")
_SEM_CHAVE: Final = "No matching keys found"


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take them, or raise what the disk says."""


class Source(Protocol):
    """Where bytes come from."""

    def read(self, size: int, /) -> bytes:
        """No more than so many; none at the end."""


class _Counted:
    """Both ends as the library wants them: what passes is counted and hashed, and what the disk says is kept as it is:
    the library hands on only its words."""

    def __init__(self, *, source: Source | None = None, sink: Sink | None = None) -> None:
        self.source, self.sink = source, sink
        self.bytes = 0
        self.error: Exception | None = None
        self._sha256 = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def read(self, size: int = 1 << 16, /) -> bytes:
        assert self.source is not None, "made to be read"
        try:
            return self._pass(self.source.read(size))
        except Exception as error:
            self.error = error
            raise

    def write(self, data: bytes, /) -> int:
        assert self.sink is not None, "made to be written"
        try:
            self.sink.write(data)
        except Exception as error:
            self.error = error
            raise
        self._pass(data)
        return len(data)

    def flush(self) -> None:
        """The sink's owner brings it to disk."""

    def _pass(self, data: bytes) -> bytes:
        self._sha256.update(data)
        self.bytes += len(data)
        return data


def generate_chave() -> tuple[str, str]:
    """A new private key, and the recipient that everything is encrypted to: `AGE-SECRET-KEY-1…`, `age1…`."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def find_destinatario(chave: str) -> str:
    """The public half of a private key. Raises ChaveDaCopiaErrada."""
    return str(_parse_chave(chave).to_public())


def ensure_destinatario(destinatario: str) -> pyrage.x25519.Recipient:
    """Raises ChaveDaCopiaErrada for one with a wrong letter."""
    try:
        return pyrage.x25519.Recipient.from_str(destinatario)
    except pyrage.RecipientError as error:
        raise ChaveDaCopiaErrada("COPY_RECIPIENT não é uma chave. Copie de novo a linha age1… da folha.") from error


def encrypt(source: Source, sink: Sink, *, destinatario: str) -> tuple[int, str]:
    """How many bytes were encrypted, and their sha256. Raises what reading or writing raises, ChaveDaCopiaErrada."""
    reader, writer = _Counted(source=source), _Counted(sink=sink)
    recipient = ensure_destinatario(destinatario)
    try:
        pyrage.encrypt_io(reader, writer, [recipient])
    except (pyrage.EncryptError, OSError) as error:
        raise reader.error or writer.error or error from error
    return reader.bytes, reader.sha256


def decrypt(source: Source, sink: Sink, *, chave: str, arquivo: str) -> tuple[int, str]:
    """How many bytes came out, and their sha256. What came out before an error is of no use.

    Raises ChaveDaCopiaErrada; CopiaDanificada for one that was cut off or changed; what writing raises.
    """
    writer = _Counted(sink=sink)
    identity = _parse_chave(chave)
    try:
        pyrage.decrypt_io(_Counted(source=source), writer, [identity])
    except (pyrage.DecryptError, OSError) as error:
        if writer.error is not None:
            raise writer.error from error
        if str(error) == _SEM_CHAVE:
            raise ChaveDaCopiaErrada(arquivo=arquivo) from error
        raise CopiaDanificada(arquivo=arquivo, motivo="foi cortada ou mudou depois de gravada") from error
    return writer.bytes, writer.sha256


def find_chave(lines: Iterable[str]) -> str:
    """The private key in a file as age writes one, or as somebody typed it: blanks and ends of lines do not count.

    Raises ChaveDaCopiaErrada.
    """
    typed = "".join("".join(line.split()) for line in lines if not line.lstrip().startswith("#")).upper()
    if found := _CHAVE.search(typed):
        with suppress(ChaveDaCopiaErrada):
            find_destinatario(found[0])
            return found[0]
    raise ChaveDaCopiaErrada(
        "Não há aí uma chave privada certa: é a que começa com AGE-SECRET-KEY-1 na folha. Confira cada letra."
    )


def _parse_chave(chave: str) -> pyrage.x25519.Identity:
    try:
        return pyrage.x25519.Identity.from_str(chave)
    except pyrage.IdentityError as error:
        raise ChaveDaCopiaErrada("A chave privada não está certa: confira letra por letra com a folha.") from error
