"""The log: whole lines with a run id, through rotation, several processes, and disks that refuse."""

import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from estudio import config, db, logs
from estudio.log_files import Parte

log = structlog.get_logger("estudio.tests")

COMANDOS = Parte.COMANDOS.arquivo


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Path, None, None]:
    """A log of its own, configured."""
    monkeypatch.setenv("LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("LOG_TO_FILE", "true")
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    # A page that was asked in this process leaves its number.
    structlog.contextvars.clear_contextvars()
    configure()
    yield tmp_path / "logs"
    logs._replace_handlers()
    structlog.reset_defaults()
    config.reset()


def configure() -> None:
    config.reset()
    logs.start()
    logs.configure()


def read(folder: Path, name: str = COMANDOS) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def test_a_step_is_one_line_with_its_run(folder: Path) -> None:
    log.info("lote", lote=3, lotes=12, resultado="✓")
    (line,) = read(folder)
    assert {key: line[key] for key in ("nivel", "evento", "lote", "lotes", "resultado")} == {
        "nivel": "INFO", "evento": "lote", "lote": 3, "lotes": 12, "resultado": "✓",
    }  # fmt: skip
    assert line["run_id"] == logs.run_id()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["em"])


def test_the_run_of_a_deed_is_on_its_lines_and_on_those_of_libraries(folder: Path) -> None:
    with structlog.contextvars.bound_contextvars(run_id="abc"):
        log.info("dentro")
        logging.getLogger("estudio.biblioteca").info("também %s", "aqui")
        assert logs.run_id() == "abc"
    log.info("fora")
    assert [(line["evento"], line["run_id"]) for line in read(folder)] == [
        ("dentro", "abc"), ("também aqui", "abc"), ("fora", logs.run_id()),
    ]  # fmt: skip


def test_each_part_of_the_program_has_a_file_and_one_number_goes_through_them(folder: Path) -> None:
    logs.start(Parte.PAGINAS)
    logs.configure()
    with structlog.contextvars.bound_contextvars(run_id="abc"):
        log.info("pedido")
        with structlog.contextvars.bound_contextvars(parte=Parte.FECHAMENTO):
            log.info("etapa")
            logging.getLogger("estudio.biblioteca").info("dela")
        log.info("resposta")
    told = {
        path.name: [(line["evento"], line["run_id"]) for line in read(folder, path.name)] for path in folder.iterdir()
    }
    assert told == {
        "web.log": [("pedido", "abc"), ("resposta", "abc")],
        "atomic_extrato.log": [("etapa", "abc"), ("dela", "abc")],
    }  # fmt: skip
    assert "parte" not in read(folder, "web.log")[0]


def test_a_thread_belongs_to_the_run(folder: Path) -> None:
    thread = threading.Thread(target=log.info, args=("do lado",))
    thread.start()
    thread.join()
    assert read(folder)[0]["run_id"] == logs.run_id()


def test_what_is_below_the_level_is_not_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "error")
    configure()
    log.warning("baixo")
    log.error("alto")
    assert [line["evento"] for line in read(folder)] == ["alto"]


def test_no_text_breaks_a_line(folder: Path) -> None:
    hostile = 'a\nb\r\u2028 "c" \x00 \ud800 \\ 🖋'
    log.info("texto", valor=hostile)
    (line,) = [json.loads(line) for line in (folder / COMANDOS).read_bytes().split(b"\n") if line]
    assert line["valor"] == hostile.replace("\ud800", "\\ud800") or line["valor"] == hostile


def test_a_line_has_a_limit(folder: Path) -> None:
    log.info("enorme", valor='"' * 1_000_000)
    assert (folder / COMANDOS).stat().st_size <= logs.MAX_LINE
    (line,) = read(folder)
    assert (line["evento"], line["run_id"]) == ("linha_longa", logs.run_id())


def test_a_failure_keeps_its_trace_and_no_password(folder: Path) -> None:
    try:
        raise ValueError("postgresql://estudio_app:segredo@banco/estudio não responde")
    except ValueError:
        log.exception("falhou", url="postgresql://ana:segredo@banco/x")
    (line,) = read(folder)
    assert "ValueError: postgresql://estudio_app:***@banco/estudio" in line["erro"]
    assert "segredo" not in json.dumps(line)


