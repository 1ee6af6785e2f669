"""Acertos by the API: what a program registers is what the page would have, with the same refusals and saldo."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from cast import DIA, Cast, pay, shut
from services.test_acerto import settle
from sqlalchemy import select
from web.api.conftest import Programa, told
from web.conftest import record_statements

from estudio import clock, db
from estudio.domain.acerto import Acerto, Tipo

Show = Callable[..., Programa]


def novo(cast: Cast, **campos: object) -> dict[str, object]:
    return {
        "data": DIA.isoformat(), "artista_id": cast.bia.id, "tipo": "vale", "valor": "80.00", "forma": "pix",
    } | campos  # fmt: skip


def list_all() -> list[Acerto]:
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Acerto).order_by(Acerto.id)))


def test_an_acerto_is_registered_corrected_deleted_and_brought_back(show: Show, cast: Cast) -> None:
    dono = show("dono")
    response = dono.post("/acertos", novo(cast))
    made = told(response, 201)
    assert response.headers["ETag"] == '"1"'
    assert made | {"criado_em": ""} == {
        "id": made["id"], "data": "2026-10-15", "competencia": "2026-10", "artista": {"id": cast.bia.id, "nome": "Bia"},
        "tipo": "vale", "valor": "-80.00", "forma": "pix", "motivo": None, "pagamento_id": None, "criado_em": "",
        "versao": 1,
    }  # fmt: skip
    path = f"/acertos/{made['id']}"
    assert told(dono.get(path), 200) == made
    change = {"tipo": "bonus", "valor": "90.00", "motivo": "Natal", "versao": 1}
    changed = told(dono.patch(path, change), 200)
    assert (changed["valor"], changed["forma"], changed["motivo"]) == ("90.00", None, "Natal")
    told(dono.patch(path, {"valor": "1.00", "versao": 1}), 409, "alterado_depois")
    told(dono.patch(path, {"valor": "1.00"}), 422, "versao_faltando")
    told(dono.post(path + "/desfeita", {"ato": "edicao", "versao": 1}), 409, "alterado_depois")
    undone = told(dono.post(path + "/desfeita", {"ato": "edicao", "versao": changed["versao"]}), 200)
    assert (undone["tipo"], undone["valor"], undone["forma"]) == ("vale", "-80.00", "pix")
    assert dono.delete(path).status_code == 204
    told(dono.get(path), 404, "nao_encontrado")
    told(dono.post(path + "/desfeita", {"ato": "exclusao", "versao": 1}), 422, "dados_invalidos")
    assert told(dono.post(path + "/desfeita", {"ato": "exclusao"}), 200)["valor"] == "-80.00"
    told(dono.post(path + "/desfeita", {"ato": "exclusao"}), 422, "nao_desfaz")


def test_the_day_is_today_unless_told(show: Show, cast: Cast) -> None:
    made = told(show("dono").post("/acertos", {k: v for k, v in novo(cast).items() if k != "data"}), 201)
    assert made["data"] == clock.today().isoformat()


@pytest.mark.parametrize(
    ("campos", "codigo", "campo"),
    [
        ({"valor": 80}, "pedido_invalido", "valor"),
        ({"valor": "80,00"}, "pedido_invalido", "valor"),
        ({"valor": "0"}, "valor_invalido", None),
        ({"valor": "-80.00"}, "valor_invalido", None),
        ({"tipo": "salario"}, "pedido_invalido", "tipo"),
        ({"tipo": None}, "pedido_invalido", "tipo"),
        ({"tipo": "recebido"}, "dados_invalidos", "tipo"),
        ({"tipo": "bonus"}, "texto_invalido", "motivo"),
        ({"tipo": "bonus", "motivo": "x" * 2_001}, "texto_invalido", None),
        ({"tipo": "bonus", "motivo": "x" * 10_001}, "pedido_invalido", "motivo"),
        ({"forma": None}, "dados_invalidos", None),
        ({"forma": "cheque"}, "dados_invalidos", None),
        ({"data": "1999-12-31"}, "data_invalida", "data"),
        ({"data": "2026-02-30"}, "pedido_invalido", "data"),
        ({"artista_id": "2"}, "pedido_invalido", "artista_id"),
        ({"saldo_visto": 80}, "pedido_invalido", "saldo_visto"),
        ({"sinal": 1}, "pedido_invalido", "sinal"),
    ],
)
def test_what_is_no_acerto_is_refused_and_nothing_is_kept(
    show: Show, cast: Cast, campos: dict[str, object], codigo: str, campo: str | None
) -> None:
    problem = told(show("dono").post("/acertos", novo(cast, **campos)), 422, codigo)
    assert campo is None or problem["campo"] == campo
    assert list_all() == []


def test_nobody_else_is_no_artista(show: Show, cast: Cast) -> None:
    told(show("dono").post("/acertos", novo(cast, artista_id=999)), 404, "nao_encontrado")


def test_what_is_settled_is_settled_once(show: Show, cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "875.00")
    dono = show("dono")
    pagar = novo(cast, tipo="repasse", valor="350.00", saldo_visto="350.00")
    problem = told(dono.post("/acertos", pagar | {"saldo_visto": "350.01"}), 409, "saldo_mudou")
    assert "R$ 350,00" in problem["detail"].replace("\xa0", " ")
    key = {"Idempotency-Key": "repasse-bia-outubro"}
    first = told(dono.post("/acertos", pagar, headers=key), 201)
    assert told(dono.post("/acertos", pagar, headers=key), 201) == first
    told(dono.post("/acertos", pagar | {"motivo": "outro"}, headers=key), 409, "chave_repetida")
    told(dono.post("/acertos", pagar), 409, "saldo_mudou")
    (acerto,) = list_all()
    assert (acerto.id, acerto.valor) == (first["id"], Decimal("-350.00"))
    assert told(dono.get(f"/contas/{cast.bia.id}"), 200)["saldo"] == "0.00"


def test_below_zero_it_is_the_artista_who_settles(show: Show, cast: Cast) -> None:
    with db.transaction() as session:
        settle(session, cast, Tipo.ALUGUEL, "600.00")
    pagar = novo(cast, tipo="devolucao", valor="600.00", saldo_visto="-600.00")
    assert told(show("dono").post("/acertos", pagar), 201)["valor"] == "600.00"


def test_what_the_artista_kept_follows_its_pagamento(show: Show, cast: Cast) -> None:
    with db.transaction() as session:
        pago = pay(session, cast, "500.00").id
    dono = show("dono")
    told(dono.post(f"/pagamentos/{pago}/recebido", {"valor": "1.00"}), 422, "pedido_invalido")
    told(dono.post("/pagamentos/999/recebido"), 404, "nao_encontrado")
    made = told(dono.post(f"/pagamentos/{pago}/recebido"), 201)
    assert (made["tipo"], made["valor"], made["pagamento_id"]) == ("recebido", "-500.00", pago)
    told(dono.post(f"/pagamentos/{pago}/recebido"), 409, "ja_existe")
    told(dono.patch(f"/acertos/{made['id']}", {"valor": "1.00", "versao": 1}), 422, "dados_invalidos")
    told(dono.patch(f"/pagamentos/{pago}", {"valor": "600.00", "versao": 1}), 200)
    assert told(dono.get(f"/acertos/{made['id']}"), 200)["valor"] == "-600.00"
    assert dono.delete(f"/acertos/{made['id']}").status_code == 204


def test_in_a_closed_month_nothing_changes_and_all_of_it_is_told(show: Show, cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "100.00")
        id_ = settle(session, cast, Tipo.VALE, "30.00").id
    with db.transaction() as session:
        shut(session, "2026-10")
    dono = show("dono")
    told(dono.post("/acertos", novo(cast)), 409, "competencia_fechada")
    told(dono.patch(f"/acertos/{id_}", {"valor": "1.00", "versao": 1}), 409, "competencia_fechada")
    told(dono.delete(f"/acertos/{id_}"), 409, "competencia_fechada")
    page = told(dono.get("/acertos?mes=2026-10"), 200)
    assert told(dono.get("/extratos/2026-10/linhas/acertos"), 200)["itens"] == page["itens"]
    assert [(each["id"], each["valor"]) for each in page["itens"]] == [(id_, "-30.00")]
    (mes,) = told(dono.get(f"/contas/{cast.bia.id}"), 200)["meses"]
    assert (mes["estado"], mes["saldo"]) == ("fechada", "10.00")


def test_a_list_is_paged_filtered_and_added_up(show: Show, cast: Cast) -> None:
    with db.transaction() as session:
        for dia in (1, 1, 2, 3, 3, 3, 30):
            settle(session, cast, Tipo.VALE, "1.00", data=date(2026, 10, dia))
        settle(session, cast, Tipo.BONUS, "2.50", data=date(2026, 10, 1))
        settle(session, cast, Tipo.REPASSE, "9.00", data=date(2026, 10, 1), artista_id=cast.ana.id)
        settle(session, cast, Tipo.VALE, "100.00", data=date(2026, 9, 30))
    contador = show("contador")

    def read(query: str) -> tuple[list[dict[str, Any]], str]:
        itens: list[dict[str, Any]] = []
        depois = ""
        while True:
            page = told(contador.get(f"/acertos?limite=3&{query}{depois}"), 200)
            itens += page["itens"]
            if page["proxima"] is None:
                return itens, page["soma"]
            depois = f"&depois={page['proxima']}"

    for query, quantos, soma in (
        ("mes=2026-10", 9, "-13.50"),
        (f"mes=2026-10&artista={cast.bia.id}", 8, "-4.50"),
        ("mes=2026-10&tipo=vale", 7, "-7.00"),
        ("dia=2026-10-03", 3, "-3.00"),
        ("mes=2026-10&forma=pix", 1, "-9.00"),
        ("mes=2026-10&tipo=desconto", 0, "0.00"),
    ):
        itens, told_soma = read(query)
        assert (len(itens), len({each["id"] for each in itens}), told_soma) == (quantos, quantos, soma), query
        assert sum(Decimal(each["valor"]) for each in itens) == Decimal(soma)
    for query in ("tipo=salario", "mes=2026-13", "mes=2026-10&dia=2026-10-01", "depois=x", "limite=0", "texto=x"):
        told(contador.get(f"/acertos?{query}"), 422)


def test_the_accounts_add_up_across_months(show: Show, cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "500.00", data=date(2026, 9, 10))
        settle(session, cast, Tipo.REPASSE, "150.00", data=date(2026, 9, 30))
        settle(session, cast, Tipo.ALUGUEL, "100.00", data=date(2026, 10, 1))
        settle(session, cast, Tipo.BONUS, "7.77", artista_id=cast.ana.id)
    contador = show("contador")
    listed = told(contador.get("/contas?mes=2026-09"), 200)
    assert listed["competencia"] == "2026-09"
    keys = ("devido", "pago", "saldo", "devido_no_mes", "pago_no_mes")
    assert {each["artista"]["nome"]: [each[key] for key in keys] for each in listed["itens"]} == {
        "Ana": ["7.77", "0.00", "7.77", "0.00", "0.00"],
        "Bia": ["100.00", "150.00", "-50.00", "200.00", "150.00"],
    }
    conta = told(contador.get(f"/contas/{cast.bia.id}"), 200)
    assert {key: conta[key] for key in ("comissoes", "devido", "pago", "saldo")} == {
        "comissoes": "200.00", "devido": "100.00", "pago": "150.00", "saldo": "-50.00",
    }  # fmt: skip
    assert conta["acertos"] == [{"tipo": "repasse", "total": "-150.00"}, {"tipo": "aluguel", "total": "-100.00"}]
    assert [(mes["competencia"], mes["devido"], mes["pago"], mes["saldo"]) for mes in conta["meses"]] == [
        ("2026-09", "200.00", "150.00", "50.00"),
        ("2026-10", "-100.00", "0.00", "-50.00"),
    ]
    before = told(contador.get(f"/contas/{cast.bia.id}?ate=2026-09"), 200)
    assert (before["saldo"], before["meses"]) == ("50.00", conta["meses"][:1])
    told(contador.get("/contas/999"), 404, "nao_encontrado")
    told(contador.get("/contas/1?ate=ontem"), 422)


def test_who_sees_what(show: Show, cast: Cast) -> None:
    with db.transaction() as session:
        mine = settle(session, cast, Tipo.VALE, "30.00", data=clock.today()).id
        settle(session, cast, Tipo.VALE, "40.00", data=clock.today(), artista_id=cast.ana.id)
        pago = pay(session, cast, "10.00").id
    artista = show("artista")
    assert told(artista.get("/acertos"), 200)["soma"] == "-30.00"
    assert told(artista.get(f"/acertos/{mine}"), 200)["valor"] == "-30.00"
    assert told(artista.get(f"/contas/{cast.bia.id}"), 200)["saldo"] == "-26.00"
    for papel in ("artista", "contador", "recepcao"):
        programa = show(papel)
        for response in (
            programa.post("/acertos", novo(cast)),
            programa.patch(f"/acertos/{mine}", {"valor": "1.00", "versao": 1}),
            programa.delete(f"/acertos/{mine}"),
            programa.post(f"/acertos/{mine}/desfeita", {"ato": "exclusao"}),
            programa.post(f"/pagamentos/{pago}/recebido"),
        ):
            told(response, 403)
    for path in ("/acertos", f"/acertos/{mine}", "/contas", f"/contas/{cast.bia.id}"):
        told(show("recepcao").get(path), 403)
    told(artista.get("/contas"), 403)


def test_reading_takes_few_statements_whatever_there_is(show: Show, cast: Cast) -> None:
    with db.transaction() as session:
        for dia in range(1, 29):
            settle(session, cast, Tipo.VALE, "1.00", data=date(2026, 10, dia))
            settle(session, cast, Tipo.VALE, "1.00", data=date(2026, 1 + dia % 9, dia))
    contador = show("contador")
    for path, most in (("/acertos?mes=2026-10", 8), ("/contas", 8), (f"/contas/{cast.bia.id}", 9)):
        contador.get(path)
        statements = record_statements()
        told(contador.get(path), 200)
        assert len(statements) <= most, (path, statements)
