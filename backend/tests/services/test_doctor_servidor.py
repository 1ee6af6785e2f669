"""The doctor looks at the server itself: on one of the test's own, durable, whose settings may be spoiled."""

import subprocess
from collections.abc import Callable, Generator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, reset_tzpath

import psycopg
import pytest
import time_machine
from conftest import Banco
from servers import TestServer

from estudio import clock, config, db, rights
from estudio.services import doctor_esquema, doctor_servidor
from estudio.services.doctor_laudo import Check
from estudio.services.doctor_service import examine


def set_and_reload(server: TestServer, *settings: str) -> None:
    with server.connect() as connection:
        for setting in settings:
            connection.execute(f"alter system set {setting}".encode())
        connection.execute("select pg_reload_conf()")
    db.reset()


def restart(server: TestServer, *settings: str) -> None:
    with server.connect() as connection:
        for setting in settings:
            connection.execute(f"alter system set {setting}".encode())
    db.reset()
    server.cluster.stop()
    server.start()


def ensure_says(check: Check, situacao: str, words: str) -> None:
    found = check()
    assert (found[0], words in found[1]) == (situacao, True), found


def trouble() -> set[str]:
    return {d.codigo for d in examine() if d.situacao in ("falha", "quebra")}


def test_a_durable_server_of_ones_own_has_no_trouble(servidor_proprio: TestServer) -> None:
    assert servidor_proprio.pid is not None
    assert trouble() == set()


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_server_that_forgets_what_it_acknowledged_is_named(servidor_proprio: TestServer, setting: str) -> None:
    set_and_reload(servidor_proprio, f"{setting} = off")
    assert trouble() == {"durabilidade"}
    ensure_says(doctor_servidor.check_durabilidade, "falha", setting)


def test_synchronous_commit_of_the_programs_role_counts_as_well(servidor_proprio: TestServer) -> None:
    with servidor_proprio.connect() as connection:
        connection.execute("alter role estudio_app set synchronous_commit = off")
    db.reset()
    ensure_says(doctor_servidor.check_durabilidade, "falha", "synchronous_commit")


def test_pages_without_checksums_are_said(servidor_proprio: TestServer) -> None:
    ensure_says(doctor_servidor.check_somas_de_verificacao, "ok", "cada página")
    db.reset()
    servidor_proprio.cluster.stop()
    servidor_proprio.folder.account.run(
        servidor_proprio.bin_dir / "pg_checksums", "--disable", "--pgdata", servidor_proprio.cluster.pgdata
    )
    servidor_proprio.start()
    ensure_says(doctor_servidor.check_somas_de_verificacao, "aviso", "pg_checksums --enable")


def test_a_page_that_the_disk_damaged_is_named(servidor_proprio: TestServer) -> None:
    with servidor_proprio.connect("estudio") as connection:
        connection.execute("insert into estudio.clientes (nome, nome_busca) values ('Dora', 'dora')")
        connection.execute("checkpoint")
        row = connection.execute("select pg_relation_filepath('estudio.clientes')").fetchone()
        assert row is not None
    db.reset()
    servidor_proprio.cluster.stop()
    page = Path(servidor_proprio.cluster.pgdata) / row[0]
    payload = bytearray(page.read_bytes())
    payload[8000] ^= 0x20
    page.write_bytes(payload)
    servidor_proprio.start()
    with servidor_proprio.connect("estudio") as connection, pytest.raises(psycopg.errors.DataCorrupted):
        connection.execute("select * from estudio.clientes")
    ensure_says(doctor_servidor.check_somas_de_verificacao, "falha", "página danificada")


def test_prepared_transactions_are_said_and_a_standing_one_is_named(servidor_proprio: TestServer) -> None:
    ensure_says(doctor_servidor.check_transacoes_preparadas, "ok", "Nenhuma")
    restart(servidor_proprio, "max_prepared_transactions = 2")
    ensure_says(doctor_servidor.check_transacoes_preparadas, "aviso", "max_prepared_transactions = 0")
    with psycopg.connect(servidor_proprio.superuser_url("estudio"), autocommit=True) as connection:
        connection.execute("begin")
        connection.execute("select * from estudio.competencias where mes = '2025-01-01' for update")
        connection.execute("prepare transaction 'esquecida'")
        assert trouble() == {"transacoes_preparadas"}
        connection.execute("rollback prepared 'esquecida'")


