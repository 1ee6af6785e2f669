"""The scripts of version 4 as cron calls them: from `/`, with next to no environment, in a checkout of their own."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Generator
from datetime import date
from pathlib import Path

import planilha_v4
import pytest
from cast import make_cast, pay
from conftest import Banco
from croniter import croniter
from importar import bring_file
from planilha_v4 import VAZIAS, render_v4, save

import estudio
from estudio import clock, config, db
from estudio.log_files import Parte
from estudio.services.backup_ensaio import IGUAL

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"

# Of backup_2025_09.csv, version 4's own sample of a month.
AMOSTRA_SHA256 = "6df0fa43c51f68097656784a5fefb5251a50ceb94c2431b5a33a62bbdda406e7"

# What cron gives to a job, and no more.
CRON = ("env", "-i", "HOME=/", "LOGNAME=ninguem", "SHELL=/bin/sh", "PATH=/usr/bin:/bin")


CRON_LINES = [
    line.split(maxsplit=5)
    for line in (SCRIPTS / "cron_config.txt").read_text(encoding="utf-8").splitlines()
    if line[:1].isdigit()
]


class Checkout:
    """A checkout like a person's, with a blank in its path: the scripts copied, the program and its Python linked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.scripts = root / "backend" / "scripts"
        self.log = root / "backend" / "logs" / Parte.FECHAMENTO.arquivo
        shutil.copytree(SCRIPTS, self.scripts)
        (root / "backend" / "logs").mkdir()
        (root / "backend" / "estudio").symlink_to(Path(estudio.__file__).parent)
        self._link_python(Path(sys.prefix))

    def _link_python(self, prefix: Path) -> None:
        """This Python, whose `estudio` is this checkout's as after `make`: ours may be installed from another one."""
        programs = self.root / ".venv" / "bin"
        programs.mkdir(parents=True)
        for path in (*prefix.iterdir(), *(prefix / "bin").iterdir()):
            if path.name not in ("bin", "estudio"):
                (self.root / ".venv" / path.relative_to(prefix)).symlink_to(path)
        lines = ["#!/bin/sh", f"PYTHONPATH='{self.root}/backend' exec '{prefix}/bin/estudio' \"$@\"", ""]
        (programs / "estudio").write_text("\n".join(lines), encoding="utf-8")
        (programs / "estudio").chmod(0o755)

    def write_env(self, **settings: object) -> None:
        lines = [f"{name}='{value}'" for name, value in settings.items()]
        (self.root / ".env").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def cron(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run("/bin/sh", "-c", 'exec "$0" "$@"', self.scripts / "cron_atomic_extrato.sh", *words)

    def by_hand(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run("python3", self.scripts / "run_atomic_extrato.py", *words)

    def from_its_folder(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run("python3", *words, folder=self.root)

    def _run(self, *command: str | Path, folder: Path = Path("/")) -> subprocess.CompletedProcess[str]:
        words = [*CRON, *map(str, command)]
        return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120, check=False)

    def read_log(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def empty_checkout(banco: Banco, tmp_path: Path) -> Generator[Checkout, None, None]:
    """Nothing is entered yet."""
    made = Checkout(tmp_path / "pasta do estúdio")
    settings = config.get_settings()
    made.write_env(
        DATABASE_URL=banco.app_url,
        DATABASE_OWNER_URL=banco.owner_url,
        ESTUDIO_DATA_DIR=settings.estudio_data_dir,
        BACKUP_DIR=settings.backup_dir,
        LOG_DIR=made.log.parent,
    )
    yield made
    db.reset()


@pytest.fixture
def checkout(empty_checkout: Checkout) -> Checkout:
    """September 2025 is entered and open."""
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "500.00", data=date(2025, 9, 5), cliente=cast.dora)
        pay(session, cast, "100.00", data=date(2025, 9, 6), artista=cast.ana)
    return empty_checkout


SETEMBRO = ("--year", "2025", "--month", "9")


def test_cron_closes_a_month_and_a_second_time_is_done_as_well(checkout: Checkout, banco: Banco) -> None:
    first = checkout.cron(*SETEMBRO)
    assert first.returncode == 0, first.stderr
    assert "Setembro/2025 está fechado" in first.stderr
    assert checkout.cron(*SETEMBRO).returncode == 0
    with banco.connect() as connection:
        assert connection.execute("select count(*) from estudio.extratos").fetchone() == (1,)
    lines = checkout.read_log()
    assert "fechado" in {line.get("desfecho") for line in lines}
    assert all(line["run_id"] for line in lines)


def test_without_a_month_it_is_the_previous_one_and_nothing_in_it_is_no_failure(checkout: Checkout) -> None:
    told = checkout.cron()
    assert told.returncode == 0, told.stderr
    assert "Não há o que fechar" in told.stderr


def test_the_arguments_go_through(checkout: Checkout, banco: Banco) -> None:
    told = checkout.cron(*SETEMBRO, "--dry-run", "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["totais"]["receita_total"] == "600.00"
    with banco.connect() as connection:
        assert connection.execute("select count(*) from estudio.extratos").fetchone() == (0,)


def test_each_exit_code_comes_back_as_it_was(checkout: Checkout, banco: Banco) -> None:
    today = clock.today()
    running = ("--year", str(today.year), "--month", str(today.month))
    assert checkout.cron(*running).returncode == 1
    assert checkout.cron("--month", "9").returncode == 2
    assert checkout.cron(*SETEMBRO, "--nada").returncode == 2
    with banco.connect_as_superuser() as connection:
        connection.execute("alter function fechar_competencia rename to fechar_outra")
    crashed = checkout.cron(*SETEMBRO)
    assert crashed.returncode == 3, crashed.stderr
    assert crashed.stdout == ""
    with banco.connect_as_superuser() as connection:
        connection.execute("alter function fechar_outra rename to fechar_competencia")
        # Whoever did this keeps the trail from telling of closings; the month is closed, and the books do not say so.
        connection.execute("create function calar() returns trigger language plpgsql as 'begin return null; end'")
        connection.execute(
            """create trigger calar before insert on auditoria for each row
               when (new.acao = 'fechado') execute function calar()"""
        )
    assert checkout.cron(*SETEMBRO).returncode == 4


def test_a_second_one_at_the_same_time_is_turned_away_and_the_lock_is_let_go(checkout: Checkout) -> None:
    lock = checkout.log.parent / ".cron_atomic_extrato.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        told = checkout.cron(*SETEMBRO)
        assert told.returncode == 1
        assert "já está rodando; nada foi feito" in told.stderr
    assert checkout.cron(*SETEMBRO).returncode == 0


def test_a_log_folder_that_is_gone_does_not_keep_the_month_open(checkout: Checkout) -> None:
    shutil.rmtree(checkout.log.parent)
    told = checkout.cron(*SETEMBRO)
    assert told.returncode == 0, told.stderr


def test_by_hand_it_is_the_same_from_any_folder_and_with_the_systems_python(checkout: Checkout) -> None:
    told = checkout.by_hand(*SETEMBRO, "--json")
    assert told.returncode == 0, told.stderr
    document = json.loads(told.stdout)
    assert (document["desfecho"], document["totais"]["receita_total"]) == ("fechado", "600.00")
    assert checkout.by_hand("--year", "2025").returncode == 2
    assert checkout.by_hand("--year", "2025", "--month", "13").returncode == 2


def test_version_4s_sample_is_imported_and_closed_by_version_4s_command(
    empty_checkout: Checkout, tmp_path: Path
) -> None:
    content = render_v4(planilha_v4.SETEMBRO, extra=VAZIAS)
    assert hashlib.sha256(content).hexdigest() == AMOSTRA_SHA256, "these are no longer the bytes that version 4 wrote"
    bring_file(save(tmp_path / "backup_2025_09.csv", content))
    command = ("backend/scripts/run_atomic_extrato.py", *SETEMBRO)
    first = empty_checkout.from_its_folder(*command)
    assert first.returncode == 0, first.stderr
    assert "Setembro/2025 está fechado: versão 1" in first.stderr
    assert "R$ 1.050,00" in first.stdout
    assert "3 pagamentos, 3 sessões" in first.stdout
    documents = []
    for _ in range(2):
        again = empty_checkout.from_its_folder(*command, "--json")
        assert again.returncode == 0, again.stderr
        documents.append(json.loads(again.stdout))
    closed = documents[0]
    assert closed["desfecho"] == "fechado"
    assert closed["totais"]["receita_total"] == "1050.00"
    assert closed["contagens"] == {"pagamentos": 3, "sessoes": 3, "comissoes": 0, "gastos": 0}
    assert [(found["versao"], found["selo_sha256"]) for found in documents] == [(1, closed["selo_sha256"])] * 2
    assert closed["selo_sha256"][:16] in first.stderr


def test_a_database_that_is_away_is_a_refusal_that_names_the_setting(checkout: Checkout) -> None:
    checkout.write_env(DATABASE_URL="postgresql://estudio_app:x@127.0.0.1:1/nada", LOG_DIR=checkout.log.parent)
    told = checkout.cron(*SETEMBRO)
    assert told.returncode == 1
    assert "DATABASE_URL" in told.stderr


def test_the_lines_for_cron_are_lines_of_cron_and_close_after_the_day_has_turned() -> None:
    for *schedule, command in CRON_LINES:
        assert croniter.is_valid(" ".join(schedule))
        assert command.startswith(("/caminho/do/estudio/backend/scripts/", "cd /caminho/do/estudio && "))
    (closing,) = [line for line in CRON_LINES if "cron_atomic_extrato.sh" in line[5]]
    assert int(closing[1]) >= clock.VIRADA


def test_the_lines_for_cron_run_and_mail_what_failed(checkout: Checkout, tmp_path: Path) -> None:
    folder = tmp_path / "estudio"
    folder.symlink_to(checkout.root)
    assert checkout.cron(*SETEMBRO).returncode == 0

    def run_lines() -> dict[str, str]:
        """What cron would mail of each."""
        told = {}
        for command in (line[5].replace("/caminho/do/estudio", str(folder)) for line in CRON_LINES):
            done = subprocess.run(
                [*CRON, "/bin/sh", "-c", command], cwd="/", capture_output=True, text=True, timeout=120, check=False
            )
            told[command] = done.stdout + done.stderr
        return told

    closing, copy, *drills = run_lines().values()
    assert "Não há o que fechar" in closing
    assert (copy, drills) == ("", ["", ""])
    backups = config.get_settings().backup_dir
    assert list(backups.rglob("*.dump"))
    with db.connect() as connection:
        drilled = connection.execute(
            "select mes, resultado from estudio.backups where ensaiado_em is not null order by mes"
        )
        assert drilled.fetchall() == [(date(2025, 9, 1), IGUAL), (None, IGUAL)]
    nowhere = "postgresql://estudio_app:x@127.0.0.1:1/nada"
    checkout.write_env(
        DATABASE_URL=nowhere, DATABASE_OWNER_URL=nowhere, BACKUP_DIR=backups, LOG_DIR=checkout.log.parent
    )
    for command, told in run_lines().items():
        assert "não respondeu" in told, command
