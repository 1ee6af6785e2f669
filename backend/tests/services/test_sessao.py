"""Sessões: entered, changed, tied to payments and freed; pendências until a payment settles them."""

from datetime import date
from decimal import Decimal

import pytest
from cast import DIA, book, make_cast, make_cliente, pay, shut
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.errors import (
    AlteradoDepois,
    CompetenciaFechada,
    DadosInvalidos,
    DataInvalida,
    JaExiste,
    NaoEncontrado,
    SemPermissao,
    SessaoJaPaga,
    ValorInvalido,
)
from estudio.domain.pagamento import list_comissoes
from estudio.domain.sessao import Status
from estudio.domain.usuario import Quem
from estudio.services.fusao_service import merge_clientes
from estudio.services.pagamento_service import reverse_pagamento
from estudio.services.sessao_service import (
    cancel_sessao,
    delete_sessao,
    edit_sessao,
    finish_sessao,
    link_sessao,
    register_sessao,
    unlink_sessao,
)


def test_a_sessao_is_entered_with_or_without_client_also_for_nothing(session: Session) -> None:
    cast = make_cast(session)
    menor = make_cliente(session, "Dora L.")
    merge_clientes(session, menor.id, quem=cast.quem_caio, em=cast.dora.id)
    sessao = book(session, cast, "0.00", cliente=menor)
    assert (sessao.valor, sessao.cliente_id, sessao.status, sessao.is_paga) == (
        Decimal("0.00"),
        cast.dora.id,
        "agendada",
        False,
    )
    assert book(session, cast).cliente_id is None
    assert sessao.criado_por == cast.quem_caio.usuario_id


def test_what_is_no_sessao_is_refused(session: Session) -> None:
    cast = make_cast(session)
    with pytest.raises(ValorInvalido):
        book(session, cast, "-1.00")
    with pytest.raises(DataInvalida):
        book(session, cast, data=date(1999, 12, 31))
    with pytest.raises(DadosInvalidos, match="status"):
        book(session, cast, status="paga")
    book(session, cast, google_event_id="evento-1")
    with pytest.raises(JaExiste, match="já tem a sessão"):
        book(session, cast, google_event_id="evento-1")


def test_a_label_changes_and_nothing_else(session: Session) -> None:
    cast = make_cast(session)
    sessao = book(session, cast)
    assert finish_sessao(session, sessao.id, quem=cast.quem_caio).status == Status.REALIZADA
    assert not sessao.is_paga
    assert cancel_sessao(session, sessao.id, quem=cast.quem_caio).status == Status.CANCELADA
    edit_sessao(session, sessao.id, quem=cast.quem_caio, versao=3, data=date(2026, 9, 1), artista_id=cast.ana.id)
    assert (sessao.data, sessao.artista_id) == (date(2026, 9, 1), cast.ana.id)
    with pytest.raises(AlteradoDepois):
        edit_sessao(session, sessao.id, quem=cast.quem_caio, versao=3, data=DIA)


def test_a_sessao_is_tied_to_a_payment_and_freed_again(session: Session) -> None:
    cast = make_cast(session)
    sessao, pagamento = book(session, cast), pay(session, cast, "300.00")
    link_sessao(session, sessao.id, quem=cast.quem_caio, pagamento_id=pagamento.id)
    assert (sessao.payment_id, sessao.payment_mes) == (pagamento.id, pagamento.mes)
    for other in (pagamento, pay(session, cast, "1.00")):
        with pytest.raises(SessaoJaPaga):
            link_sessao(session, sessao.id, quem=cast.quem_caio, pagamento_id=other.id)
    with pytest.raises(SessaoJaPaga):
        delete_sessao(session, sessao.id, quem=cast.quem_ana)
    unlink_sessao(session, sessao.id, quem=cast.quem_caio)
    assert (sessao.payment_id, sessao.payment_mes) == (None, None)
    assert len(list_comissoes(session, pagamento.id)) == 1
    with pytest.raises(DadosInvalidos, match="não tem pagamento"):
        unlink_sessao(session, sessao.id, quem=cast.quem_caio)
    estorno = reverse_pagamento(session, pagamento.id, quem=cast.quem_caio, data=DIA)
    with pytest.raises(DadosInvalidos, match="estorno"):
        link_sessao(session, sessao.id, quem=cast.quem_caio, pagamento_id=estorno.id)


def test_an_artista_works_on_own_sessoes_and_others_do_not_exist(session: Session) -> None:
    cast = make_cast(session)

    def enter(quem: Quem, artista_id: int) -> int:
        return register_sessao(session, quem=quem, data=DIA, artista_id=artista_id, valor=Decimal("10.00")).id

    own = enter(cast.quem_bia, cast.bia.id)
    finish_sessao(session, own, quem=cast.quem_bia)
    others = enter(cast.quem_caio, cast.ana.id)
    with pytest.raises(NaoEncontrado):
        enter(cast.quem_bia, cast.ana.id)
    with pytest.raises(NaoEncontrado):
        finish_sessao(session, others, quem=cast.quem_bia)
    with pytest.raises(NaoEncontrado):
        edit_sessao(session, own, quem=cast.quem_bia, artista_id=cast.ana.id)
    with pytest.raises(SemPermissao):
        unlink_sessao(session, own, quem=cast.quem_bia)
    with pytest.raises(SemPermissao):
        link_sessao(session, own, quem=cast.quem_bia, pagamento_id=1)
    with pytest.raises(SemPermissao):
        enter(cast.quem_edu, cast.bia.id)
    for quem in (cast.quem_bia, cast.quem_caio, cast.quem_edu):
        with pytest.raises(SemPermissao):
            delete_sessao(session, own, quem=quem)


@pytest.mark.usefixtures("banco")
def test_a_sessao_that_a_closed_month_paid_does_not_change_and_an_old_unpaid_one_does() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        paga, solta = book(session, cast), book(session, cast)
        pagamento = pay(session, cast, "300.00", sessoes=[paga])
    with db.transaction() as session:
        shut(session, "2026-10")
    for deed in (cancel_sessao, unlink_sessao):
        with pytest.raises(CompetenciaFechada), db.transaction() as session:
            deed(session, paga.id, quem=cast.quem_ana)
    with pytest.raises(CompetenciaFechada), db.transaction() as session:
        link_sessao(session, solta.id, quem=cast.quem_ana, pagamento_id=pagamento.id)
    with db.transaction() as session:
        pay(
            session,
            cast,
            "300.00",
            data=date(2026, 11, 2),
            sessoes=[finish_sessao(session, solta.id, quem=cast.quem_ana)],
        )
