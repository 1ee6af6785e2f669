"""An account that two change at the same moment: whoever comes second waits, and then decides by what stands."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from queue import Queue
from typing import NamedTuple

import pytest
from cast import Cast, make_cast, pay
from concurrency.test_registro import at_once
from conftest import Banco
from guards.entrelacamentos import PACIENCIA_SEGUNDOS, wait_until_blocked
from services.test_acerto import settle
from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.acerto import Acerto, Tipo
from estudio.domain.errors import NaoDesfaz, Refusal, SaldoMudou
from estudio.services.acerto_consulta import find_saldo
from estudio.services.acerto_service import (
    delete_acerto,
    edit_acerto,
    register_recebido,
    undo_delete_acerto,
    undo_edit_acerto,
)

pytestmark = pytest.mark.usefixtures("banco")

SALDO = Decimal("150.00")


class Conta(NamedTuple):
    """Bia's: 200,00 of comissão, 40,00 ahead, 10,00 of it that was edited once, and 10,00 that was deleted."""

    cast: Cast
    vale: int
    editado: int
    apagado: int
    pagamento: int


def open_conta() -> Conta:
    with db.transaction() as session:
        cast = make_cast(session)
        pagamento = pay(session, cast, "500.00")
        vale = settle(session, cast, Tipo.VALE, "40.00").id
        editado, apagado = (settle(session, cast, Tipo.VALE, "20.00").id for _ in range(2))
    with db.transaction() as session:
        edit_acerto(session, editado, quem=cast.quem_ana, valor=Decimal("10.00"))
    with db.transaction() as session:
        delete_acerto(session, apagado, quem=cast.quem_ana)
        assert find_saldo(session, cast.bia.id) == SALDO
    return Conta(cast, vale, editado, apagado, pagamento.id)


def press_pagar(session: Session, conta: Conta) -> Acerto:
    """What the page's button does, of the saldo that it showed."""
    return settle(session, conta.cast, Tipo.REPASSE, str(SALDO), saldo_visto=SALDO)


Deed = Callable[[Session, Conta], object]

DEEDS: dict[str, Deed] = {
    "registrar": lambda session, conta: settle(session, conta.cast, Tipo.BONUS, "1.00"),
    "editar": lambda session, conta: edit_acerto(session, conta.vale, quem=conta.cast.quem_ana, valor=Decimal("41.00")),
    "apagar": lambda session, conta: delete_acerto(session, conta.vale, quem=conta.cast.quem_ana),
    "desfazer a edição": lambda session, conta: undo_edit_acerto(session, conta.editado, quem=conta.cast.quem_ana),
    "trazer de volta": lambda session, conta: undo_delete_acerto(session, conta.apagado, quem=conta.cast.quem_ana),
    "recebido": lambda session, conta: register_recebido(session, conta.pagamento, quem=conta.cast.quem_ana),
}


def bind(deed: str, conta: Conta) -> Callable[[Session], object]:
    return lambda session: DEEDS[deed](session, conta)


def do_while_open(banco: Banco, first: Callable[[Session], object], second: Callable[[Session], object]) -> object:
    """The second begins while the first is done and not yet kept, and waits; what it then did, or its refusal."""
    begun: Queue[int] = Queue()

    def follow() -> object:
        try:
            with db.transaction() as session:
                begun.put(session.scalars(text("select pg_backend_pid()")).one())
                return second(session)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(1) as pool, banco.connect() as camera, db.transaction() as session:
        first(session)
        future = pool.submit(follow)
        assert wait_until_blocked(camera, future, begun.get(timeout=PACIENCIA_SEGUNDOS)), "nobody waited"
        session.commit()
        return future.result()


@pytest.mark.parametrize("deed", DEEDS)
def test_who_settles_waits_for_what_changes_the_saldo_and_is_told(banco: Banco, deed: str) -> None:
    conta = open_conta()
    outcome = do_while_open(banco, bind(deed, conta), partial(press_pagar, conta=conta))
    assert isinstance(outcome, SaldoMudou), outcome
    with db.transaction(read_only=True) as session:
        assert find_saldo(session, conta.cast.bia.id) != SALDO


@pytest.mark.parametrize("deed", DEEDS)
def test_what_changes_the_saldo_waits_for_who_settles(banco: Banco, deed: str) -> None:
    conta = open_conta()
    outcome = do_while_open(banco, partial(press_pagar, conta=conta), bind(deed, conta))
    assert not isinstance(outcome, Refusal), outcome
    with db.transaction(read_only=True) as session:
        assert find_saldo(session, conta.cast.bia.id) != 0


def test_a_deleted_acerto_is_brought_back_once() -> None:
    conta = open_conta()
    for _ in range(3):
        done, refused = at_once(*[bind("trazer de volta", conta)] * 2)
        assert (len(done), refused) == (1, [NaoDesfaz])
        with db.transaction() as session:
            delete_acerto(session, conta.apagado, quem=conta.cast.quem_ana)


@pytest.mark.parametrize("deed", ["editar", "apagar", "recebido"])
def test_at_once_in_whatever_order_nobody_pays_what_is_not_owed(deed: str) -> None:
    conta = open_conta()
    done, refused = at_once(partial(press_pagar, conta=conta), bind(deed, conta))
    assert refused in ([], [SaldoMudou])
    with db.transaction(read_only=True) as session:
        settled = find_saldo(session, conta.cast.bia.id)
    after = {"editar": Decimal("-1.00"), "apagar": Decimal("40.00"), "recebido": Decimal("-500.00")}[deed]
    assert settled == after + (SALDO if refused else 0)
    assert len(done) == 2 - len(refused)
