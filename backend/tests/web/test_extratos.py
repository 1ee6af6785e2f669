"""Extratos: the list of months, and a closed month as it was sealed."""

from collections.abc import Callable
from datetime import date

import pytest
from cast import Cast, make_artista, make_cliente, pay, shut, spend
from sqlalchemy import text
from web.conftest import Browser, record_statements

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.artista_service import edit_artista
from estudio.services.extrato_service import reopen_extrato

SETEMBRO = date(2025, 9, 10)


@pytest.fixture
def fechado(cast: Cast) -> Cast:
    """September 2025, closed: 350,00 received, 90,00 of commission, 80,00 spent."""
    with db.transaction() as session:
        dora = make_cliente(session, "Dora <b>Sá</b>")
        pay(session, cast, "200.00", data=SETEMBRO, artista=cast.bia, cliente=dora)
        pay(session, cast, "150.00", data=SETEMBRO, artista=cast.ana, forma="dinheiro")
        spend(session, cast, "80.00", data=SETEMBRO)
    with db.transaction() as session:
        shut(session, "2025-09")
    return cast


def read(browser: Browser, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200, path
    return response.get_data(as_text=True)


@pytest.mark.usefixtures("fechado")
def test_the_list_says_of_each_month_whether_it_is_closed(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("contador")
    page = read(browser, "/extratos")
    assert 'href="/extratos/2025-09"' in page
    assert "fechado" in page
    assert "R$ 350,00" in page


@pytest.mark.usefixtures("fechado")
def test_a_closed_month_has_the_seven_sections_and_its_seal(log_in: Callable[[str], Browser]) -> None:
    page = read(log_in("dono"), "/extratos/2025-09")
    order = [
        page.index(f'id="s-{name}"')
        for name in ("pagamentos", "comissoes", "sessoes", "artistas", "formas", "gastos", "totais", "selo")
    ]
    assert order == sorted(order)
    assert "Dora &lt;b&gt;Sá&lt;/b&gt;" in page
    assert "R$ 350,00" in page
    with db.transaction(read_only=True) as session:
        selo = session.execute(text("select selo_sha256 from estudio.selos")).scalar_one()
    assert selo in page
    assert "sem backup" in page


@pytest.mark.usefixtures("fechado")
def test_every_number_of_a_closed_month_leads_to_its_rows(log_in: Callable[[str], Browser]) -> None:
    page = read(log_in("dono"), "/historico/numeros/receita_total?mes=2025-09")
    assert "R$ 350,00" in page
    assert "Dora" in page


def test_names_are_those_of_the_day_it_was_sealed(log_in: Callable[[str], Browser], fechado: Cast) -> None:
    with db.transaction() as session:
        edit_artista(session, fechado.bia.id, quem=fechado.quem_ana, nome="Beatriz Nova")
    page = read(log_in("dono"), "/extratos/2025-09")
    assert "Beatriz Nova" not in page
    assert fechado.bia.nome in page
    assert "Beatriz Nova" not in read(log_in("dono"), "/extratos/2025-09/comissoes")


@pytest.mark.usefixtures("fechado")
def test_an_open_month_leads_to_what_it_lacks_to_be_closed(log_in: Callable[[str], Browser]) -> None:
    response = log_in("dono").get("/extratos/2025-10")
    assert (response.status_code, response.location) == (303, "/extratos/2025-10/conferencia")


def test_a_version_that_was_replaced_keeps_its_sums(log_in: Callable[[str], Browser], fechado: Cast) -> None:
    reopen_extrato(Competencia(2025, 9), motivo="faltou um pagamento", quem=LINHA_DE_COMANDO)
    with db.transaction() as session:
        pay(session, fechado, "80.00", data=SETEMBRO, artista=fechado.bia)
    with db.transaction() as session:
        shut(session, "2025-09")
    browser = log_in("dono")
    newest = read(browser, "/extratos/2025-09")
    assert "R$ 430,00" in newest
    assert "faltou um pagamento" in newest
    old = read(browser, "/extratos/2025-09?versao=1")
    assert "R$ 350,00" in old
    assert "R$ 430,00" not in old
    assert "conferem com o selo" in old
    for section in ("pagamentos", "comissoes", "sessoes", "gastos"):
        assert f'href="/extratos/2025-09/{section}?versao=1"' in old


@pytest.mark.usefixtures("fechado")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/extratos/2025-9", 422),
        ("/extratos/setembro", 422),
        ("/extratos/1999-01", 422),
        # Shut behind a closed one, because nothing was in it: on to where it can be opened again.
        ("/extratos/2025-08", 303),
        ("/historico?mes=2025-08", 303),
        ("/extratos/2025-09?versao=9", 404),
        ("/extratos/2025-09?versao=x", 404),
        ("/extratos/2025-09/pendencias", 404),
        ("/extratos/2025-09/pagamentos?depois=x", 422),
    ],
)
def test_what_is_no_month_is_said(log_in: Callable[[str], Browser], path: str, status: int) -> None:
    assert log_in("dono").get(path).status_code == status


def test_a_section_is_paged_to_its_end(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        for _ in range(120):
            pay(session, cast, "10.00", data=SETEMBRO, artista=cast.bia)
    with db.transaction() as session:
        shut(session, "2025-09")
    browser = log_in("dono")
    path, rows = "/extratos/2025-09/pagamentos", 0
    for _ in range(5):
        page = read(browser, path)
        rows += page.count('<th scope="row">')
        if "Mais antigos" not in page:
            break
        path = page.split('<p class="mais"><a href="')[1].split('"')[0].replace("&amp;", "&")
    assert rows == 120


@pytest.mark.parametrize("payments", [1, 60])
def test_a_page_asks_the_database_as_often_however_much_it_shows(
    log_in: Callable[[str], Browser], cast: Cast, payments: int
) -> None:
    with db.transaction() as session:
        for number in range(payments):
            cora = make_artista(session, f"Cora {number}", percentual=10)
            pay(session, cast, "10.00", data=SETEMBRO, artista=cora)
    with db.transaction() as session:
        shut(session, "2025-09")
    browser = log_in("dono")
    statements = record_statements()
    read(browser, "/extratos/2025-09")
    assert len(statements) <= 26, statements