@pytest.mark.parametrize(
    "said",
    [
        "ana.souza@exemplo.com.br", "123.456.789-09", "(11) 98765-4321", "11 98765-4321", "+5511987654321",
        "11 3765-4321", "12345678909",
    ],
)  # fmt: skip
def test_what_an_error_of_somebody_else_says_of_a_person_is_left_out(folder: Path, said: str) -> None:
    typed = f"Zuleica {said}"
    try:
        int(typed)
    except ValueError:
        log.exception("falhou", motivo=f"{{'{said}': (550, b'no such user')}}", bytes=12912345678)
    (line,) = read(folder)
    assert "ValueError: invalid literal for int() with base 10: …" in line["erro"]
    assert line["bytes"] == 12912345678
    assert not any(word in json.dumps(line, ensure_ascii=False) for word in ("Zuleica", said[-9:]))


SEGREDO = "alergia a níquel"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        # The row that a rule refuses, whole; what stands in the way of another; what is no number; no such table.
        ("insert into estudio.clientes (nome, nome_busca, observacoes) values ('', '', :nota)", "23514.*clientes_nome"),
        ("insert into estudio.formas (codigo, rotulo) values ('x', :nota), ('y', :nota)", "23505.*rotulo_unico"),
        ("insert into estudio.formas (codigo, rotulo, ordem) values ('x', 'x', cast(:nota as integer))", "22P02.*inv"),
        ("insert into estudio.nada values (:nota)", "42P01.*nada"),
    ],
)
def test_what_people_wrote_is_in_no_trace(folder: Path, request: pytest.FixtureRequest, change: str, said: str) -> None:
    request.getfixturevalue("banco")
    with pytest.raises(DBAPIError) as failed, db.get_engine().begin() as connection:
        connection.execute(text(change), {"nota": SEGREDO})
    log.error("falhou", exc_info=failed.value)
    try:
        raise RuntimeError("depois") from failed.value
    except RuntimeError:
        log.exception("falhou")
    for line in read(folder):
        assert re.search(said, line["erro"])
        assert "in test_what_people_wrote_is_in_no_trace" in line["erro"]
        assert "[SQL: insert into estudio." in line["erro"]
        assert "alergia" not in json.dumps(line, ensure_ascii=False)
    assert "The above exception was the direct cause" in line["erro"]
    assert line["erro"].endswith("RuntimeError: depois\n")


def test_a_person_sees_warnings_and_not_steps(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.info("passo")
    log.warning("backup_dispensado", mes="2025-09")
    assert capsys.readouterr() == ("", "aviso: backup_dispensado (mes=2025-09)\n")
    assert len(read(folder)) == 2


def test_a_warning_with_a_sentence_is_told_as_that_sentence_and_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        log.warning("tamanho_ignorado", TAMANHO="abc", usado=100, mensagem="TAMANHO=abc não vale. Escreva um número.")
    log.warning("outro", mensagem="Outra frase.")
    assert capsys.readouterr().err == "aviso: TAMANHO=abc não vale. Escreva um número.\naviso: Outra frase.\n"
    lines = read(folder)
    assert [line["evento"] for line in lines] == ["tamanho_ignorado"] * 3 + ["outro"]
    assert (lines[0]["TAMANHO"], lines[0]["mensagem"]) == ("abc", "TAMANHO=abc não vale. Escreva um número.")


def test_what_fails_twice_is_told_twice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        log.error("falhou", mensagem="Não deu.")
    assert capsys.readouterr().err == "erro: Não deu.\n" * 2
    assert len(read(folder)) == 2


def test_the_trace_is_told_where_no_file_keeps_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOG_TO_FILE", "false")
    configure()
    try:
        raise ValueError("motivo")
    except ValueError:
        log.exception("falhou", tela=False)
    told = capsys.readouterr().err
    assert told.startswith("erro: falhou\nTraceback")
    assert "ValueError: motivo" in told
    assert not folder.exists()


def test_the_log_goes_on_in_a_new_file_after_it_was_rotated(folder: Path) -> None:
    log.info("antes")
    path = folder / COMANDOS
    path.rename(folder / "rotated")
    log.info("depois")
    assert [line["evento"] for line in read(folder)] == ["depois"]
    assert "antes" in (folder / "rotated").read_text(encoding="utf-8")
    path.unlink()
    path.touch()
    log.info("recriado")
    assert [line["evento"] for line in read(folder)] == ["recriado"]


def test_a_log_that_nobody_rotates_stays_within_two_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_FILE", 2_000)
    configure()
    for number in range(100):
        log.info("passo", numero=number)
    kept = sorted(path.name for path in folder.iterdir())
    assert kept == [COMANDOS, f"{COMANDOS}.1"]
    assert all(path.stat().st_size < 2_300 for path in folder.iterdir())
    lines = [line for name in reversed(kept) for line in read(folder, name)]
    assert [line["numero"] for line in lines] == list(range(100 - len(lines), 100))


def test_with_logrotate_the_program_rotates_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_FILE", 2_000)
    monkeypatch.setenv("LOG_ROTATION", "logrotate")
    configure()
    for number in range(30):
        log.info("passo", numero=number)
    assert [path.name for path in folder.iterdir()] == [COMANDOS]
    assert len(read(folder)) == 30


WRITER = """
import sys, structlog
from estudio import logs
if len(sys.argv) > 2: logs.MAX_FILE = int(sys.argv[2])
logs.start(); logs.configure()
for n in range(300):
    structlog.get_logger("estudio.x").info("passo", quem=sys.argv[1], n=n, peso="x" * 200)
"""


def test_processes_do_not_mix_their_lines(folder: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(who)]) for who in range(4)]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0, 0]
    lines = read(folder)
    assert len(lines) == 1200
    assert all([line["n"] for line in lines if line["quem"] == str(who)] == list(range(300)) for who in range(4))


