"""The Relatório says what the Histórico and the seals say, to the centavo: each month, all of them, and each side."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from cast import Cast, make_artista, make_cast, pay, shut, spend
from conftest import Banco
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session

from estudio import config, db
from estudio.domain.competencia import Competencia
from estudio.domain.errors import CompetenciaInvalida, Refusal
from estudio.domain.historico import Filtro
from estudio.domain.relatorio import MesNoRelatorio, Relatorio
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.artista_service import edit_artista
from estudio.services.extrato_service import reopen_extrato
from estudio.services.historico_service import calculate_totais
from estudio.services.pagamento_service import reverse_pagamento
from estudio.services.relatorio_service import (
    get_relatorio,
    list_anos_do_relatorio,
    measure_teto,
    predict_receita,
)

HOJE = date(2026, 11, 26)
ZERO = Decimal("0.00")

lancamentos = st.lists(
    st.tuples(
        st.sampled_from(("pagamento", "gasto", "estorno")),
        st.dates(date(2025, 10, 1), date(2026, 12, 31)),
        st.integers(1, 99_999_99).map(lambda centavos: Decimal(centavos).scaleb(-2)),
        st.sampled_from(("pix", "dinheiro", "credito")),
        st.sampled_from((None, "aluguel", "material")),
        st.integers(0, 2),
        st.sampled_from((0, 3333, 5000)),
    ),
    max_size=25,
)


def enter(session: Session, cast: Cast, entries: Iterable[tuple[Any, ...]]) -> None:
    artistas = (cast.ana, cast.bia, make_artista(session, "Cora"))
    for tipo, data, valor, forma, categoria, artista, percentual in entries:
        if tipo == "gasto":
            spend(session, cast, str(valor), data=data, forma=forma, categoria=categoria)
            continue
        pago = pay(session, cast, str(valor), data=data, forma=forma, artista=artistas[artista], percentual=percentual)
        if tipo == "estorno":
            # Given back later, in a month of its own: that one may end below zero.
            reverse_pagamento(session, pago.id, quem=cast.quem_ana, data=date(2026, 12, 31))


def total(values: Iterable[Decimal]) -> Decimal:
    return sum(values, ZERO)


def find(relatorio: Relatorio, slug: str) -> MesNoRelatorio:
    return next(linha.mes for linha in relatorio.linhas if linha.mes.competencia.slug == slug)


def assert_adds_up(relatorio: Relatorio) -> None:
    somas = [linha.mes.somas for linha in relatorio.linhas]
    assert relatorio.somas.receita == total(s.receita for s in somas) == total(p.total for p in relatorio.por_artista)
    assert relatorio.somas.receita == total(p.total for p in relatorio.por_forma)
    assert relatorio.somas.receita == total(p.total for p in relatorio.por_dia_da_semana)
    assert relatorio.somas.comissoes == total(s.comissoes for s in somas)
    assert relatorio.somas.comissoes == total(p.comissao for p in relatorio.por_artista)
    assert (
        relatorio.somas.despesas == total(s.despesas for s in somas) == total(p.total for p in relatorio.por_categoria)
    )
    assert relatorio.somas.liquida == total(s.liquida for s in somas)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=lancamentos, ano=st.sampled_from((None, 2025, 2026)))
def test_the_report_says_what_the_historico_says(
    session: Session, entries: list[tuple[Any, ...]], ano: int | None
) -> None:
    with session.begin_nested() as savepoint:
        cast = make_cast(session)
        enter(session, cast, entries)
        relatorio = get_relatorio(session, HOJE, ano, quem=cast.quem_ana)
        assert_adds_up(relatorio)
        for mes in (linha.mes for linha in relatorio.linhas):
            told = calculate_totais(session, Filtro.of_month(mes.competencia), quem=cast.quem_ana)
            assert [*mes.somas, mes.somas.liquida] == [
                told[key] for key in ("receita_total", "comissoes_total", "despesas_total", "receita_liquida")
            ]
            assert mes.por_artista == {a["artista_id"]: (a["receita"], a["comissao"]) for a in told["por_artista"]}
            assert mes.por_forma == {f["codigo"]: f["total"] for f in told["por_forma_pagamento"]}
            assert mes.por_categoria == {c["codigo"]: c["total"] for c in told["gastos_por_categoria"]}
        inicio, fim = (date(ano, 1, 1), date(ano + 1, 1, 1)) if ano else (date(2025, 12, 1), date(2026, 12, 1))
        whole = calculate_totais(session, Filtro(inicio=inicio, fim=fim), quem=cast.quem_ana)
        assert [*relatorio.somas] == [whole["receita_total"], whole["comissoes_total"], whole["despesas_total"]]
        savepoint.rollback()


def test_a_closed_month_has_its_sealed_figures(banco: Banco) -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "200.00", data=date(2026, 9, 7))
        pay(session, cast, "100.00", data=date(2026, 10, 6), artista=cast.ana, forma="dinheiro")
        spend(session, cast, "30.00", data=date(2026, 9, 30), categoria="material")
    with db.transaction() as session:
        shut(session, "2026-09")
    # What no path of the program can do. The seal tells what was closed, whatever became of the rows since.
    with banco.connect_as_superuser() as superuser:
        superuser.execute("alter table pagamentos disable trigger all")
        superuser.execute("update pagamentos set valor_centavos = 99999 where mes = '2026-09-01'")
    with db.transaction(read_only=True) as session:
        relatorio = get_relatorio(session, HOJE, quem=cast.quem_edu)
    fechado, aberto = find(relatorio, "2026-09"), find(relatorio, "2026-10")
    assert (fechado.estado, fechado.versao, [*fechado.somas]) == (
        "fechada", 1, [Decimal("200.00"), Decimal("80.00"), Decimal("30.00")]
    )  # fmt: skip
    assert (aberto.estado, aberto.versao, aberto.somas.receita) == ("aberta", None, Decimal("100.00"))
    assert relatorio.fechados == 1
    assert_adds_up(relatorio)
    # 2026-09-07 was a Monday, 2026-10-06 a Tuesday.
    assert [p.total for p in relatorio.por_dia_da_semana][:3] == [Decimal("200.00"), Decimal("100.00"), ZERO]


def test_a_month_that_was_opened_again_has_the_living_figures(banco: Banco) -> None:
    del banco
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "200.00", data=date(2026, 9, 7))
    with db.transaction() as session:
        shut(session, "2026-09")
    reopen_extrato(Competencia(2026, 9), motivo="faltou um pagamento", quem=LINHA_DE_COMANDO)
    with db.transaction() as session:
        pay(session, cast, "50.00", data=date(2026, 9, 8))
        relatorio = get_relatorio(session, HOJE, quem=cast.quem_edu)
    reaberto = find(relatorio, "2026-09")
    assert (reaberto.estado, reaberto.versao, reaberto.somas.receita) == ("aberta", None, Decimal("250.00"))
    assert_adds_up(relatorio)


def test_an_artista_who_is_called_otherwise_since_has_one_line(banco: Banco) -> None:
    del banco
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "200.00", data=date(2026, 9, 7))
    with db.transaction() as session:
        shut(session, "2026-09")
        edit_artista(session, cast.bia.id, quem=cast.quem_ana, nome="Beatriz")
        pay(session, cast, "100.00", data=date(2026, 10, 6))
        (parte,) = get_relatorio(session, HOJE, quem=cast.quem_ana).por_artista
    assert (parte.nome, parte.total, parte.fatia) == ("Beatriz", Decimal("300.00"), 1000)


def test_changes_are_against_the_month_before(session: Session) -> None:
    cast = make_cast(session)
    for mes, valor in ((8, "100.00"), (9, "112.50"), (10, "37.50"), (11, "1.00")):
        pay(session, cast, valor, data=date(2026, mes, 3), percentual=0)
    spend(session, cast, "150.00", data=date(2026, 9, 3))
    relatorio = get_relatorio(session, HOJE, quem=cast.quem_ana)
    assert [linha.mes.competencia.mes for linha in relatorio.linhas] == [8, 9, 10, 11]
    told = [linha.variacoes for linha in relatorio.linhas]
    # Of the first there is nothing before, of the last it is not yet known; from below zero a percentage says nothing.
    assert [v.receita for v in told] == [None, 125, -667, None]
    assert [v.despesas for v in told] == [None, None, -1000, None]
    assert [v.liquida for v in told] == [None, -1375, None, None]
    assert relatorio.linhas[1].mes.somas.liquida == Decimal("-37.50")
    assert [linha.corre for linha in relatorio.linhas] == [False, False, False, True]


def test_january_is_compared_with_december_of_the_year_before(session: Session) -> None:
    cast = make_cast(session)
    pay(session, cast, "100.00", data=date(2024, 12, 31))
    pay(session, cast, "150.00", data=date(2025, 1, 1))
    relatorio = get_relatorio(session, HOJE, 2025, quem=cast.quem_ana)
    assert [linha.mes.competencia.mes for linha in relatorio.linhas] == list(range(1, 13))
    assert relatorio.linhas[0].variacoes.receita == 500
    assert relatorio.somas.receita == Decimal("150.00")


def test_a_month_in_which_more_went_back_than_came_in_is_below_zero(session: Session) -> None:
    cast = make_cast(session)
    pago = pay(session, cast, "300.00", data=date(2026, 9, 3))
    reverse_pagamento(session, pago.id, quem=cast.quem_ana, data=date(2026, 10, 5))
    relatorio = get_relatorio(session, HOJE, quem=cast.quem_ana)
    assert find(relatorio, "2026-10").somas.receita == Decimal("-300.00")
    assert relatorio.somas.receita == ZERO
    assert [(parte.total, parte.fatia) for parte in relatorio.por_artista] == [(ZERO, None)]
    assert_adds_up(relatorio)


def test_without_anything_there_are_no_months(session: Session) -> None:
    cast = make_cast(session)
    relatorio = get_relatorio(session, HOJE, quem=cast.quem_ana)
    assert (relatorio.linhas, [*relatorio.somas], relatorio.por_dia_da_semana) == ([], [ZERO] * 3, [])
    assert list_anos_do_relatorio(session, quem=cast.quem_ana) == []
    previsao = predict_receita(session, HOJE, quem=cast.quem_ana)
    assert (previsao.p50, previsao.falta) == (None, 6)


@pytest.mark.parametrize("ano", [2000, 2099])
def test_the_first_year_and_the_last_are_years_too(session: Session, ano: int) -> None:
    cast = make_cast(session)
    pay(session, cast, "10.00", data=date(ano, 1, 1))
    spend(session, cast, "5.00", data=date(ano, 12, 31))
    relatorio = get_relatorio(session, HOJE, ano, quem=cast.quem_ana)
    assert [*relatorio.somas] == [Decimal("10.00"), Decimal("4.00"), Decimal("5.00")]
    assert list_anos_do_relatorio(session, quem=cast.quem_ana) == [ano]
    with pytest.raises(CompetenciaInvalida):
        get_relatorio(session, HOJE, 1999, quem=cast.quem_ana)


@pytest.mark.parametrize("quem", ["quem_bia", "quem_caio"])
def test_what_the_studio_keeps_is_not_for_the_desk_nor_for_an_artista(session: Session, quem: str) -> None:
    person = getattr(make_cast(session), quem)
    for ask in (
        lambda: get_relatorio(session, HOJE, quem=person),
        lambda: predict_receita(session, HOJE, quem=person),
        lambda: measure_teto(session, 2026, quem=person),
        lambda: list_anos_do_relatorio(session, quem=person),
    ):
        with pytest.raises(Refusal):
            ask()


@pytest.mark.parametrize(
    ("recebido", "situacao", "usado", "resta"),
    [
        ("60000.00", "dentro", 741, "21000.00"),
        ("64800.00", "perto", 800, "16200.00"),
        ("81000.00", "perto", 1000, "0.00"),
        ("81000.01", "acima", 1000, "-0.01"),
    ],
)
def test_the_ceiling_of_a_mei(session: Session, recebido: str, situacao: str, usado: int, resta: str) -> None:
    cast = make_cast(session)
    pay(session, cast, recebido, data=date(2026, 5, 3))
    # Of other years, and spent: neither counts.
    pay(session, cast, "9000.00", data=date(2025, 12, 31))
    spend(session, cast, "900.00", data=date(2026, 5, 3))
    teto = measure_teto(session, 2026, quem=cast.quem_edu)
    assert teto is not None
    assert (teto.situacao, teto.usado, teto.resta) == (situacao, usado, Decimal(resta))


def test_a_studio_that_is_no_mei_has_no_ceiling(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast(session)
    monkeypatch.setenv("MEI_LIMITE_ANUAL", "0")
    config.reset()
    assert measure_teto(session, 2026, quem=cast.quem_ana) is None


def test_the_report_asks_as_often_whatever_the_years(session: Session) -> None:
    cast = make_cast(session)
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *args: asked.append(args[2]))

    def count() -> int:
        session.flush()
        asked.clear()
        get_relatorio(session, HOJE, quem=cast.quem_ana)
        return len(asked)

    few = count()
    for ano in range(2016, 2027):
        pay(session, cast, "10.00", data=date(ano, 3, 3))
        spend(session, cast, "10.00", data=date(ano, 4, 3))
    assert count() == few <= 8
