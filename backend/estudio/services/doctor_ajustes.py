"""Doctor: the settings. Each may be what somebody wants; what it costs is said as long as it stands."""

import os
import stat
from datetime import timedelta
from pathlib import Path

from estudio import clock
from estudio.config import Settings, get_settings
from estudio.domain.competencia import Competencia
from estudio.services.agendamento import find_due, find_turn
from estudio.services.batch_processing import parse_batch_size
from estudio.services.doctor_laudo import Check, Laudo, aviso, falha, ok, show_some
from estudio.services.lotes import MAX_BATCH_SIZE, TamanhoAuto

LATE_DAYS = 5
"""A schedule that closes a month later than this after its end is probably not meant."""

SHORT_SECONDS = 30
SHORT_RETENTION_DAYS = 7


def check_batch_size() -> Laudo:
    """A size that is not plain changes no result, but its owner meant something else."""
    size, sentence = parse_batch_size(get_settings().batch_size)
    if isinstance(size, TamanhoAuto):
        return ok(f"Até {MAX_BATCH_SIZE} registros na memória por vez, conforme o tempo que levam (BATCH_SIZE=auto).")
    return aviso(sentence) if sentence else ok(f"Até {size} registros na memória por vez (BATCH_SIZE).")


def check_leitores() -> Laudo:
    """More readers than processors wait for each other."""
    leitores, processadores = get_settings().extrato_workers, os.cpu_count() or 1
    if leitores <= processadores:
        return ok(f"Um mês grande é lido por {leitores} processo(s) de cada vez (EXTRATO_WORKERS).")
    return aviso(
        f"EXTRATO_WORKERS={leitores}: esta máquina tem {processadores} processador(es), e mais processos só gastam "
        f"memória. Ponha {processadores}."
    )


def check_cron_schedule() -> Laudo:
    """Before 04:00 on the 1st the month is not over: such a schedule closes it a month late."""
    schedule = get_settings().cron_schedule
    if not get_settings().enable_monthly_extrato_job:
        return ok("Nenhum fechamento é esperado numa hora certa (ENABLE_MONTHLY_EXTRATO_JOB=false).")
    month = Competencia.of(clock.today())
    due, over = find_due(month), find_turn(month)
    if due is None:
        return falha(f"CRON_SCHEDULE={schedule} nunca chega: esse dia não existe. Use, por exemplo, 0 5 1 * *.")
    # Days of grace are meant.
    if due - over > timedelta(days=LATE_DAYS + get_settings().extrato_grace_days):
        return falha(
            f"Com CRON_SCHEDULE={schedule}, {month.label} só fecharia em {due:%d/%m/%Y às %H:%M}. O dia do estúdio "
            "vira às "
            f"0{clock.VIRADA}:00: antes disso, no dia 1º, o mês ainda não terminou. Use, por exemplo, 0 5 1 * *."
        )
    return ok(f"O cron deve fechar {month.label} em {due:%d/%m/%Y às %H:%M}.")


def check_exige_backup() -> Laudo:
    """A closing without a proof may be wrong for ever."""
    if get_settings().extrato_require_backup:
        return ok("Um mês só fecha com backup provado.")
    return aviso(
        "EXTRATO_REQUIRE_BACKUP=false: um mês pode fechar sem backup. Ponha true quando a pasta de backups estiver boa."
    )


def check_force() -> Laudo:
    """The switch is for one occasion, not for every day."""
    if not get_settings().force_generation_allowed:
        return ok("Fechar de novo com --force está desligado.")
    return aviso(
        "FORCE_GENERATION_ALLOWED=true: um mês fechado pode ser refeito num passo só. Desligue depois de usar."
    )


def check_tempo_limite() -> Laudo:
    """A closing that never has the time it needs is refused every month."""
    seconds = get_settings().atomic_transaction_timeout
    if seconds >= SHORT_SECONDS:
        return ok(f"Um fechamento tem até {seconds} segundos.")
    return aviso(
        f"ATOMIC_TRANSACTION_TIMEOUT={seconds}: um fechamento pode não caber em {seconds} segundos e seria desfeito. "
        "O padrão é 300."
    )


def check_retencao() -> Laudo:
    """What an extrato names is kept for ever; the others should outlive a holiday."""
    days = get_settings().backup_retention_days
    if days >= SHORT_RETENTION_DAYS:
        return ok(f"Um backup que nenhum extrato cita fica {days} dias.")
    return aviso(f"BACKUP_RETENTION_DAYS={days}: um backup sem extrato some em {days} dias. O padrão é 30.")


def check_registro_em_arquivo() -> Laudo:
    """Without the log nobody can say later what happened."""
    if get_settings().log_to_file:
        return ok("O registro é escrito em arquivo.")
    return aviso("LOG_TO_FILE=false: o que o programa faz não fica registrado. Ponha true.")


def check_env_privado() -> Laudo:
    """`.env` may hold passwords, tokens and the key of the copies: each setting that is shown nowhere."""
    path = Path(".env")
    if not path.exists():
        return ok("Não há .env nesta pasta.")
    settings = get_settings()
    secret = [
        name.upper() for name, field in Settings.model_fields.items() if not field.repr and getattr(settings, name)
    ]
    if not stat.S_IMODE(path.stat().st_mode) & 0o077 or not secret:
        return ok("O .env desta pasta não mostra senha a outros usuários da máquina.")
    return aviso(
        f"Outros usuários da máquina podem ler {show_some(secret)} no .env. Ele deve ser de quem roda o programa, e só "
        "dele: chown USUÁRIO .env && chmod 600 .env"
    )


CHECKS: tuple[Check, ...] = (
    check_batch_size,
    check_leitores,
    check_cron_schedule,
    check_exige_backup,
    check_force,
    check_tempo_limite,
    check_retencao,
    check_registro_em_arquivo,
    check_env_privado,
)
