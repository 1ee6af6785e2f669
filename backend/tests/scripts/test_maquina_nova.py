"""A new machine by the script of docs/operacao.md: no server, no books, a folder of backups, and the studio is back."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pypdf
import pytest
from backup_mes import create_september
from click.testing import CliRunner, Result
from conftest import Banco
from primeiros import make_first_books

from estudio import config
from estudio.cli import main
from estudio.config import Settings
from estudio.services.backup_completo import create_full_backup
from estudio.services.backup_retorno import ONLY_OF_THEN
from estudio.services.cadeia_service import read_heads
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "deploy" / "maquina_nova.sh"

Machine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def studio(banco: Banco) -> Banco:
    """August and September of 2025 closed."""
    with banco.connect() as connection:
        create_september(connection)
        connection.execute("update pagamentos set percentual = 0 where percentual is null")
    for month in (8, 9):
        generate_extrato_with_atomic_transaction(month, 2025)
    return banco


@pytest.fixture
def new_machine() -> Generator[tuple[Path, Machine], None, None]:
    """A folder for everything that the studio keeps, a server of its own in it, and commands run on it."""
    folder = Path(tempfile.mkdtemp(prefix="estudio-maquina-"))
    folder.chmod(0o711)
    clean = {key: value for key, value in os.environ.items() if key.lower() not in Settings.model_fields}
    clean |= {"ESTUDIO_DATA_DIR": str(folder / "dados"), "BACKUP_DIR": str(folder / "copias")}
    clean |= {"LOG_DIR": str(folder / "registro"), "PYTHON": sys.executable, "PYTHONPATH": str(ROOT / "backend")}

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(word) for word in words],
            env=clean,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    yield folder, run
    shutil.rmtree(folder, ignore_errors=True)


def list_closed(run: Machine) -> list[str]:
    told = run(sys.executable, "-m", "estudio", "extrato", "list", "--json")
    assert told.returncode == 0, told.stderr
    return sorted(mes["competencia"] for mes in json.loads(told.stdout)["meses"] if mes["estado"] == "fechada")


@pytest.mark.usefixtures("studio")
def test_a_new_machine_becomes_the_studio_of_the_copy(tmp_path: Path, new_machine: tuple[Path, Machine]) -> None:
    name = create_full_backup().caminho.name
    folder, run = new_machine
    shutil.copytree(tmp_path / "backups", folder / "copias")
    (copy,) = (folder / "copias").rglob(name)
    seal = read_heads(folder / "copias" / "selos.log")[-1]["selo_sha256"]
    told = run(SCRIPT, copy, str(seal)[:16])
    # 1: there is no dono yet who could log in, which is a fault; the books are whole.
    assert told.returncode in (0, 1), told.stderr
    for words in ("1 de 4", "3 de 4", "✓ Íntegro: 2 meses fechados", "pronto: ligue o estúdio"):
        assert words in told.stderr, told.stderr
    assert list_closed(run) == ["2025-08", "2025-09"]
    # Once more, as in a rehearsal whose settings lead to the real books: they are not touched.
    told = run(SCRIPT, copy, str(seal)[:16])
    assert (told.returncode, "já tem os livros" in told.stderr, "2 de 4" in told.stderr) == (1, True, False), (
        told.stderr
    )


@pytest.mark.proof
def test_a_copy_of_the_first_program_becomes_a_studio_of_today(
    empty_database: Banco, tmp_path: Path, new_machine: tuple[Path, Machine]
) -> None:
    """Whose machine died never updates the program first: the newest is what can be installed."""
    make_first_books(empty_database)
    name = create_full_backup().caminho.name
    folder, run = new_machine
    shutil.copytree(tmp_path / "backups", folder / "copias")
    (copy,) = (folder / "copias").rglob(name)
    told = run(SCRIPT, copy)
    assert "✓ Íntegro: 2 meses fechados" in told.stderr, told.stderr
    assert list_closed(run) == ["2025-08", "2025-09"]


def run_here(*words: object) -> Result:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A prepared disk for the copies, and the sheet of their key, as a person gets them."""
    disk, sheet = tmp_path / "disco", tmp_path / "folha.pdf"
    disk.mkdir()
    destinatario = re.findall(r"COPY_RECIPIENT=(age1\S+)", run_here("copia", "key", "--to", sheet).output)[0]
    monkeypatch.setenv("COPY_DIR", str(disk))
    monkeypatch.setenv("COPY_RECIPIENT", destinatario)
    config.reset()
    run_here("copia", "prepare")
    return disk, sheet


