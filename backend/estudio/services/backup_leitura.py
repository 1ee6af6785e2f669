"""Reading a backup again, from the disk and whole: what it holds is computed from its rows, and any damage has a name.

The file is believed in four steps, each of which a wrong file fails in its own way: the manifest is as it was written
and of this month; size and sha256 of the bytes (and of the compressed copy) are the manifest's; every row can be read;
the rows add up, per day and in total, to what the manifest says.
"""

import csv
import io
import os
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, Final, Generic, TypeVar

from estudio.domain.backup import Guardado, Manifesto, Prova, familiar_name
from estudio.domain.backup_planilha import BOM, COLUNAS, Linha
from estudio.domain.backup_planilha_leitura import Selada, parse_linha, parse_selada, read_cells
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contador, Contagem
from estudio.domain.errors import (
    BackupIlegivel,
    BackupIncoerente,
    BackupSumiu,
    CompetenciaInvalida,
    ManifestoDanificado,
)
from estudio.services.backup_bytes import HashedFile, ensure_bytes, ensure_compressed, explain_altered, open_bytes
from estudio.services.backup_pedaco import Pieces
from estudio.services.batch_processing import get_batch_size, process_records_in_batches
from estudio.services.contagem_service import Marcha, Progress, tell_nobody
from estudio.services.leitores import count_leitores, open_leitores

# A manifest of a month is some 30 kB; more than this is none.
MAX_MANIFEST: Final = 4 << 20

READ_AHEAD: Final = 1 << 20

T = TypeVar("T")


def find_guardado(folder: Path, competencia: Competencia) -> Guardado | None:
    """The backup that stands for a month in its folder, or None when there is none. Raises ManifestoDanificado."""
    manifest = folder / familiar_name(competencia, "json")
    if not os.path.lexists(manifest):
        return None
    return read_manifesto(manifest, competencia=competencia)


def read_manifesto(path: Path, *, competencia: Competencia | None = None) -> Guardado:
    """What a manifest claims. Raises ManifestoDanificado, ManifestoDeOutroMes, DiscoRecusou."""
    with open_bytes(path) as file:
        payload = file.read(MAX_MANIFEST + 1)
    if len(payload) > MAX_MANIFEST:
        raise ManifestoDanificado(arquivo=str(path), motivo="é grande demais para um manifesto")
    manifesto = Manifesto.parse(payload, arquivo=str(path), competencia=competencia)
    return Guardado(path.parent / manifesto.csv.arquivo, manifesto)


def find_of(path: Path) -> Guardado:
    """The backup that a path means, unread: a manifest, or a sheet with its manifest beside it."""
    stem = path.name.removesuffix(".gz").removesuffix(".csv").removesuffix(".json")
    manifest = path.with_name(f"{stem}.json")
    if not os.path.lexists(manifest):
        raise BackupSumiu(arquivo=str(manifest))
    guardado = read_manifesto(manifest, competencia=_parse_name(path.name))
    sheet = path.with_name(f"{stem}.csv")
    # Named by its familiar name, that very file is meant: a person may have put another one in its place. And a pair
    # that was carried elsewhere has no other name.
    if path == sheet or not os.path.lexists(guardado.caminho):
        return Guardado(sheet, guardado.manifesto)
    return guardado


def read_backup(path: Path, *, batch_size: int | None = None) -> Prova:
    """Read a sheet or its manifest, by either of its names. Raises a BackupDanificado or DiscoRecusou."""
    return prove(find_of(path), batch_size=batch_size)


def prove(
    guardado: Guardado, *, batch_size: int | None = None, on_batch: Callable[[Progress], None] = tell_nobody
) -> Prova:
    """Read the file of a manifest, whole. Raises a BackupDanificado that names what is wrong, or DiscoRecusou."""
    manifesto = guardado.manifesto
    if manifesto.gz is not None:
        ensure_compressed(guardado.caminho.with_name(manifesto.gz.arquivo), manifesto.gz, manifesto.csv)
    contagem = count_sheet(guardado, batch_size=batch_size or get_batch_size(), on_batch=on_batch)
    _ensure_coherent(guardado, contagem)
    return Prova(guardado, contagem)


def count_sheet(guardado: Guardado, *, batch_size: int, on_batch: Callable[[Progress], None] = tell_nobody) -> Contagem:
    """What the rows of a file add up to, whatever its manifest says. Raises a BackupDanificado."""
    expected = guardado.manifesto.contagem.registros
    leitores = count_leitores(expected)
    if leitores > 1:
        counted = _count_apart(guardado, leitores, on_batch)
        if counted is not None:
            return counted
        # The same rows again, to say what is wrong with them: how far that is was told already.
        on_batch = tell_nobody
    contador, marcha = Contador(guardado.competencia), Marcha([expected], batch_size, on_batch)
    try:
        with (
            _open_sheet(guardado, parse_selada) as rows,
            closing(process_records_in_batches(rows, batch_size, _count_batch, contador)) as batches,
        ):
            for quantos in batches:
                marcha.step("backup", quantos)
    except ValueError as error:
        raise BackupIlegivel(arquivo=str(guardado.caminho), linha="?", motivo="linhas fora de ordem") from error
    return contador.finish()


