"""The collection of backups: what lies in BACKUP_DIR, what of it is protected, and what is old enough to go."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from estudio import clock
from estudio.config import get_settings
from estudio.domain.backup import CONTENT_NAME, Guardado, familiar_name, folder_name
from estudio.domain.competencia import Competencia
from estudio.domain.errors import BackupDanificado
from estudio.services.backup_arquivo import Folder, open_folder
from estudio.services.backup_disco import disk_refusals
from estudio.services.backup_leitura import find_guardado, read_manifesto
from estudio.services.backup_registro import (
    Registro,
    adopt_backup,
    find_estudio_id,
    list_registros,
    list_sealed,
    record_pruned,
)

log = structlog.get_logger(__name__)

SEM_MANIFESTO: Final = "sem_manifesto"
SEM_ARQUIVO: Final = "sem_arquivo"
DE_OUTRO_ESTUDIO: Final = "de_outro_estudio"


@dataclass(frozen=True)
class ItemDeBackup:
    """One backup on disk, as a list shows it; nothing of it was read but the manifest."""

    competencia: Competencia
    caminho: Path
    guardado: Guardado | None
    registro: Registro | None
    criado_em: datetime
    bytes: int
    vigente: bool
    """The one that its month's familiar name means."""
    citado: bool
    """Some extrato names it: it stays for ever."""
    problema: str | None
    """Why it is no backup to use: a code of a BackupDanificado, or one of the three above."""


def list_backups(competencia: Competencia | None = None) -> list[ItemDeBackup]:
    """What lies in BACKUP_DIR, months in order and the newest of each month first. Raises DiscoRecusou."""
    folder = get_settings().backup_dir
    sealed_files, sealed_contents = list_sealed()
    registros, estudio_id = list_registros(), find_estudio_id()
    found = []
    standing: dict[Competencia, Guardado | None] = {}
    for month, path in _list_sheets(folder, competencia):
        if month not in standing:
            standing[month] = _find_standing(path.parent, month)
        stands = standing[month]
        if stands is not None and stands.caminho != path:
            stands = None
        guardado, problem = _read(path, month, stands)
        if guardado is not None and guardado.manifesto.origem.estudio_id != estudio_id:
            problem = DE_OUTRO_ESTUDIO
        csv = guardado.manifesto.csv if guardado else None
        status = path.stat() if path.exists() else None
        found.append(
            ItemDeBackup(
                competencia=month,
                caminho=path,
                guardado=guardado,
                registro=registros.get((csv.arquivo, csv.sha256)) if csv else None,
                criado_em=datetime.fromisoformat(guardado.manifesto.criado_em) if guardado else _modified(path),
                bytes=status.st_size if status else 0,
                vigente=stands is not None,
                citado=_is_cited(path, guardado, sealed_files, sealed_contents),
                problema=problem if status else SEM_ARQUIVO,
            )
        )
    return sorted(found, key=lambda item: (item.competencia, -item.criado_em.timestamp(), item.caminho.name))


def list_standing_months() -> set[Competencia]:
    """The months of whose backups one stands, whole or damaged: its familiar manifest lies there."""
    return {
        month
        for month, path in _list_sheets(get_settings().backup_dir, None)
        if os.path.lexists(path.with_name(familiar_name(month, "json")))
    }


def prune_backups(
    competencia: Competencia | None = None, *, retention_days: int | None = None, dry_run: bool = False
) -> list[ItemDeBackup]:
    """Remove what is older than BACKUP_RETENTION_DAYS (of one month, or of all) and return it; `dry_run` only returns.

    Never what an extrato names, nor the one that stands for its month, nor the last one of a month that was verified,
    nor what is damaged (it is evidence) or another studio's. Raises DiscoRecusou, Ocupado.
    """
    days = get_settings().backup_retention_days if retention_days is None else retention_days
    assert days >= 1, "a policy that keeps nothing is none"
    limit = clock.now() - timedelta(days=days)
    items = list_backups(competencia)
    last_verified = _find_last_verified(items)
    old = [item for item in items if item.criado_em < limit and _is_free(item) and item.caminho not in last_verified]
    if not dry_run:
        return [item for item in old if _remove(item)]
    return old


