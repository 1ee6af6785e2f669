"""An August to close, the ways to close it, and ways to go behind the guard."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

from cast import Cast, book, make_cast, pay, spend
from conftest import Banco

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.extrato import Extrato, get_estado
from estudio.services import batch_processing
from estudio.services.cadeia_service import verify_cadeia
from estudio.services.extrato_consulta import list_execucoes
from estudio.services.extrato_service import (
    generate_extrato_with_atomic_transaction,
)

AGOSTO, SETEMBRO, OUTUBRO = (Competencia(2025, m) for m in (8, 9, 10))


def enter_agosto() -> Cast:
    """Scenario 17: 200 in Pix with 60 of comissão and two sessões, 150 in cash without client, 50 of expense."""
    with db.transaction() as session:
        cast = make_cast(session)
        sessions = [book(session, cast, "100.00", data=date(2025, 8, d), cliente=cast.dora) for d in (4, 5)]
        pay(session, cast, "200.00", data=date(2025, 8, 5), cliente=cast.dora, percentual=3000, sessoes=sessions)
        pay(session, cast, "150.00", data=date(2025, 8, 20), artista=cast.ana, percentual=0, forma="dinheiro")
        spend(session, cast, "50.00", data=date(2025, 8, 10))
        return cast


def add_payment(cast: Cast, valor: str, dia: date) -> None:
    with db.transaction() as session:
        pay(session, cast, valor, data=dia, percentual=0)


def close(competencia: Competencia, **more: Any) -> Extrato:
    return generate_extrato_with_atomic_transaction(competencia.mes, competencia.ano, **more)


def state(competencia: Competencia) -> str:
    with db.transaction(read_only=True) as session:
        return get_estado(session, competencia)


def execucoes() -> list[dict[str, Any]]:
    with db.transaction(read_only=True) as session:
        return list_execucoes(session)


def count_rows() -> list[int]:
    with db.connect() as connection:
        row = connection.execute(
            """select (select count(*) from estudio.pagamentos), (select count(*) from estudio.comissoes),
                      (select count(*) from estudio.sessoes), (select count(*) from estudio.gastos)"""
        ).fetchone()
    return list(row or ())


def ensure_whole(cabeca: str | None = None) -> None:
    with db.transaction(read_only=True) as session:
        assert verify_cadeia(session, cabeca=cabeca) == []


def fail_after(calls: int, deed: Callable[..., Any]) -> Callable[..., Any]:
    """The real totals for the first calls, then the deed."""
    original = batch_processing.calculate_totals_batch
    counter = iter(range(10**6))

    def run(*args: Any) -> Any:
        return original(*args) if next(counter) < calls else deed(*args)

    return run


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(6000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came to that")


def is_waiting_for_lock(banco: Banco) -> bool:
    with banco.connect_as_superuser() as connection:
        row = connection.execute(
            "select count(*) from pg_locks where locktype = 'advisory' and not granted and classid = 7"
        ).fetchone()
    return bool(row and row[0])


def cheat(banco: Banco, statements: str) -> None:
    """What only a superuser can do: behind the guard's back."""
    with banco.connect_as_superuser() as connection, connection.transaction():
        tables = ("pagamentos", "comissoes", "sessoes", "gastos", "extratos", "selos", "extrato_nomes", "competencias")
        for table in tables:
            connection.execute(f"alter table {table} disable trigger all")
        for statement in statements.split(";"):
            connection.execute(statement)
        for table in tables:
            connection.execute(f"alter table {table} enable trigger all")
