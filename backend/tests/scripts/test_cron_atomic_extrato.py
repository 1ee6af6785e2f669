"""The scripts of version 4 as cron calls them: from `/`, with next to no environment, in a checkout of their own."""

import fcntl
import json
import shutil
import subprocess
import sys
from collections.abc import Generator
from datetime import date
from pathlib import Path

import pytest
from cast import make_cast, pay
from conftest import Banco
from croniter import croniter

import estudio
from estudio import clock, config, db
from estudio.logs import FILE_NAME

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"

# What cron gives to a job, and no more.
CRON = ("env", "-i", "HOME=/", "LOGNAME=ninguem", "SHELL=/bin/sh", "PATH=/usr/bin:/bin")


class Checkout:
    """A checkout like a person's, with a blank in its path: the scripts copied, the program and its Python linked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.scripts = root / "backend" / "scripts"
        self.log = root / "backend" / "logs" / FILE_NAME
        shutil.copytree(SCRIPTS, self.scripts)
        (root / "backend" / "logs").mkdir()
        (root / "backend" / "estudio").symlink_to(Path(estudio.__file__).parent)
        (root / ".venv").symlink_to(sys.prefix)

    def write_env(self, **settings: object) -> None:
        lines = [f"{name}='{value}'" for name, value in settings.items()]
        (self.root / ".env").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def cron(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run("/bin/sh", "-c", 'exec "$0" "$@"', self.scripts / "cron_atomic_extrato.sh", *words)

    def by_hand(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run("python3", self.scripts / "run_atomic_extrato.py", *words)

    def _run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        words = [*CRON, *map(str, command)]
        return subprocess.run(words, cwd="/", capture_output=True, text=True, timeout=120, check=False)

    def read_log(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def checkout(banco: Banco, tmp_path: Path) -> Generator[Checkout, None, None]:
    """September 2025 is entered and open."""
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "500.00", data=date(2025, 9, 5), cliente=cast.dora)
        pay(session, cast, "100.00", data=date(2025, 9, 6), artista=cast.ana)
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


def test_a_database_that_is_away_is_a_refusal_that_names_the_setting(checkout: Checkout) -> None:
    checkout.write_env(DATABASE_URL="postgresql://estudio_app:x@127.0.0.1:1/nada", LOG_DIR=checkout.log.parent)
    told = checkout.cron(*SETEMBRO)
    assert told.returncode == 1
    assert "DATABASE_URL" in told.stderr


def test_the_lines_for_cron_are_lines_of_cron_and_close_after_the_day_has_turned() -> None:
    lines = [
        line.split(maxsplit=5)
        for line in (SCRIPTS / "cron_config.txt").read_text(encoding="utf-8").splitlines()
        if line[:1].isdigit()
    ]
    assert lines
    for *schedule, command in lines:
        assert croniter.is_valid(" ".join(schedule))
        assert command.startswith(("/caminho/do/estudio/backend/scripts/", "cd /caminho/do/estudio && "))
    (closing,) = [line for line in lines if "cron_atomic_extrato.sh" in line[5]]
    assert int(closing[1]) >= clock.VIRADA