def test_autovacuum_that_is_off_is_said(servidor_proprio: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    set_and_reload(servidor_proprio, "autovacuum = off")
    ensure_says(doctor_servidor.check_autovacuum, "aviso", "desligada")
    monkeypatch.setattr(doctor_servidor, "WRAPAROUND", 1)
    ensure_says(doctor_servidor.check_autovacuum, "falha", "VACUUM")


def test_a_server_near_its_limit_of_connections_is_said(servidor_proprio: TestServer) -> None:
    ensure_says(doctor_servidor.check_conexoes, "ok", "conexões em uso")
    restart(servidor_proprio, "max_connections = 13", "superuser_reserved_connections = 3")
    held = [psycopg.connect(servidor_proprio.app_url()) for _ in range(8)]
    ensure_says(doctor_servidor.check_conexoes, "aviso", "max_connections")
    for connection in held:
        connection.close()


def test_rights_and_limits_of_the_role_are_looked_at(servidor_proprio: TestServer) -> None:
    with servidor_proprio.connect() as connection:
        connection.execute("alter role estudio_app reset idle_in_transaction_session_timeout")
        ensure_says(doctor_esquema.check_papel_configurado, "aviso", "idle_in_transaction_session_timeout")
        connection.execute("alter role estudio_app createrole")
        ensure_says(doctor_esquema.check_papel_do_programa, "falha", "cria papéis")
        connection.execute("alter role estudio_app nocreaterole")
        connection.execute(f"grant {rights.OWNER_ROLE} to estudio_app".encode())
        db.reset()
        ensure_says(doctor_esquema.check_papel_do_programa, "falha", "outro papel")
    assert "papel_do_programa" in trouble()


def test_a_database_in_another_encoding_is_refused_at_the_door(
    server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "doctor_latin1"
    with server.connect() as connection:
        connection.execute(f"drop database if exists {name}".encode())
        connection.execute(
            f"create database {name} template template0 encoding latin1 locale_provider libc locale 'C'".encode()
        )
        connection.execute(f"grant connect on database {name} to estudio_app".encode())
    monkeypatch.setenv("DATABASE_URL", server.app_url(name))
    config.reset()
    db.reset()
    found = {d.codigo: d for d in examine()}
    assert found["servidor"].situacao == "falha"
    assert "LATIN1" in found["servidor"].mensagem
    db.reset()
    with server.connect() as connection:
        connection.execute(f"drop database {name} with (force)".encode())


def test_two_clocks_that_differ_are_said_and_a_day_apart_is_a_failure(banco: Banco) -> None:
    ensure_says(doctor_servidor.check_relogio, "ok", banco.name[:0])
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        ensure_says(doctor_servidor.check_relogio, "aviso", "300 segundos")
    with time_machine.travel(clock.now() - timedelta(days=2)):
        ensure_says(doctor_servidor.check_relogio, "falha", "48 horas")


def test_a_version_that_nobody_mends_is_said(banco: Banco) -> None:
    ensure_says(doctor_servidor.check_versao, "ok", banco.name[:0])
    with time_machine.travel("2036-01-01"):
        ensure_says(doctor_servidor.check_versao, "aviso", "não recebe mais correções")


@pytest.fixture
def own_zones(tmp_path: Path) -> Generator[Callable[[str, str], None], None, None]:
    """Puts a zone under another name, for the program alone."""

    def put(name: str, source: str) -> None:
        target = tmp_path / "zonas" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files("tzdata").joinpath("zoneinfo", *source.split("/")).read_bytes())
        reset_tzpath([tmp_path / "zonas"])
        ZoneInfo.clear_cache()

    yield put
    reset_tzpath()
    ZoneInfo.clear_cache()


def test_two_tables_of_time_zones_that_differ_are_said(banco: Banco, own_zones: Callable[[str, str], None]) -> None:
    ensure_says(doctor_servidor.check_fuso, "ok", "America/Sao_Paulo")
    own_zones("America/Sao_Paulo", "Asia/Tokyo")
    ensure_says(doctor_servidor.check_fuso, "aviso", "tzdata")
    assert banco.name


def test_a_zone_that_the_server_does_not_know_is_said(
    banco: Banco, own_zones: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    own_zones("America/Ateliê", "Asia/Tokyo")
    monkeypatch.setenv("TZ", "America/Ateliê")
    config.reset()
    ensure_says(doctor_servidor.check_fuso, "aviso", "não conhece")
    assert banco.name


def test_who_began_a_transaction_and_went_away_is_said(banco: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_servidor, "IDLE_SECONDS", 0)
    ensure_says(doctor_servidor.check_sessoes_paradas, "ok", "Ninguém")
    with psycopg.connect(banco.app_url) as idle:
        idle.execute("select 1")
        ensure_says(doctor_servidor.check_sessoes_paradas, "aviso", str(idle.info.backend_pid))


def test_who_waits_for_a_lock_is_said_with_whom_they_wait_for(banco: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_servidor, "BLOCKED_SECONDS", 0)
    ensure_says(doctor_servidor.check_sessoes_bloqueadas, "ok", "Ninguém")
    waiter = psycopg.connect(banco.app_url)
    with psycopg.connect(banco.app_url) as holder:
        holder.execute("select pg_advisory_xact_lock(77, 1)")
        waiter.pgconn.send_query(b"select pg_advisory_xact_lock(77, 1)")
        for _ in range(200):
            found = doctor_servidor.check_sessoes_bloqueadas()
            if found[0] == "aviso":
                break
        assert f"{waiter.info.backend_pid} espera por {holder.info.backend_pid}" in found[1]
        waiter.pgconn.finish()


def test_the_list_of_versions_knows_the_one_of_the_wheel(banco: Banco) -> None:
    said = subprocess.run(
        [banco.server.bin_dir / "psql", "--version"], capture_output=True, text=True, check=True
    ).stdout
    assert any(f" {major}." in said for major in doctor_servidor.MENDED_UNTIL)
