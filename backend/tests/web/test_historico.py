"""The Histórico as a page: what the service says, to the centavo, and nothing computed on the way."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from cast import Cast, book, make_cliente, pay, shut, spend
from web.conftest import Browser, record_statements

from estudio import clock, db
from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import format_dinheiro
from estudio.domain.historico import Filtro
from estudio.services.historico_service import Numero, calculate_totais, explain

OUTUBRO = "2026-10"

SECOES = [
    "Pagamentos", "Comissões", "Sessões realizadas", "Comissões por Artista", "Receita por Forma de Pagamento",
    "Gastos do Mês", "Totais", "Pendências",
]  # fmt: skip


@pytest.fixture
def month(cast: Cast) -> Cast:
    """The worked example of domain.md and a little more, in October 2026."""
    with db.transaction() as session:
        for valor, percentual in (("200.00", 3000), ("150.00", 0), ("300.00", 0), ("100.00", 3000)):
            sessao = book(session, cast, valor)
            pay(
                session, cast, valor, percentual=percentual, sessoes=[sessao], forma="pix" if percentual else "dinheiro"
            )
        spend(session, cast, "50.00")
        spend(session, cast, "30.00", categoria="material")
        book(session, cast, "999.99")
    return cast


def read(browser: Browser, path: str) -> str:
    """The text of a page, its marks taken away; blanks are one blank."""
    response = browser.get(path)
    assert response.status_code == 200, response.get_data(as_text=True)
    main = response.get_data(as_text=True).partition("<main")[2]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", main)))


@pytest.mark.usefixtures("month")
def test_the_sections_are_all_there_in_their_order(log_in: Callable[[str], Browser]) -> None:
    page = log_in("dono").get(f"/historico?mes={OUTUBRO}").get_data(as_text=True)
    assert [re.sub(r"<.*?>.*?</.*?>", "", h).strip() for h in re.findall(r"<h2[^>]*>(.*?)</h2>", page)] == SECOES


@pytest.mark.usefixtures("month")
@pytest.mark.parametrize("papel", ["dono", "recepcao", "artista"])
def test_each_jump_at_the_top_leads_to_a_heading_below(log_in: Callable[[str], Browser], papel: str) -> None:
    page = log_in(papel).get("/historico").get_data(as_text=True)
    jumps = re.findall(r'href="#(s-[a-z]+)"', page.partition('class="atalhos"')[2].partition("</nav>")[0])
    assert jumps == re.findall(r'<h2 id="(s-[a-z]+)"', page)
    assert ("s-gastos" in jumps) == (papel == "dono")


@pytest.mark.usefixtures("month")
def test_an_artista_tells_their_commissions_apart_by_the_cliente(log_in: Callable[[str], Browser]) -> None:
    def head(papel: str) -> str:
        page = log_in(papel).get(f"/historico?mes={OUTUBRO}").get_data(as_text=True)
        return str(re.findall(r"<th scope=\"col\">(.*?)</th>", page.partition('id="s-comissoes"')[2])[0])

    assert (head("dono"), head("artista")) == ("Artista", "Cliente")


@pytest.mark.usefixtures("month")
def test_its_totals_are_the_worked_example(log_in: Callable[[str], Browser]) -> None:
    totais = read(log_in("dono"), f"/historico?mes={OUTUBRO}").partition("Totais ")[2]
    for words in ("(Bruta) R$ 750,00", "Totais R$ 90,00", "(Gastos) R$ 80,00", "Gastos) R$ 580,00"):
        assert words in totais
    assert "999,99" not in totais.partition("Pendências")[0]
    assert "999,99" in totais.partition("Pendências")[2]


@pytest.mark.parametrize(
    "query", ["", "&forma=pix", "&forma=dinheiro", "&q=dora", "&q=nao-ha", "&artista={bia}", "&artista={ana}"]
)
def test_totals_are_what_the_service_says_for_the_same_filter(
    log_in: Callable[[str], Browser], month: Cast, query: str
) -> None:
    query = query.format(ana=month.ana.id, bia=month.bia.id)
    asked = dict(part.split("=") for part in query.split("&") if part)
    filtro = Filtro.of_month(
        Competencia.parse(OUTUBRO),
        forma=asked.get("forma"),
        texto=asked.get("q"),
        artista_id=int(asked["artista"]) if "artista" in asked else None,
    )
    with db.transaction(read_only=True) as session:
        totais = calculate_totais(session, filtro, quem=month.quem_ana)
    page = read(log_in("dono"), f"/historico?mes={OUTUBRO}{query}")
    for words, key in (
        ("Receita Total (Bruta)", "receita_total"),
        ("Comissões Totais", "comissoes_total"),
        ("Despesas (Gastos)", "despesas_total"),
        ("Receita Líquida (Bruta - Comissões - Gastos)", "receita_liquida"),
    ):
        assert f"{words} {format_dinheiro(totais[key])} Por que esse valor?" in page
    assert ("Só do que o filtro mostra." in page) == bool(query)


@pytest.mark.parametrize("numero", [n for n in Numero if not n.startswith(("por_", "gastos_"))])
def test_every_number_leads_to_its_rows_which_add_up_to_it(
    log_in: Callable[[str], Browser], month: Cast, numero: Numero
) -> None:
    with db.transaction(read_only=True) as session:
        explicacao = explain(session, Filtro.of_month(Competencia.parse(OUTUBRO)), numero, quem=month.quem_ana)
    page = read(log_in("dono"), f"/historico/numeros/{numero}?mes={OUTUBRO}")
    assert format_dinheiro(explicacao.total) in page
    for parcela in explicacao.parcelas:
        assert sum((linha.valor for linha in parcela.pagina.linhas), Decimal(0)) == parcela.total
        for linha in parcela.pagina.linhas:
            assert format_dinheiro(linha.valor) in page


@pytest.mark.usefixtures("month")
def test_every_number_on_the_page_has_its_why(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    page = browser.get(f"/historico?mes={OUTUBRO}").get_data(as_text=True)
    links = re.findall(r'class="numero[^"]*" href="([^"]*)">\s*([^<]*)<', page)
    assert len(links) == 4 + 2 + 2
    for href, shown in links:
        assert f"{shown.strip()} " in read(browser, unescape(href)) + " "


def test_the_next_page_of_a_section_goes_on_where_the_first_ended(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        for number in range(120):
            pay(session, cast, f"{number + 1}.00", data=date(2026, 10, 1 + number % 28))
    browser = log_in("dono")
    path, seen = f"/historico?mes={OUTUBRO}&artista={cast.bia.id}", []
    while path:
        page = browser.get(path).get_data(as_text=True)
        section = page.partition('id="s-pagamentos"')[2].partition("</section>")[0] or page.partition("<main")[2]
        seen += re.findall(r'class="quantia">R\$ ([\d.,]+)<', section)
        path = unescape(next(iter(re.findall(r'href="(/historico/pagamentos\?[^"]*depois[^"]*)"', section)), ""))
        assert not path or f"artista={cast.bia.id}" in path
    assert sorted(int(valor.partition(",")[0]) for valor in seen) == list(range(1, 121))


def test_stored_text_is_shown_as_text(log_in: Callable[[str], Browser], cast: Cast) -> None:
    evil = "<img src=x onerror=alert(1)>\"'&{{7*7}}"
    with db.transaction() as session:
        cliente = make_cliente(session, evil)
        pay(session, cast, "10.00", cliente=cliente, sessoes=[book(session, cast, cliente=cliente)])
        spend(session, cast, "10.00", descricao=evil)
        book(session, cast, cliente=cliente)
        book(session, cast, cliente=cliente, data=clock.today())
    for papel, paths in (
        ("dono", [f"/historico?mes={OUTUBRO}", f"/historico/numeros/receita_liquida?mes={OUTUBRO}"]),
        ("recepcao", ["/"]),
    ):
        browser = log_in(papel)
        for path in paths:
            page = browser.get(path).get_data(as_text=True)
            assert "<img" not in page
            assert "&lt;img src=x onerror=alert(1)&gt;&#34;&#39;&amp;{{7*7}}" in page
    page = browser.get("/historico?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").get_data(as_text=True)
    assert "<script>" not in page


@pytest.mark.usefixtures("month")
def test_a_closed_month_is_told_by_its_extrato(log_in: Callable[[str], Browser]) -> None:
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False):
        with db.transaction() as session:
            session.connection().exec_driver_sql("update pagamentos set percentual = 0 where percentual is null")
        with db.transaction() as session:
            shut(session, OUTUBRO)
        browser = log_in("dono")
        response = browser.get(f"/historico?mes={OUTUBRO}")
        assert (response.status_code, response.location) == (303, f"/extratos/{OUTUBRO}")
        refused = log_in("artista").get(f"/historico?mes={OUTUBRO}")
        assert refused.status_code == 409
        assert "Outubro/2026 não está mais no Histórico" in refused.get_data(as_text=True)
        assert "outubro de 2026" not in browser.get("/historico").get_data(as_text=True)


@pytest.mark.usefixtures("month")
def test_the_months_to_choose_from_are_the_open_ones(log_in: Callable[[str], Browser]) -> None:
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False):
        page = log_in("dono").get("/historico").get_data(as_text=True)
    assert re.findall(r'<option value="(\d{4}-\d\d)"', page) == ["2026-11", "2026-10"]


def test_a_page_asks_the_database_the_same_however_much_there_is(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("dono")
    statements = record_statements()
    counts = []
    for _ in range(2):
        statements.clear()
        browser.get(f"/historico?mes={OUTUBRO}")
        counts.append(len(statements))
        with db.transaction() as session:
            for _ in range(30):
                pay(session, cast, "10.00", sessoes=[book(session, cast)])
    # One of the guard, one for what is new, and the sections, their sums and their lists of choice.
    assert counts[0] <= counts[1] <= 19


def test_the_inicio_of_each_papel_tells_what_they_ask_first(log_in: Callable[[str], Browser], cast: Cast) -> None:
    hoje = clock.today()
    with db.transaction() as session:
        pay(session, cast, "500.00", data=hoje)
        spend(session, cast, "80.00", data=hoje)
        book(session, cast, "300.00", data=hoje, cliente=cast.dora)
        book(session, cast, "300.00", data=hoje + timedelta(days=2))
    dono, contador = read(log_in("dono"), "/"), read(log_in("contador"), "/")
    for page in (dono, contador):
        for nome, valor in (("(Bruta)", "500"), ("Totais", "200"), ("(Gastos)", "80"), ("- Gastos)", "220")):
            assert re.search(rf"{re.escape(nome)} até [\d/]+: R\$ 0,00 \(\+R\$ {valor},00\) R\$ {valor},00", page)
        assert "1 sessão sem pagamento até hoje, de R$ 300,00." in page
    artista = read(log_in("artista"), "/")
    for words in ("Hoje R$ 200,00", "No mês R$ 200,00", "Falta receber R$ 300,00", "1 sessão sua"):
        assert words in artista
    recepcao = read(log_in("recepcao"), "/")
    assert "Dora" in recepcao
    assert "500,00" not in recepcao


def test_an_empty_studio_says_so(log_in: Callable[[str], Browser]) -> None:
    assert "Nada aqui ainda." in read(log_in("dono"), "/historico")
    assert "Limpe o filtro" in read(log_in("dono"), "/historico?q=nada")
    assert "já foi pago" in read(log_in("recepcao"), "/")
