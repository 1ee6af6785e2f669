"""What became of a COMMIT whose answer was lost: asked for again, never guessed."""

from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
import pytest
from cast import make_cast, pay
from conftest import Banco
from servers import TestServer

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.errors import BancoIndisponivel, CommitDesfeito, OutcomeUnknown
from estudio.domain.extrato import get_estado
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services import desfecho_service, extrato_service
from estudio.services.cadeia_service import get_heads_path, read_heads
from estudio.services.execucao_service import settle_interrupted
from estudio.services.extrato_consulta import list_execucoes
from estudio.services.extrato_service import (
    generate_extrato_with_atomic_transaction,
    reopen_extrato,
)

SETEMBRO = Competencia(2025, 9)


def enter() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "500.00", data=date(2025, 9, 5), percentual=0)


def close() -> int:
    return generate_extrato_with_atomic_transaction(9, 2025).versao


def state() -> str:
    with db.transaction(read_only=True) as session:
        return get_estado(session, SETEMBRO)


def outcome() -> tuple[str | None, str | None]:
    with db.transaction(read_only=True) as session:
        row = list_execucoes(session)[0]
        return row["desfecho"], row["codigo"]


def at_commit(monkeypatch: pytest.MonkeyPatch, deed: Callable[[psycopg.Connection[Any]], None]) -> None:
    """The network between us and the server: at the closing's COMMIT `deed` happens instead."""
    original = psycopg.Connection.execute

    def execute(connection: psycopg.Connection[Any], query: Any, *args: Any, **kwargs: Any) -> Any:
        if query == "commit":
            deed(connection)
            raise psycopg.OperationalError("consuming input failed: server closed the connection unexpectedly")
        return original(connection, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Connection, "execute", execute)


@pytest.mark.usefixtures("banco")
def test_a_commit_that_arrived_is_closed_although_its_answer_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    enter()
    with monkeypatch.context() as patched:
        at_commit(patched, lambda connection: connection.commit())
        assert close() == 1
    assert state() == "fechada"
    assert outcome() == ("fechado", None)


