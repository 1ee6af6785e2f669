"""Registering a payment: what becomes of it, of its comissão and of its sessões, and what is refused."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from cast import DIA, book, make_cast, make_cliente, pay, shut
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.comissao import Comissao
from estudio.domain.errors import (
    CompetenciaFechada,
    DadosInvalidos,
    DataInvalida,
    EventoJaPago,
    NaoEncontrado,
    PercentualInvalido,
    SemPermissao,
    SessaoJaPaga,
    TextoInvalido,
    ValorInvalido,
)
from estudio.domain.pagamento import Pagamento, list_comissoes, list_sessoes
from estudio.domain.sessao import Status
from estudio.services.fusao_service import merge_clientes
from estudio.services.pagamento_service import find_possiveis_duplicados, register_pagamento
from estudio.services.sessao_service import edit_sessao


@pytest.mark.parametrize(
    ("valor", "percentual", "comissao"),
    [
        ("500.00", 4000, "200.00"),
        ("600.00", 3500, "210.00"),
        ("99.99", 7500, "74.99"),
        ("100.01", 3333, "33.33"),
        ("0.05", 5000, "0.03"),
        ("0.01", 1000, "0.00"),
        ("9999999.99", 10000, "9999999.99"),
    ],
)
def test_scenario_25_a_share_is_rounded_half_up_once(
    session: Session, valor: str, percentual: int, comissao: str
) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, valor, percentual=percentual)
    (linha,) = list_comissoes(session, pagamento.id)
    assert (linha.valor, linha.percentual, linha.artista_id) == (Decimal(comissao), percentual, cast.bia.id)
    assert linha.mes == pagamento.mes == date(2026, 10, 1)


def test_scenario_25_zero_percent_is_decided_and_has_no_comissao(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "300.00", percentual=0)
    assert pagamento.percentual == 0
    assert list_comissoes(session, pagamento.id) == []


def test_without_a_percentual_it_is_the_artistas(session: Session) -> None:
    cast = make_cast(session)
    assert pay(session, cast, "100.00").percentual == 4000
    assert pay(session, cast, "100.00", artista=cast.ana).percentual == 0


def test_money_comes_back_as_it_went_in(session: Session) -> None:
    cast = make_cast(session)
    pay(session, cast, "0.10")
    pay(session, cast, "0.20")
    assert session.scalar(select(func.sum(Pagamento.valor))) == Decimal("0.30")


def test_scenario_26_two_forms_alike_are_two_payments_the_second_after_a_notice(session: Session) -> None:
    cast = make_cast(session)

    def notice() -> list[Pagamento]:
        return find_possiveis_duplicados(
            session, data=DIA, valor=Decimal("250.00"), forma="pix", artista_id=cast.bia.id, cliente_id=cast.dora.id
        )

    assert notice() == []
    first = pay(session, cast, "250.00", cliente=cast.dora)
    pay(session, cast, "250.00")  # without client: another one
    assert notice() == [first]
    second = pay(session, cast, "250.00", cliente=cast.dora)
    assert notice() == [first, second]


def test_scenario_27_an_event_already_paid_is_refused_with_the_first_payment(session: Session) -> None:
    cast = make_cast(session)
    first = pay(session, cast, "400.00", cliente=cast.dora, google_event_id="evento-1")
    with pytest.raises(EventoJaPago, match=r"^Este evento já foi finalizado anteriormente\.$") as caught:
        pay(session, cast, "999.00", google_event_id="evento-1")
    assert caught.value.details["pagamento_id"] == first.id
    assert caught.value.details["pagamento"] == {
        "id": first.id,
        "data": "2026-10-15",
        "valor": "400.00",
        "forma": "pix",
        "artista": "Bia",
        "cliente": "Dora",
    }


def test_scenario_27_an_event_without_client_is_paid(session: Session) -> None:
    cast = make_cast(session)
    assert pay(session, cast, "400.00", google_event_id="evento-2").cliente_id is None


def test_an_event_with_a_sessao_is_paid_once_from_either_side(session: Session) -> None:
    cast = make_cast(session)
    sessao = book(session, cast, google_event_id="evento-3")
    first = pay(session, cast, "300.00", google_event_id="evento-3")
    assert sessao.payment_id == first.id
    outra = book(session, cast, google_event_id="evento-4")
    second = pay(session, cast, "300.00", sessoes=[outra])
    with pytest.raises(EventoJaPago) as caught:
        pay(session, cast, "300.00", google_event_id="evento-4")
    assert caught.value.details["pagamento_id"] == second.id
    third = pay(session, cast, "300.00", google_event_id="evento-5")
    tardia = book(session, cast, google_event_id="evento-5")
    with pytest.raises(EventoJaPago) as caught:
        pay(session, cast, "300.00", sessoes=[tardia])
    assert caught.value.details["pagamento_id"] == third.id


def test_scenario_28_one_payment_settles_three_sessoes_and_a_paid_one_is_refused(session: Session) -> None:
    cast = make_cast(session)
    tres = [book(session, cast, "200.00", data=date(2026, 9, dia)) for dia in (1, 8, 15)]
    pagamento = pay(session, cast, "600.00", sessoes=tres)
    assert [s.id for s in list_sessoes(session, pagamento.id)] == [s.id for s in tres]
    assert {s.payment_mes for s in tres} == {date(2026, 10, 1)}
    livre = book(session, cast)
    with pytest.raises(SessaoJaPaga) as caught:
        pay(session, cast, "600.00", sessoes=[livre, tres[1]])
    assert caught.value.details == {"sessao_id": tres[1].id, "pagamento_id": pagamento.id}
    assert not livre.is_paga
    assert session.scalar(select(func.count()).select_from(Pagamento)) == 1


def test_the_label_of_a_sessao_pays_nothing_and_hinders_nothing(session: Session) -> None:
    cast = make_cast(session)
    cancelada = book(session, cast, status=Status.CANCELADA)
    assert cancelada.payment_id is None
    pagamento = pay(session, cast, "300.00", sessoes=[cancelada])
    for status in Status:
        edit_sessao(session, cancelada.id, quem=cast.quem_ana, status=status)
    assert cancelada.payment_id == pagamento.id


def test_a_merged_client_pays_as_who_they_turned_out_to_be(session: Session) -> None:
    cast = make_cast(session)
    menor = make_cliente(session, "Dora L.")
    merge_clientes(session, menor.id, quem=cast.quem_caio, em=cast.dora.id)
    assert pay(session, cast, "80.00", cliente=menor).cliente_id == cast.dora.id


@pytest.mark.parametrize("valor", ["0.00", "-1.00", "10000000.00", "1.005", "NaN", "Infinity", "1E+2000"])
def test_an_amount_that_is_none_is_refused(session: Session, valor: str) -> None:
    cast = make_cast(session)
    with pytest.raises(ValorInvalido):
        pay(session, cast, valor)


@pytest.mark.parametrize("percentual", [-1, 10001])
def test_a_percentual_outside_0_to_100_is_refused(session: Session, percentual: int) -> None:
    cast = make_cast(session)
    with pytest.raises(PercentualInvalido):
        pay(session, cast, "10.00", percentual=percentual)


@pytest.mark.parametrize("dia", [date(1999, 12, 31), date(2100, 1, 1), date.max, date.min])
def test_a_day_that_the_books_have_no_month_for_is_refused(session: Session, dia: date) -> None:
    cast = make_cast(session)
    with pytest.raises(DataInvalida):
        pay(session, cast, "10.00", data=dia)


def test_what_does_not_exist_is_refused_by_name(session: Session) -> None:
    cast = make_cast(session)

    def register(**given: Any) -> None:
        register_pagamento(
            session,
            quem=cast.quem_caio,
            data=DIA,
            valor=Decimal("1.00"),
            **{"forma": "pix", "artista_id": cast.bia.id, **given},
        )

    with pytest.raises(NaoEncontrado, match="o artista 999"):
        register(artista_id=999)
    with pytest.raises(NaoEncontrado, match="o cliente 999"):
        register(cliente_id=999)
    with pytest.raises(NaoEncontrado, match="a sessão 999"):
        register(sessoes=[999])
    with pytest.raises(DadosInvalidos, match="forma de pagamento"):
        register(forma="cheque")
    with pytest.raises(TextoInvalido):
        register(observacoes="\x00")


def test_the_desk_and_the_dono_register_and_nobody_else(session: Session) -> None:
    cast = make_cast(session)
    for quem in (cast.quem_bia, cast.quem_edu):
        with pytest.raises(SemPermissao):
            register_pagamento(
                session, quem=quem, data=DIA, artista_id=cast.bia.id, valor=Decimal("1.00"), forma="dinheiro"
            )
    register_pagamento(
        session, quem=cast.quem_ana, data=DIA, artista_id=cast.bia.id, valor=Decimal("1.00"), forma="dinheiro"
    )


@pytest.mark.usefixtures("banco")
def test_a_closed_month_takes_no_payment() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "100.00")
    with db.transaction() as session:
        shut(session, "2026-10")
    with pytest.raises(CompetenciaFechada, match="Outubro/2026 está fechado"), db.transaction() as session:
        pay(session, cast, "80.00")
    with db.transaction() as session:
        pay(session, cast, "80.00", data=date(2026, 11, 3))
        assert session.scalar(select(func.count()).select_from(Comissao)) == 2