def _count_apart(guardado: Guardado, leitores: int, on_batch: Callable[[Progress], None]) -> Contagem | None:
    """The same by several processes, piece by piece; None when anything is wrong, which one alone then says.

    What they count is what was hashed: they open no file, they are given its bytes.
    """
    expected, contador = guardado.manifesto.csv, Contador(guardado.competencia)
    marcha = Marcha([guardado.manifesto.contagem.registros], None, on_batch)
    with open_bytes(guardado.caminho) as file, open_leitores(leitores) as running:
        pieces = Pieces(file)
        with closing(running.read(("ler", piece) for piece in pieces.cut())) as parts:
            for part in parts:
                if part is None:
                    return None
                quantos, trecho = part
                try:
                    contador.join(trecho)
                except ValueError:
                    return None
                marcha.step("backup", quantos)
        is_same = (pieces.bytes, pieces.sha256.hexdigest()) == (expected.bytes, expected.sha256)
        return contador.finish() if pieces.is_whole and is_same else None


def open_rows(guardado: Guardado) -> AbstractContextManager[Iterable[Linha]]:
    """The rows of a file, as `_open_sheet` gives them."""
    return _open_sheet(guardado, parse_linha)


@contextmanager
def _open_sheet(guardado: Guardado, parse: Callable[[list[str]], T]) -> Generator[Iterable[T], None, None]:
    """The rows of a file whose bytes are the manifest's, one at a time.

    The bytes are hashed before the first row is read, so that damage is told as damage and not as what it looks like,
    and once more as they are read: what was read is what was hashed. Raises a BackupDanificado.
    """
    expected = guardado.manifesto.csv
    with open_bytes(guardado.caminho) as file:
        ensure_bytes(guardado.caminho, file, expected)
        hashed = HashedFile(file)
        with io.TextIOWrapper(io.BufferedReader(hashed, READ_AHEAD), "utf-8", newline="") as text:
            yield _Sheet(guardado.caminho, text, guardado.manifesto.contagem.registros, parse)
            if hashed.sha256.hexdigest() != expected.sha256:
                raise explain_altered(guardado.caminho, expected, hashed.sha256.hexdigest())


class _Sheet(Generic[T]):
    """The rows of an open sheet; how many there should be is known, so that the log can say n of N."""

    def __init__(self, path: Path, text: IO[str], expected: int, parse: Callable[[list[str]], T]) -> None:
        self._path, self._text, self._expected, self._parse = path, text, expected, parse

    def __length_hint__(self) -> int:
        return self._expected

    def __iter__(self) -> Iterator[T]:
        cells, parse = read_cells(self._text), self._parse
        line = 1
        try:
            if next(cells, []) != [BOM.decode() + COLUNAS[0], *COLUNAS[1:]]:
                raise ValueError("o cabeçalho não é o de um backup")
            line = 2
            for row in cells:
                yield parse(row)
                line += 1
        except UnicodeDecodeError as error:
            raise BackupIlegivel(arquivo=str(self._path), linha=line, motivo="não está em UTF-8") from error
        except csv.Error as error:
            raise BackupIlegivel(
                arquivo=str(self._path), linha=line, motivo=f"aspas fora do lugar ({error})"
            ) from error
        except ValueError as error:
            raise BackupIlegivel(arquivo=str(self._path), linha=line, motivo=str(error)) from error


def _count_batch(batch: list[Selada], contador: Contador) -> int:
    for tipo, grupo in groupby(batch, key=itemgetter(0)):
        contador.add(tipo, [sealed for _, sealed in grupo])
    return len(batch)


def _parse_name(name: str) -> Competencia | None:
    found = re.match(r"backup_([0-9]{4})_([0-9]{2})\.", name)
    try:
        return Competencia(int(found[1]), int(found[2])) if found else None
    except CompetenciaInvalida:
        return None


def _ensure_coherent(guardado: Guardado, contagem: Contagem) -> None:
    claimed = guardado.manifesto.contagem
    if contagem == claimed:
        return
    differences = contagem.list_differences(claimed)
    where = f"dia {differences[0]['dia']}, {differences[0]['tipo']}" if differences else "totais"
    raise BackupIncoerente(arquivo=str(guardado.caminho), onde=where, diferencas=differences)
