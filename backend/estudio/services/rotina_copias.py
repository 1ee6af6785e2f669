"""The rotinas of the backups: open months every day, the whole studio every week, a drill every month, old ones out.

Each calls what `estudio backup` calls. A studio without a row has nothing to copy. Due is what the schedule's last hour
asked for and no run since has done, however long the machine was off.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.config import get_settings
from estudio.domain.errors import SemDados
from estudio.domain.rotina import Rotina
from estudio.services.agendamento import find_previous
from estudio.services.backup_acervo import prune_backups
from estudio.services.backup_completo import create_full_backup, prune_full_backups, verify_full_backup
from estudio.services.backup_ensaio import drill_backup
from estudio.services.backup_escrita import create_backup
from estudio.services.backup_service import find_current, get_backup, list_months, verify_guardado
from estudio.services.fila import prune_tarefas
from estudio.services.historico_service import list_competencias_abertas
from estudio.services.rodada_service import AGORA, find_last_success, prune_rodadas

LEMBRADAS: Final = timedelta(days=400)
"""How long runs are remembered: a year and the month of its end."""


def is_devida(session: Session, rotina: str, schedule: str, agora: datetime) -> bool:
    """Whether the schedule asked for it since it last went well."""
    if not get_settings().enable_backup_jobs or not _has_rows(session):
        return False
    asked = find_previous(schedule, agora)
    if asked is None:
        return False
    done = find_last_success(session, rotina)
    return done is None or done < asked or done > agora + AGORA


def find_diario(session: Session, agora: datetime) -> list[str]:
    return [""] if is_devida(session, "backup", get_settings().backup_schedule, agora) else []


def copy_months(_: str) -> str | None:
    """A backup of each open month with rows, unless one stands that says the same; each read again from the disk."""
    with db.transaction(read_only=True) as session:
        months = sorted(list_competencias_abertas(session))
    proven = made = 0
    for competencia in months:
        guardado = find_current(competencia)
        if guardado is None:
            try:
                guardado = create_backup(competencia)
            except SemDados:
                # The current month before its first row, or one whose last row left.
                continue
            made += 1
        verify_guardado(guardado)
        proven += 1
    return f"Meses abertos conferidos: {proven}; backups novos: {made}." if proven else None


def find_completa(session: Session, agora: datetime) -> list[str]:
    return [""] if is_devida(session, "copia_completa", get_settings().full_backup_schedule, agora) else []


def copy_studio(_: str) -> str:
    """The whole studio in one file, read again."""
    completo = verify_full_backup(create_full_backup())
    return f"Cópia completa: {completo.caminho.name}."


def find_ensaio(session: Session, agora: datetime) -> list[str]:
    return [""] if is_devida(session, "ensaio", get_settings().drill_schedule, agora) else []


def drill_newest(_: str) -> str | None:
    """The newest month that has a backup is restored into an empty database and compared."""
    months = list_months()
    if not months:
        return None
    ensaio = drill_backup(get_backup(months[-1]))
    return f"Backup de {months[-1].label} restaurado e comparado: {ensaio.linhas} linhas, tudo igual."


def find_limpeza(session: Session, agora: datetime) -> list[str]:
    return [""] if is_devida(session, "limpeza", get_settings().backup_schedule, agora) else []


def prune_old(_: str) -> str | None:
    """Old backups, and what the queue and the rodadas remember of long ago."""
    gone = len(prune_backups()) + len(prune_full_backups())
    with db.transaction() as session:
        forgotten = prune_tarefas(session) + prune_rodadas(session, before=clock.now() - LEMBRADAS)
    return f"Backups antigos apagados: {gone}; registros de rotinas: {forgotten}." if gone or forgotten else None


def list_rotinas() -> tuple[Rotina, ...]:
    return (
        Rotina("backup", "Backup dos meses abertos", find_diario, copy_months, "copias", 40),
        Rotina("copia_completa", "Cópia do estúdio inteiro", find_completa, copy_studio, "copias", 30),
        Rotina("ensaio", "Ensaio de restauração", find_ensaio, drill_newest, "copias", 20),
        Rotina("limpeza", "Limpeza de backups antigos", find_limpeza, prune_old, "copias", 10),
    )


def _has_rows(session: Session) -> bool:
    return bool(
        session.scalar(text("select exists (select from estudio.pagamentos) or exists (select from estudio.gastos)"))
    )
