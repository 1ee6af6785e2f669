"""The servers of the tests themselves: killed and restarted with nothing lost, and never left behind."""

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import servers
from conftest import Banco
from servers import TestServer

from estudio import db


def test_an_own_server_is_durable_and_comes_back_after_a_kill(servidor_proprio: TestServer) -> None:
    url = servidor_proprio.app_url()
    with servidor_proprio.connect() as superuser:
        assert superuser.execute("show fsync").fetchall() == [("on",)]
    for number in range(3):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("insert into estudio.itens (nome) values (%s)", [f"Agulha {number}"])
            pid = servidor_proprio.pid
            servidor_proprio.kill()
        servidor_proprio.restart()
        assert servidor_proprio.pid != pid
        assert servidor_proprio.app_url() == url
    with db.transaction(read_only=True) as session:
        assert db.raw(session).execute("select count(*) from itens").fetchall() == [(3,)]


def test_each_test_has_a_database_of_its_own(banco: Banco) -> None:
    with banco.connect() as connection:
        found = connection.execute("select current_database(), current_user").fetchall()
    assert found == [(banco.name, "estudio_app")]


def test_over_tcp_the_server_is_as_foreign_as_can_be_and_the_wheels_is_our_own(banco: Banco, server_kind: str) -> None:
    with psycopg.connect(banco.superuser_url) as connection:
        found = connection.execute(
            """select current_setting('server_version_num')::int / 10000, current_setting('timezone'),
                      current_setting('datestyle'), datlocprovider::text,
                      (select rolsuper from pg_roles where rolname = %s)
               from pg_database where datname = current_database()""",
            [banco.server.owner],
        ).fetchone()
    assert found == {
        "tcp15": (15, "Pacific/Kiritimati", "SQL, DMY", "i", False),
        "embutido": (18, "UTC", "ISO, MDY", "b", True),
    }.get(server_kind)


def test_the_server_of_a_run_that_was_killed_stops_by_itself(run_path: Path, server_kind: str) -> None:
    code = """
import sys, time
from pathlib import Path
from servers import make_server
server = make_server(sys.argv[1], Path(sys.argv[2]))
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""
    path = run_path / "morto"
    process = subprocess.Popen(
        [sys.executable, "-c", code, server_kind, str(path)],
        stdout=subprocess.PIPE,
        env={
            "PYTHONPATH": f"{Path(servers.__file__).parent}:{Path(db.__file__).parent.parent}",
            "PATH": "/usr/bin:/bin",
        },
    )
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 15
    while b"postgres" in read_command(pid):
        assert time.monotonic() < deadline, "the server outlived its run"
        time.sleep(0.05)


def read_command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
