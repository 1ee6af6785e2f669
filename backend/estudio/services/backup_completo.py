"""The whole studio in one file: dumped from one snapshot, read again, listed, pruned."""

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog
from psycopg import sql

from estudio import clock, db, logs
from estudio.config import get_settings
from estudio.domain.backup_completo import NAME, PASTA, Cabeca, Completo, ManifestoCompleto, dump_name
from estudio.domain.competencia import Competencia
from estudio.domain.errors import BackupAusente, BackupDanificado, CopiaCompletaFalhou
from estudio.services.backup_arquivo import TemporaryFile, open_folder
from estudio.services.backup_bytes import ensure_bytes, open_bytes
from estudio.services.backup_escrita import read_origem
from estudio.services.backup_ferramentas import Programa, find_programa, list_entries, stream_output
from estudio.services.backup_registro import (
    adopt_completo,
    find_estudio_id,
    list_registros,
    record_pruned,
    record_verified,
    register_completo,
)
from estudio.services.contagem_service import Connection
from estudio.services.rodada_service import AGORA

COUNTED: Final = ["acertos", "gastos", "pagamentos"]
"""Tables whose rows are a month's."""

AO_MENOS: Final = 7
"""So many of the newest stay however old they seem: a clock that is ahead for some minutes makes all of them old."""

log = structlog.get_logger(__name__)


def create_full_backup(*, run_id: UUID | None = None) -> Completo:
    """Dump the whole database. Raises DiscoRecusou, FerramentaAusente, CopiaCompletaFalhou."""
    with open_folder(_get_folder()) as folder:
        folder.sweep()
        with TemporaryFile(folder, "dump") as dump, db.translated(), db.connect_owner() as connection:
            server = connection.info.server_version // 10_000
            pg_dump = find_programa("pg_dump", server=server)
            with _open_snapshot(connection) as snapshot:
                origem, cabeca, meses = read_origem(connection), _find_cabeca(connection), _list_meses(connection)
                tables = _list_tables(connection)
                args = ("--format=custom", "--no-password", f"--snapshot={snapshot}")
                stream_output(pg_dump, *args, url=db.get_owner_url(), sink=dump)
            dump.finish()
            _ensure_whole(find_programa("pg_restore", server=server), folder.path / dump.name, tables)
            now = clock.now()
            name = dump_name(now, dump.sha256)
            manifesto = ManifestoCompleto(
                dump=dump.describe(name),
                criado_em=now.isoformat(timespec="microseconds"),
                run_id=str(run_id or logs.run_id()),
                origem=origem,
                ferramenta=f"{pg_dump.name} {pg_dump.major}",
                cabeca=cabeca,
                meses=meses,
            )
            dump.place(name)
            folder.sync()
        with TemporaryFile(folder, "json") as json:
            json.write(manifesto.as_bytes())
            json.finish()
            json.place(_manifest_name(name))
        folder.sync()
        completo = Completo(folder.path / name, manifesto)
    register_completo(completo)
    return completo


def find_completo(path: Path | None = None) -> Completo:
    """A dump by its path or that of its manifest, whoever's it is; without one, this studio's newest.

    Raises BackupAusente, BackupDanificado.
    """
    if path is not None:
        return _read(path if path.suffix == ".json" else path.with_name(_manifest_name(path.name)))
    found = list_completos()
    if not found:
        raise BackupAusente(
            "Não há cópia completa deste estúdio. Rode `estudio backup create --full`; a que veio de outro banco é "
            "dita por --file."
        )
    return found[0]


def verify_full_backup(completo: Completo) -> Completo:
    """Read it from the disk, whole, let pg_restore read its list, and remember the outcome. Raises BackupDanificado.

    Of another studio's nothing is remembered: the doctor would take it for a copy of this one.
    """
    dump = completo.manifesto.dump
    try:
        with open_bytes(completo.caminho) as file:
            ensure_bytes(completo.caminho, file, dump)
    except BackupDanificado as damage:
        record_verified(dump.arquivo, dump.sha256, resultado=damage.codigo)
        raise
    _ensure_whole(find_restore(completo, server=0), completo.caminho, ())
    if completo.estudio_id == find_estudio_id():
        adopt_completo(completo)
        record_verified(dump.arquivo, dump.sha256)
    return completo


def find_restore(completo: Completo, *, server: int) -> Programa:
    """The pg_restore that reads this dump and speaks to this server."""
    return find_programa("pg_restore", server=server, at_least=int(completo.manifesto.ferramenta.split()[-1]))


