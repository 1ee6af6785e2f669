"""Writing a month's backup: one snapshot of the database, streamed in batches, hashed and counted as it passes.

Memory does not grow with the rows. The pair of sheet and manifest exists from one rename on, that of the manifest under
its familiar name; whatever stops before leaves the backup of before as it was.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID

import estudio
from estudio import clock, db, logs, sql
from estudio.config import get_settings
from estudio.domain.backup import (
    Guardado,
    Manifesto,
    Origem,
    content_name,
    familiar_name,
    folder_name,
)
from estudio.domain.backup_planilha import (
    BOM,
    CABECALHO,
    count_comissao,
    count_gasto,
    count_pagamento,
    count_sessao,
    format_comissao,
    format_gasto,
    format_pagamento,
    format_sessao,
)
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import Contador, Contagem
from estudio.domain.errors import SemDados
from estudio.services.backup_arquivo import Compressed, Folder, TemporaryFile, keep_evidence, open_folder
from estudio.services.backup_registro import register_backup
from estudio.services.batch_processing import get_batch_size, process_records_in_batches
from estudio.services.contagem_service import Progress

FETCH: Final = 1000
"""Rows in flight from the server: more of them make nothing faster."""

BYTES_PER_ROW: Final = 150
"""What a row takes, roughly: how much room is needed is said before it is known."""

# In the order of the file, and as `lote_tamanhos` counts them.
_KINDS: Final[Mapping[str, tuple[Callable[[Any], str], Callable[[Contador, Any], None]]]] = {
    "pagamentos": (format_pagamento, count_pagamento),
    "comissoes": (format_comissao, count_comissao),
    "sessoes": (format_sessao, count_sessao),
    "gastos": (format_gasto, count_gasto),
}


class _Sink(Protocol):
    def write(self, data: bytes, /) -> None: ...


def create_backup(
    competencia: Competencia,
    *,
    run_id: UUID | None = None,
    batch_size: int | None = None,
    on_batch: Callable[[Progress], None] = lambda _: None,
) -> Guardado:
    """Write the backup of a month as it is at this moment. Raises SemDados, DiscoRecusou.

    It reads on a connection of its own, so that under the lock of a closing it sees what the closing sees. Nothing is
    proven by having written: `read_backup` proves.
    """
    with open_folder(get_folder_path(competencia)) as folder:
        folder.sweep()
        with ExitStack() as stack:
            csv = stack.enter_context(TemporaryFile(folder, "csv"))
            gz = None
            if get_settings().backup_compression_enabled:
                gz = Compressed(stack.enter_context(TemporaryFile(folder, "csv.gz")))
            with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
                connection = db.raw(session)
                origem, rotulos = read_origem(connection), _read_rotulos(connection)
                stream = _Stream(connection, competencia, csv, [csv] if gz is None else [csv, gz], on_batch)
                contagem = stream.run(batch_size or get_batch_size())
            csv.finish()
            if gz is not None:
                gz.finish()
            manifesto = Manifesto(
                contagem=contagem,
                csv=csv.describe(content_name(competencia, csv.sha256, "csv")),
                gz=gz.file.describe(content_name(competencia, csv.sha256, "csv.gz")) if gz else None,
                criado_em=clock.now().isoformat(timespec="microseconds"),
                run_id=str(run_id or logs.run_id()),
                origem=origem,
                rotulos=rotulos,
            )
            _put_in_place(folder, manifesto, csv, gz.file if gz else None)
    guardado = Guardado(folder.path / manifesto.csv.arquivo, manifesto)
    register_backup(guardado)
    return guardado


def get_folder_path(competencia: Competencia) -> Path:
    """`BACKUP_DIR/2025_09`."""
    return get_settings().backup_dir / folder_name(competencia)


def read_origem(connection: db.Connection) -> Origem:
    """Which database this is."""
    row = connection.execute(
        """select i.estudio_id::text, i.nome, current_database(),
                  (select system_identifier::text from pg_control_system()), current_setting('server_version'),
                  to_regclass('estudio.alembic_version') is not null
           from estudio.identidade i"""
    ).fetchone()
    assert row is not None, "the migration wrote the one row of identidade"
    estudio_id, nome, banco, sistema, servidor, has_revision = row
    found = None
    if has_revision:
        found = connection.execute("select version_num from estudio.alembic_version").fetchone()
    return Origem(estudio_id, nome, banco, sistema, servidor, estudio.__version__, found[0] if found else None)


def _read_rotulos(connection: db.Connection) -> dict[str, dict[str, str]]:
    rows = connection.execute(
        """select 'formas', codigo, rotulo from estudio.formas
           union all select 'categorias', codigo, rotulo from estudio.categorias order by 1, 2"""
    ).fetchall()
    rotulos: dict[str, dict[str, str]] = {"formas": {}, "categorias": {}}
    for tipo, codigo, rotulo in rows:
        rotulos[tipo][codigo] = rotulo
    return rotulos


class _Stream:
    """The rows of a month on their way into the sheet, counted as they pass."""

    def __init__(
        self,
        connection: db.Connection,
        competencia: Competencia,
        file: TemporaryFile,
        sinks: Sequence[_Sink],
        on_batch: Callable[[Progress], None],
    ) -> None:
        self._connection, self._competencia = connection, competencia
        self._file, self._sinks, self._on_batch = file, sinks, on_batch
        self._period = {"inicio": competencia.first_day, "fim": competencia.next_first_day}
        self._contador = Contador(competencia)

    def run(self, batch_size: int) -> Contagem:
        sizes = self._count_rows()
        total = sum(sizes.values())
        if not total:
            raise SemDados(f"{self._competencia.label} não tem pagamento nem gasto. Não há o que guardar.")
        batches = sum(-(-size // batch_size) for size in sizes.values())
        self._file.needed = total * BYTES_PER_ROW
        self._write(BOM + CABECALHO.encode())
        lote = done = 0
        for kind in _KINDS:
            for written in process_records_in_batches(
                _Rows(self._connection, kind, self._period, sizes[kind]), batch_size, self._write_batch, kind
            ):
                lote, done = lote + 1, done + written
                self._file.needed = self._file.bytes * total // done
                self._on_batch(Progress(kind, lote, batches, done, total))
        return self._contador.finish()

    def _write_batch(self, batch: list[Any], kind: str) -> int:
        format_row, count = _KINDS[kind]
        contador = self._contador
        for row in batch:
            count(contador, row)
        self._write("".join(map(format_row, batch)).encode())
        return len(batch)

    def _write(self, data: bytes) -> None:
        for sink in self._sinks:
            sink.write(data)

    def _count_rows(self) -> dict[str, int]:
        row = self._connection.execute(sql.load("lote_tamanhos"), self._period).fetchone()
        assert row is not None, "a SELECT of scalars always has its row"
        return dict(zip(("pagamentos", "sessoes", "comissoes", "gastos"), row, strict=True))


class _Rows:
    """The rows of one kind as they arrive; how many is known, so that the log can say n of N."""

    def __init__(self, connection: db.Connection, kind: str, period: dict[str, Any], count: int) -> None:
        self._connection, self._kind, self._period, self._count = connection, kind, period, count

    def __length_hint__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        with self._connection.cursor() as cursor:
            # Binary, so that no setting of the server has a say in how a date is written.
            yield from cursor.stream(sql.load(f"backup_{self._kind}"), self._period, binary=True, size=FETCH)


def _put_in_place(folder: Folder, manifesto: Manifesto, csv: TemporaryFile, gz: TemporaryFile | None) -> None:
    """The bytes first, the folder synced, then the manifest: a manifest never names what a crash could take away."""
    competencia, sha256 = manifesto.competencia, manifesto.csv.sha256
    keep_evidence(folder, manifesto.csv.arquivo, sha256)
    csv.place(manifesto.csv.arquivo)
    folder.point(familiar_name(competencia, "csv"), manifesto.csv.arquivo)
    if manifesto.gz is not None and gz is not None:
        keep_evidence(folder, manifesto.gz.arquivo, manifesto.gz.sha256)
        gz.place(manifesto.gz.arquivo)
        folder.point(familiar_name(competencia, "csv.gz"), manifesto.gz.arquivo)
    folder.sync()
    with TemporaryFile(folder, "json") as json:
        json.write(manifesto.as_bytes())
        json.finish()
        name = content_name(competencia, sha256, "json")
        json.place(name)
        folder.point(familiar_name(competencia, "json"), name)
    if manifesto.gz is None:
        # The compressed copy of an older backup under the name of this one.
        folder.unlink(familiar_name(competencia, "csv.gz"))
    folder.sync()
