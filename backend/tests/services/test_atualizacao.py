"""An update: the books of the very first program come over whole, or stay where they are, whatever goes wrong."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import servers
import time_machine
from alembic import command
from alembic.config import Config
from conftest import REVISOES, Banco, use_database
from damage import flip
from discos import mount
from moldes import Copiar
from primeiros import make_first_books, read_everything
from servers import TestServer
from services.conftest import hurried, renamed
from sqlalchemy import text

from estudio import clock, db, schema
from estudio.domain.backup_completo import Completo
from estudio.domain.errors import (
    AtualizacaoDesfeita,
    BackupDanificado,
    BancoIndisponivel,
    DiscoRecusou,
    EmUso,
    IntegrityBroken,
    MigracaoRecusada,
    OutcomeUnknown,
)
from estudio.services import atualizacao_service
from estudio.services.atualizacao_service import FORMER, NEW, Atualizacao, renew_books
from estudio.services.backup_banco import connect_to, drop_database, find_databases, name_beside, switch_databases
from estudio.services.backup_completo import create_full_backup, list_completos
from estudio.services.cadeia_service import verify_cadeia
from estudio.services.doctor_laudo import Situacao
from estudio.services.doctor_service import examine
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction
from estudio.services.migracao_service import prepare_books

STEPS = [
    "Conferindo o estúdio como está",
    "Copiando o estúdio inteiro",
    "Lendo a cópia de novo, do disco",
    "Passando os livros a um banco novo",
    "Atualizando as tabelas",
    "Conferindo o estúdio atualizado",
    "Trocando o banco",
]

EACH_TIME = ("Copiando o estúdio inteiro", "Atualizando as tabelas", "Trocando o banco")
"""Before anything is made, with half of it made, and with all of it: the other steps' deaths are a proof's."""

SPENT = "insert into gastos (data, valor_centavos, descricao, forma) values (%s, 4200, %s, 'pix')"

KILLED = """
import os, signal, sys
from estudio.services.atualizacao_service import renew_books
def tell(step):
    if step == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)
renew_books(tell=tell)
"""


def _fill(banco: Banco) -> None:
    servers.drop_database(banco.server, banco.name)
    servers.create_database(banco.server, banco.name)
    make_first_books(banco)


@pytest.fixture
def books(copiar: Copiar[None]) -> Generator[Banco, None, None]:
    """As the first program left them; databases that an update makes beside them are gone afterwards."""
    banco, _ = copiar(_fill)
    yield banco
    db.reset()
    for name in find_databases(f"{banco.name}_"):
        drop_database(name)


def update(*, at: dict[str, Callable[[], object]] | None = None) -> Atualizacao:
    """An update; `at` says what else happens when a step begins."""
    told: list[str] = []

    def tell(step: str) -> None:
        told.append(step)
        if at and step in at:
            at[step]()

    done = renew_books(tell=tell)
    assert told == STEPS
    return done


def update_later() -> Atualizacao:
    """Another: the databases that are kept are told apart by the second."""
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        return update()


def ensure_as_before(books: Banco, before: str) -> None:
    """The old program's database is in its place, as it was, and takes its writes; nothing else is left."""
    assert read_everything(books) == before
    assert schema.list_pending() == REVISOES[1:]
    assert find_databases(f"{books.name}_") == []
    with books.connect() as connection:
        connection.execute(SPENT, ["2025-10-20", "Depois"])
        with pytest.raises(psycopg.Error, match="fechad"):
            connection.execute(SPENT, ["2025-09-20", "Nunca"])


