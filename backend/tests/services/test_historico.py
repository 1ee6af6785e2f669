"""The Histórico: what is listed, in which order, page by page, and to whom."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from cast import Cast, book, make_cast, make_cliente, pay, shut, spend
from outubro import OUTUBRO, counted, every_page, ids, make_month, totals
from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.competencia import Competencia
from estudio.domain.errors import DadosInvalidos, MesNoExtrato, NaoEncontrado, SemPermissao
from estudio.domain.historico import Cursor, Filtro, Pagina
from estudio.domain.sessao import Status
from estudio.services.fusao_service import merge_clientes
from estudio.services.historico_service import (
    Numero,
    calculate_totais,
    explain,
    get_historico,
    list_comissoes,
    list_competencias_abertas,
    list_gastos,
    list_pagamentos,
    list_pendencias,
    list_sessoes,
)
from estudio.services.pagamento_service import delete_pagamento
from estudio.services.sessao_service import cancel_sessao, edit_sessao, link_sessao


def test_scenario_7_a_month_is_half_open(session: Session) -> None:
    cast = make_cast(session)
    first, last, after = (pay(session, cast, "100.00", data=date(2025, *dia)) for dia in ((8, 1), (8, 31), (9, 1)))
    agosto = Filtro.of_month(Competencia(2025, 8))
    assert ids(list_pagamentos(session, agosto, quem=cast.quem_ana)) == [last.id, first.id]
    assert totals(session, cast, agosto)["receita_total"] == Decimal("200.00")
    assert ids(list_pagamentos(session, Filtro.of_month(Competencia(2025, 9)), quem=cast.quem_ana)) == [after.id]


def test_scenario_11_a_sessao_is_in_the_month_of_its_payment_once_with_its_own_date(session: Session) -> None:
    cast = make_cast(session)
    sessao = book(session, cast, data=date(2025, 8, 30))
    pay(session, cast, "300.00", data=date(2025, 9, 2), sessoes=[sessao])
    assert list_sessoes(session, Filtro.of_month(Competencia(2025, 8)), quem=cast.quem_ana).linhas == []
    (linha,) = list_sessoes(session, Filtro.of_month(Competencia(2025, 9)), quem=cast.quem_ana).linhas
    assert (linha.id, linha.data, linha.pago_em) == (sessao.id, date(2025, 8, 30), date(2025, 9, 2))


def test_scenario_13_a_sessao_is_listed_when_it_is_paid_whatever_its_status(session: Session) -> None:
    cast = make_cast(session)

    def listed() -> tuple[list[int], list[int]]:
        historico = get_historico(session, OUTUBRO, quem=cast.quem_ana)
        return ids(historico.sessoes), ids(historico.pendencias)

    sessao = book(session, cast, status=Status.REALIZADA)
    assert listed() == ([], [sessao.id])
    link_sessao(session, sessao.id, quem=cast.quem_caio, pagamento_id=pay(session, cast, "300.00").id)
    before = totals(session, cast)
    for status in Status:
        edit_sessao(session, sessao.id, quem=cast.quem_caio, status=status)
        assert listed() == ([sessao.id], [])
        assert totals(session, cast) == before


def test_scenario_14_alike_is_not_linked(session: Session) -> None:
    cast = make_cast(session)
    sessao = book(session, cast, "300.00", cliente=cast.dora)
    pay(session, cast, "300.00", cliente=cast.dora)
    historico = get_historico(session, OUTUBRO, quem=cast.quem_ana)
    assert (ids(historico.sessoes), ids(historico.pendencias)) == ([], [sessao.id])
    assert historico.totais["contagens"]["sessoes"] == 0


def test_scenario_15_a_payment_without_client_counts(session: Session) -> None:
    cast = make_cast(session)
    pay(session, cast, "150.00")
    historico = get_historico(session, OUTUBRO, quem=cast.quem_ana)
    assert [linha.cliente for linha in historico.pagamentos.linhas] == ["Não informado"]
    assert [linha.cliente for linha in historico.comissoes.linhas] == ["Não informado"]
    assert historico.totais["receita_total"] == Decimal("150.00")


def test_scenario_16_newest_first_by_date_and_then_by_entry(session: Session) -> None:
    cast = make_cast(session)
    a, b, c, d = (pay(session, cast, "10.00", data=date(2026, 10, dia)) for dia in (5, 9, 5, 1))
    assert ids(list_pagamentos(session, OUTUBRO, quem=cast.quem_ana)) == [b.id, c.id, a.id, d.id]


@pytest.mark.usefixtures("banco")
def test_scenario_16_reading_writes_nothing() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "300.00", sessoes=[book(session, cast)])
        spend(session, cast, "10.00")
        book(session, cast)
    with db.transaction(read_only=True) as session:
        get_historico(session, OUTUBRO, quem=cast.quem_ana)
        for numero in Numero:
            explain(session, OUTUBRO, numero, quem=cast.quem_ana, chave=KEYS.get(numero, lambda _: None)(cast))
        list_competencias_abertas(session)
        assert session.scalar(text("select pg_current_xact_id_if_assigned() is null"))


KEYS: dict[Numero, Callable[[Cast], str]] = {
    Numero.ARTISTA_RECEITA: lambda cast: str(cast.bia.id),
    Numero.ARTISTA_COMISSAO: lambda cast: str(cast.bia.id),
    Numero.FORMA: lambda _: "pix",
    Numero.GASTOS_FORMA: lambda _: "dinheiro",
    Numero.GASTOS_CATEGORIA: lambda _: "outros",
    Numero.DIA_RECEITA: lambda _: "2026-10-15",
}


def test_a_filter_shows_what_it_says(session: Session) -> None:
    cast = make_month(session)

    def shown(**fields: Any) -> list[Any]:
        filtro = Filtro.of_month(Competencia(2026, 10), **fields)
        return list_pagamentos(session, filtro, quem=cast.quem_ana, limite=200).linhas

    assert {linha.cliente for linha in shown(texto="SILVA  joão")} == {"João da Silva"}
    assert {linha.cliente for linha in shown(texto="100%")} == {"Zé 100%"}
    assert shown(texto="_") == []
    assert {linha.artista for linha in shown(texto="cora")} == {"Cora"}
    assert {linha.forma_rotulo for linha in shown(forma="credito")} == {"Cartão de Crédito"}
    # A merged client's money is that of who they are now.
    assert {linha.cliente for linha in shown(cliente_id=cast.dora.id)} == {"Dora", "Dora L"}
    assert len(shown(texto="AGUA-forte")) == 7
    gastos = list_gastos(session, Filtro.of_month(Competencia(2026, 10), texto="agua 3"), quem=cast.quem_ana)
    assert [linha.descricao for linha in gastos.linhas] == ["Água 3"]


def test_a_filter_of_the_pendencias(session: Session) -> None:
    cast = make_cast(session)
    menor = make_cliente(session, "Dora L")
    merge_clientes(session, menor.id, quem=cast.quem_caio, em=cast.dora.id)
    dela, anonima = book(session, cast, cliente=cast.dora), book(session, cast, artista=cast.ana)
    cancel_sessao(session, anonima.id, quem=cast.quem_caio)
    antiga = book(session, cast, data=date(2026, 9, 30))

    def shown(**fields: Any) -> list[int]:
        filtro = Filtro.of_month(Competencia(2026, 10), **fields)
        return ids(list_pendencias(session, filtro, quem=cast.quem_ana))

    assert shown() == [anonima.id, dela.id]
    assert shown(artista_id=cast.ana.id) == [anonima.id]
    assert shown(cliente_id=cast.dora.id) == [dela.id]
    assert shown(texto="DÓRA bia") == [dela.id]
    assert shown(forma="pix") == []
    setembro = list_pendencias(session, Filtro.of_month(Competencia(2026, 9)), quem=cast.quem_ana)
    assert ids(setembro) == [antiga.id]
    # What was cancelled stays among them: the label counts nothing, and takes nothing away.
    assert ids(list_pendencias(session, OUTUBRO, quem=cast.quem_bia)) == [dela.id]


def test_pages_by_key_hold_every_row_once_in_order(session: Session) -> None:
    cast = make_month(session)
    for list_ in (list_pagamentos, list_comissoes, list_sessoes, list_gastos, list_pendencias):
        whole: Pagina[Any] = list_(session, OUTUBRO, quem=cast.quem_ana, limite=200)
        assert whole.proxima is None
        for limite in (1, 7, len(whole.linhas)):
            page = partial(list_, session, OUTUBRO, quem=cast.quem_ana, limite=limite)
            assert every_page(page) == whole.linhas
        keys = [tuple(linha.cursor) for linha in whole.linhas]
        assert keys == sorted(keys, reverse=True)


def test_a_page_begins_at_its_cursor_and_not_at_the_end_of_the_period(session: Session) -> None:
    """With both bounds above, PostgreSQL walks from the end of the month to the cursor: thirty times as long."""
    cast = make_month(session)
    for list_ in (list_pagamentos, list_comissoes, list_sessoes, list_gastos, list_pendencias):
        page = partial(list_, session, OUTUBRO, quem=cast.quem_ana, limite=1)
        with counted(session) as statements:
            cursor = page().linhas[0].cursor
            page(depois_de=cursor)
        first, second = (re.findall(r"data < %", statement) for statement in statements)
        assert (len(first), len(second)) == (1, 0)
        after_the_end = Cursor(OUTUBRO.fim, 1)
        assert page(depois_de=after_the_end) == page()


def test_a_page_that_nobody_gave_is_refused() -> None:
    for wrong in ("", "x", "2026-10-15.1", "2026-13-01.1.1", "2026-10-15.1.1.1"):
        with pytest.raises(DadosInvalidos):
            Cursor.parse(wrong)


def test_labels_are_shown_and_no_categoria_is_outros(session: Session) -> None:
    cast = make_month(session)
    gastos = list_gastos(session, OUTUBRO, quem=cast.quem_ana).linhas
    assert {(linha.categoria, linha.categoria_rotulo) for linha in gastos} == {
        ("material", "Material"),
        ("aluguel", "Aluguel"),
        ("outros", "Outros"),
    }
    assert {linha.lancado_por for linha in gastos} == {"Ana"}
    por_categoria = {e["categoria"]: e["total"] for e in totals(session, cast)["gastos_por_categoria"]}
    assert por_categoria["Outros"] == Decimal("11.15")


def test_an_artista_sees_what_is_their_own(session: Session) -> None:
    cast = make_month(session)
    historico = get_historico(session, OUTUBRO, quem=cast.quem_bia)
    assert {linha.artista_id for linha in historico.pagamentos.linhas} == {cast.bia.id}
    assert {linha.artista_id for linha in historico.comissoes.linhas} == {cast.bia.id}
    assert {linha.artista_id for linha in historico.sessoes.linhas} == {cast.bia.id}
    assert historico.gastos is None
    assert set(historico.totais) == {
        "receita_total",
        "comissoes_total",
        "por_artista",
        "por_forma_pagamento",
        "contagens",
    }
    assert [linha["artista_id"] for linha in historico.totais["por_artista"]] == [cast.bia.id]
    alheio = Filtro.of_month(Competencia(2026, 10), artista_id=cast.ana.id)
    for read in (get_historico, list_pagamentos, list_comissoes, list_sessoes, list_pendencias, calculate_totais):
        with pytest.raises(NaoEncontrado):
            read(session, alheio, quem=cast.quem_bia)
    for numero in (Numero.DESPESAS, Numero.SALDO, Numero.LIQUIDA):
        with pytest.raises(SemPermissao):
            explain(session, OUTUBRO, numero, quem=cast.quem_bia)
    with pytest.raises(SemPermissao):
        list_gastos(session, OUTUBRO, quem=cast.quem_bia)


def test_the_desk_sees_the_day_without_the_studios_result(session: Session) -> None:
    cast = make_month(session)
    hoje = pay(session, cast, "70.00", data=clock.today())
    with pytest.raises(SemPermissao):
        get_historico(session, OUTUBRO, quem=cast.quem_caio)
    with pytest.raises(SemPermissao):
        calculate_totais(session, OUTUBRO, quem=cast.quem_caio)
    historico = get_historico(session, Filtro.of_day(clock.today()), quem=cast.quem_caio)
    assert ids(historico.pagamentos) == [hoje.id]
    assert historico.gastos is None
    assert "saldo" not in historico.totais
    assert len(list_pagamentos(session, OUTUBRO, quem=cast.quem_caio).linhas) == 50


def test_the_accountant_reads_everything(session: Session) -> None:
    cast = make_month(session)
    assert get_historico(session, OUTUBRO, quem=cast.quem_edu) == get_historico(session, OUTUBRO, quem=cast.quem_ana)


def test_a_page_is_one_statement_and_the_whole_historico_a_dozen_however_many_rows(session: Session) -> None:
    cast = make_month(session)
    with counted(session) as statements:
        list_pagamentos(session, OUTUBRO, quem=cast.quem_ana)
    assert len(statements) == 1
    with counted(session) as statements:
        get_historico(session, OUTUBRO, quem=cast.quem_ana)
    few = len(statements)
    assert few <= 14
    for _ in range(20):
        pay(session, cast, "1.00", sessoes=[book(session, cast)])
    with counted(session) as statements:
        get_historico(session, OUTUBRO, quem=cast.quem_ana, limite=200)
    assert len(statements) == few


@pytest.mark.usefixtures("banco")
def test_a_closed_month_is_no_longer_in_the_historico_but_its_payments_are_found() -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        joao = make_cliente(session, "João da Silva")
        velho = pay(session, cast, "100.00", cliente=joao, data=date(2026, 9, 3))
        novo = pay(session, cast, "50.00")
        cancel_sessao(session, book(session, cast, data=date(2026, 8, 1)).id, quem=cast.quem_caio)
        delete_pagamento(session, pay(session, cast, "1.00", data=date(2026, 7, 1)).id, quem=cast.quem_ana)
        assert [c.slug for c in list_competencias_abertas(session)[-3:]] == ["2026-10", "2026-09", "2026-08"]
    with db.transaction() as session:
        shut(session, "2026-09")
    with db.transaction(read_only=True) as session:
        with pytest.raises(MesNoExtrato, match="Setembro/2026"):
            get_historico(session, Filtro.of_month(Competencia(2026, 9)), quem=cast.quem_ana)
        with pytest.raises(MesNoExtrato, match="Agosto/2026"):
            get_historico(session, Filtro.of_month(Competencia(2026, 8)), quem=cast.quem_ana)
        assert ids(get_historico(session, OUTUBRO, quem=cast.quem_ana).pagamentos) == [novo.id]
        assert "2026-09" not in [c.slug for c in list_competencias_abertas(session)]
        # Scenario 32: an archived month's payment is found.
        ever = Filtro(inicio=date(2000, 1, 1), fim=date(2100, 1, 1), texto="silva joao")
        assert ids(list_pagamentos(session, ever, quem=cast.quem_ana)) == [velho.id]