def fetch(disk: tuple[Path, Path], folder: Path, run: Machine) -> list[str]:
    """Type the key from the sheet, bring the copies, and read what comes next from the screen."""
    said = "".join(page.extract_text() for page in pypdf.PdfReader(disk[1]).pages)
    key = folder / "chave.txt"
    key.write_text(said[said.index("AGE-SECRET") : said.index("O quadrado")], encoding="utf-8")
    told = run(sys.executable, "-m", "estudio", "copia", "fetch", "--from", disk[0], "--key-file", key)
    assert told.returncode == 0, told.stderr
    return shlex.split(told.stderr.strip().splitlines()[-1])


# What the restoration itself adds or ends: its event, muted alerts, and whatever let somebody in.
OF_THE_DATABASE = {"auditoria", "avisos", "backups", "execucoes", "segundos_fatores", "codigos_de_recuperacao"}


def digest_tables(ask: Callable[[str], list[str]]) -> dict[str, str]:
    names = ask("select table_name from information_schema.tables where table_schema = 'estudio' order by 1")
    asked = [name for name in names if name not in OF_THE_DATABASE | set(ONLY_OF_THEN)]
    each = "select '{0}', count(*), md5(coalesce(string_agg(t::text, '/' order by t::text), '')) from estudio.{0} t"
    return dict(line.split("|", 1) for line in ask(" union all ".join(each.format(name) for name in asked)))


@pytest.mark.proof
def test_a_lost_pc_is_back_from_the_sheet_and_the_disk_within_ten_minutes(
    studio: Banco, disk: tuple[Path, Path], new_machine: tuple[Path, Machine]
) -> None:
    """The whole road of docs/operacao.md, by what the sheet and the screens say alone."""
    run_here("backup", "create", "--full")
    run_here("copia", "send")
    with studio.connect() as connection:
        connection.execute("set time zone 'UTC'")
        lost = digest_tables(lambda query: ["|".join(map(str, row)) for row in connection.execute(query)])
    seal = json.loads(run_here("extrato", "show", "--year", "2025", "--month", "9", "--json").stdout)["selo_sha256"]
    shutil.rmtree(config.get_settings().backup_dir)

    begun = time.monotonic()
    folder, run = new_machine
    *command, selo = fetch(disk, folder, run)
    assert selo == "SELO"
    told = run(*command, seal[:16])
    assert time.monotonic() - begun < 600
    assert told.returncode in (0, 1), told.stderr
    assert "✓ Íntegro: 2 meses fechados" in told.stderr

    def ask(query: str) -> list[str]:
        answer = run(sys.executable, "-m", "estudio", "db", "psql", "-qAtc", "set time zone 'UTC'", "-c", query)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.splitlines()

    assert len(lost) > 30
    back = digest_tables(ask)
    assert {name: (lost[name], back.get(name)) for name in lost if back.get(name) != lost[name]} == {}


@pytest.mark.proof
def test_a_month_that_was_closed_after_the_copy_is_said_and_closed_again(
    banco: Banco, disk: tuple[Path, Path], new_machine: tuple[Path, Machine]
) -> None:
    """As it is for a day each month: the copy of the whole is made at 04:15, and the month closes at 05:00."""
    with banco.connect() as connection:
        create_september(connection)
        connection.execute("update pagamentos set percentual = 0 where percentual is null")
    generate_extrato_with_atomic_transaction(8, 2025)
    run_here("backup", "create", "--full")
    generate_extrato_with_atomic_transaction(9, 2025)
    run_here("copia", "send")
    folder, run = new_machine
    script, copy, _ = fetch(disk, folder, run)
    told = run(script, copy)
    assert (told.returncode, "use --force" in told.stderr) == (1, True), told.stderr
    told = run(script, "--force", copy)
    assert told.returncode in (0, 1), told.stderr
    assert list_closed(run) == ["2025-08"]
    again = run(sys.executable, "-m", "estudio", "extrato", "close", "--year", "2025", "--month", "9")
    assert again.returncode == 0, again.stderr


@pytest.mark.usefixtures("studio")
def test_another_seal_or_no_copy_ends_it_and_says_so(tmp_path: Path, new_machine: tuple[Path, Machine]) -> None:
    folder, run = new_machine
    missing = run(SCRIPT, folder / "nenhuma.dump")
    assert (missing.returncode, "Uso:" in missing.stderr) == (2, True)
    copy = create_full_backup().caminho
    shutil.copytree(tmp_path / "backups", folder / "copias")
    (copy,) = (folder / "copias").rglob(copy.name)
    told = run(SCRIPT, copy, "0123456789abcdef")
    assert told.returncode == 4, told.stderr
    assert "pronto" not in told.stderr
