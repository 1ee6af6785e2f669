"""Every route × every papel × nobody: who comes in where, that reading writes nothing, and that no form is forged."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from cast import Cast, book, pay, shut, spend
from conftest import Banco
from flask import Blueprint, Flask
from planilha_v4 import SETEMBRO, render_v4
from psycopg import sql
from services.test_acerto import settle
from services.test_recorrente import repeat
from sqlalchemy.exc import DBAPIError
from web.conftest import EMAILS, ENDERECO, Browser, find_quem, hidden_fields
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from estudio import clock, db
from estudio.app import create_app
from estudio.domain.acerto import Tipo
from estudio.domain.competencia import Competencia
from estudio.services.documento_service import ensure_documentos
from estudio.services.estoque_service import register_item
from estudio.services.ficha_service import create_ficha
from estudio.services.import_envio import read_envio, register_envio
from estudio.services.import_service import import_leitura
from estudio.web.menus import ITENS
from estudio.web.rotas import ABERTA, API, ROTAS
from estudio.web.transactions import SAFE, reading, writing

PARTES: dict[str, str | dict[str, str]] = {
    "arquivos.show": "estudio.css",
    "primeiro_acesso.new": "inventado",
    "primeiro_acesso.create": "inventado",
    "redefinicoes.edit": "inventado",
    "redefinicoes.update": "inventado",
    "historico.show": "pagamentos",
    "envios.show": "inventado",
    "envios.destroy": "inventado",
    "numeros.show": "receita_total",
    "passados.index": "2026-10",
    "passados.show": {"mes": "2026-10", "secao": "pagamentos"},
    **dict.fromkeys(("extratos.show", "conferencias.show", "andamentos.show", "versoes.index"), "2025-03"),
    **dict.fromkeys(("fechamentos.show", "fechamentos.create"), "2025-03"),
    **dict.fromkeys(("reaberturas.new", "reaberturas.create", "selagens.new", "selagens.create"), "2025-03"),
    "pacotes.show": "2025-03",
    "vias.show": {"mes": "2025-03", "tipo": "pdf"},
    "vias.create": "2025-03",
    "extrato_secoes.show": {"mes": "2025-03", "secao": "pagamentos"},
    "demonstrativos.index": "2025-03",
    # Bia's, which she reads as well.
    **{
        endpoint: {"mes": "2025-03", "artista_id": "2"}
        for endpoint in (
            *("demonstrativos.show", "demonstrativo_papeis.show", "demonstrativo_respostas.create"),
            *("demonstrativo_links.create", "demonstrativo_links.destroy"),
        )
    },
    "demonstrativo_resolucoes.create": {"mes": "2025-03", "artista_id": "2", "resposta_id": "1"},
    **dict.fromkeys(("entregas.show", "entrega_papeis.show"), "inventado"),
    "cores.show": "1f3a5f",
    **dict.fromkeys(("formas.edit", "formas.update"), "pix"),
    **dict.fromkeys(("categorias.edit", "categorias.update"), "material"),
    "calendarios.show": "inventado",
    # Bia, who is one of those who log in.
    "calendarios.create": "2",
    "calendarios.destroy": "2",
    "acertos.show": "2",
}
"""What stands for the variable part of an address, or for each of several; 1 where it is the number of a thing."""

FECHADO = Competencia(2025, 3)

FECHADAS = [name for name, porta in ROTAS.items() if porta is not ABERTA]

SO_RESULTADO = ("despesas_total", "saldo", "receita_liquida")


def list_rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint in ROTAS]


def address(rule: Rule) -> str:
    path = rule.rule
    partes = PARTES.get(rule.endpoint, "1")
    for name in rule.arguments:
        path = re.sub(rf"<(id:)?{name}>", partes if isinstance(partes, str) else partes[name], path)
    return path


def rule_of(app: Flask, endpoint: str) -> tuple[str, str]:
    rule = next(rule for rule in list_rules(app) if rule.endpoint == endpoint)
    methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    assert len(methods) == 1, f"{endpoint} answers {methods}"
    return methods.pop(), address(rule)


def test_every_route_has_its_door_and_every_door_its_route(app: Flask) -> None:
    # Below the API a ficha opens the doors, by a table of their own: tests/web/api/test_rotas_da_api.py.
    assert {rule.endpoint for rule in app.url_map.iter_rules() if not rule.endpoint.startswith(API)} == set(ROTAS)


def test_views_have_the_seven_names(app: Flask) -> None:
    names = {endpoint.rpartition(".")[2] for endpoint in app.view_functions}
    assert names <= {"index", "new", "create", "show", "edit", "update", "destroy"}


def test_the_menu_leads_to_pages(app: Flask) -> None:
    assert {item.endpoint for item in ITENS} <= set(app.view_functions)
    assert {sala for item in ITENS for sala in item.salas} <= set(app.blueprints)


def test_nobody_is_sent_to_the_door(app: Flask, browser: Browser) -> None:
    came_in = []
    for endpoint in FECHADAS:
        method, path = rule_of(app, endpoint)
        response = browser.get(path) if method == "GET" else browser.post(path, seen="/entrar")
        if not is_at_the_door(response):
            came_in.append((endpoint, response.status_code))
    assert came_in == []


def is_at_the_door(response: TestResponse) -> bool:
    return response.status_code == 303 and response.location.partition("?")[0] == "/entrar"


@pytest.mark.parametrize("papel", EMAILS)
def test_each_papel_comes_in_where_the_table_says(
    app: Flask, log_in: Callable[[str], Browser], cast: Cast, papel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    envio = register_envio(BytesIO(render_v4(SETEMBRO)), "x.csv")
    for view in ("show", "destroy"):
        monkeypatch.setitem(PARTES, f"envios.{view}", envio.chave)
    with db.transaction() as session:
        assert pay(session, cast, "100.00").id == spend(session, cast, "50.00").id == repeat(session, cast).id == 1
        # Bia's, so that she comes in as well.
        assert book(session, cast).id == 1
        assert settle(session, cast, Tipo.VALE, "10.00", data=clock.today()).id == 1
        assert register_item(session, quem=cast.quem_caio, nome="Agulhas").id == 1
        ficha, _chave = create_ficha(session, quem=find_quem(cast, papel), nome="x", escopos=["leitura"])
        assert ficha.id == 1
        assert import_leitura(session, read_envio(envio), quem=cast.quem_ana).importacao_id == 1
        pay(session, cast, "80.00", data=FECHADO.first_day)
    with db.transaction() as session:
        shut(session, FECHADO.slug)
    ensure_documentos(FECHADO, quem=cast.quem_ana)
    # What takes them away, and the browser out, comes last.
    last = ("sessoes.destroy", "acessos.destroy")
    reader = log_in(papel)
    for endpoint in sorted(FECHADAS, key=lambda name: (name.endswith(".destroy"), name in last, name == last[1])):
        method, path = rule_of(app, endpoint)
        # What is written may change who a browser is, and log others out.
        if method == "POST":
            response = log_in(papel).post(path, seen="/")
        elif is_at_the_door(response := reader.get(path)):
            reader = log_in(papel)
            response = reader.get(path)
        may = papel in (ROTAS[endpoint] or ())
        # What comes in may still be refused for what it does not say, or find nothing of the person's own.
        wanted = (200,) if method == "GET" else (200, 201, 303, 400, 404, 422)
        assert response.status_code in (wanted if may else (403,)), (endpoint, papel)


@pytest.mark.usefixtures("cast")
def test_a_route_that_nobody_entered_in_the_table_is_nobodys() -> None:
    app = create_app()
    forgotten = Blueprint("esquecidas", __name__)
    forgotten.add_url_rule("/esquecida", "index", lambda: "aberta")
    app.register_blueprint(forgotten)
    browser = Browser(app.test_client())
    assert browser.get("/esquecida").status_code == 303
    browser.login(EMAILS["dono"])
    response = browser.get("/esquecida")
    assert response.status_code == 403
    assert "aberta" not in response.get_data(as_text=True)


@pytest.mark.parametrize("numero", SO_RESULTADO)
@pytest.mark.parametrize("papel", ["recepcao", "artista"])
def test_what_the_studio_spends_and_keeps_is_not_for_the_desk_nor_for_an_artista(
    log_in: Callable[[str], Browser], papel: str, numero: str
) -> None:
    browser = log_in(papel)
    assert browser.get(f"/historico/numeros/{numero}").status_code == 403
    assert browser.get("/historico/gastos").status_code == 403
    page = browser.get("/historico").get_data(as_text=True)
    assert "Gastos do Mês" not in page
    assert "Receita Líquida" not in page


def test_an_artista_meets_nothing_of_anothers(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        hoje = clock.today()
        pay(session, cast, "777.77", data=hoje, artista=cast.ana)
        pay(session, cast, "100.00", data=hoje, artista=cast.bia)
        book(session, cast, "654.32", data=hoje, artista=cast.ana)
    browser = log_in("artista")
    others = f"artista={cast.ana.id}"
    for path in (
        f"/historico?{others}",
        f"/historico/pagamentos?{others}",
        f"/historico/comissoes?{others}",
        f"/historico/sessoes?{others}",
        f"/historico/pendencias?{others}",
        f"/historico/numeros/receita_total?{others}",
        f"/historico/numeros/por_artista.receita?chave={cast.ana.id}",
        f"/historico/numeros/por_artista.comissao?chave={cast.ana.id}",
    ):
        response = browser.get(path)
        assert response.status_code == 404, path
    for path in (
        "/",
        "/historico",
        "/historico/pagamentos",
        "/historico/pendencias",
        "/historico/numeros/receita_total",
    ):
        page = browser.get(path).get_data(as_text=True)
        assert "777,77" not in page
        assert "654,32" not in page
    assert "R$ 40,00" in browser.get("/").get_data(as_text=True)


def test_the_desk_sees_the_day_and_no_other(log_in: Callable[[str], Browser], cast: Cast) -> None:
    hoje = clock.today()
    with db.transaction() as session:
        pay(session, cast, "111.11", data=hoje)
        pay(session, cast, "222.22", data=hoje.replace(year=hoje.year - 1))
    browser = log_in("recepcao")
    for path in ("/historico", f"/historico?mes={hoje.year - 1}-{hoje.month:02d}", "/historico/pagamentos?mes=2025-01"):
        page = browser.get(path).get_data(as_text=True)
        assert "111,11" in page
        assert "222,22" not in page


# --- reading writes nothing -----------------------------------------------------------------------------------------


def take_picture(banco: Banco) -> dict[str, object]:
    """Every row of every table."""
    whole = sql.SQL("select md5(string_agg(t::text, chr(10) order by t::text)) from {} t")
    with banco.connect_as_superuser() as superuser:
        tables = superuser.execute("select tablename from pg_tables where schemaname = 'estudio'").fetchall()
        return {name: superuser.execute(whole.format(sql.Identifier("estudio", name))).fetchone() for (name,) in tables}


@pytest.mark.parametrize("papel", EMAILS)
def test_reading_every_page_leaves_the_database_as_it_was(
    app: Flask, log_in: Callable[[str], Browser], cast: Cast, banco: Banco, papel: str
) -> None:
    with db.transaction() as session:
        pay(session, cast, "100.00", data=clock.today())
        spend(session, cast, "50.00", data=clock.today())
    browser = log_in(papel)
    before = take_picture(banco)
    for rule in list_rules(app):
        if "GET" in (rule.methods or set()):
            browser.get(address(rule))
    assert take_picture(banco) == before


def test_a_page_that_is_read_cannot_write(app: Flask) -> None:
    with app.test_request_context("/", base_url=ENDERECO):
        with pytest.raises(AssertionError, match="would write by GET"):
            writing(lambda _: None)
        with pytest.raises(DBAPIError, match="read-only"), reading() as session:
            session.connection().exec_driver_sql("insert into itens (nome) values ('x')")


# --- forms of others ------------------------------------------------------------------------------------------------


def list_writes(app: Flask) -> list[tuple[str, str]]:
    return [(method, address(rule)) for rule in list_rules(app) for method in (rule.methods or set()) - SAFE]


def test_every_write_needs_its_token(app: Flask, log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    writes = list_writes(app)
    assert len(writes) >= 4
    for method, path in writes:
        for token in ({}, {"csrf_token": ""}, {"csrf_token": "forjado"}):
            response = browser.client.open(path, method=method, data=token, base_url=ENDERECO)
            assert response.status_code == 403, path
            assert "Este formulário venceu" in response.get_data(as_text=True)
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_that_comes_from_elsewhere_is_refused_even_with_a_token(
    log_in: Callable[[str], Browser], sent: dict[str, str]
) -> None:
    browser = log_in("dono")
    assert browser.post("/sair", seen="/", headers=sent).status_code == 403
    assert browser.get("/").status_code == 200
    own = {"Origin": ENDERECO, "Sec-Fetch-Site": "same-origin"}
    assert browser.post("/sair", seen="/", headers=own).status_code == 303


def test_a_token_of_before_the_logout_is_worth_nothing_after_it(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    seen = hidden_fields(browser.get("/").get_data(as_text=True))
    browser.send("/sair", seen)
    browser.get("/entrar")
    assert browser.send("/preferencias", seen | {"tema": "escuro"}).status_code == 403
