"""The totals of the Histórico are the sum of what is shown, and lead back to it."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from cast import make_artista, make_cast, pay, spend
from outubro import OUTUBRO, every_page, filters, make_month, totals
from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio.domain.dinheiro import format_dinheiro
from estudio.domain.historico import Filtro, Pagina
from estudio.services.historico_service import (
    Numero,
    explain,
    get_historico,
    list_comissoes,
    list_gastos,
    list_pagamentos,
    list_sessoes,
)


def reais(*values: str) -> list[Decimal]:
    return [Decimal(value) for value in values]


def test_scenario_1_totals_of_a_month(session: Session) -> None:
    cast = make_cast(session)
    pay(session, cast, "1000.00", forma="credito", percentual=5000)
    pay(session, cast, "500.00", forma="pix", percentual=6000)
    spend(session, cast, "200.00")
    spend(session, cast, "150.00")
    t = totals(session, cast)
    assert [t["receita_total"], t["comissoes_total"], t["despesas_total"], t["receita_liquida"]] == reais(
        "1500.00", "800.00", "350.00", "350.00"
    )
    assert t["por_forma_pagamento"] == [
        {"codigo": "credito", "forma": "Cartão de Crédito", "total": Decimal("1000.00")},
        {"codigo": "pix", "forma": "Pix", "total": Decimal("500.00")},
    ]


def test_scenario_2_an_empty_month_is_all_zero_and_its_lists_are_empty(session: Session) -> None:
    cast = make_cast(session)
    historico = get_historico(session, OUTUBRO, quem=cast.quem_ana)
    assert historico.totais == {
        "receita_total": Decimal(0),
        "comissoes_total": Decimal(0),
        "despesas_total": Decimal(0),
        "saldo": Decimal(0),
        "receita_liquida": Decimal(0),
        "por_artista": [],
        "por_forma_pagamento": [],
        "gastos_por_forma_pagamento": [],
        "gastos_por_categoria": [],
        "contagens": {"pagamentos": 0, "sessoes": 0, "comissoes": 0, "gastos": 0},
    }
    assert [historico.pagamentos, historico.comissoes, historico.sessoes, historico.gastos] == [Pagina([])] * 4


def test_scenario_3_what_is_left_may_be_negative(session: Session) -> None:
    cast = make_cast(session)
    pay(session, cast, "500.00", percentual=7000)
    spend(session, cast, "400.00")
    assert format_dinheiro(totals(session, cast)["receita_liquida"]) == "-R$ 250,00"


def test_scenario_4_every_artista_with_money_is_in_the_table(session: Session) -> None:
    """1000 payments of 100 by ten artistas, 30 % for every second one."""
    cast = make_cast(session)
    artistas = [make_artista(session, f"Artista {n}") for n in range(10)]
    session.execute(
        text(
            """insert into estudio.pagamentos (data, valor_centavos, forma, artista_id, percentual)
               select '2026-10-01'::date + n % 31, 10000, 'pix', (:artistas)[1 + n % 10], 3000 * (n % 2)
               from generate_series(0, 999) n"""
        ),
        {"artistas": [artista.id for artista in artistas]},
    )
    session.execute(
        text(
            """insert into estudio.comissoes (pagamento_id, mes, artista_id, percentual, valor_centavos)
               select id, mes, artista_id, percentual, 3000 from estudio.pagamentos
               where mes = '2026-10-01' and percentual > 0"""
        )
    )
    t = totals(session, cast)
    assert (t["receita_total"], t["comissoes_total"]) == (Decimal("100000.00"), Decimal("15000.00"))
    assert t["contagens"]["pagamentos"] == 1000
    assert [linha["artista_id"] for linha in t["por_artista"]] == [artista.id for artista in artistas]
    assert [linha["receita"] for linha in t["por_artista"]] == reais("10000.00") * 10
    assert [linha["comissao"] for linha in t["por_artista"]] == reais("0.00", "3000.00") * 5
    assert sum(linha["receita"] for linha in t["por_artista"]) == t["receita_total"]
    assert sum(linha["comissao"] for linha in t["por_artista"]) == t["comissoes_total"]


def test_scenario_5_two_artistas_of_one_name_stay_two_rows(session: Session) -> None:
    cast = make_cast(session)
    outra = make_artista(session, "Ana", percentual=1000)
    pay(session, cast, "100.00", artista=cast.ana)
    pay(session, cast, "50.00", artista=outra)
    assert totals(session, cast)["por_artista"] == [
        {"artista_id": cast.ana.id, "artista": "Ana", "receita": Decimal("100.00"), "comissao": Decimal("0.00")},
        {"artista_id": outra.id, "artista": "Ana", "receita": Decimal("50.00"), "comissao": Decimal("5.00")},
    ]


def test_scenario_6_cents_add_up(session: Session) -> None:
    cast = make_cast(session)
    for valor in ("0.10", "0.20"):
        pay(session, cast, valor, percentual=0)
    assert str(totals(session, cast)["receita_total"]) == "0.30"


@pytest.mark.parametrize(
    ("valor", "percentual", "comissao", "resto"),
    [("99.99", 7500, "74.99", "25.00"), ("100.01", 3333, "33.33", "66.68")],
)
def test_scenario_6_the_share_is_rounded_once_and_what_is_left_is_the_rest(
    session: Session, valor: str, percentual: int, comissao: str, resto: str
) -> None:
    cast = make_cast(session)
    pay(session, cast, valor, percentual=percentual)
    t = totals(session, cast)
    assert [str(t[key]) for key in ("receita_total", "comissoes_total", "receita_liquida")] == [valor, comissao, resto]


def test_the_worked_example_of_the_domain(session: Session) -> None:
    cast = make_cast(session)
    for valor, percentual in (("200.00", 3000), ("150.00", 0), ("300.00", 0), ("100.00", 3000)):
        pay(session, cast, valor, percentual=percentual)
    for valor in ("50.00", "30.00"):
        spend(session, cast, valor)
    t = totals(session, cast)
    assert [t[k] for k in ("receita_total", "comissoes_total", "despesas_total", "saldo", "receita_liquida")] == reais(
        "750.00", "90.00", "80.00", "670.00", "580.00"
    )


def test_every_total_is_the_sum_of_the_rows_it_summarises_with_the_filter_applied(session: Session) -> None:
    cast = make_month(session)
    for filtro in filters(cast):
        t = totals(session, cast, filtro)

        def rows(list_: Any, filtro: Filtro = filtro) -> list[Any]:
            return every_page(partial(list_, session, filtro, quem=cast.quem_ana, limite=7))

        pagamentos, comissoes, sessoes, gastos = map(rows, (list_pagamentos, list_comissoes, list_sessoes, list_gastos))
        for key, linhas in (("receita_total", pagamentos), ("comissoes_total", comissoes), ("despesas_total", gastos)):
            assert t[key] == sum((linha.valor for linha in linhas), Decimal(0)), (filtro, key)
        assert t["contagens"] == {
            "pagamentos": len(pagamentos),
            "sessoes": len(sessoes),
            "comissoes": len(comissoes),
            "gastos": len(gastos),
        }
        for key, total in (
            ("por_forma_pagamento", "receita_total"),
            ("gastos_por_forma_pagamento", "despesas_total"),
            ("gastos_por_categoria", "despesas_total"),
        ):
            assert sum((entry["total"] for entry in t[key]), Decimal(0)) == t[total], (filtro, key)
        assert sum((entry["receita"] for entry in t["por_artista"]), Decimal(0)) == t["receita_total"]
        assert sum((entry["comissao"] for entry in t["por_artista"]), Decimal(0)) == t["comissoes_total"]
        assert t["saldo"] == t["receita_total"] - t["despesas_total"]
        assert t["receita_liquida"] == t["saldo"] - t["comissoes_total"]


def test_the_living_month_counts_as_the_closing_does(session: Session) -> None:
    cast = make_month(session)
    t = totals(session, cast)
    sealed = session.execute(text("select estudio.contar_totais('2026-10-01')")).scalar_one()
    centavos = [
        int(t["receita_total"] * 100),
        int(t["comissoes_total"] * 100),
        int(t["despesas_total"] * 100),
        [[a["artista_id"], int(a["receita"] * 100), int(a["comissao"] * 100)] for a in t["por_artista"]],
        [[e["codigo"], int(e["total"] * 100)] for e in t["por_forma_pagamento"]],
        [[e["codigo"], int(e["total"] * 100)] for e in t["gastos_por_forma_pagamento"]],
        [[e["codigo"], int(e["total"] * 100)] for e in t["gastos_por_categoria"]],
        [t["contagens"][k] for k in ("pagamentos", "sessoes", "comissoes", "gastos")],
    ]
    assert centavos == sealed


def test_every_number_is_explained_down_to_its_rows(session: Session) -> None:
    cast = make_month(session)
    for filtro in filters(cast):
        t = totals(session, cast, filtro)
        wanted: list[tuple[Numero, str | None, Decimal]] = [(n, None, t[n]) for n in list(Numero)[:5]]
        for e in t["por_artista"]:
            wanted.append((Numero.ARTISTA_RECEITA, str(e["artista_id"]), e["receita"]))
            wanted.append((Numero.ARTISTA_COMISSAO, str(e["artista_id"]), e["comissao"]))
        for numero in list(Numero)[7:10]:
            wanted += [(numero, e["codigo"], e["total"]) for e in t[numero]]
        receita = explain(session, filtro, Numero.RECEITA, quem=cast.quem_ana, limite=200).parcelas[0].pagina.linhas
        for dia in {linha.data for linha in receita}:
            wanted.append(
                (Numero.DIA_RECEITA, str(dia), sum((row.valor for row in receita if row.data == dia), Decimal(0)))
            )
        for numero, chave, total in wanted:
            found = explain(session, filtro, numero, quem=cast.quem_ana, chave=chave, limite=200)
            assert found.total == total, (filtro, numero, chave)
            assert found.total == sum(p.sinal * linha.valor for p in found.parcelas for linha in p.pagina.linhas)
