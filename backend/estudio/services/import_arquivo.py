"""A file as lines of text: what can be said of it before it is known what its lines mean.

It is read once, hashed as it is read, one line in memory. What is no text sheet in UTF-8 is refused with what it seems
to be and how to save it instead: an accent that is guessed is a client with two names.
"""

import hashlib
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from estudio.domain.errors import ArquivoAusente, ArquivoNaoLido

LIMITE: Final = 64 << 20
"""Bytes of one file: some 400 000 records, which a plan holds in memory. (A whole studio is restored, not imported.)"""

LIMITE_DA_LINHA: Final = 1 << 20

BOM: Final = b"\xef\xbb\xbf"

_SALVE: Final = (
    "Salve de novo como “CSV UTF-8” (no Excel: Salvar como → CSV UTF-8; no LibreOffice: conjunto de caracteres UTF-8)."
)

# How files begin that people take for a sheet.
_OUTROS: Final = (
    (b"PK\x03\x04", "é uma planilha do Excel ou do LibreOffice (.xlsx, .ods), não um CSV. " + _SALVE),
    (b"\xd0\xcf\x11\xe0", "é uma planilha antiga do Excel (.xls), não um CSV. " + _SALVE),
    (b"%PDF", "é um PDF. Exporte os dados como CSV."),
    (b"\x1f\x8b", "está compactado (.gz). Descompacte-o antes."),
    (b"SQLite format 3\x00", "é um banco de dados SQLite. Exporte os dados como CSV."),
    (b"\xff\xfe", "está em UTF-16 (o “Texto Unicode” do Excel). " + _SALVE),
    (b"\xfe\xff", "está em UTF-16 (o “Texto Unicode” do Excel). " + _SALVE),
)


class Arquivo:
    """An open file of text lines. Use `open_arquivo`."""

    def __init__(self, nome: str, file: IO[bytes]) -> None:
        self.nome = nome
        self._file = file
        self._sha256 = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Of what was read so far."""
        return self._sha256.hexdigest()

    def lines(self) -> Generator[str, None, None]:
        """Each line with its end. Raises ArquivoNaoLido with the line where the text stops being text."""
        number = 0
        while raw := self._file.readline(LIMITE_DA_LINHA + 1):
            number += 1
            self._sha256.update(raw)
            yield self._decode(raw.removeprefix(BOM) if number == 1 else raw, number)

    def refuse(self, motivo: str, *, linha: int | None = None) -> ArquivoNaoLido:
        """The refusal of the file as a whole."""
        where = f"linha {linha}: " if linha else ""
        return ArquivoNaoLido(arquivo=self.nome, motivo=where + motivo, linha=linha)

    def _decode(self, raw: bytes, number: int) -> str:
        if number == 1:
            for start, what in _OUTROS:
                if raw.startswith(start):
                    raise self.refuse(what)
        if len(raw) > LIMITE_DA_LINHA:
            raise self.refuse(
                f"tem mais de {LIMITE_DA_LINHA >> 20} MiB sem quebra de linha. Confira se é mesmo um CSV.", linha=number
            )
        if b"\0" in raw:
            raise self.refuse(
                "há um byte nulo (NUL), que nenhuma planilha grava: o arquivo está danificado ou não é um CSV. "
                "Copie-o de novo da origem.",
                linha=number,
            )
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            byte = raw[error.start : error.start + 1]
            seems = byte.decode("cp1252", "replace")
            raise self.refuse(
                f"o byte 0x{byte.hex().upper()} não é UTF-8; parece o caractere “{seems}” gravado em Latin-1 "
                f"(Windows). {_SALVE}",
                linha=number,
            ) from None


@contextmanager
def open_arquivo(path: Path, *, nome: str | None = None) -> Generator[Arquivo, None, None]:
    """Open a file to read its lines; `nome` is what people call it, where that is not the path's.

    Raises ArquivoAusente, and ArquivoNaoLido when it is empty or too large.
    """
    nome = nome or show_name(path)
    try:
        # Not waited for: the other end of a pipe may never come.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        raise _explain_absent(nome, error) from None
    try:
        _ensure_regular(nome, os.fstat(descriptor))
        file = os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
    with file:
        try:
            yield Arquivo(nome, file)
        except OSError as error:
            raise ArquivoNaoLido(
                arquivo=nome, motivo=f"o disco não o entregou inteiro ({error.strerror}). Copie-o para outro disco."
            ) from error


def show_name(path: Path) -> str:
    """The file's name as text that can be kept: a name may hold bytes that are none."""
    return str(path.name or path).encode("utf-8", "replace").decode()[:1000] or "."


def _ensure_regular(nome: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        what = "é uma pasta." if stat.S_ISDIR(status.st_mode) else "não é um arquivo comum."
        raise ArquivoAusente(arquivo=nome, motivo=f"{what} Informe o caminho de um arquivo CSV.")
    size = status.st_size
    if size == 0:
        raise ArquivoNaoLido(arquivo=nome, motivo="está vazio. Confira se é este o arquivo e exporte-o de novo.")
    if size > LIMITE:
        raise ArquivoNaoLido(
            arquivo=nome,
            motivo=f"tem {size / (1 << 20):.0f} MiB e o limite de uma importação é {LIMITE >> 20} MiB. Divida-o por "
            "mês; para trazer um estúdio inteiro, restaure um backup completo.",
        )


def _explain_absent(nome: str, error: OSError | ValueError) -> ArquivoAusente:
    if isinstance(error, FileNotFoundError):
        motivo = "não existe. Confira o caminho."
    elif isinstance(error, PermissionError):
        motivo = "não pode ser lido por este usuário. Confira as permissões."
    elif isinstance(error, IsADirectoryError | NotADirectoryError):
        motivo = "não é um arquivo. Informe o caminho de um arquivo CSV."
    else:
        motivo = f"não pôde ser aberto ({getattr(error, 'strerror', None) or 'caminho inválido'}). Confira o caminho."
    return ArquivoAusente(arquivo=nome, motivo=motivo)
