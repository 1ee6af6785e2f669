"""Editing a payment: comissão and sessões follow it, to the centavo and to the month."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from cast import DIA, Cast, book, make_artista, make_cast, pay, shut, spend
from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.comissao import Comissao
from estudio.domain.errors import (
    AlteradoDepois,
    CompetenciaFechada,
    DataInvalida,
    EstornoRecusado,
    NaoEncontrado,
    SemPermissao,
    ValorInvalido,
)
from estudio.domain.pagamento import Pagamento, list_comissoes, list_sessoes
from estudio.services.auditoria_service import list_eventos
from estudio.services.pagamento_service import edit_pagamento, reverse_pagamento


def edit(session: Session, cast: Cast, pagamento: Pagamento, **campos: Any) -> list[Comissao]:
    """The comissões after the edit."""
    edit_pagamento(session, pagamento.id, quem=cast.quem_caio, **campos)
    return list_comissoes(session, pagamento.id)


def test_scenario_10_a_payment_moved_and_made_smaller_takes_its_comissao_along(session: Session) -> None:
    cast = make_cast(session)
    sessao = book(session, cast)
    pagamento = pay(session, cast, "1000.00", data=date(2026, 9, 30), percentual=3000, sessoes=[sessao])
    (before,) = list_comissoes(session, pagamento.id)
    (after,) = edit(session, cast, pagamento, data=date(2026, 10, 1), valor=Decimal("100.00"))
    assert (after.id, after.valor, after.mes) == (before.id, Decimal("30.00"), date(2026, 10, 1))
    assert [s.payment_mes for s in list_sessoes(session, pagamento.id)] == [date(2026, 10, 1)]


def test_another_artista_takes_over_the_comissao_at_the_rate_that_was_decided(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    (linha,) = edit(session, cast, pagamento, artista_id=cast.ana.id)
    assert (linha.artista_id, linha.percentual, linha.valor) == (cast.ana.id, 4000, Decimal("200.00"))


def test_a_percentual_is_decided_again(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    (linha,) = edit(session, cast, pagamento, percentual=3500)
    assert (linha.percentual, linha.valor) == (3500, Decimal("175.00"))
    assert edit(session, cast, pagamento, percentual=0) == []
    (nova,) = edit(session, cast, pagamento, percentual=1000)
    assert nova.valor == Decimal("50.00")


def test_what_an_import_left_undecided_is_decided_by_an_edit(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00", percentual=0)
    pagamento.percentual = None
    session.flush()
    assert edit(session, cast, pagamento, valor=Decimal("400.00")) == []
    assert pagamento.percentual is None
    (linha,) = edit(session, cast, pagamento, percentual=4000)
    assert linha.valor == Decimal("160.00")


def test_a_share_that_has_lost_its_comissao_gets_it_back_when_it_is_named_again(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    session.delete(list_comissoes(session, pagamento.id)[0])
    session.flush()
    assert edit(session, cast, pagamento, percentual=4000)[0].valor == Decimal("200.00")


@pytest.mark.parametrize(
    "troca", [{"valor": Decimal("1.00")}, {"percentual": 100}, {"artista": True}, {"valor": Decimal("9999.00")}]
)
def test_a_comissao_that_is_wrong_is_made_again_when_its_share_is_named(session: Session, troca: Any) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    (linha,) = list_comissoes(session, pagamento.id)
    linha.valor = troca.get("valor", linha.valor)
    linha.percentual = troca.get("percentual", linha.percentual)
    if "artista" in troca:
        linha.artista_id = cast.ana.id
    session.flush()
    (certa,) = edit(session, cast, pagamento, percentual=4000)
    assert (certa.artista_id, certa.percentual, certa.valor) == (cast.bia.id, 4000, Decimal("200.00"))


def test_a_comissao_that_an_import_brought_stays_as_it_was_paid(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    (linha,) = list_comissoes(session, pagamento.id)
    importacao = text(
        "insert into estudio.importacoes (origem, arquivo, sha256) values ('v4', 'a.csv', repeat('0', 64)) returning id"
    )
    linha.valor, linha.importacao_id = Decimal("180.00"), session.scalar(importacao)
    session.flush()
    (mesma,) = edit(session, cast, pagamento, percentual=4000)
    assert mesma.valor == Decimal("180.00")


def test_several_comissoes_keep_their_rates_until_a_percentual_is_decided(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    session.add(
        Comissao(
            pagamento_id=pagamento.id,
            mes=pagamento.mes,
            artista_id=cast.ana.id,
            percentual=1000,
            valor=Decimal("50.00"),
        )
    )
    session.flush()
    linhas = edit(session, cast, pagamento, valor=Decimal("600.00"), percentual=4000)
    assert {linha.artista_id: linha.valor for linha in linhas} == {
        cast.bia.id: Decimal("240.00"),
        cast.ana.id: Decimal("60.00"),
    }
    (uma,) = edit(session, cast, pagamento, percentual=2000)
    assert (uma.artista_id, uma.valor) == (cast.bia.id, Decimal("120.00"))


def test_what_is_not_named_stays(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00", cliente=cast.dora, observacoes="Braço")
    edit(session, cast, pagamento, forma="dinheiro")
    assert (pagamento.cliente_id, pagamento.observacoes, pagamento.forma) == (cast.dora.id, "Braço", "dinheiro")
    edit(session, cast, pagamento, cliente_id=None, observacoes=None)
    assert (pagamento.cliente_id, pagamento.observacoes) == (None, None)


def test_an_edit_that_changes_nothing_writes_nothing(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    edit(session, cast, pagamento, valor=Decimal("500.00"), percentual=4000, data=DIA)
    assert pagamento.versao == 1


def test_who_saw_an_older_version_is_told_so(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    edit(session, cast, pagamento, versao=1, forma="dinheiro")
    assert pagamento.versao == 2
    with pytest.raises(AlteradoDepois):
        edit(session, cast, pagamento, versao=1, forma="debito")


def test_the_trail_says_who_why_and_what_it_was(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    edit(session, cast, pagamento, valor=Decimal("450.00"), motivo="Digitado errado")
    last = list_eventos(session, quem=cast.quem_ana, tabela="pagamentos", registro_id=pagamento.id)[0]
    assert (last.acao, last.quem, last.origem, last.motivo) == (
        "update",
        cast.quem_caio.usuario_id,
        "teste",
        "Digitado errado",
    )
    assert last.antes is not None
    assert last.depois is not None
    assert (last.antes["valor_centavos"], last.depois["valor_centavos"]) == (50000, 45000)
    assert last.campos == ["valor_centavos"]
    both = list_eventos(session, quem=cast.quem_ana, ato=last.ato)
    assert [evento.tabela for evento in both] == ["comissoes", "pagamentos"]


def test_an_amount_that_its_estornos_rest_on_does_not_change(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    estorno = reverse_pagamento(session, pagamento.id, quem=cast.quem_caio, data=DIA, valor=Decimal("100.00"))
    for changed in ({"valor": Decimal("400.00")}, {"percentual": 1000}, {"artista_id": cast.ana.id}):
        with pytest.raises(EstornoRecusado, match="já tem estorno"):
            edit(session, cast, pagamento, **changed)
        session.refresh(pagamento)
    with pytest.raises(EstornoRecusado, match="não muda de valor"):
        edit(session, cast, estorno, valor=Decimal("-50.00"))
    session.refresh(estorno)
    with pytest.raises(DataInvalida, match="anterior"):
        edit(session, cast, estorno, data=date(2026, 10, 14))
    session.refresh(estorno)
    with pytest.raises(DataInvalida, match="anterior"):
        edit(session, cast, pagamento, data=date(2026, 10, 16))
    session.refresh(pagamento)
    edit(session, cast, estorno, data=date(2026, 10, 20), forma="dinheiro")
    assert estorno.forma == "dinheiro"


def test_what_is_refused_when_registering_is_refused_when_editing(session: Session) -> None:
    cast = make_cast(session)
    pagamento = pay(session, cast, "500.00")
    with pytest.raises(ValorInvalido):
        edit(session, cast, pagamento, valor=Decimal("0.00"))
    with pytest.raises(NaoEncontrado):
        edit(session, cast, pagamento, artista_id=999)
    with pytest.raises(NaoEncontrado):
        edit_pagamento(session, 999, quem=cast.quem_caio, forma="pix")
    for quem in (cast.quem_bia, cast.quem_edu):
        with pytest.raises(SemPermissao):
            edit_pagamento(session, pagamento.id, quem=quem, forma="dinheiro")


@pytest.mark.usefixtures("banco")
def test_nothing_moves_into_a_closed_month_or_out_of_it() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        fechado = pay(session, cast, "100.00", data=date(2026, 9, 30))
        aberto = pay(session, cast, "100.00")
        spend(session, cast, "10.00")
        make_artista(session, "Cora")
    with db.transaction() as session:
        shut(session, "2026-09")
    for id_, dia in ((fechado.id, DIA), (aberto.id, date(2026, 9, 30)), (fechado.id, date(2026, 9, 1))):
        with pytest.raises(CompetenciaFechada, match="Setembro/2026"), db.transaction() as session:
            edit_pagamento(session, id_, quem=cast.quem_ana, data=dia)
    with db.transaction() as session:
        assert (session.get_one(Pagamento, fechado.id).versao, session.get_one(Pagamento, aberto.id).versao) == (1, 1)
