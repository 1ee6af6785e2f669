"""Stock: movements that are one statement, never below zero, each counted once."""

import pytest
from cast import make_cast
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from estudio.domain.errors import (
    AlteradoDepois,
    DadosInvalidos,
    EstoqueInsuficiente,
    NaoEncontrado,
    SemPermissao,
    TextoInvalido,
    ValorInvalido,
)
from estudio.services.estoque_service import (
    LIMITE,
    deactivate_item,
    edit_item,
    list_itens,
    list_movimentos,
    move_item,
    reactivate_item,
    register_item,
    set_ordem,
)


def test_scenario_31_ten_plus_five_minus_three_is_twelve(session: Session) -> None:
    cast = make_cast(session)
    item = register_item(session, quem=cast.quem_caio, nome="Agulha RL 3", quantidade=10)
    move_item(session, item.id, quem=cast.quem_caio, delta=5, motivo="Compra")
    assert move_item(session, item.id, quem=cast.quem_caio, delta=-3).saldo == 12
    assert item.quantidade == 12
    told = [(m.delta, m.saldo, m.motivo, m.por) for m in list_movimentos(session, item.id)]
    caio = cast.quem_caio.usuario_id
    assert told == [(-3, 12, None, caio), (5, 15, "Compra", caio), (10, 10, "Quantidade inicial", caio)]
    assert [m.saldo for m in list_movimentos(session, item.id, antes_de=list_movimentos(session, item.id)[0].id)] == [
        15,
        10,
    ]


def test_scenario_31_minus_at_zero_is_refused_and_the_list_still_opens(session: Session) -> None:
    cast = make_cast(session)
    item = register_item(session, quem=cast.quem_caio, nome="Tinta preta")
    with pytest.raises(EstoqueInsuficiente, match="Não dá para tirar 1 de Tinta preta: há 0 no estoque"):
        move_item(session, item.id, quem=cast.quem_caio, delta=-1)
    assert [(i.nome, i.quantidade, i.is_baixo) for i in list_itens(session)] == [("Tinta preta", 0, True)]
    assert list_movimentos(session, item.id) == []
    move_item(session, item.id, quem=cast.quem_caio, delta=LIMITE)
    with pytest.raises(EstoqueInsuficiente, match="passaria"):
        move_item(session, item.id, quem=cast.quem_caio, delta=1)


def test_what_is_no_movement_is_refused(session: Session) -> None:
    cast = make_cast(session)
    item = register_item(session, quem=cast.quem_caio, nome="Luvas", quantidade=6)
    for delta in (0, LIMITE + 1, -LIMITE - 1):
        with pytest.raises(ValorInvalido):
            move_item(session, item.id, quem=cast.quem_caio, delta=delta)
    with pytest.raises(NaoEncontrado):
        move_item(session, 999, quem=cast.quem_caio, delta=1)
    for quem in (cast.quem_bia, cast.quem_edu):
        with pytest.raises(SemPermissao):
            move_item(session, item.id, quem=quem, delta=1)
    assert (item.quantidade, item.is_baixo) == (6, False)


def test_an_item_is_renamed_hidden_and_put_in_order(session: Session) -> None:
    cast = make_cast(session)
    a, b, c = (register_item(session, quem=cast.quem_caio, nome=nome) for nome in "abc")
    edit_item(session, b.id, quem=cast.quem_caio, versao=1, nome="Bico", minimo=0, observacoes="Caixa 2")
    assert (b.nome, b.is_baixo, b.observacoes) == ("Bico", False, "Caixa 2")
    with pytest.raises(AlteradoDepois):
        edit_item(session, b.id, quem=cast.quem_caio, versao=1, nome="B")
    set_ordem(session, quem=cast.quem_caio, ids=[c.id, a.id, 999])
    assert [i.nome for i in list_itens(session)] == ["c", "a", "Bico"]
    with pytest.raises(DadosInvalidos):
        set_ordem(session, quem=cast.quem_caio, ids=[a.id, a.id])
    deactivate_item(session, a.id, quem=cast.quem_caio)
    assert [i.nome for i in list_itens(session)] == ["c", "Bico"]
    assert [i.nome for i in list_itens(session, ativos=False)] == ["c", "a", "Bico"]
    reactivate_item(session, a.id, quem=cast.quem_caio)
    assert len(list_itens(session)) == 3
    with pytest.raises(TextoInvalido):
        edit_item(session, a.id, quem=cast.quem_caio, nome=" ")
    with pytest.raises(ValorInvalido):
        edit_item(session, a.id, quem=cast.quem_caio, minimo=-1)


def test_a_quantity_is_the_sum_of_its_movements(session: Session) -> None:
    cast = make_cast(session)

    # The database is the same for every example: each has an item of its own.
    @given(deltas=st.lists(st.integers(-5, 5).filter(bool), max_size=12))
    @settings(max_examples=25, deadline=None)
    def moved(deltas: list[int]) -> None:
        item = register_item(session, quem=cast.quem_caio, nome="Item")
        expected = 0
        for delta in deltas:
            if expected + delta < 0:
                with pytest.raises(EstoqueInsuficiente):
                    move_item(session, item.id, quem=cast.quem_caio, delta=delta)
            else:
                expected += delta
                assert move_item(session, item.id, quem=cast.quem_caio, delta=delta).saldo == expected
        assert item.quantidade == expected == sum(m.delta for m in list_movimentos(session, item.id))

    moved()
