"""The rotinas of the backups, every day: open months, the whole studio, a drill of what is new, old ones out; and the
copies elsewhere, where there is a folder for them.

Each calls what `estudio backup` calls. A studio without a row has nothing to copy. Due is what the schedule's last hour
asked for and no run since has done, however long the machine was off. The whole studio is copied, and carried outside,
after each seal as well: a machine that is lost on the day of a closing takes no closed month along.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.config import get_settings
from estudio.domain.backup import Conteudo
from estudio.domain.errors import (
    BackupDanificado,
    CopiaCompletaFalhou,
    EnsaioFalhou,
    EstudioError,
    IntegrityBroken,
    SemDados,
)
from estudio.domain.rotina import Rotina
from estudio.log_files import Parte
from estudio.services.agendamento import find_next, find_previous
from estudio.services.backup_acervo import list_standing_months, prune_backups
from estudio.services.backup_completo import create_full_backup, list_completos, prune_full_backups, verify_full_backup
from estudio.services.backup_ensaio import IGUAL, drill_backup, drill_full_backup
from estudio.services.backup_escrita import create_backup
from estudio.services.backup_registro import Registro, list_registros
from estudio.services.backup_service import find_current, get_backup, verify_guardado
from estudio.services.copia_fora import send_copias
from estudio.services.historico_service import list_competencias_abertas
from estudio.services.rodada_service import AGORA, find_last_success

REENSAIO: Final = timedelta(days=30)
"""What was tried so long ago is tried again: disks forget."""

DO_ARQUIVO: Final = (BackupDanificado, CopiaCompletaFalhou, EnsaioFalhou, IntegrityBroken)
"""What says that one file does not give back what it should; the others may all the same."""


def is_devida(session: Session, rotina: str, schedule: str, agora: datetime, *, also: datetime | None = None) -> bool:
    """Whether the schedule asked for it since it last went well; `also` when it did so about a seal."""
    if not get_settings().enable_backup_jobs:
        return False
    asked = find_previous(schedule, agora)
    if asked is None:
        return False
    runs = (find_last_success(session, rotina), also)
    done = [clock.to_local(each).replace(tzinfo=None) for each in runs if each is not None and each <= agora + AGORA]
    # By the wall: an hour that comes twice, where summer time ends, asks once.
    return (not done or max(done) < asked.replace(tzinfo=None)) and has_rows(session)


def find_selo(session: Session, agora: datetime) -> str | None:
    """The newest seal, as what a run is about: no clock tells whether a copy holds it, but that the run began after.
    None where there is none, or it is of the time before the clock was set back."""
    selo: str | None = session.scalar(
        text(
            """select case when em::timestamptz <= :agora then 'selo ' || seq end
               from estudio.selos order by seq desc limit 1"""
        ),
        {"agora": agora},
    )
    return selo


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


def drill_untried(_: str) -> str | None:
    """The backup that stands for each month, and the newest copy of the studio, each restored into an empty database
    and compared, unless that went well not long ago. All are tried; the first that failed is raised when all is done.
    """
    registros = list_registros()
    months = copies = 0
    failure: EstudioError | None = None
    for competencia in sorted(list_standing_months()):
        try:
            guardado = get_backup(competencia)
            if not _is_proven(registros, guardado.manifesto.csv):
                drill_backup(guardado)
                months += 1
        except DO_ARQUIVO as found:
            failure = failure or found
    for completo in list_completos()[:1]:
        try:
            if not _is_proven(registros, completo.manifesto.dump):
                drill_full_backup(completo)
                copies += 1
        except DO_ARQUIVO as found:
            failure = failure or found
    if failure is not None:
        raise failure
    if not months and not copies:
        return None
    return f"Restaurados em um banco vazio e iguais: backups de meses: {months}; cópias completas: {copies}."


def prune_old(_: str) -> str | None:
    gone = len(prune_backups()) + len(prune_full_backups())
    return f"Backups antigos apagados: {gone}." if gone else None


def send_outside(_: str) -> str | None:
    """What has no copy outside yet."""
    sent = send_copias()
    if not sent.enviadas and not sent.conferidas and not sent.apagadas:
        return None
    return (
        f"Cópias de fora enviadas: {len(sent.enviadas)}; lidas de novo: {sent.conferidas}; apagadas: "
        f"{len(sent.apagadas)}."
    )


def list_rotinas() -> tuple[Rotina, ...]:
    """In the order of their priority: what is copied first is what the others try and prune."""
    settings = get_settings()

    def create(
        nome: str,
        titulo: str,
        work: Callable[[str], str | None],
        schedule: str,
        prioridade: int,
        *,
        after_selo: Sequence[str] | None = None,
    ) -> Rotina:
        """`after_selo`: it is done about each seal as well, once these rotinas have been."""

        def find_alvos(session: Session, agora: datetime) -> list[str]:
            if after_selo is None or not settings.enable_backup_jobs:
                return [""] if is_devida(session, nome, schedule, agora) else []
            selo, alvos = find_selo(session, agora), []
            done = None if selo is None else find_last_success(session, nome, selo)
            if selo is not None and done is None and all(find_last_success(session, each, selo) for each in after_selo):
                alvos.append(selo)
            # The seal first: what is done about it is what the schedule asked for as well.
            if is_devida(session, nome, schedule, agora, also=done):
                alvos.append("")
            return alvos

        def find_proxima(_: Session, agora: datetime) -> datetime | None:
            return find_next(schedule, agora) if settings.enable_backup_jobs else None

        return Rotina(
            nome, titulo, find_alvos, work, trava="copias", prioridade=prioridade, find_proxima=find_proxima,
            parte=Parte.BACKUP,
        )  # fmt: skip

    outside = [
        create(
            "copias_fora", "Cópias fora daqui", send_outside, settings.copy_schedule, 5, after_selo=["copia_completa"]
        )
    ]
    return (
        create("backup", "Backup dos meses abertos", copy_months, settings.backup_schedule, 40),
        create(
            "copia_completa",
            "Cópia do estúdio inteiro",
            copy_studio,
            settings.full_backup_schedule,
            30,
            after_selo=[],
        ),
        create("ensaio", "Ensaio de restauração", drill_untried, settings.drill_schedule, 20),
        create("limpeza", "Limpeza de backups antigos", prune_old, settings.backup_schedule, 10),
        *(outside if settings.copy_dir is not None else []),
    )


def _is_proven(registros: Mapping[tuple[str, str], Registro], arquivo: Conteudo) -> bool:
    row = registros.get((arquivo.arquivo, arquivo.sha256))
    if row is None or row.ensaiado_em is None or row.resultado != IGUAL:
        return False
    # A trial that is dated ahead was made while a clock was, and proves nothing about today.
    return -AGORA < clock.now() - row.ensaiado_em < REENSAIO


def has_rows(session: Session) -> bool:
    """Whether the studio holds anything that could be lost."""
    return bool(
        session.scalar(
            text(
                """select exists (select from estudio.pagamentos) or exists (select from estudio.gastos)
                     or exists (select from estudio.acertos) or exists (select from estudio.sessoes)
                     or exists (select from estudio.clientes)"""
            )
        )
    )
