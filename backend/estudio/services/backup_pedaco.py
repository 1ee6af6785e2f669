"""A sheet in pieces that end where a row ends, and each piece counted by itself.

Nothing here says what is wrong with a sheet: a piece that is not as it should be counts as None, and whoever asked
reads the sheet from its beginning, alone, and says it.
"""

import csv
import hashlib
import io
from collections.abc import Generator
from itertools import groupby
from operator import itemgetter
from typing import Final

from estudio.domain.backup_planilha import BOM, CABECALHO
from estudio.domain.backup_planilha_leitura import parse_selada, read_cells
from estudio.domain.contagem_trecho import Trecho, count_trecho

PIECE: Final = 1 << 20
LONGEST: Final = 8 << 20
"""Bytes: how much is read at a time, and how much at most without the end of a row: our longest is a fraction of it."""

_START: Final = BOM + CABECALHO.encode()
_END: Final = b"\r\n"


class Pieces:
    """The rows of an open sheet in pieces, hashed as they are read; `is_whole` when all of it was rows."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()
        self.bytes = 0
        self.is_whole = False

    def cut(self) -> Generator[bytes, None, None]:
        """Every row is in one piece: outside of quotes there is an even number of them before."""
        rest = self._read(len(_START))
        if rest != _START:
            return
        rest = b""
        while chunk := self._read(PIECE):
            rest += chunk
            end = _find_end(rest)
            if end:
                yield rest[:end]
                rest = rest[end:]
            elif len(rest) > LONGEST:
                return
        self.is_whole = not rest

    def _read(self, size: int) -> bytes:
        data = self._file.read(size) or b""
        self.sha256.update(data)
        self.bytes += len(data)
        return data


def count_piece(piece: bytes) -> tuple[int, Trecho] | None:
    """How many rows a piece has, and their count; None when it does not consist of rows in order."""
    try:
        seladas = list(map(parse_selada, read_cells(io.StringIO(piece.decode(), newline=""))))
        return len(seladas), count_trecho(
            (tipo, [linha for _, linha in grupo]) for tipo, grupo in groupby(seladas, itemgetter(0))
        )
    except (ValueError, csv.Error):
        return None


def _find_end(data: bytes) -> int:
    """The end of the last whole row; 0 where there is none."""
    end, quotes = len(data), data.count(b'"')
    while (found := data.rfind(_END, 0, end)) >= 0:
        quotes -= data.count(b'"', found + len(_END), end)
        if quotes % 2 == 0:
            return found + len(_END)
        end = found + 1
    return 0
