"""Every address of the API × every papel × every scope × nobody × another artista's ids; and reading writes nothing."""

import re
from collections.abc import Callable

import pytest
from cast import DIA, Cast, book, pay, shut, spend
from conftest import Banco
from flask import Flask
from services.test_acerto import settle
from sqlalchemy.orm import Session
from web.api.conftest import V1, Programa, give_ficha, told
from web.conftest import EMAILS, ENDERECO, Browser
from web.test_rotas import take_picture
from werkzeug.routing import Rule

from estudio import clock, db
from estudio.app import create_app
from estudio.domain.acerto import Tipo
from estudio.domain.ficha import ESCOPOS_DE, Escopo
from estudio.services.cliente_service import register_cliente
from estudio.services.estoque_service import register_item
from estudio.services.fusao_service import merge_clientes
from estudio.web.api.portas import ABERTAS
from estudio.web.api.rotas import ROTAS
from estudio.web.api.salas import Rota
from estudio.web.rotas import API

Show = Callable[..., Programa]

PARTES = {"mes": "2026-09", "secao": "pagamentos", "numero": "receita_total"}
"""What stands for the variable part of an address; 1 where it is the number of a thing."""

SO_DO_ESTUDIO = ("/gastos", "/extratos", "/contas", "/historico/numeros/saldo", "/historico/numeros/receita_liquida")


def address(rota: Rota) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: PARTES.get(found[1], "1"), rota.caminho)


def list_rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(API)]


def fill(session: Session, cast: Cast) -> None:
    """One of each thing, number 1, and a month that is closed."""
    hoje = clock.today()
    assert pay(session, cast, "100.00", data=hoje).id == 1
    assert book(session, cast, data=hoje).id == 1
    assert spend(session, cast, "50.00", data=hoje).id == 1
    assert settle(session, cast, Tipo.VALE, data=hoje).id == 1
    assert register_item(session, quem=cast.quem_ana, nome="Agulhas", quantidade=9).id == 1
    pay(session, cast, "10.00", data=DIA.replace(month=9))


@pytest.fixture
def studio(app: Flask, cast: Cast) -> Flask:
    with db.transaction() as session:
        fill(session, cast)
    with db.transaction() as session:
        shut(session, "2026-09")
    return app


def test_every_address_has_its_door_and_every_door_its_address(app: Flask) -> None:
    assert {rule.endpoint for rule in list_rules(app)} == set(ROTAS) | ABERTAS
    methods = {rule.endpoint: (rule.methods or set()) - {"HEAD", "OPTIONS"} for rule in list_rules(app)}
    assert {name: methods[name] for name in ROTAS} == {name: {rota.metodo} for name, rota in ROTAS.items()}


def test_what_writes_asks_for_more_than_reading() -> None:
    for name, rota in ROTAS.items():
        assert (rota.escopo == Escopo.LEITURA) == (rota.metodo == "GET"), name
        assert rota.papeis, name
        if rota.escopo == Escopo.EXCLUSAO:
            assert rota.metodo == "DELETE", name


@pytest.mark.parametrize("endpoint", ROTAS)
def test_nobody_comes_in_without_a_ficha(ninguem: Programa, endpoint: str) -> None:
    rota = ROTAS[endpoint]
    response = ninguem.ask(rota.metodo, address(rota))
    told(response, 401, "ficha_invalida")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="estudio"'


@pytest.mark.parametrize("papel", EMAILS)
def test_each_papel_comes_in_where_the_table_says(studio: Flask, show: Show, papel: str) -> None:
    assert studio.name
    programa = show(papel)
    # What takes the things away comes last.
    for rota in sorted(ROTAS.values(), key=lambda each: each.metodo == "DELETE"):
        response = programa.ask(rota.metodo, address(rota))
        if papel not in rota.papeis:
            told(response, 403)
        elif rota.is_leitura:
            # Number 1 is Ana, whose entry and account are not there for another artista.
            of_ana = papel == "artista" and rota.endpoint in {"api.artistas.show", "api.contas.show"}
            told(response, 404 if of_ana else 200)
        else:
            # What comes in may still be refused for what it does not say.
            assert response.status_code in {200, 201, 204, 404, 409, 422}, (rota.endpoint, response.get_data())


@pytest.mark.parametrize("escopo", Escopo)
def test_a_ficha_does_what_its_scope_says_and_no_more(studio: Flask, show: Show, escopo: Escopo) -> None:
    assert studio.name
    programa = show("dono", [escopo])
    for rota in sorted(ROTAS.values(), key=lambda each: each.metodo == "DELETE"):
        response = programa.ask(rota.metodo, address(rota))
        if rota.escopo == escopo:
            assert response.status_code != 403, rota.endpoint
        else:
            problem = told(response, 403, "escopo_faltando")
            assert f"o escopo {rota.escopo}" in problem["detail"]


def test_no_papel_can_give_more_than_it_has() -> None:
    for papel, escopos in ESCOPOS_DE.items():
        wanted = {rota.escopo for rota in ROTAS.values() if papel in rota.papeis}
        assert wanted <= set(escopos), papel


def test_an_address_that_nobody_entered_in_the_table_is_nobodys(cast: Cast) -> None:
    """A route of the API's own Blueprint, made past the declarations."""
    app = create_app()
    app.add_url_rule(V1 + "/esquecida", "api.esquecidas", lambda: "aberta")
    told(Programa(app.test_client(use_cookies=False), give_ficha(cast, "dono")).get("/esquecida"), 403, "http_403")
    told(Programa(app.test_client(use_cookies=False), None).get("/esquecida"), 401)


# --- what is another's ----------------------------------------------------------------------------------------------


