"""Writing a month's backup: one snapshot of the database into a sheet, its manifest, and both put in their place.

The pair exists from one rename on, that of the manifest under its familiar name; whatever stops before leaves the
backup of before as it was.
"""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import estudio
from estudio import clock, db, logs
from estudio.config import get_settings
from estudio.domain.backup import Guardado, Manifesto, Origem, content_name, familiar_name, folder_name
from estudio.domain.competencia import Competencia
from estudio.services.backup_arquivo import Compressed, Folder, TemporaryFile, keep_evidence, open_folder
from estudio.services.backup_fluxo import MonthStream
from estudio.services.backup_registro import register_backup
from estudio.services.batch_processing import get_batch_size
from estudio.services.contagem_service import Progress


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
                stream = MonthStream(connection, competencia, [csv] if gz is None else [csv, gz], on_batch)
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
            with folder.alone():
                put_in_place(folder, manifesto, csv, gz.file if gz else None)
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


def put_in_place(
    folder: Folder, manifesto: Manifesto, csv: TemporaryFile, gz: TemporaryFile | None, *, standing: bool = True
) -> None:
    """The bytes first, the folder synced, then the manifest: a manifest never names what a crash could take away.

    `standing`: it is the one that the month's familiar names mean from now on.
    """
    competencia, sha256 = manifesto.competencia, manifesto.csv.sha256
    keep_evidence(folder, manifesto.csv.arquivo, sha256)
    csv.place(manifesto.csv.arquivo)
    if standing:
        folder.point(familiar_name(competencia, "csv"), manifesto.csv.arquivo)
    if manifesto.gz is not None and gz is not None:
        keep_evidence(folder, manifesto.gz.arquivo, manifesto.gz.sha256)
        gz.place(manifesto.gz.arquivo)
        if standing:
            folder.point(familiar_name(competencia, "csv.gz"), manifesto.gz.arquivo)
    folder.sync()
    with TemporaryFile(folder, "json") as json:
        json.write(manifesto.as_bytes())
        json.finish()
        name = content_name(competencia, sha256, "json")
        json.place(name)
        if standing:
            folder.point(familiar_name(competencia, "json"), name)
    if manifesto.gz is None and standing:
        # The compressed copy of an older backup under the name of this one.
        folder.unlink(familiar_name(competencia, "csv.gz"))
    folder.sync()
