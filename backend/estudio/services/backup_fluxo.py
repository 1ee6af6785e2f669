"""A month's rows on their way from the database into its sheet: streamed in batches, counted as they pass.

Memory does not grow with the rows, and the batch size changes no byte of the sheet.
"""

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import Any, Final, Protocol

from estudio.domain.backup_planilha import BOM, CABECALHO
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contador, Contagem
from estudio.domain.errors import SemDados
from estudio.services.backup_arquivo import TemporaryFile
from estudio.services.backup_lote import KINDS, Escrito, as_faixa, split_faixa, stream_rows, write_batch
from estudio.services.batch_processing import get_batch_size, process_records_in_batches
from estudio.services.contagem_service import Connection, Marcha, Progress, count_rows
from estudio.services.leitores import count_leitores, open_leitores

BYTES_PER_ROW: Final = 150
"""What a row takes, roughly: how much room is needed is said before it is known."""


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
        self._contador = Contador(competencia)
        self._bytes = 0

    def run(self, batch_size: int) -> Contagem:
        sizes = count_rows(self._connection, self._competencia)
        total = sum(sizes.values())
        if not total:
            raise SemDados(f"{self._competencia.label} não tem pagamento nem gasto. Não há o que guardar.")
        leitores = count_leitores(total, self._connection)
        marcha = Marcha(sizes.values(), batch_size if leitores == 1 else None, self._on_batch)
        self._expect(total * BYTES_PER_ROW)
        self._write(BOM + CABECALHO.encode())
        batches = self._read(sizes, batch_size) if leitores == 1 else self._read_apart(leitores, batch_size)
        with closing(batches):
            for escrito in batches:
                self._contador.join(escrito.trecho)
                self._write(escrito.linhas)
                self._expect(self._bytes * total // (marcha.done + escrito.quantos))
                marcha.step(escrito.kind, escrito.quantos)
        return self._contador.finish()

    def _read(self, sizes: dict[str, int], batch_size: int) -> Generator[Escrito, None, None]:
        for kind in KINDS:
            with closing(_Rows(self._connection, kind, self._competencia, sizes[kind])) as rows:
                yield from process_records_in_batches(rows, batch_size, write_batch, kind)

    def _read_apart(self, leitores: int, batch_size: int) -> Generator[Escrito, None, None]:
        """By several processes over the snapshot of our transaction, in the same order."""
        faixas = split_faixa(self._connection, self._competencia)
        with open_leitores(leitores, self._connection) as running:
            requests = [("escrever", kind, faixa, batch_size) for kind in KINDS for faixa in faixas]
            with closing(running.read(requests)) as parts:
                yield from parts

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
    """The rows of one kind as they arrive; how many is known, so that the log can say n of N."""

    def __init__(self, connection: Connection, kind: str, competencia: Competencia, count: int) -> None:
        self._count = count
        self._rows = stream_rows(connection, kind, as_faixa(competencia))

    def __length_hint__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def close(self) -> None:
        self._rows.close()
