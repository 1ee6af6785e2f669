"""Deleting and undoing: nothing that was entered is lost, and nothing is undone upon what came after."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from cast import DIA, Cast, book, make_cast, pay, shut, spend
from outubro import totals
from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.comissao import Comissao
from estudio.domain.errors import (
    CompetenciaFechada,
    EmUso,
    EstornoRecusado,
    EventoJaPago,
    NaoDesfaz,
    SemPermissao,
    SessaoJaPaga,
)
from estudio.domain.pagamento import list_comissoes, list_sessoes
from estudio.services.desfazer_service import (
    undo_delete_gasto,
    undo_delete_pagamento,
    undo_delete_sessao,
    undo_edit_gasto,
    undo_edit_pagamento,
    undo_edit_sessao,
)
from estudio.services.gasto_service import delete_gasto, edit_gasto
from estudio.services.pagamento_service import delete_pagamento, edit_pagamento, reverse_pagamento
from estudio.services.sessao_service import cancel_sessao, delete_sessao, edit_sessao, link_sessao


def books(session: Session, *tables: str) -> dict[str, Any]:
    """The tables as the audit trail sees them, but for the versions."""
    session.flush()
    return {
        table: [
            {k: v for k, v in json.loads(row).items() if k != "versao"}
            for (row,) in session.execute(text(QUERIES[table]))
        ]
        for table in tables
    }


QUERIES = {
    "pagamentos": "select to_jsonb(t)::text from estudio.pagamentos t order by id",
    "comissoes": "select to_jsonb(t)::text from estudio.comissoes t order by id",
    "sessoes": "select to_jsonb(t)::text from estudio.sessoes t order by id",
    "gastos": "select to_jsonb(t)::text from estudio.gastos t order by id",
}
MONEY = ("pagamentos", "comissoes", "sessoes", "gastos")


def full_payment(session: Session, cast: Cast) -> Any:
    return pay(
        session,
        cast,
        "500.00",
        cliente=cast.dora,
        sessoes=[book(session, cast), book(session, cast, data=date(2026, 9, 3))],
        observacoes="Braço; \"flor\" 🌷 'aspas'\nlinha",
        google_event_id="evento-1",
        forma="debito",
    )


def test_scenario_22_a_deleted_payment_takes_its_comissao_and_frees_its_sessoes(session: Session) -> None:
    cast = make_cast(session)
    pagamento = full_payment(session, cast)
    outro = pay(session, cast, "100.00")
    sessoes = list_sessoes(session, pagamento.id)
    delete_pagamento(session, pagamento.id, quem=cast.quem_ana, motivo="Lançado duas vezes")
    assert list_comissoes(session, pagamento.id) == []
    assert [s.is_paga for s in sessoes] == [False, False]
    assert [c.valor for c in list_comissoes(session, outro.id)] == [Decimal("40.00")]


def test_scenario_22_the_months_comissoes_fall_by_that_of_the_deleted_payment(session: Session) -> None:
    cast = make_cast(session)
    pay(session, cast, "100.00")
    before = totals(session, cast)
    pagamento = pay(session, cast, "500.00", percentual=3000)
    assert [c.valor for c in list_comissoes(session, pagamento.id)] == [Decimal("150.00")]
    full = totals(session, cast)
    delete_pagamento(session, pagamento.id, quem=cast.quem_ana)
    after = totals(session, cast)
    assert full["comissoes_total"] - after["comissoes_total"] == Decimal("150.00")
    assert full["receita_total"] - after["receita_total"] == Decimal("500.00")
    assert after == before


def test_a_deleted_payment_comes_back_as_it_was(session: Session) -> None:
    cast = make_cast(session)
    pagamento = full_payment(session, cast)
    pay(session, cast, "100.00")
    before = books(session, *MONEY)
    for _ in range(2):
        delete_pagamento(session, pagamento.id, quem=cast.quem_ana)
        assert books(session, *MONEY) != before
        undo_delete_pagamento(session, pagamento.id, quem=cast.quem_ana)
        assert books(session, *MONEY) == before


def test_undoing_is_refused_when_a_sessao_was_paid_meanwhile(session: Session) -> None:
    cast = make_cast(session)
    sessao = book(session, cast)
    first = pay(session, cast, "300.00", sessoes=[sessao])
    delete_pagamento(session, first.id, quem=cast.quem_ana)
    second = pay(session, cast, "300.00", sessoes=[sessao])
    before = books(session, *MONEY)
    with pytest.raises(SessaoJaPaga) as caught:
        undo_delete_pagamento(session, first.id, quem=cast.quem_ana)
    assert caught.value.details == {"sessao_id": sessao.id, "pagamento_id": second.id}
    assert books(session, *MONEY) == before


def test_undoing_is_refused_when_the_event_was_paid_meanwhile(session: Session) -> None:
    cast = make_cast(session)
    first = pay(session, cast, "300.00", google_event_id="evento-9")
    delete_pagamento(session, first.id, quem=cast.quem_ana)
    pay(session, cast, "300.00", google_event_id="evento-9")
    with pytest.raises(EventoJaPago):
        undo_delete_pagamento(session, first.id, quem=cast.quem_ana)


def test_undoing_is_refused_while_a_sessao_of_it_is_gone(session: Session) -> None:
    cast = make_cast(session)
    sessao = book(session, cast)
    pagamento = pay(session, cast, "300.00", sessoes=[sessao])
    before = books(session, *MONEY)
    delete_pagamento(session, pagamento.id, quem=cast.quem_ana)
    delete_sessao(session, sessao.id, quem=cast.quem_ana)
    with pytest.raises(NaoDesfaz, match=f"A sessão {sessao.id} "):
        undo_delete_pagamento(session, pagamento.id, quem=cast.quem_ana)
    undo_delete_sessao(session, sessao.id, quem=cast.quem_ana)
    undo_delete_pagamento(session, pagamento.id, quem=cast.quem_ana)
    assert books(session, *MONEY) == before


def test_what_is_there_is_not_brought_back(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "300.00")
    with pytest.raises(NaoDesfaz):
        undo_delete_pagamento(session, pagamento.id, quem=cast.quem_ana)
    with pytest.raises(NaoDesfaz):
        undo_delete_pagamento(session, 999, quem=cast.quem_ana)


def test_only_the_dono_deletes_and_brings_back(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "300.00")
    for quem in (cast.quem_caio, cast.quem_bia, cast.quem_edu):
        with pytest.raises(SemPermissao):
            delete_pagamento(session, pagamento.id, quem=quem)
        with pytest.raises(SemPermissao):
            undo_delete_pagamento(session, pagamento.id, quem=quem)


def test_a_payment_with_an_estorno_is_deleted_after_it(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "300.00")
    estorno = reverse_pagamento(session, pagamento.id, quem=cast.quem_ana, data=DIA, valor=Decimal("100.00"))
    before = books(session, *MONEY)
    with pytest.raises(EmUso, match="Apague o estorno antes"):
        delete_pagamento(session, pagamento.id, quem=cast.quem_ana)
    delete_pagamento(session, estorno.id, quem=cast.quem_ana)
    delete_pagamento(session, pagamento.id, quem=cast.quem_ana)
    undo_delete_pagamento(session, pagamento.id, quem=cast.quem_ana)
    undo_delete_pagamento(session, estorno.id, quem=cast.quem_ana)
    assert books(session, *MONEY) == before


def test_an_edit_is_not_undone_below_an_estorno_that_rests_on_it(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "300.00")
    edit_pagamento(session, pagamento.id, quem=cast.quem_caio, percentual=1000)
    estorno = reverse_pagamento(session, pagamento.id, quem=cast.quem_ana, data=DIA, observacoes="x" * 3000)
    with pytest.raises(EstornoRecusado):
        undo_edit_pagamento(session, pagamento.id, quem=cast.quem_caio)
    session.refresh(pagamento)
    delete_pagamento(session, estorno.id, quem=cast.quem_ana)
    undo_edit_pagamento(session, pagamento.id, quem=cast.quem_caio)
    with pytest.raises(NaoDesfaz, match="Registre o estorno de novo"):
        undo_delete_pagamento(session, estorno.id, quem=cast.quem_ana)


@pytest.mark.parametrize(
    "campos",
    [
        {"valor": Decimal("450.00")},
        {"data": date(2026, 9, 2), "valor": Decimal("1.00")},
        {"percentual": 0},
        {"percentual": 1234, "forma": "pix", "observacoes": None},
        {"cliente_id": None},
    ],
)
def test_an_edit_is_taken_back_to_the_centavo(session: Session, campos: Any) -> None:
    cast = make_cast(session)
    pagamento = full_payment(session, cast)
    # A comissão as an import may bring it: another's, and not what its rate gives.
    session.add(
        Comissao(
            pagamento_id=pagamento.id, mes=pagamento.mes, artista_id=cast.ana.id, percentual=1000, valor=Decimal("7.77")
        )
    )
    before = books(session, *MONEY)
    edit_pagamento(session, pagamento.id, quem=cast.quem_caio, **campos)
    assert books(session, *MONEY) != before
    undo_edit_pagamento(session, pagamento.id, quem=cast.quem_caio)
    assert books(session, *MONEY) == before


def test_an_edit_that_gave_the_payment_to_another_artista_is_taken_back(session: Session) -> None:
    cast = make_cast(session)
    pagamento = full_payment(session, cast)
    before = books(session, *MONEY)
    edit_pagamento(session, pagamento.id, quem=cast.quem_caio, artista_id=cast.ana.id, percentual=1000)
    undo_edit_pagamento(session, pagamento.id, quem=cast.quem_caio)
    assert books(session, *MONEY) == before
    undo_edit_pagamento(session, pagamento.id, quem=cast.quem_caio)  # undoing the undoing
    assert [(c.artista_id, c.percentual) for c in list_comissoes(session, pagamento.id)] == [(cast.ana.id, 1000)]


def test_a_payment_that_was_never_edited_has_no_edit_to_undo(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "300.00")
    with pytest.raises(NaoDesfaz):
        undo_edit_pagamento(session, pagamento.id, quem=cast.quem_caio)


def test_what_was_done_outside_the_system_is_not_undone_in_it(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "300.00")
    session.execute(text("select set_config('estudio.ato', '', true)"))
    session.execute(text("update estudio.pagamentos set forma = 'dinheiro'"))
    with pytest.raises(NaoDesfaz, match="fora do sistema"):
        undo_edit_pagamento(session, pagamento.id, quem=cast.quem_caio)


def test_gastos_come_back_and_edits_of_them_are_taken_back(session: Session) -> None:
    cast = make_cast(session)
    gasto = spend(session, cast, "80.00", categoria="material")
    before = books(session, "gastos")
    edit_gasto(session, gasto.id, quem=cast.quem_ana, valor=Decimal("90.00"), categoria=None, data=date(2026, 9, 1))
    undo_edit_gasto(session, gasto.id, quem=cast.quem_ana)
    assert books(session, "gastos") == before
    delete_gasto(session, gasto.id, quem=cast.quem_ana)
    assert books(session, "gastos") == {"gastos": []}
    undo_delete_gasto(session, gasto.id, quem=cast.quem_ana)
    assert books(session, "gastos") == before


def test_an_edit_of_a_sessao_is_taken_back_but_its_payment_is_not(session: Session) -> None:
    cast = make_cast(session)
    sessao = book(session, cast)
    before = books(session, "sessoes")
    edit_sessao(session, sessao.id, quem=cast.quem_caio, valor=Decimal("1.00"), cliente_id=cast.dora.id)
    undo_edit_sessao(session, sessao.id, quem=cast.quem_caio)
    assert books(session, "sessoes") == before
    cancel_sessao(session, sessao.id, quem=cast.quem_caio)
    undo_edit_sessao(session, sessao.id, quem=cast.quem_caio)
    assert sessao.status == "agendada"
    link_sessao(session, sessao.id, quem=cast.quem_caio, pagamento_id=pay(session, cast, "300.00").id)
    with pytest.raises(NaoDesfaz, match="pagamento"):
        undo_edit_sessao(session, sessao.id, quem=cast.quem_caio)


@pytest.mark.usefixtures("banco")
def test_nothing_is_deleted_from_a_closed_month_or_brought_back_into_it() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        fica, vai = pay(session, cast, "500.00"), pay(session, cast, "80.00")
        gasto = spend(session, cast, "80.00")
        delete_pagamento(session, vai.id, quem=cast.quem_ana)
        delete_gasto(session, gasto.id, quem=cast.quem_ana)
        edit_pagamento(session, fica.id, quem=cast.quem_ana, forma="dinheiro")
    with db.transaction() as session:
        shut(session, "2026-10")
    for deed, id_ in (
        (delete_pagamento, fica.id),
        (undo_edit_pagamento, fica.id),
        (undo_delete_pagamento, vai.id),
        (undo_delete_gasto, gasto.id),
    ):
        with pytest.raises(CompetenciaFechada), db.transaction() as session:
            deed(session, id_, quem=cast.quem_ana)
