"""Backups of a month: create, find, verify. Each deed owns its transactions, because a file cannot be rolled back.

The parts: `backup_escrita` writes, `backup_leitura` reads and proves, `backup_acervo` lists and prunes, `backup_ensaio`
tries one on an empty database, `backup_restauro` brings a month back, `backup_completo` keeps the whole studio.
"""

from collections.abc import Callable

import structlog
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.backup import Guardado, Prova
from estudio.domain.competencia import Competencia
from estudio.domain.errors import (
    BackupAusente,
    BackupDanificado,
    BackupDeOutroEstudio,
    BackupDesatualizado,
    IntegrityBroken,
)
from estudio.domain.extrato import find_vigente
from estudio.services.backup_acervo import ItemDeBackup, list_backups, list_standing_months, prune_backups
from estudio.services.backup_escrita import create_backup, get_folder_path
from estudio.services.backup_fluxo import hash_sheet
from estudio.services.backup_leitura import find_guardado, prove, read_backup, read_manifesto
from estudio.services.backup_registro import (
    adopt_backup,
    find_estudio_id,
    follow_rewritten,
    list_sealed_months,
    record_verified,
)
from estudio.services.contagem_service import Progress, count_in_sql, tell_nobody

__all__ = [
    "Guardado",
    "ItemDeBackup",
    "Prova",
    "create_backup",
    "ensure_live",
    "find_backup",
    "find_current",
    "get_backup",
    "list_backups",
    "list_months",
    "prune_backups",
    "read_backup",
    "verify_backup",
    "verify_guardado",
    "verify_sealed_backup",
]

log = structlog.get_logger(__name__)


def find_backup(competencia: Competencia) -> Guardado | None:
    """The backup that stands for a month, unread; None when there is none. Raises BackupDanificado for its manifest."""
    guardado = find_guardado(get_folder_path(competencia), competencia)
    if guardado is not None and guardado.manifesto.origem.estudio_id != find_estudio_id():
        raise BackupDeOutroEstudio(arquivo=str(guardado.caminho), estudio=guardado.manifesto.origem.estudio)
    return guardado


def find_current(competencia: Competencia) -> Guardado | None:
    """The backup that stands for an open month, unread, when today's rows would give that very sheet; else None.

    A look that spares making another one: what the file holds is proven by reading it. Damage and another studio's are
    logged, and as good as none.
    """
    try:
        guardado = find_backup(competencia)
    except BackupDanificado as damage:
        log.warning("backup_danificado", mes=competencia.slug, codigo=damage.codigo, motivo=damage.message)
        return None
    if guardado is None:
        return None
    manifesto = guardado.manifesto
    with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
        connection = db.raw(session)
        # The count first: it is the quicker no, and a month that was emptied since gives no sheet.
        same = count_in_sql(connection, competencia) == manifesto.contagem
        return guardado if same and hash_sheet(connection, competencia) == manifesto.csv.sha256 else None


def get_backup(competencia: Competencia) -> Guardado:
    """The backup that stands for a month, unread. Raises BackupAusente."""
    guardado = find_backup(competencia)
    if guardado is None:
        raise BackupAusente(mes=competencia.label, ano=competencia.ano, numero=competencia.mes)
    return guardado


def list_months() -> list[Competencia]:
    """The months that have a backup to be verified: one that stands on the disk, or that a standing extrato names.

    Of the latter also where nothing is left in the folder: that is what a verification is there to find.
    """
    return sorted(list_standing_months() | list_sealed_months())


def verify_backup(competencia: Competencia, *, batch_size: int | None = None) -> Prova:
    """Read the backup of a month from disk, whole, and remember the outcome.

    Raises BackupAusente, or a BackupDanificado that says what is wrong. Whether today's rows are those of the file is
    another question: `ensure_live`.
    """
    return verify_guardado(get_backup(competencia), batch_size=batch_size)


def verify_sealed_backup(competencia: Competencia, *, batch_size: int | None = None) -> Prova | None:
    """The very file that the standing extrato of a month names, read again; None when it was closed without one.

    Raises IntegrityBroken when it is gone, damaged, or holds another month than the one that was sealed.
    """
    with db.transaction(read_only=True) as session:
        extrato = find_vigente(session, competencia)
        sealed = extrato.backup if extrato is not None else None
    if sealed is None:
        return None
    sealed = follow_rewritten(sealed)
    path = get_folder_path(competencia) / str(sealed["arquivo"])
    try:
        guardado = read_manifesto(path.with_suffix(".json"), competencia=competencia)
        prova = verify_guardado(guardado, batch_size=batch_size)
    except BackupDanificado as damage:
        raise IntegrityBroken(
            f"O backup de {competencia.label} que o extrato cita não serve mais: {damage.message} "
            "Procure uma cópia dele antes de fechar outros meses.",
            mes=competencia.slug,
            backup=damage.codigo,
            **damage.details,
        ) from damage
    if prova.as_sealed() != sealed:
        raise IntegrityBroken(
            f"O arquivo {path} não é o backup com que {competencia.label} foi fechado: o conteúdo é outro. "
            "Procure uma cópia do original.",
            mes=competencia.slug,
            esperado=sealed,
            encontrado=prova.as_sealed(),
        )
    return prova


def ensure_live(prova: Prova) -> None:
    """The rows of today would give that very file, names and notes included. Raises BackupDesatualizado.

    Of the file that the month's standing extrato names, what is sealed is enough: the rows are locked, and a client who
    is renamed later makes it no older.
    """
    competencia, sha256 = prova.guardado.competencia, prova.guardado.manifesto.csv.sha256
    with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
        connection = db.raw(session)
        live = count_in_sql(connection, competencia)
        if live == prova.contagem and (_is_sealed(session, prova) or hash_sheet(connection, competencia) == sha256):
            return
    differences = live.list_differences(prova.contagem)
    where = "totais" if live != prova.contagem else "algum nome ou texto"
    if differences:
        where = f"dia {differences[0]['dia']}, {differences[0]['tipo']}"
    raise BackupDesatualizado(mes=competencia.label, onde=where, diferencas=differences)


def verify_guardado(
    guardado: Guardado, *, batch_size: int | None = None, on_batch: Callable[[Progress], None] = tell_nobody
) -> Prova:
    """Read one backup from disk, whole, and remember the outcome. Raises a BackupDanificado."""
    csv, slug = guardado.manifesto.csv, guardado.competencia.slug
    try:
        prova = prove(guardado, batch_size=batch_size, on_batch=on_batch)
    except BackupDanificado as damage:
        log.error("backup_danificado", mes=slug, codigo=damage.codigo, arquivo=csv.arquivo)
        record_verified(csv.arquivo, csv.sha256, resultado=damage.codigo)
        raise
    adopt_backup(guardado)
    record_verified(csv.arquivo, csv.sha256)
    log.info("backup_verificado", mes=slug, arquivo=csv.arquivo, sha256=csv.sha256)
    return prova


def _is_sealed(session: Session, prova: Prova) -> bool:
    extrato = find_vigente(session, prova.guardado.competencia)
    if extrato is None or extrato.backup is None:
        return False
    return follow_rewritten(extrato.backup) == prova.as_sealed()
