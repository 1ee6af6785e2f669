"""The rotinas of the backups: open months every day, the whole studio every week, a drill every month, old ones out.

Each calls what `estudio backup` calls. A studio without a row has nothing to copy. Due is what the schedule's last hour
asked for and no run since has done, however long the machine was off.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.config import get_settings
from estudio.domain.errors import BackupDanificado, SemDados
from estudio.domain.rotina import Rotina
from estudio.services.agendamento import find_next, find_previous
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


def copy_months(_: str) -> str | None:
    """A backup of each open month with rows, unless one stands that says the same; each read again from the disk.

    One that is damaged stays as evidence, another is made beside it, and the damage is raised when all is done: told
    once, and well the next time.
    """
    with db.transaction(read_only=True) as session:
        months = sorted(list_competencias_abertas(session))
    proven = made = 0
    damage: BackupDanificado | None = None
    for competencia in months:
        guardado = find_current(competencia)
        try:
            if guardado is not None:
                try:
                    verify_guardado(guardado)
                except BackupDanificado as found:
                    damage, guardado = found, None
            if guardado is None:
                verify_guardado(create_backup(competencia))
                made += 1
        except SemDados:
            # The current month before its first row, or one whose last row left.
            continue
        proven += 1
    if damage is not None:
        raise damage
    return f"Meses abertos conferidos: {proven}; backups novos: {made}." if proven else None


def copy_studio(_: str) -> str:
    """The whole studio in one file, read again."""
    completo = verify_full_backup(create_full_backup())
    return f"Cópia completa: {completo.caminho.name}."


def drill_newest(_: str) -> str | None:
    """The newest month that has a backup is restored into an empty database and compared."""
    months = list_months()
    if not months:
        return None
    ensaio = drill_backup(get_backup(months[-1]))
    return f"Backup de {months[-1].label} restaurado e comparado: {ensaio.linhas} linhas, tudo igual."


def prune_old(_: str) -> str | None:
    """Old backups, and what the queue and the rodadas remember of long ago."""
    gone = len(prune_backups()) + len(prune_full_backups())
    with db.transaction() as session:
        forgotten = prune_tarefas(session) + prune_rodadas(session, before=clock.now() - LEMBRADAS)
    return f"Backups antigos apagados: {gone}; registros de rotinas: {forgotten}." if gone or forgotten else None


def list_rotinas() -> tuple[Rotina, ...]:
    """In the order of their priority: what is copied first is what the others try and prune."""
    settings = get_settings()

    def create(nome: str, titulo: str, work: Callable[[str], str | None], schedule: str, prioridade: int) -> Rotina:
        def find_alvos(session: Session, agora: datetime) -> list[str]:
            return [""] if is_devida(session, nome, schedule, agora) else []

        def find_proxima(_: Session, agora: datetime) -> datetime | None:
            return find_next(schedule, agora) if settings.enable_backup_jobs else None

        return Rotina(nome, titulo, find_alvos, work, trava="copias", prioridade=prioridade, find_proxima=find_proxima)

    return (
        create("backup", "Backup dos meses abertos", copy_months, settings.backup_schedule, 40),
        create("copia_completa", "Cópia do estúdio inteiro", copy_studio, settings.full_backup_schedule, 30),
        create("ensaio", "Ensaio de restauração", drill_newest, settings.drill_schedule, 20),
        create("limpeza", "Limpeza de backups antigos", prune_old, settings.backup_schedule, 10),
    )


def _has_rows(session: Session) -> bool:
    return bool(
        session.scalar(
            text(
                """select exists (select from estudio.pagamentos) or exists (select from estudio.gastos)
                     or exists (select from estudio.acertos) or exists (select from estudio.sessoes)
                     or exists (select from estudio.clientes)"""
            )
        )
    )
