"""Versões: what changed from one closing of a month to another, line by line, and every number of each explained."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from cast import Cast, make_cliente, pay, shut, spend
from conftest import Banco
from sqlalchemy import text
from web.conftest import Browser, record_statements

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.artista_service import edit_artista
from estudio.services.eliminacao_service import erase_titular
from estudio.services.extrato_service import reopen_extrato
from estudio.services.gasto_service import edit_gasto
from estudio.services.pagamento_service import delete_pagamento, edit_pagamento

DIA = date(2025, 9, 10)

VERSOES = "/extratos/2025-09/versoes"

LogIn = Callable[[str], Browser]


def read(browser: Browser, path: str) -> str:
    """The text of a page, its marks taken away; blanks are one blank."""
    response = browser.get(path)
    assert response.status_code == 200, response.get_data(as_text=True)
    main = response.get_data(as_text=True).partition("<main")[2]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", main)))


def reopen() -> None:
    reopen_extrato(Competencia(2025, 9), motivo="faltou um pagamento", quem=LINHA_DE_COMANDO)


def close() -> None:
    with db.transaction() as session:
        shut(session, "2025-09")


@pytest.fixture
def duas(cast: Cast) -> Cast:
    """September 2025 closed twice: one pagamento changed, one deleted, one moved to October, one added."""
    with db.transaction() as session:
        dora = make_cliente(session, "Dora <b>Sá</b>")
        ids = [
            pay(session, cast, valor, data=DIA, artista=cast.bia, cliente=dora, observacoes="fiado").id
            for valor in ("200.00", "150.00", "90.00")
        ]
        gasto = spend(session, cast, "80.00", data=DIA, categoria="material").id
    close()
    reopen()
    with db.transaction() as session:
        edit_pagamento(session, ids[0], quem=cast.quem_ana, valor=Decimal("220.00"), observacoes="pago")
        delete_pagamento(session, ids[1], quem=cast.quem_ana)
        edit_pagamento(session, ids[2], quem=cast.quem_ana, data=date(2025, 10, 2))
        pay(session, cast, "80.00", data=DIA, artista=cast.ana)
        edit_gasto(session, gasto, quem=cast.quem_ana, categoria="limpeza")
        edit_artista(session, cast.bia.id, quem=cast.quem_ana, nome="Beatriz Nova")
    close()
    return cast


@pytest.mark.usefixtures("duas")
def test_each_line_is_told_with_what_changed_of_it(log_in: LogIn) -> None:
    page = read(log_in("contador"), VERSOES)
    assert "conferem com os selos" in page
    # A pagamento changes its comissão, and takes it along.
    assert "1 linha entrou · 4 saíram · 3 mudaram" in page
    assert "Valor: antes R$ 200,00 → depois R$ 220,00" in page
    assert "Valor: antes R$ 80,00 → depois R$ 88,00" in page
    assert "Categoria: antes Material → depois Limpeza" in page
    # What is not sealed is no change of a version.
    assert "fiado" not in page


@pytest.mark.usefixtures("duas")
def test_a_version_that_was_replaced_is_shown_as_it_was_sealed(log_in: LogIn) -> None:
    browser = log_in("dono")
    page = read(browser, "/extratos/2025-09?versao=1")
    assert "conferem com o selo" in page
    assert "Dora <b>Sá</b>" in page
    assert "R$ 440,00" in page
    assert "Beatriz Nova" not in page
    assert "R$ 150,00" in read(browser, "/extratos/2025-09/pagamentos?versao=1")
    assert "R$ 150,00" not in read(browser, "/extratos/2025-09/pagamentos?versao=2")
    assert "Material" in read(browser, "/extratos/2025-09/gastos?versao=1")
    assert "Beatriz Nova" not in read(browser, "/extratos/2025-09/comissoes?versao=1")


@pytest.mark.usefixtures("duas")
@pytest.mark.parametrize(("versao", "liquida"), [(1, "R$ 184,00"), (2, "R$ 132,00")])
def test_every_number_of_a_version_leads_to_its_rows(log_in: LogIn, versao: int, liquida: str) -> None:
    browser = log_in("dono")
    page = browser.get(f"/extratos/2025-09?versao={versao}").get_data(as_text=True)
    links = {unescape(link) for link in re.findall(r'href="(/historico/numeros/[^"]*)"', page)}
    asked = {link.split("/")[3].split("?")[0] for link in links}
    assert asked == {
        "receita_total", "comissoes_total", "despesas_total", "saldo", "receita_liquida", "por_artista.receita",
        "por_artista.comissao", "por_forma_pagamento", "gastos_por_forma_pagamento", "gastos_por_categoria",
        "por_dia.receita",
    }  # fmt: skip
    for link in links:
        told = read(browser, link)
        assert f"versão {versao}" in told
        shown = unescape(re.findall(rf'href="{re.escape(link).replace("&", "&amp;")}">\s*([^<]*)<', page)[0])
        assert f" {shown} " in told, link
    explained = read(browser, f"/historico/numeros/receita_liquida?mes=2025-09&versao={versao}")
    assert f"{liquida} Receita líquida = receita − comissões − gastos." in explained
    assert "arredondada ao centavo" in explained


@pytest.mark.usefixtures("duas")
def test_rows_that_do_not_match_the_seal_are_not_shown(log_in: LogIn, banco: Banco) -> None:
    with banco.connect_as_superuser() as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("alter table estudio.auditoria disable trigger all")
        connection.execute(
            """update estudio.auditoria set antes = jsonb_set(antes, '{valor_centavos}', '19000')
               where tabela = 'pagamentos' and acao = 'update' and antes ->> 'valor_centavos' = '20000'"""
        )
        connection.commit()
    browser = log_in("dono")
    page = read(browser, VERSOES)
    assert "não puderam ser refeitas" in page
    assert "R$ 190,00" not in page
    old = read(browser, "/extratos/2025-09?versao=1")
    assert "não puderam ser refeitas" in old
    assert "R$ 440,00" in old
    assert "Mais antigos" not in old
    for path in ("/extratos/2025-09/pagamentos?versao=1", "/historico/numeros/receita_total?mes=2025-09&versao=1"):
        response = browser.get(path)
        assert response.status_code == 422
        assert "não conferem com o selo" in response.get_data(as_text=True)


@pytest.mark.usefixtures("duas")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{VERSOES}?depois=x", 404),
        (f"{VERSOES}?depois=pendencia.2025-09-01.1.0", 200),
        ("/extratos/2025-09/pagamentos?versao=9", 404),
        ("/extratos/2025-09/pagamentos?versao=x", 404),
        ("/historico/numeros/receita_total?mes=2025-09&versao=9", 404),
        ("/historico/numeros/receita_total?mes=2025-09&versao=x", 404),
        ("/historico/numeros/por_dia.receita?mes=2025-09&versao=1&chave=ontem", 404),
        ("/historico/numeros/por_dia.receita?mes=2025-09&versao=1&chave=2025-09-10", 200),
    ],
)
def test_what_is_no_version_is_said(log_in: LogIn, path: str, status: int) -> None:
    assert log_in("dono").get(path).status_code == status


@pytest.mark.usefixtures("duas")
def test_a_version_is_nothing_for_an_artista(log_in: LogIn) -> None:
    assert log_in("artista").get("/historico/numeros/receita_total?mes=2025-09&versao=1").status_code == 403


@pytest.mark.usefixtures("duas")
def test_the_page_says_who_closed_it_in_how_many_batches_and_how_the_chain_is(log_in: LogIn) -> None:
    page = read(log_in("dono"), "/extratos/2025-09")
    assert "Fechado por sistema" in page
    assert "elos conferidos agora, íntegra" in page
    drawn = log_in("dono").get("/extratos/2025-09").get_data(as_text=True)
    for grafico in ("g-dias", "g-meses"):
        assert f'aria-labelledby="{grafico}-titulo" aria-describedby="{grafico}-descricao"' in drawn
    assert "style=" not in drawn


@pytest.mark.usefixtures("duas")
def test_a_link_that_was_changed_is_said(log_in: LogIn, banco: Banco) -> None:
    with banco.connect_as_superuser() as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("alter table estudio.selos disable trigger all")
        connection.execute("update estudio.selos set motivo = 'outro', versao = versao + 7 where tipo = 'reabertura'")
        connection.commit()
    assert "não confere" in read(log_in("dono"), "/extratos/2025-09")


@pytest.mark.parametrize("payments", [1, 60])
def test_versions_ask_as_often_however_much_changed(log_in: LogIn, cast: Cast, payments: int) -> None:
    with db.transaction() as session:
        for _ in range(payments):
            pay(session, cast, "10.00", data=DIA, cliente=make_cliente(session, "Vera"))
    close()
    reopen()
    with db.transaction() as session:
        session.execute(text("update estudio.pagamentos set valor_centavos = valor_centavos + 1"))
    close()
    browser = log_in("dono")
    browser.get("/")
    statements = record_statements()
    for path, most in ((VERSOES, 24), ("/extratos/2025-09?versao=1", 25), ("/extratos/2025-09", 26)):
        statements.clear()
        assert browser.get(path).status_code == 200
        assert len(statements) <= most, (path, statements)


def test_from_a_version_of_a_reopened_month_to_what_changed_since(log_in: LogIn, cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "100.00", data=DIA)
    close()
    reopen()
    with db.transaction() as session:
        pay(session, cast, "30.00", data=DIA)
    browser = log_in("dono")
    page = browser.get("/extratos/2025-09?versao=1").get_data(as_text=True)
    link = unescape(re.findall(r'href="(/historico/2025-09/passado[^"]*)"', page)[0])
    assert "2 linhas entraram · 0 saíram · 0 mudaram" in read(browser, link)


def test_erasing_a_person_breaks_no_version(log_in: LogIn, duas: Cast) -> None:
    with db.transaction() as session:
        dora = session.scalar(text("select id from estudio.clientes where nome like 'Dora <%'"))
        assert dora is not None
        erase_titular(session, dora, quem=duas.quem_ana, motivo="pedido", confirmacao="Dora <b>Sá</b>")
    browser = log_in("dono")
    assert "conferem com os selos" in read(browser, VERSOES)
    old = read(browser, "/extratos/2025-09?versao=1")
    assert f"Cliente eliminado {dora}" in old
    assert "Sá" not in old