def migrate_and(monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """The migration does one thing more, which it should not."""
    upgrade = command.upgrade

    def upgrade_and_more(settings: Config, revision: str) -> None:
        upgrade(settings, revision)
        settings.attributes["connection"].execute(text(statement))

    monkeypatch.setattr(command, "upgrade", upgrade_and_more)


def test_the_first_books_become_todays_and_can_be_worked_with(books: Banco) -> None:
    with books.connect_as_superuser() as connection:
        seals = connection.execute("select seq, selo_sha256 from selos order by seq").fetchall()
    done = update()
    assert done.aplicadas == REVISOES[1:]
    assert done.anterior.startswith(books.name + FORMER)
    assert schema.list_pending() == []
    # The backups of its months lie on another machine.
    assert "backups_selados" in {d.codigo for d in done.falhas}
    with books.connect() as connection:
        assert connection.execute("select seq, selo_sha256 from selos order by seq").fetchall() == seals
    with db.transaction(read_only=True) as session:
        assert verify_cadeia(session) == []
    with db.transaction() as session:
        session.execute(text("update pagamentos set percentual = 0 where percentual is null and data >= '2025-10-01'"))
    generate_extrato_with_atomic_transaction(10, 2025)
    assert not [d for d in examine() if d.situacao in (Situacao.FALHA, Situacao.QUEBRA) and d.assunto == "Guarda"]


def test_the_database_of_before_is_kept_until_the_next_update(books: Banco) -> None:
    before = read_everything(books)
    first = update()
    with connect_to(first.anterior) as connection:
        assert connection.execute("select version_num from estudio.alembic_version").fetchone() == ("0001",)
    assert read_everything(Banco(books.server, first.anterior)) == before
    second = update_later()
    assert find_databases(books.name + FORMER) == [second.anterior] != [first.anterior]


@pytest.mark.parametrize("length", [32, 63])
def test_under_a_long_name_the_database_of_before_is_kept_as_well(books: Banco, length: int) -> None:
    """PostgreSQL cuts a name off after 63 bytes: the instant at its end, and then all that tells it from the books'."""
    with renamed(books, f"{books.name}_".ljust(length, "x")) as long:
        before = read_everything(long)
        first = update()
        assert read_everything(Banco(long.server, first.anterior)) == before
        second = update_later()
        assert set(find_databases(f"{books.name}_")) == {long.name, second.anterior}


@pytest.mark.parametrize("own", ["estudio", "e" * 48, "e" * 49, "é" * 31 + "e", "ação" * 20])
def test_a_name_beside_another_is_whole_and_no_other_s(own: str) -> None:
    name = name_beside(own, NEW)
    assert len(name.encode()) <= 63
    assert name.endswith(NEW)
    assert name.startswith(own[:15])
    assert name_beside(own + "s", NEW) != name


def test_one_of_before_that_cannot_be_dropped_does_not_undo_what_was_done(books: Banco) -> None:
    first = update()
    with books.server.connect() as superuser:
        superuser.execute(f"alter database {first.anterior} is_template true".encode())
    second = update_later()
    assert find_databases(books.name + FORMER) == [first.anterior, second.anterior]
    with books.server.connect() as superuser:
        superuser.execute(f"alter database {first.anterior} is_template false".encode())


@pytest.mark.usefixtures("books")
def test_the_copy_of_before_is_whole_and_of_the_old_age() -> None:
    done = update()
    assert [completo.caminho for completo in list_completos()] == [done.copia.caminho]
    assert set(done.copia.manifesto.meses) == {"2025-08", "2025-09", "2025-10"}


def test_a_backup_that_finds_its_folder_taken_changes_nothing(books: Banco, tmp_path: Path) -> None:
    before = read_everything(books)
    (tmp_path / "backups").write_text("em vez de uma pasta")
    with pytest.raises(DiscoRecusou):
        update()
    (tmp_path / "backups").unlink()
    ensure_as_before(books, before)


def test_a_disk_that_is_full_of_backups_changes_nothing(books: Banco, tmp_path: Path) -> None:
    before = read_everything(books)
    with ExitStack() as stack:
        stack.enter_context(mount(tmp_path / "backups", "size=64k"))
        with pytest.raises(DiscoRecusou, match="cheio"):
            update()
    ensure_as_before(books, before)


def test_a_copy_that_does_not_read_back_changes_nothing(books: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_everything(books)

    def create_on_a_bad_disk() -> Completo:
        completo = create_full_backup()
        completo.caminho.write_bytes(flip(completo.caminho.read_bytes(), random.Random(7)))
        return completo

    monkeypatch.setattr(atualizacao_service, "create_full_backup", create_on_a_bad_disk)
    with pytest.raises(BackupDanificado):
        update()
    ensure_as_before(books, before)


def test_a_server_whose_disk_is_full_changes_nothing(books: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_everything(books)
    migrate_and(monkeypatch, "do $$ begin raise exception using errcode = '53100', message = 'disk full'; end $$")
    with pytest.raises(DiscoRecusou):
        update()
    ensure_as_before(books, before)


def test_a_migration_that_raises_changes_nothing(books: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_everything(books)

    def fail(_settings: Config, _revision: str) -> None:
        raise RuntimeError("a luz caiu")

    monkeypatch.setattr(command, "upgrade", fail)
    with pytest.raises(RuntimeError, match="a luz caiu"):
        update()
    ensure_as_before(books, before)


def test_a_migration_that_would_change_what_is_sealed_changes_nothing(
    books: Banco, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_everything(books)
    migrate_and(
        monkeypatch,
        """alter table estudio.gastos disable trigger user;
           update estudio.gastos set valor_centavos = 1 where data = '2025-08-12'""",
    )
    with pytest.raises(IntegrityBroken, match="foi desfeita"):
        update()
    ensure_as_before(books, before)


def test_what_the_doctor_finds_afterwards_and_not_before_undoes_it(
    books: Banco, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_everything(books)
    migrate_and(monkeypatch, "drop trigger guard_update on estudio.pagamentos")
    with pytest.raises(AtualizacaoDesfeita, match="Guarda, gatilhos: ") as refusal:
        update()
    assert "guard_update" in str(refusal.value.details)
    ensure_as_before(books, before)


def test_books_that_do_not_tell_what_was_sealed_are_not_updated(books: Banco) -> None:
    with books.connect_as_superuser() as connection:
        connection.execute("alter table gastos disable trigger all")
        connection.execute("update gastos set valor_centavos = 1 where data = '2025-08-12'")
        connection.execute("alter table gastos enable trigger all")
    before = read_everything(books)
    with pytest.raises(IntegrityBroken, match="Depois da atualização"):
        update()
    assert read_everything(books) == before


def test_what_was_not_well_before_is_told_and_stops_nothing(books: Banco) -> None:
    with books.connect_as_superuser() as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("alter table usuarios disable trigger guard_ultimo_dono")
        connection.execute("update usuarios set ativo = false where papel = 'dono'")
        connection.execute("alter table usuarios enable always trigger guard_ultimo_dono")
    assert "dono_ativo" in {d.codigo for d in update().falhas}


def test_while_somebody_is_connected_nothing_begins(books: Banco) -> None:
    with hurried(), books.connect(), pytest.raises(EmUso, match="alguém conectado"):
        update()
    assert list_completos() == []


def test_who_writes_during_an_update_loses_nothing(books: Banco) -> None:
    """Connected, done and gone again, while the new database was examined."""

    def write() -> None:
        with books.connect() as connection:
            connection.execute(SPENT, ["2025-10-21", "Nesse meio tempo"])

    with pytest.raises(EmUso, match="Alguém usou o banco"):
        update(at={"Conferindo o estúdio atualizado": write})
    assert find_databases(f"{books.name}_") == []
    with books.connect() as connection:
        row = connection.execute("select count(*) from gastos where descricao = 'Nesse meio tempo'").fetchone()
    assert row == (1,)
    update()


def test_who_is_connected_when_they_are_switched_keeps_the_old_one_in_its_place(books: Banco) -> None:
    before = read_everything(books)
    with hurried(), ExitStack() as stack, pytest.raises(EmUso, match="alguém conectado"):
        update(at={"Trocando o banco": lambda: stack.enter_context(books.connect())})
    ensure_as_before(books, before)


@pytest.mark.usefixtures("books")
def test_one_update_at_a_time() -> None:
    def update_as_well() -> None:
        with pytest.raises(EmUso, match="em andamento"):
            renew_books(tell=lambda _: None)

    update(at={"Lendo a cópia de novo, do disco": update_as_well})


def test_when_the_answer_to_the_switch_is_lost_nobody_claims_to_know(books: Banco) -> None:
    with db.connect_owner() as connection:
        connection.execute(f"create database {books.name}{NEW}".encode())

    def hang_up(switching: psycopg.Connection[Any]) -> None:
        with books.server.connect() as other:
            other.execute("select pg_terminate_backend(%s, 5000)", [switching.info.backend_pid])

    with pytest.raises(OutcomeUnknown, match="Rode o comando de novo"):
        switch_databases(books.name + NEW, f"{books.name}_velho", last=hang_up)


def test_who_does_not_wait_for_the_answer_to_the_switch_does_not_know_it_either(
    books: Banco, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.connect_owner() as connection:
        connection.execute(f"create database {books.name}{NEW}".encode())
    leave = psycopg.Transaction.__exit__

    def commit_and_interrupt(transaction: psycopg.Transaction, *why: Any) -> None:
        leave(transaction, *why)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.Transaction, "__exit__", commit_and_interrupt)
        with pytest.raises(OutcomeUnknown, match="foi interrompido"):
            switch_databases(books.name + NEW, f"{books.name}_velho", last=lambda _: None)
    assert f"{books.name}_velho" in find_databases(books.name)


@pytest.mark.parametrize(
    "step", [pytest.param(step, marks=[] if step in EACH_TIME else pytest.mark.proof) for step in STEPS]
)
def test_killed_at_any_step_the_old_program_works_on_and_the_next_update_succeeds(books: Banco, step: str) -> None:
    before = read_everything(books)
    db.reset()
    killed = subprocess.run([sys.executable, "-c", KILLED, step], timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert read_everything(books) == before
    assert schema.list_pending() == REVISOES[1:]
    update()
    assert find_databases(books.name + NEW) == []


def test_with_the_server_killed_the_books_are_where_they_were(
    make_own_server: Callable[[], TestServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = make_own_server()
    with own.connect() as superuser:
        superuser.execute(f"create database primeiros owner {own.owner}".encode())
    use_database(monkeypatch, own, "primeiros")
    books = Banco(own, "primeiros")
    make_first_books(books)
    before = read_everything(books)
    with pytest.raises(BancoIndisponivel):
        update(at={"Atualizando as tabelas": own.kill})
    own.restart()
    db.reset()
    assert read_everything(books) == before
    assert update().aplicadas == REVISOES[1:]


@pytest.mark.usefixtures("books")
def test_a_start_makes_new_tables_and_refuses_books_of_another_age() -> None:
    with pytest.raises(MigracaoRecusada, match="estudio update"):
        prepare_books()
    update()
    assert prepare_books() == []


@pytest.mark.usefixtures("empty_database")
def test_a_start_makes_the_tables_of_a_new_studio() -> None:
    assert prepare_books() == REVISOES


def test_settings_are_as_they_were_after_an_update(books: Banco) -> None:
    update()
    assert (db.get_app_url(), db.get_owner_url()) == (books.app_url, books.owner_url)
    assert os.environ["DATABASE_URL"] == books.app_url