def test_processes_that_reach_the_limit_at_once_keep_the_newest_lines(folder: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(who), "50000"]) for who in range(4)]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0, 0]
    previous = folder / f"{COMANDOS}.1"
    assert 50_000 <= previous.stat().st_size < 55_000
    assert all(json.loads(line) for line in previous.read_text().splitlines())
    # The very last line may have filled the file and moved it away.
    if (folder / COMANDOS).exists():
        assert all(read(folder)) or (folder / COMANDOS).stat().st_size == 0


@pytest.mark.parametrize(
    "obstacle", ["file in the way", "folder that is a file's child", "log that is a folder", "a pipe"]
)
def test_scenario_35_a_log_that_cannot_be_written_is_said_once_and_the_program_goes_on(
    obstacle: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if obstacle == "log that is a folder":
        (folder / COMANDOS).mkdir(parents=True)
    elif obstacle == "a pipe":
        folder.mkdir()
        os.mkfifo(folder / COMANDOS)
    else:
        folder.touch()
        child = folder / "dentro" if obstacle == "folder that is a file's child" else folder
        monkeypatch.setenv("LOG_DIR", str(child))
    configure()
    for number in range(3):
        log.info("passo", numero=number)
    told = capsys.readouterr().err
    assert told.count("não pôde ser escrito") == 1
    assert "O programa continua sem ele; veja LOG_DIR." in told


FULL_DISK = """
import resource, signal, structlog
from estudio import logs
logs.start(); logs.configure()
log = structlog.get_logger("estudio.x")
log.info("antes")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (400, hard))
for n in range(5): log.info("cheio", n=n, peso="x" * 100)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
log.info("depois")
print("feito")
"""


def test_scenario_35_a_full_disk_is_said_once_and_spoils_no_later_line(folder: Path) -> None:
    run = subprocess.run([sys.executable, "-c", FULL_DISK], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout == "feito\n"
    assert run.stderr.count("não pôde ser escrito") == 1
    lines = (folder / COMANDOS).read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0])["evento"] == "antes"
    assert json.loads(lines[-1])["evento"] == "depois"


@pytest.mark.usefixtures("folder")
def test_scenario_35_a_read_only_folder_is_said_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # A folder in which nobody can make a file, root included.
    monkeypatch.setenv("LOG_DIR", "/proc/self")
    configure()
    log.info("passo")
    log.info("passo")
    assert capsys.readouterr().err.count("não pôde ser escrito") == 1


def test_a_closed_terminal_ends_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open() as unwritable:
        monkeypatch.setattr(sys, "stderr", unwritable)
        log.warning("ninguém lê")
    assert read(folder)[0]["evento"] == "ninguém lê"
