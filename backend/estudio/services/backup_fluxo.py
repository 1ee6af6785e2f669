"""A month's rows on their way from the database into its sheet: streamed in batches, counted as they pass.

Memory does not grow with the rows, and the batch size changes no byte of the sheet.
"""

import hashlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final, Protocol

from estudio import sql
from estudio.domain.backup_planilha import (
    BOM,
    CABECALHO,
    SELADAS,
    format_acertos,
    format_comissoes,
    format_gastos,
    format_pagamentos,
    format_sessoes,
)
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contador, Contagem
from estudio.domain.errors import SemDados
from estudio.services.backup_arquivo import TemporaryFile
from estudio.services.batch_processing import get_batch_size, process_records_in_batches
from estudio.services.contagem_service import IN_FLIGHT, Connection, Progress, count_rows

BYTES_PER_ROW: Final = 150
"""What a row takes, roughly: how much room is needed is said before it is known."""

# In the order of the file, and as `lote_tamanhos` counts them: the type of their rows, and the lines of a batch.
_KINDS: Final[Mapping[str, tuple[str, Callable[[list[Any]], str]]]] = {
    "pagamentos": ("pagamento", format_pagamentos),
    "comissoes": ("comissao", format_comissoes),
    "sessoes": ("sessao", format_sessoes),
    "gastos": ("gasto", format_gastos),
    "acertos": ("acerto", format_acertos),
}


class Sink(Protocol):
    """What takes the bytes of a sheet: a file, its compressed copy, or a hash alone."""

    def write(self, data: bytes, /) -> None: ...


class MonthStream:
    """The rows of a month on their way into the sheet, counted as they pass."""

    def __init__(
        self,
        connection: Connection,
        competencia: Competencia,
        sinks: Sequence[Sink],
        on_batch: Callable[[Progress], None],
    ) -> None:
        self._connection, self._competencia = connection, competencia
        self._sinks, self._on_batch = sinks, on_batch
        self._period = {"inicio": competencia.first_day, "fim": competencia.next_first_day}
        self._contador = Contador(competencia)
        self._bytes = 0

    def run(self, batch_size: int) -> Contagem:
        sizes = count_rows(self._connection, self._competencia)
        total = sum(sizes.values())
        if not total:
            raise SemDados(f"{self._competencia.label} não tem pagamento nem gasto. Não há o que guardar.")
        batches = sum(-(-size // batch_size) for size in sizes.values())
        self._expect(total * BYTES_PER_ROW)
        self._write(BOM + CABECALHO.encode())
        lote = done = 0
        for kind in _KINDS:
            with closing(_Rows(self._connection, kind, self._period, sizes[kind])) as rows:
                for written in process_records_in_batches(rows, batch_size, self._write_batch, kind):
                    lote, done = lote + 1, done + written
                    self._expect(self._bytes * total // done)
                    self._on_batch(Progress(kind, lote, batches, done, total))
        return self._contador.finish()

    def _write_batch(self, batch: list[Any], kind: str) -> int:
        tipo, format_batch = _KINDS[kind]
        self._contador.add(tipo, map(SELADAS[tipo], batch))
        self._write(format_batch(batch).encode())
        return len(batch)

    def _expect(self, size: int) -> None:
        for sink in self._sinks:
            if isinstance(sink, TemporaryFile):
                sink.needed = size

    def _write(self, data: bytes) -> None:
        self._bytes += len(data)
        for sink in self._sinks:
            sink.write(data)


def hash_sheet(connection: Connection, competencia: Competencia) -> str:
    """The sha256 of the sheet that a month would give; nothing is written. The connection is in a transaction."""
    sheet = _Hash()
    MonthStream(connection, competencia, [sheet], lambda _: None).run(get_batch_size())
    return sheet.sha256.hexdigest()


class _Hash:
    """A sheet of which only the sha256 is kept."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.sha256.update(data)


class _Rows:
    """The rows of one kind as they arrive; how many is known, so that the log can say n of N.

    Closed before the transaction ends: a query that still sends rows would let no ROLLBACK through.
    """

    def __init__(self, connection: Connection, kind: str, period: dict[str, Any], count: int) -> None:
        self._count = count
        self._rows = _stream(connection, kind, period)

    def __length_hint__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def close(self) -> None:
        self._rows.close()


def _stream(connection: Connection, kind: str, period: dict[str, Any]) -> Generator[Any, None, None]:
    with connection.cursor() as cursor:
        # Binary, so that no setting of the server has a say in how a date is written.
        yield from cursor.stream(sql.load(f"backup_{kind}"), period, binary=True, size=IN_FLIGHT)