def _is_free(item: ItemDeBackup) -> bool:
    # A sheet whose manifest was never put in place is what a killed run leaves: nobody's backup.
    return not item.vigente and not item.citado and item.problema in (None, SEM_MANIFESTO)


def _find_last_verified(items: Iterable[ItemDeBackup]) -> set[Path]:
    last: dict[Competencia, tuple[datetime, Path]] = {}
    for item in items:
        if item.registro is not None and item.registro.verificado_em is not None and item.problema is None:
            candidate = (item.registro.verificado_em, item.caminho)
            last[item.competencia] = max(last.get(item.competencia, candidate), candidate)
    return {path for _, path in last.values()}


def _remove(item: ItemDeBackup) -> bool:
    """Whether it went."""
    with open_folder(item.caminho.parent) as folder, folder.alone():
        if _is_taken_up(item):
            return False
        delete_sheet(folder, item.caminho.name, item.guardado)
    log.info("backup_apagado", mes=item.competencia.slug, arquivo=item.caminho.name, bytes=item.bytes)
    return True


def delete_sheet(folder: Folder, csv: str, guardado: Guardado | None) -> None:
    """A sheet with all that belongs to it. Remembered first, where its manifest says what it is: whoever is killed in
    between leaves what the next one takes away, here and elsewhere. Then the manifest: at no moment does one name a
    file that is gone."""
    if guardado is not None:
        # Without a row there is nothing to remember it by.
        adopt_backup(guardado)
        record_pruned(guardado.manifesto.csv.arquivo, guardado.manifesto.csv.sha256)
    for ext in ("json", "csv.gz", "csv"):
        folder.unlink(csv.removesuffix("csv") + ext)
    folder.sync()


def _is_taken_up(item: ItemDeBackup) -> bool:
    """Whether somebody put the same bytes in place since the look: they stand, or a closing that did it names them."""
    stands = _find_standing(item.caminho.parent, item.competencia)
    return (stands is not None and stands.caminho == item.caminho) or _is_cited(
        item.caminho, item.guardado, *list_sealed()
    )


def _list_sheets(folder: Path, only: Competencia | None) -> Iterator[tuple[Competencia, Path]]:
    """The path of each sheet that lies there or that a manifest speaks of."""
    if not folder.is_dir():
        return
    with disk_refusals(folder, verb="ler"):
        paths = sorted(
            {path.with_name(path.name.removesuffix(".gz")).with_suffix(".csv") for path in _list_ours(folder)}
        )
    for path in paths:
        month = Competencia(int(path.name[7:11]), int(path.name[12:14]))
        if path.parent.name == folder_name(month) and only in (None, month):
            yield month, path


def _list_ours(folder: Path) -> Iterator[Path]:
    for month in folder.iterdir():
        if month.is_dir() and not month.is_symlink():
            yield from (path for path in month.iterdir() if CONTENT_NAME.fullmatch(path.name))


def _find_standing(folder: Path, competencia: Competencia) -> Guardado | None:
    """What the familiar manifest names. It is the one that restores, whatever became of its second name."""
    try:
        return find_guardado(folder, competencia)
    except BackupDanificado:
        return None


def _read(path: Path, competencia: Competencia, standing: Guardado | None) -> tuple[Guardado | None, str | None]:
    """What a sheet's manifest claims; when the sheet stands for its month, the familiar one may say it."""
    manifest = path.with_suffix(".json")
    if not manifest.exists():
        return standing, SEM_MANIFESTO if standing is None else None
    try:
        guardado = read_manifesto(manifest, competencia=competencia)
    except BackupDanificado as damage:
        return None, damage.codigo
    return guardado, None


def _is_cited(path: Path, guardado: Guardado | None, files: frozenset[str], contents: frozenset[str]) -> bool:
    if guardado is None:
        # Its manifest is gone or damaged; its name still says the beginning of its sha256.
        return any(sha256.startswith(path.name[15:27]) for sha256 in files)
    return guardado.manifesto.csv.sha256 in files or guardado.manifesto.contagem.conteudo_sha256 in contents


def _modified(path: Path) -> datetime:
    existing = path if path.exists() else path.with_suffix(".json")
    return datetime.fromtimestamp(existing.stat().st_mtime, clock.now().tzinfo)
