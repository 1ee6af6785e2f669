"""The desk and the dono at the same moment, on real connections: nothing is paid, given back or counted twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from cast import DIA, Cast, book, make_artista, make_cast, make_cliente, pay
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.cliente import Cliente
from estudio.domain.comissao import Comissao, calculate_valor
from estudio.domain.errors import (
    EmUso,
    EstoqueInsuficiente,
    EstornoAcimaDoPago,
    EstornoRecusado,
    EventoJaPago,
    FusaoRecusada,
    HorarioOcupado,
    JaExiste,
    NaoDesfaz,
    NaoEncontrado,
    Refusal,
    SessaoJaPaga,
)
from estudio.domain.estoque import Item, Movimento
from estudio.domain.pagamento import Pagamento, list_comissoes
from estudio.domain.sessao import Sessao
from estudio.services.cliente_service import find_or_register_cliente
from estudio.services.desfazer_service import undo_delete_pagamento
from estudio.services.estoque_service import move_item, register_item
from estudio.services.fusao_service import merge_clientes, unmerge_cliente
from estudio.services.idempotencia_service import Resposta, once
from estudio.services.pagamento_service import delete_pagamento, edit_pagamento, reverse_pagamento
from estudio.services.sessao_service import edit_sessao, link_sessao, register_sessao

pytestmark = pytest.mark.usefixtures("banco")


def at_once(*deeds: Callable[[Session], Any]) -> tuple[list[Any], list[type[Refusal]]]:
    """Do the deeds, each in a transaction of its own that is open before any begins; what was done and refused."""
    barrier = Barrier(len(deeds))

    def do(deed: Callable[[Session], Any]) -> Any:
        met: list[bool] = []

        def together(session: Session) -> Any:
            session.connection()
            if not met:  # a second attempt after a deadlock goes alone
                met.append(True)
                barrier.wait(timeout=30)
            return deed(session)

        try:
            return db.run(together)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(deeds)) as pool:
        outcomes = list(pool.map(do, deeds))
    done = [outcome for outcome in outcomes if not isinstance(outcome, Refusal)]
    return done, [type(outcome) for outcome in outcomes if isinstance(outcome, Refusal)]


def set_up() -> Cast:
    with db.transaction() as session:
        return make_cast(session)


def total(column: Any) -> Any:
    with db.transaction(read_only=True) as session:
        return session.scalar(select(func.sum(column)))


def count(model: type[Any]) -> int:
    with db.transaction(read_only=True) as session:
        return session.scalars(select(func.count()).select_from(model)).one()


def _pay(session: Session, cast: Cast, **given: Any) -> int:
    return pay(session, cast, "300.00", **given).id


def _reverse(session: Session, cast: Cast, id_: int, valor: str | None) -> Decimal:
    amount = None if valor is None else Decimal(valor)
    return reverse_pagamento(session, id_, quem=cast.quem_caio, data=DIA, valor=amount).valor


def test_two_whole_estornos_at_once_give_back_once() -> None:
    cast = set_up()
    for _ in range(5):
        with db.transaction() as session:
            id_ = pay(session, cast, "500.00").id
        done, refused = at_once(*[partial(_reverse, cast=cast, id_=id_, valor=None)] * 2)
        assert (done, refused) == ([Decimal("-500.00")], [EstornoRecusado])
    assert (total(Pagamento.valor), total(Comissao.valor)) == (Decimal("0.00"), Decimal("0.00"))


def test_eight_partial_estornos_at_once_never_give_back_more_than_was_paid() -> None:
    cast = set_up()
    with db.transaction() as session:
        id_ = pay(session, cast, "0.05", percentual=5000).id  # comissão 0,03
    done, refused = at_once(*[partial(_reverse, cast=cast, id_=id_, valor="0.01")] * 8)
    assert done == [Decimal("-0.01")] * 5
    assert set(refused) <= {EstornoRecusado, EstornoAcimaDoPago}
    assert (total(Pagamento.valor), total(Comissao.valor)) == (Decimal("0.00"), Decimal("0.00"))


def test_scenario_31_two_clicks_at_once_both_count() -> None:
    cast = set_up()
    with db.transaction() as session:
        item = register_item(session, quem=cast.quem_caio, nome="Agulha", quantidade=10).id

    def click(session: Session) -> int:
        return move_item(session, item, quem=cast.quem_caio, delta=-1).saldo

    done, refused = at_once(click, click)
    assert (sorted(done), refused) == ([8, 9], [])
    done, refused = at_once(*[click] * 12)
    assert sorted(done) == list(range(8))
    assert refused == [EstoqueInsuficiente] * 4
    assert total(Item.quantidade) == total(Movimento.delta) == 0


def test_scenario_26_one_form_sent_by_two_at_once_is_one_payment() -> None:
    cast = set_up()

    def send(session: Session) -> Resposta:
        def deed() -> dict[str, Any]:
            return {"id": _pay(session, cast)}

        return once(session, quem=cast.quem_caio, chave="chave-unica", rota="pagamentos", corpo={"v": 1}, deed=deed)

    for _ in range(3):
        done, refused = at_once(send, send, send)
        assert refused == []
        assert len({answer.resultado["id"] for answer in done}) == 1
    assert count(Pagamento) == 1


def test_scenario_27_an_event_paid_by_two_at_once_is_paid_once() -> None:
    cast = set_up()
    for n in range(5):
        done, refused = at_once(*[partial(_pay, cast=cast, google_event_id=f"evento-{n}")] * 3)
        assert (len(done), refused) == (1, [EventoJaPago] * 2)
    assert count(Pagamento) == 5


def test_an_event_paid_at_once_by_itself_and_through_its_sessao_is_paid_once() -> None:
    cast = set_up()
    for n in range(5):
        with db.transaction() as session:
            sessao = book(session, cast, google_event_id=f"evento-{n}")
        done, refused = at_once(
            partial(_pay, cast=cast, google_event_id=f"evento-{n}"), partial(_pay, cast=cast, sessoes=[sessao])
        )
        assert len(done) == 1
        assert refused[0] in (EventoJaPago, SessaoJaPaga)


def test_scenario_28_a_sessao_paid_by_two_at_once_is_paid_once() -> None:
    cast = set_up()
    for _ in range(5):
        with db.transaction() as session:
            a, b = book(session, cast), book(session, cast)
            pronto = pay(session, cast, "300.00")
        done, refused = at_once(
            partial(_pay, cast=cast, sessoes=[a, b]),
            partial(_pay, cast=cast, sessoes=[b, a]),
            partial(link_sessao, sessao_id=a.id, quem=cast.quem_caio, pagamento_id=pronto.id),
        )
        assert (len(done), refused) == (1, [SessaoJaPaga] * 2)
        with db.transaction(read_only=True) as session:
            assert session.get_one(Sessao, a.id).is_paga


def test_edits_at_once_leave_the_comissao_of_what_stands() -> None:
    cast = set_up()
    with db.transaction() as session:
        cora = make_artista(session, "Cora")
        id_ = pay(session, cast, "500.00").id

    def edit(session: Session, **campos: Any) -> int:
        return edit_pagamento(session, id_, quem=cast.quem_caio, **campos).id

    for n in range(10):
        done, refused = at_once(
            partial(edit, valor=Decimal(100 + n)),
            partial(edit, percentual=1000 + n),
            partial(edit, artista_id=(cora if n % 2 else cast.bia).id),
            partial(edit, data=DIA.replace(month=9 + n % 2)),
        )
        assert (len(done), refused) == (4, [])
        with db.transaction(read_only=True) as session:
            now = session.get_one(Pagamento, id_)
            (comissao,) = list_comissoes(session, id_)
            assert now.percentual == comissao.percentual == 1000 + n
            assert comissao.valor == calculate_valor(now.valor, 1000 + n)
            assert (comissao.artista_id, comissao.mes) == (now.artista_id, now.mes)


def test_a_payment_deleted_while_it_is_reversed_is_one_or_the_other() -> None:
    cast = set_up()
    for _ in range(5):
        with db.transaction() as session:
            id_ = pay(session, cast, "500.00").id
        done, refused = at_once(
            partial(_reverse, cast=cast, id_=id_, valor=None),
            partial(delete_pagamento, pagamento_id=id_, quem=cast.quem_ana),
        )
        assert len(done) == 1
        assert refused[0] in (NaoEncontrado, EmUso)
    assert total(Pagamento.valor) in (None, Decimal("0.00"))


def test_a_deleted_payment_is_brought_back_once() -> None:
    cast = set_up()
    with db.transaction() as session:
        id_ = pay(session, cast, "500.00", sessoes=[book(session, cast)]).id
    for _ in range(5):
        with db.transaction() as session:
            delete_pagamento(session, id_, quem=cast.quem_ana)
        done, refused = at_once(*[partial(undo_delete_pagamento, pagamento_id=id_, quem=cast.quem_ana)] * 2)
        assert [pagamento.id for pagamento in done] == [id_]
        assert refused[0] in (NaoDesfaz, JaExiste, SessaoJaPaga)
    assert (count(Pagamento), count(Comissao)) == (1, 1)


def test_an_hour_that_several_book_or_move_to_at_once_is_one_sessaos() -> None:
    cast = set_up()
    with db.transaction() as session:
        livres = [book(session, cast, data=DIA + timedelta(days=n)).id for n in range(3)]

    def mark(session: Session) -> int:
        return register_sessao(
            session,
            quem=cast.quem_caio,
            data=DIA,
            artista_id=cast.bia.id,
            valor=Decimal("1.00"),
            hora=time(14),
        ).id

    def move(session: Session, sessao_id: int) -> int:
        return edit_sessao(session, sessao_id, quem=cast.quem_bia, data=DIA, hora=time(15)).id

    for _ in range(4):
        done, refused = at_once(mark, mark, *[partial(move, sessao_id=id_) for id_ in livres])
        assert (len(done), set(refused)) == (1, {HorarioOcupado})
        with db.transaction() as session:
            edit_sessao(session, done[0], quem=cast.quem_caio, hora=None)


def test_a_name_entered_by_two_at_once_is_one_client() -> None:
    cast = set_up()
    for n in range(5):
        done, refused = at_once(*[partial(find_or_register_cliente, nome=f"Cliente {n}", quem=cast.quem_caio)] * 3)
        assert (len({cliente.id for cliente in done}), refused) == (1, [])


def test_merges_at_once_never_close_a_circle() -> None:
    cast = set_up()
    with db.transaction() as session:
        a, b, c, d = (make_cliente(session, nome).id for nome in "abcd")
        merge_clientes(session, a, quem=cast.quem_caio, em=b)
        merge_clientes(session, c, quem=cast.quem_caio, em=d)

    def merge(session: Session, de: int, em: int) -> int:
        return merge_clientes(session, de, quem=cast.quem_caio, em=em).id

    for _ in range(5):
        done, refused = at_once(partial(merge, de=b, em=c), partial(merge, de=d, em=a))
        assert (len(done), refused) == (1, [FusaoRecusada])
        with db.transaction() as session:
            point = select(Cliente.id).where(Cliente.id.in_([b, d]), Cliente.fundido_em.is_not(None))
            unmerge_cliente(session, session.scalars(point).one(), quem=cast.quem_caio)
