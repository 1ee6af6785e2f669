"""Backups of a month: create, find, verify. Each deed owns its transactions, because a file cannot be rolled back.

The parts: `backup_escrita` writes, `backup_leitura` reads and proves, `backup_acervo` lists and prunes, `backup_ensaio`
tries one on an empty database, `backup_restauro` brings a month back, `backup_completo` keeps the whole studio.
"""

import structlog

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
from estudio.services.backup_acervo import ItemDeBackup, list_backups, prune_backups
from estudio.services.backup_escrita import create_backup, get_folder_path
from estudio.services.backup_leitura import find_guardado, prove, read_backup, read_manifesto
from estudio.services.backup_registro import adopt_backup, find_estudio_id, record_verified
from estudio.services.contagem_service import count_in_sql

__all__ = [
    "Guardado",
    "ItemDeBackup",
    "Prova",
    "create_backup",
    "ensure_live",
    "find_backup",
    "get_backup",
    "list_backups",
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


def get_backup(competencia: Competencia) -> Guardado:
    """The backup that stands for a month, unread. Raises BackupAusente."""
    guardado = find_backup(competencia)
    if guardado is None:
        raise BackupAusente(mes=competencia.label, ano=competencia.ano, numero=competencia.mes)
    return guardado


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
    """The rows of today are those of the file, to the centavo. Raises BackupDesatualizado with where they differ."""
    competencia = prova.guardado.competencia
    with db.transaction(read_only=True) as session:
        live = count_in_sql(db.raw(session), competencia)
    if live == prova.contagem:
        return
    differences = live.list_differences(prova.contagem)
    where = f"dia {differences[0]['dia']}, {differences[0]['tipo']}" if differences else "totais"
    raise BackupDesatualizado(mes=competencia.label, onde=where, diferencas=differences)


def verify_guardado(guardado: Guardado, *, batch_size: int | None = None) -> Prova:
    """Read one backup from disk, whole, and remember the outcome. Raises a BackupDanificado."""
    csv, slug = guardado.manifesto.csv, guardado.competencia.slug
    try:
        prova = prove(guardado, batch_size=batch_size)
    except BackupDanificado as damage:
        log.error("backup_danificado", mes=slug, codigo=damage.codigo, arquivo=csv.arquivo)
        record_verified(csv.arquivo, csv.sha256, resultado=damage.codigo)
        raise
    adopt_backup(guardado)
    record_verified(csv.arquivo, csv.sha256)
    log.info("backup_verificado", mes=slug, arquivo=csv.arquivo, sha256=csv.sha256)
    return prova
