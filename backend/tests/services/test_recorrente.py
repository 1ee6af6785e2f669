"""Recorrentes: a month's draft counts nowhere, becomes a gasto once or is skipped, and either is taken back."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from cast import Cast, make_cast, shut, spend
from concurrency.test_registro import at_once
from conftest import Banco
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.competencia import Competencia
from estudio.domain.errors import (
    AlteradoDepois,
    CompetenciaFechada,
    DadosInvalidos,
    NaoEncontrado,
    RascunhoDecidido,
    SemPermissao,
    SemRascunho,
    TextoInvalido,
    ValorInvalido,
)
from estudio.domain.gasto import Gasto
from estudio.domain.historico import Filtro
from estudio.domain.recorrente import Recorrencia, Recorrente
from estudio.services.auditoria_service import list_eventos
from estudio.services.desfazer_service import undo_delete_gasto
from estudio.services.gasto_service import delete_gasto
from estudio.services.historico_service import calculate_totais
from estudio.services.recorrente_service import (
    edit_recorrente,
    list_rascunhos,
    list_recorrentes,
    register_recorrencia,
    register_recorrente,
    skip_recorrencia,
    undo_skip_recorrencia,
)

ATUAL = Competencia.of(clock.today())
ANTES = ATUAL.previous


def repeat(session: Session, cast: Cast, **campos: Any) -> Recorrente:
    """The rent: R$ 1.890,00 on the 5th, from the month before this one on."""
    given: dict[str, Any] = {
        "descricao": "Aluguel",
        "valor": Decimal("1890.00"),
        "forma": "pix",
        "categoria": "aluguel",
        "dia": 5,
        "desde": ANTES.first_day,
    }
    return register_recorrente(session, **({"quem": cast.quem_ana} | given | campos))


def launch(session: Session, cast: Cast, recorrente: Recorrente, mes: Competencia = ATUAL, **campos: Any) -> Gasto:
    given: dict[str, Any] = {
        "competencia": mes,
        "versao": recorrente.versao,
        "data": recorrente.calculate_vencimento(mes),
        "valor": recorrente.valor,
    }
    return register_recorrencia(session, recorrente.id, **({"quem": cast.quem_ana} | given | campos))


def list_drafts(session: Session) -> list[tuple[str, date]]:
    return [(each.recorrente.descricao, each.vencimento) for each in list_rascunhos(session)]


@pytest.mark.parametrize(
    ("dia", "mes", "vencimento"),
    [
        (31, Competencia(2026, 2), date(2026, 2, 28)),
        (31, Competencia(2028, 2), date(2028, 2, 29)),
        (31, Competencia(2026, 4), date(2026, 4, 30)),
        (31, Competencia(2099, 12), date(2099, 12, 31)),
        (1, Competencia(2026, 2), date(2026, 2, 1)),
    ],
)
def test_in_a_short_month_it_is_the_last_day(dia: int, mes: Competencia, vencimento: date) -> None:
    assert Recorrente(dia=dia).calculate_vencimento(mes) == vencimento


def test_each_open_month_has_its_draft_and_none_is_money(session: Session) -> None:
    cast = make_cast(session)
    repeat(session, cast)
    repeat(session, cast, descricao="Luz", dia=10, desde=ATUAL.first_day.replace(day=10))
    repeat(session, cast, descricao="Só amanhã", dia=9, desde=ATUAL.next_first_day)
    parado = repeat(session, cast, descricao="Parado")
    edit_recorrente(session, parado.id, quem=cast.quem_ana, versao=1, ativo=False)
    assert list_drafts(session) == [
        ("Aluguel", ANTES.first_day.replace(day=5)),
        ("Aluguel", ATUAL.first_day.replace(day=5)),
        ("Luz", ATUAL.first_day.replace(day=10)),
    ]
    assert [each.ativo for each in list_recorrentes(session)] == [True, True, True, False]
    totais = calculate_totais(session, Filtro.of_month(ATUAL), quem=cast.quem_ana)
    assert totais["despesas_total"] == Decimal("0.00")
    assert session.scalars(select(func.count()).select_from(Recorrencia)).one() == 0


def test_a_draft_becomes_a_gasto_once_with_another_amount_where_one_likes(session: Session) -> None:
    cast = make_cast(session)
    recorrente = repeat(session, cast)
    gasto = launch(session, cast, recorrente, valor=Decimal("2000.00"))
    assert (gasto.descricao, gasto.valor, gasto.categoria) == ("Aluguel", Decimal("2000.00"), "aluguel")
    assert gasto.data == ATUAL.first_day.replace(day=5)
    assert list_drafts(session) == [("Aluguel", ANTES.first_day.replace(day=5))]
    with pytest.raises(RascunhoDecidido):
        launch(session, cast, recorrente)
    with pytest.raises(RascunhoDecidido):
        skip_recorrencia(session, recorrente.id, quem=cast.quem_ana, competencia=ATUAL)
    assert recorrente.valor == Decimal("1890.00")


def test_a_draft_of_which_the_amount_changed_since_is_not_registered(session: Session) -> None:
    cast = make_cast(session)
    recorrente = repeat(session, cast)
    edit_recorrente(session, recorrente.id, quem=cast.quem_ana, versao=1, valor=Decimal("1.00"))
    with pytest.raises(AlteradoDepois):
        launch(session, cast, recorrente, versao=1)
    with pytest.raises(AlteradoDepois):
        edit_recorrente(session, recorrente.id, quem=cast.quem_ana, versao=1, valor=Decimal("2.00"))


def test_a_month_without_a_draft_has_nothing_to_register_nor_to_skip(session: Session) -> None:
    cast = make_cast(session)
    recorrente = repeat(session, cast)
    for mes in (ATUAL.next, ANTES.previous, Competencia(2000, 1), Competencia(2099, 12)):
        with pytest.raises(SemRascunho):
            launch(session, cast, recorrente, mes)
        with pytest.raises(SemRascunho):
            skip_recorrencia(session, recorrente.id, quem=cast.quem_ana, competencia=mes)
    with pytest.raises(NaoEncontrado):
        skip_recorrencia(session, 999, quem=cast.quem_ana, competencia=ATUAL)
    with pytest.raises(SemRascunho):
        undo_skip_recorrencia(session, recorrente.id, quem=cast.quem_ana, competencia=ATUAL)


def test_what_was_skipped_comes_back_and_what_was_registered_is_not_undone_so(session: Session) -> None:
    cast = make_cast(session)
    recorrente = repeat(session, cast)
    before = list_drafts(session)
    skip_recorrencia(session, recorrente.id, quem=cast.quem_ana, competencia=ATUAL)
    assert len(list_drafts(session)) == 1
    undo_skip_recorrencia(session, recorrente.id, quem=cast.quem_ana, competencia=ATUAL)
    assert list_drafts(session) == before
    launch(session, cast, recorrente)
    with pytest.raises(SemRascunho):
        undo_skip_recorrencia(session, recorrente.id, quem=cast.quem_ana, competencia=ATUAL)


def test_deleting_the_gasto_brings_the_draft_back_and_undoing_that_decides_again(session: Session) -> None:
    cast = make_cast(session)
    recorrente = repeat(session, cast)
    outro = launch(session, cast, recorrente, ANTES)
    gasto = launch(session, cast, recorrente)
    delete_gasto(session, gasto.id, quem=cast.quem_ana)
    session.expire_all()
    assert list_drafts(session) == [("Aluguel", gasto.data)]
    undo_delete_gasto(session, gasto.id, quem=cast.quem_ana)
    assert list_drafts(session) == []
    with pytest.raises(RascunhoDecidido):
        launch(session, cast, recorrente)
    acoes = [e.acao for e in list_eventos(session, quem=cast.quem_ana, tabela="recorrencias")]
    assert acoes == ["insert", "delete", "insert", "insert"]
    assert session.scalars(select(Recorrencia.gasto_id).order_by(Recorrencia.id)).all() == [outro.id, gasto.id]


def test_a_deleted_gasto_whose_draft_was_decided_anew_does_not_come_back(banco: Banco) -> None:
    del banco
    with db.transaction() as session:
        cast = make_cast(session)
        recorrente = repeat(session, cast)
        gasto = launch(session, cast, recorrente)
        delete_gasto(session, gasto.id, quem=cast.quem_ana)
        session.expire_all()
        launch(session, cast, recorrente)
    with pytest.raises(RascunhoDecidido), db.transaction() as session:
        undo_delete_gasto(session, gasto.id, quem=cast.quem_ana)
    with db.transaction(read_only=True) as session:
        assert session.scalars(select(func.count()).select_from(Gasto)).one() == 1


def test_in_a_closed_month_no_draft_waits_and_none_is_decided(banco: Banco) -> None:
    del banco
    with db.transaction() as session:
        cast = make_cast(session)
        recorrente = repeat(session, cast)
        spend(session, cast, "1.00", data=ANTES.first_day)
    with db.transaction() as session:
        shut(session, ANTES.slug)
    with db.transaction() as session:
        assert list_drafts(session) == [("Aluguel", ATUAL.first_day.replace(day=5))]
        with pytest.raises(CompetenciaFechada):
            launch(session, cast, recorrente, ANTES)
        with pytest.raises(CompetenciaFechada):
            skip_recorrencia(session, recorrente.id, quem=cast.quem_ana, competencia=ANTES)
        with pytest.raises(CompetenciaFechada):
            launch(session, cast, recorrente, data=ANTES.first_day)


def test_two_at_the_same_moment_register_one(banco: Banco) -> None:
    del banco
    with db.transaction() as session:
        cast = make_cast(session)
        recorrente = repeat(session, cast)
    done, refused = at_once(*[partial(launch, cast=cast, recorrente=recorrente)] * 4)
    assert (len(done), refused) == (1, [RascunhoDecidido] * 3)
    with db.transaction(read_only=True) as session:
        assert session.scalars(select(func.count()).select_from(Gasto)).one() == 1


def test_the_database_itself_lets_a_month_be_decided_once(banco: Banco) -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        recorrente = repeat(session, cast)
        skip_recorrencia(session, recorrente.id, quem=cast.quem_ana, competencia=ATUAL)
    twice = Recorrencia(recorrente_id=recorrente.id, mes=ATUAL.first_day)
    with pytest.raises(RascunhoDecidido), db.transaction() as session:
        session.add(twice)
    with pytest.raises(DadosInvalidos, match="entre 1 e 31"), db.transaction() as session:
        session.get_one(Recorrente, recorrente.id).dia = 32
    assert banco is not None


@pytest.mark.parametrize(
    ("campos", "refusal"),
    [
        ({"valor": Decimal("0.00")}, ValorInvalido),
        ({"descricao": " "}, TextoInvalido),
        ({"forma": "cheque"}, DadosInvalidos),
        ({"categoria": "viagem"}, DadosInvalidos),
        ({"dia": 0}, DadosInvalidos),
        ({"dia": 32}, DadosInvalidos),
        ({"desde": date(1999, 12, 31)}, DadosInvalidos),
    ],
)
def test_what_cannot_come_back_is_refused(session: Session, campos: Any, refusal: type[Exception]) -> None:
    cast = make_cast(session)
    recorrente = repeat(session, cast)
    with pytest.raises(refusal):
        repeat(session, cast, **campos)
    with pytest.raises(refusal):
        edit_recorrente(session, recorrente.id, quem=cast.quem_ana, versao=1, **campos)


@pytest.mark.parametrize("quem", ["quem_bia", "quem_caio", "quem_edu"])
def test_only_the_dono(session: Session, quem: str) -> None:
    cast = make_cast(session)
    recorrente = repeat(session, cast)
    who = getattr(cast, quem)
    for deed in (
        lambda: edit_recorrente(session, recorrente.id, quem=who, versao=1, dia=6),
        lambda: skip_recorrencia(session, recorrente.id, quem=who, competencia=ATUAL),
        lambda: undo_skip_recorrencia(session, recorrente.id, quem=who, competencia=ATUAL),
        lambda: launch(session, cast, recorrente, quem=who),
        lambda: repeat(session, cast, quem=who),
    ):
        with pytest.raises(SemPermissao):
            deed()
