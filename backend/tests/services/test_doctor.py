"""The doctor looks at the machine: folders, disks and settings; what has no server to ask."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import time_machine

from estudio import config
from estudio.domain.competencia import Competencia
from estudio.services import doctor_ajustes, doctor_discos
from estudio.services.agendamento import find_due, find_turn
from estudio.services.copia_cifra import generate_chave
from estudio.services.doctor_laudo import Check, Laudo, Situacao, count, show_some
from estudio.services.doctor_service import ON_THE_MACHINE, ON_THE_SERVER, Diagnostico

Set = Callable[..., None]


@pytest.fixture
def set_(monkeypatch: pytest.MonkeyPatch) -> Set:
    """Give settings other values: `set_(BATCH_SIZE="7")`."""

    def put(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, str(value))
        config.reset()

    return put


def ensure_says(found: Laudo, situacao: str, words: str) -> None:
    assert (found[0], words in found[1]) == (situacao, True), found


@pytest.mark.parametrize("text", ["0", "-5", "abc", "1e9", "1_0", "１０"])
def test_a_batch_size_that_is_no_plain_number_is_said(set_: Set, text: str) -> None:
    ensure_says(doctor_ajustes.check_batch_size(), "ok", "100")
    set_(BATCH_SIZE=text)
    ensure_says(doctor_ajustes.check_batch_size(), "aviso", "vale 100")


def test_a_batch_size_that_fits_itself_is_fine(set_: Set) -> None:
    set_(BATCH_SIZE="auto")
    ensure_says(doctor_ajustes.check_batch_size(), "ok", "auto")


def test_more_readers_than_processors_are_said(set_: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    set_(EXTRATO_WORKERS="2")
    ensure_says(doctor_ajustes.check_leitores(), "ok", "2 processo")
    set_(EXTRATO_WORKERS="3")
    ensure_says(doctor_ajustes.check_leitores(), "aviso", "Ponha 2")


def test_a_batch_size_above_the_limit_is_said(set_: Set) -> None:
    set_(BATCH_SIZE="1000000")
    ensure_says(doctor_ajustes.check_batch_size(), "aviso", "vale 10000")


@pytest.mark.parametrize(
    ("schedule", "situacao", "words"),
    [
        ("0 5 1 * *", "ok", "01/12/2026 às 05:00"),
        ("0 4 1 * *", "ok", "01/12/2026 às 04:00"),
        ("0 5 1-3 * *", "ok", "01/12/2026 às 05:00"),
        ("30 2 * * *", "ok", "02/12/2026 às 02:30"),
        ("59 3 1 * *", "falha", "01/01/2027 às 03:59"),
        ("0 2 1 * *", "falha", "antes disso, no dia 1º"),
        ("0 5 20 * *", "falha", "20/12/2026"),
        ("0 5 30 2 *", "falha", "nunca chega"),
    ],
)
def test_a_schedule_that_would_close_late_or_never_is_named(
    set_: Set, schedule: str, situacao: str, words: str
) -> None:
    set_(CRON_SCHEDULE=schedule)
    with time_machine.travel("2026-11-24T12:00:00Z"):
        ensure_says(doctor_ajustes.check_cron_schedule(), situacao, words)


def test_a_schedule_that_is_off_is_nobodys_trouble(set_: Set) -> None:
    set_(CRON_SCHEDULE="0 2 1 * *", ENABLE_MONTHLY_EXTRATO_JOB="false")
    ensure_says(doctor_ajustes.check_cron_schedule(), "ok", "ENABLE_MONTHLY_EXTRATO_JOB=false")


def test_a_month_is_due_at_the_first_run_after_its_last_day_has_turned(set_: Set) -> None:
    novembro = Competencia(2026, 11)
    assert f"{find_turn(novembro):%Y-%m-%d %H:%M %z}" == "2026-12-01 04:00 -0300"
    assert f"{find_due(novembro):%Y-%m-%d %H:%M}" == "2026-12-01 05:00"
    set_(TZ="Asia/Tokyo", CRON_SCHEDULE="15 4 * * 1")
    assert f"{find_due(novembro):%Y-%m-%d %H:%M %z}" == "2026-12-07 04:15 +0900"


@pytest.mark.parametrize(
    ("check", "settings", "words"),
    [
        (doctor_ajustes.check_exige_backup, {"EXTRATO_REQUIRE_BACKUP": "no"}, "sem backup"),
        (doctor_ajustes.check_force, {"FORCE_GENERATION_ALLOWED": "on"}, "refeito"),
        (doctor_ajustes.check_tempo_limite, {"ATOMIC_TRANSACTION_TIMEOUT": "5"}, "5 segundos"),
        (doctor_ajustes.check_retencao, {"BACKUP_RETENTION_DAYS": "2"}, "2 dias"),
        (doctor_ajustes.check_registro_em_arquivo, {"LOG_TO_FILE": "0"}, "não fica registrado"),
    ],
)
def test_a_setting_that_costs_something_says_what(
    set_: Set, check: Check, settings: dict[str, str], words: str
) -> None:
    assert check()[0] is Situacao.OK
    set_(**settings)
    ensure_says(check(), "aviso", words)


def test_an_env_file_that_others_can_read_is_said(set_: Set) -> None:
    ensure_says(doctor_ajustes.check_env_privado(), "ok", "Não há")
    env = Path(".env")
    env.touch(mode=0o600)
    ensure_says(doctor_ajustes.check_env_privado(), "ok", "não mostra")
    env.chmod(0o644)
    ensure_says(doctor_ajustes.check_env_privado(), "aviso", "chmod 600 .env")
    set_(DATABASE_URL="", DATABASE_OWNER_URL="", COPY_KEY=generate_chave()[0])
    ensure_says(doctor_ajustes.check_env_privado(), "aviso", "ler COPY_KEY no")
    set_(DATABASE_URL="", DATABASE_OWNER_URL="", COPY_KEY="")
    ensure_says(doctor_ajustes.check_env_privado(), "ok", "não mostra")


class Usage(NamedTuple):
    """What shutil tells of a disk."""

    total: int
    used: int
    free: int


@pytest.mark.parametrize(
    ("check", "setting"),
    [
        (doctor_discos.check_espaco_dados, "ESTUDIO_DATA_DIR"),
        (doctor_discos.check_espaco_backups, "BACKUP_DIR"),
        (doctor_discos.check_espaco_registro, "LOG_DIR"),
    ],
)
def test_a_disk_that_fills_up_is_said_and_a_full_one_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, check: Check, setting: str
) -> None:
    for free, situacao, words in ((10**12, "ok", "GB"), (10**9, "aviso", setting), (10**6, "falha", "só 1 MB")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, free=free: Usage(2 * 10**12, 0, free))
        ensure_says(check(), situacao, words)


def test_a_log_file_that_cannot_be_written_is_named(set_: Set, tmp_path: Path) -> None:
    ensure_says(doctor_discos.check_pasta_registro(), "ok", "será criada")
    in_the_way = tmp_path / "arquivo"
    in_the_way.write_text("não sou pasta", encoding="utf-8")
    set_(LOG_DIR=in_the_way)
    ensure_says(doctor_discos.check_pasta_registro(), "falha", "LOG_DIR")
    (tmp_path / "web.log").mkdir()
    set_(LOG_DIR=tmp_path)
    ensure_says(doctor_discos.check_pasta_registro(), "falha", "web.log")
    set_(LOG_TO_FILE="false")
    ensure_says(doctor_discos.check_pasta_registro(), "ok", "desligado")


def test_two_that_rotate_the_log_or_none_are_said(set_: Set, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "logrotate.d"
    folder.mkdir()
    monkeypatch.setattr(doctor_discos, "LOGROTATE_D", folder)
    set_(LOG_DIR=tmp_path / "registro")
    ensure_says(doctor_discos.check_rotacao_registro(), "ok", "próprio programa")
    set_(LOG_ROTATION="logrotate")
    ensure_says(doctor_discos.check_rotacao_registro(), "aviso", "crescem sem fim")
    # One of before there was a file for each part.
    (folder / "outro").write_text(f"# {tmp_path}/registro/*.log\n/var/log/*.log {{\n  weekly\n}}\n")
    (folder / "estudio").write_text(f"{tmp_path}/registro/atomic_extrato.log {{\n  monthly\n}}\n")
    ensure_says(doctor_discos.check_rotacao_registro(), "aviso", "fala de backup.log, web.log")
    conf = Path(__file__).parents[2] / "scripts" / "logrotate_atomic_extrato.conf"
    text = conf.read_text(encoding="utf-8")
    (folder / "estudio").write_text(text.replace("/caminho/do/estudio/backend/logs", f"{tmp_path}/registro"))
    ensure_says(doctor_discos.check_rotacao_registro(), "ok", "O logrotate limita")
    set_(LOG_ROTATION="")
    ensure_says(doctor_discos.check_rotacao_registro(), "aviso", f"{folder}/estudio e o programa trocam os mesmos")


def test_a_backup_folder_on_a_disk_that_can_only_be_read_is_named(set_: Set, tmp_path: Path) -> None:
    folder = tmp_path / "so_leitura"
    folder.mkdir()
    set_(BACKUP_DIR=folder)
    ensure_says(doctor_discos.check_pasta_backups(), "ok", "pode ser escrita")
    assert list(folder.iterdir()) == []
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder], check=False, capture_output=True)
    if mounted.returncode:
        folder.chmod(0o500)
        if os.access(folder, os.W_OK):
            pytest.skip("root without the right to mount: nothing is read-only for it")
    try:
        ensure_says(doctor_discos.check_pasta_backups(), "falha", "BACKUP_DIR")
    finally:
        folder.chmod(0o700) if mounted.returncode else subprocess.run(["umount", folder], check=True)


def test_folders_that_others_can_enter_are_said(set_: Set, tmp_path: Path) -> None:
    ensure_says(doctor_discos.check_pastas_privadas(), "ok", "Só este usuário")
    folder = tmp_path / "abertos"
    folder.mkdir(mode=0o755)
    set_(BACKUP_DIR=folder)
    ensure_says(doctor_discos.check_pastas_privadas(), "aviso", f"chmod 700 {folder}")


def test_backups_on_the_disk_of_the_embedded_server_are_said(set_: Set, tmp_path: Path) -> None:
    ensure_says(doctor_discos.check_backups_em_outro_disco(), "ok", "outro servidor")
    set_(DATABASE_URL="", BACKUP_DIR=tmp_path / "dados" / "backups")
    ensure_says(doctor_discos.check_backups_em_outro_disco(), "aviso", "no mesmo disco")
    other = Path("/dev/shm")
    if other.is_dir() and other.stat().st_dev != tmp_path.stat().st_dev:
        set_(BACKUP_DIR=other / "backups")
        ensure_says(doctor_discos.check_backups_em_outro_disco(), "ok", "noutro disco")


def test_the_names_of_the_checks_are_words_without_accents_and_each_explains_itself() -> None:
    checks = [check for group in (ON_THE_SERVER, ON_THE_MACHINE) for checks in group.values() for check in checks]
    assert [check.__name__ for check in checks if not check.__name__.startswith("check_")] == []
    assert [check.__name__ for check in checks if not check.__name__.isascii() or not check.__doc__] == []


def test_a_broken_book_is_a_failure_for_programs_and_says_so() -> None:
    told = Diagnostico("cadeia", "Selos", Situacao.QUEBRA, "não confere").as_json()
    assert (told["situacao"], told["integridade"]) == ("falha", True)


def test_numbers_are_told_as_people_write_them() -> None:
    assert count(1, "linha", "linhas") == "1 linha"
    assert count(12_345, "linha", "linhas") == "12.345 linhas"
    assert show_some([1, 2]) == "1, 2"
    assert show_some(list(range(9))) == "0, 1, 2, 3, 4 e mais 4"