def list_completos() -> list[Completo]:
    """This studio's dumps in BACKUP_DIR whose manifest is whole, newest first; last those dated ahead of the clock."""
    folder = _get_folder()
    if not folder.is_dir():
        return []
    found, estudio_id = [], find_estudio_id()
    for path in sorted(folder.glob("*.json")):
        try:
            completo = _read(path)
        except BackupDanificado as damage:
            log.warning("copia_completa_sem_manifesto", arquivo=path.name, codigo=damage.codigo)
            continue
        if completo.estudio_id != estudio_id:
            log.warning("copia_completa_de_outro_estudio", arquivo=path.name)
        elif completo.caminho.exists():
            found.append(completo)
    until = clock.now() + AGORA
    return sorted(found, key=lambda completo: (completo.criado_em <= until, completo.criado_em), reverse=True)


def prune_full_backups(*, retention_days: int | None = None, dry_run: bool = False) -> list[Completo]:
    """Remove what is older than BACKUP_RETENTION_DAYS and return it; never one of the newest, nor the last verified."""
    days = get_settings().backup_retention_days if retention_days is None else retention_days
    assert days >= 1, "a policy that keeps nothing is none"
    limit = clock.now() - timedelta(days=days)
    found = list_completos()
    registros = list_registros()
    verified = [
        completo
        for completo in found
        if (row := registros.get((completo.manifesto.dump.arquivo, completo.manifesto.dump.sha256))) is not None
        and row.verificado_em is not None
    ]
    kept = {completo.caminho for completo in (*found[:AO_MENOS], *verified[:1])}
    old = [completo for completo in found if completo.criado_em < limit and completo.caminho not in kept]
    if not dry_run:
        _remove(old, limit)
    return old


def _remove(old: list[Completo], limit: datetime) -> None:
    """Remembered first: who is killed in between leaves what the next one takes away, here and elsewhere."""
    for completo in old:
        adopt_completo(completo)
        record_pruned(completo.manifesto.dump.arquivo, completo.manifesto.dump.sha256)
    orphans = _list_orphans(limit)
    if not old and not orphans:
        return
    with open_folder(_get_folder()) as folder:
        for completo in old:
            folder.unlink(_manifest_name(completo.caminho.name))
            folder.unlink(completo.caminho.name)
        for path in orphans:
            folder.unlink(path.name)
            log.info("sobra_removida", arquivo=path.name)
        folder.sync()


def _list_orphans(limit: datetime) -> list[Path]:
    """Dumps that no manifest speaks of, as old as what goes: nobody's copy, and as large as one. A run that was killed,
    or found the disk full, leaves one; so does a removal that was killed."""
    paths = [path for path in sorted(_get_folder().glob("*.dump")) if NAME.fullmatch(path.name)]
    return [
        path
        for path in paths
        if not os.path.lexists(path.with_name(_manifest_name(path.name))) and path.lstat().st_mtime < limit.timestamp()
    ]


def _get_folder() -> Path:
    return get_settings().backup_dir / PASTA


def _manifest_name(dump: str) -> str:
    return dump.removesuffix(".dump") + ".json"


def _read(manifest: Path) -> Completo:
    with open_bytes(manifest) as file:
        manifesto = ManifestoCompleto.parse(file.read(), arquivo=str(manifest))
    return Completo(manifest.with_name(manifesto.dump.arquivo), manifesto)


@contextmanager
def _open_snapshot(connection: Connection) -> Generator[str, None, None]:
    """A snapshot that pg_dump shares: what we say of the dump is true of the dump."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        row = connection.execute("select pg_export_snapshot()").fetchone()
        assert row is not None, "a function without rows of its own gives one"
        yield str(row[0])


def _find_cabeca(connection: Connection) -> Cabeca | None:
    row = connection.execute("select seq, selo_sha256 from estudio.selos order by seq desc limit 1").fetchone()
    return Cabeca(*row) if row else None


def _list_meses(connection: Connection) -> dict[str, str]:
    """By the database's own count, and of the tables that it has: an update copies books of an older program."""
    there = connection.execute(
        """select tablename from pg_tables where schemaname = 'estudio' and tablename = any(%s) order by 1""", [COUNTED]
    ).fetchall()
    months = sql.SQL(" union ").join(
        sql.SQL("select mes from {}").format(sql.Identifier("estudio", row[0])) for row in there
    )
    query = sql.SQL("select m.mes, (estudio.contar_competencia(m.mes)).conteudo_sha256 from ({}) m order by m.mes")
    return {Competencia.of(mes).slug: sha256 for mes, sha256 in connection.execute(query.format(months)).fetchall()}


def _list_tables(connection: Connection) -> list[str]:
    rows = connection.execute("select tablename from pg_tables where schemaname = 'estudio' order by 1").fetchall()
    return [row[0] for row in rows]


def _ensure_whole(pg_restore: Programa, path: Path, tables: Iterable[str]) -> None:
    entries = list_entries(pg_restore, path)
    missing = [table for table in tables if not any(f" TABLE DATA estudio {table} " in entry for entry in entries)]
    if missing or not entries:
        what = f"faltam na cópia as tabelas {', '.join(missing)}" if missing else "a cópia está vazia"
        raise CopiaCompletaFalhou(ferramenta="pg_dump", saida=what)