def test_an_artista_meets_nothing_of_anothers(show: Show, cast: Cast) -> None:
    hoje = clock.today()
    with db.transaction() as session:
        theirs = pay(session, cast, "777.77", data=hoje, artista=cast.ana)
        booked = book(session, cast, "654.32", data=hoje, artista=cast.ana)
        pay(session, cast, "100.00", data=hoje, artista=cast.bia)
        mine = book(session, cast, "300.00", data=hoje, artista=cast.bia)
        settled = settle(session, cast, Tipo.VALE, "543.21", data=hoje, artista_id=cast.ana.id)
    bia, ana = show("artista"), cast.ana.id
    for path in (
        f"/pagamentos/{theirs.id}", f"/sessoes/{booked.id}", f"/artistas/{ana}", f"/pagamentos?artista={ana}",
        f"/sessoes?artista={ana}", f"/sessoes?situacao=pagas&artista={ana}", f"/historico?artista={ana}",
        f"/historico/totais?artista={ana}", f"/historico/comissoes?artista={ana}",
        f"/acertos/{settled.id}", f"/acertos?artista={ana}", f"/contas/{ana}",
        f"/historico/numeros/receita_total?artista={ana}", f"/historico/numeros/por_artista.receita?chave={ana}",
    ):  # fmt: skip
        told(bia.get(path), 404, "nao_encontrado")
    for path in ("/pagamentos", "/sessoes", "/sessoes?situacao=pagas", "/historico", "/historico/totais", "/artistas",
                 "/acertos", f"/contas/{cast.bia.id}", "/historico/comissoes",
                 "/historico/numeros/receita_total"):  # fmt: skip
        payload = bia.get(path)
        told(payload, 200)
        text = payload.get_data(as_text=True)
        assert "777.77" not in text
        assert "654.32" not in text
        assert "543.21" not in text
        assert '"Ana"' not in text, path
    change = {"valor": "1.00", "versao": booked.versao}
    told(bia.patch(f"/sessoes/{booked.id}", change), 404)
    told(bia.post(f"/sessoes/{booked.id}/cancelamento"), 404)
    new = {"data": hoje.isoformat(), "artista_id": ana, "valor": "1.00"}
    told(bia.post("/sessoes", new), 404)
    told(bia.patch(f"/sessoes/{mine.id}", {"artista_id": ana, "versao": mine.versao}), 404)
    assert told(bia.post(f"/sessoes/{mine.id}/cancelamento"), 200)["status"] == "cancelada"


@pytest.mark.parametrize("papel", ["recepcao", "artista"])
def test_what_the_studio_spends_and_keeps_is_not_for_the_desk_nor_for_an_artista(
    show: Show, cast: Cast, papel: str
) -> None:
    with db.transaction() as session:
        spend(session, cast, "50.00", data=clock.today())
    programa = show(papel)
    for path in SO_DO_ESTUDIO:
        told(programa.get(path), 403)
    totais = told(programa.get("/historico/totais"), 200)["totais"]
    hidden = ("despesas_total", "saldo", "receita_liquida", "gastos_por_categoria", "gastos_por_forma_pagamento")
    assert [totais[name] for name in hidden] == [None] * len(hidden)
    assert totais["contagens"]["gastos"] is None
    assert told(programa.get("/historico"), 200)["gastos"] is None


def test_the_desk_is_told_of_today_and_of_no_other_day(show: Show, cast: Cast) -> None:
    hoje = clock.today()
    with db.transaction() as session:
        pay(session, cast, "111.11", data=hoje)
        pay(session, cast, "222.22", data=hoje.replace(year=hoje.year - 1))
    recepcao = show("recepcao")
    assert told(recepcao.get("/pagamentos"), 200)["soma"] == "111.11"
    assert told(recepcao.get(f"/pagamentos?dia={hoje}"), 200)["soma"] == "111.11"
    for path in ("/pagamentos", "/historico", "/historico/totais", "/historico/comissoes", "/sessoes?situacao=pagas",
                 "/historico/numeros/receita_total"):  # fmt: skip
        sign = "&" if "?" in path else "?"
        problem = told(recepcao.get(f"{path}{sign}mes={hoje:%Y-%m}"), 403, "sem_permissao")
        assert "A recepção vê o Histórico do dia" in problem["detail"]
    told(recepcao.get(f"/sessoes?mes={hoje:%Y-%m}"), 200)


# --- reading writes nothing, and no cookie opens anything ------------------------------------------------------------


@pytest.mark.parametrize("papel", EMAILS)
def test_reading_every_address_leaves_the_database_as_it_was(
    studio: Flask, cast: Cast, banco: Banco, papel: str
) -> None:
    with db.transaction() as session:
        other = register_cliente(session, quem=cast.quem_ana, nome="Dora Dias")
        merge_clientes(session, other.id, quem=cast.quem_ana, em=cast.dora.id)
    programa = Programa(studio.test_client(use_cookies=False), give_ficha(cast, papel))
    # On which day a ficha was used last is noted by the door, once a day.
    told(programa.get("/me"), 200)
    before = take_picture(banco)
    for rota in ROTAS.values():
        if rota.is_leitura:
            programa.get(address(rota))
    programa.get("/openapi.json")
    assert take_picture(banco) == before


def test_who_is_logged_in_at_a_page_is_nobody_at_the_api(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    for path in ("/me", "/pagamentos"):
        response = browser.get(V1 + path)
        told(response, 401, "ficha_invalida")
    response = browser.client.post(V1 + "/pagamentos", json={}, base_url=ENDERECO)
    told(response, 401, "ficha_invalida")


def test_a_page_of_another_site_is_not_let_in_with_a_ficha_either(show: Show) -> None:
    headers = {"Origin": "https://evil.example"}
    told(show("dono").post("/clientes", {"nome": "X"}, headers=headers), 403, "http_403")