def test_a_commit_that_did_not_arrive_changed_nothing_and_says_so(
    banco: Banco, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter()

    def cut(connection: psycopg.Connection[Any]) -> None:
        pid = connection.info.backend_pid
        with banco.connect_as_superuser() as other:
            other.execute("select pg_terminate_backend(%s, 5000)", [pid])

    with monkeypatch.context() as patched:
        at_commit(patched, cut)
        with pytest.raises(CommitDesfeito, match="nada foi alterado"):
            close()
    assert state() == "aberta"
    assert outcome() == ("recusado", "commit_desfeito")
    assert close() == 1


@pytest.mark.usefixtures("banco")
def test_a_failed_transaction_that_answers_commit_with_a_rollback_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Trap H34: COMMIT of a failed transaction raises nothing."""
    enter()
    original = desfecho_service.commit_and_read_back

    def swallow(connection: psycopg.Connection[Any], execucao: Any) -> None:
        remember = execucao.remember_transaction

        def remember_and_fail(xid: str) -> None:
            remember(xid)
            with pytest.raises(psycopg.errors.DivisionByZero):
                connection.execute("select 1 / 0")

        execucao.remember_transaction = remember_and_fail
        original(connection, execucao)

    monkeypatch.setattr("estudio.services.fechamento_service.commit_and_read_back", swallow)
    with pytest.raises(CommitDesfeito):
        close()
    assert state() == "aberta"


def test_when_nobody_can_say_the_outcome_is_unknown_until_the_next_look(
    servidor_proprio: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter()

    def commit_and_die(connection: psycopg.Connection[Any]) -> None:
        connection.commit()
        servidor_proprio.kill()

    monkeypatch.setattr(desfecho_service, "READ_BACK_SECONDS", 1)
    with monkeypatch.context() as patched:
        at_commit(patched, commit_and_die)
        with pytest.raises(OutcomeUnknown, match="estudio extrato list"):
            close()
    servidor_proprio.restart()
    db.reset()
    assert outcome() == (None, None)
    with db.connect() as connection:
        assert settle_interrupted(connection) == 1
    assert (state(), outcome()[0]) == ("fechada", "fechado")


@pytest.mark.usefixtures("banco")
def test_what_goes_wrong_after_the_commit_is_no_failure_of_the_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    enter()
    with monkeypatch.context() as patched:
        patched.setattr("estudio.services.fechamento_service.get_extrato", lose_the_server)
        with pytest.raises(OutcomeUnknown):
            close()
    assert (state(), outcome()) == ("fechada", (None, None))
    # The same command again: the version that stands, and the last words of the run before.
    assert close() == 1
    assert outcome() == ("fechado", None)


@pytest.mark.usefixtures("banco")
def test_a_person_who_gives_up_after_the_commit_leaves_the_outcome_to_the_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enter()
    with monkeypatch.context() as patched:
        patched.setattr("estudio.services.fechamento_service.publish_heads", interrupt)
        with pytest.raises(KeyboardInterrupt):
            close()
    assert (state(), outcome()) == ("fechada", (None, None))
    assert read_heads(get_heads_path()) == []
    assert close() == 1
    assert outcome() == ("fechado", None)
    assert len(read_heads(get_heads_path())) == 1


@pytest.mark.usefixtures("banco")
def test_a_commit_that_still_hangs_is_not_settled() -> None:
    """Its transaction is in progress: it may yet be done, or not."""
    enter()
    with db.connect() as closer, db.connect() as other:
        closer.execute("begin")
        row = closer.execute("select pg_current_xact_id()::text").fetchone()
        assert row is not None
        other.execute(
            """insert into estudio.execucoes (run_id, acao, mes, origem, maquina, pid, xid)
               values (gen_random_uuid(), 'fechamento', '2025-09-01', 'teste', 'x', 1, %s)""",
            [row[0]],
        )
        assert settle_interrupted(other) == 0
        assert outcome() == (None, None)
        closer.execute("rollback")
        assert settle_interrupted(other) == 1
    assert outcome()[0] == "interrompido"


@pytest.mark.usefixtures("banco")
def test_a_transaction_that_the_server_never_heard_of_did_not_happen() -> None:
    """After a crash the numbers that were given out last are forgotten."""
    with db.connect() as connection:
        connection.execute(
            """insert into estudio.execucoes (run_id, acao, mes, origem, maquina, pid, xid)
               values (gen_random_uuid(), 'fechamento', '2025-09-01', 'teste', 'x', 1, '4000000000000')"""
        )
        assert settle_interrupted(connection) == 1
    assert outcome()[0] == "interrompido"
    assert desfecho_service._wait_for_status("4000000000000") == "aborted"


@pytest.mark.usefixtures("banco")
def test_reopening_an_empty_month_is_told_by_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    """It appends no link to the chain."""
    enter()
    close()
    with monkeypatch.context() as patched:
        patched.setattr(extrato_service, "commit_and_read_back", commit_and_be_killed)
        reopen_extrato(SETEMBRO, quem=LINHA_DE_COMANDO, motivo="recibo de agosto")
        with pytest.raises(KeyboardInterrupt):
            reopen_extrato(SETEMBRO.previous, quem=LINHA_DE_COMANDO, motivo="recibo de agosto")
    with db.connect() as connection:
        settle_interrupted(connection)
    assert outcome()[0] == "reaberto"


def lose_the_server(*_: object) -> None:
    raise BancoIndisponivel


def interrupt() -> None:
    raise KeyboardInterrupt


def commit_and_be_killed(connection: psycopg.Connection[Any], execucao: Any) -> None:
    desfecho_service.commit_and_read_back(connection, execucao)
    if execucao.competencia == SETEMBRO.previous:
        raise KeyboardInterrupt
