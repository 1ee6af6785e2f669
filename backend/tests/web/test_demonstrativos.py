"""Statements in the browser: inside, behind a link, and what an artista answers."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from cast import Cast, book, make_artista, make_cliente, pay, shut
from conftest import Banco
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import text
from web.conftest import EMAILS, ENDERECO, Browser, hidden_fields, read, record_statements
from web.test_rotas import take_picture

from estudio import clock, db
from estudio.domain.competencia import Competencia
from estudio.domain.demonstrativo import LINK_VALE
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.artista_service import edit_artista
from estudio.services.cliente_service import edit_cliente
from estudio.services.demonstrativo_service import delete_link, renew_link
from estudio.services.extrato_service import reopen_extrato
from estudio.services.pagamento_service import reverse_pagamento
from estudio.web.palpites import LIVRES

MES, DIA = Competencia(2025, 9), date(2025, 9, 10)
LINK = re.compile(r"http://localhost(/d/[\w-]{43})")


@dataclass
class Cena:
    cast: Cast
    mes: str = "/extratos/2025-09/demonstrativos"

    @property
    def bia(self) -> str:
        return f"{self.mes}/{self.cast.bia.id}"

    @property
    def ana(self) -> str:
        return f"{self.mes}/{self.cast.ana.id}"


@pytest.fixture
def cena(cast: Cast) -> Cena:
    with db.transaction() as session:
        edit_cliente(session, cast.dora.id, quem=cast.quem_caio, nome="Dora <b>Sá</b> Prado")
        sessao = book(session, cast, "250.00", data=DIA, cliente=cast.dora)
        pago = pay(session, cast, "250.00", data=DIA, cliente=cast.dora, sessoes=[sessao])
        reverse_pagamento(session, pago.id, quem=cast.quem_caio, data=DIA, valor=Decimal("50.00"))
        pay(session, cast, "0.01", data=DIA, percentual=5000)
        pay(session, cast, "777.77", data=DIA, artista=cast.ana)
    with db.transaction() as session:
        shut(session, MES.slug)
    return Cena(cast)


def make_link(cena: Cena) -> str:
    with db.transaction() as session:
        return "/d/" + renew_link(session, MES, cena.cast.bia.id, quem=cena.cast.quem_ana)


def fields_of(page: str, tipo: str) -> dict[str, str]:
    """The hidden fields of one of the two forms by which an artista answers."""
    form = next(form for form in page.split("<form ") if f'name="tipo" value="{tipo}"' in form)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def test_the_list_says_of_each_artista_what_they_earned_and_how_it_stands(
    log_in: Callable[[str], Browser], cena: Cena
) -> None:
    page = read(log_in("contador").get(cena.mes))
    for said in ("Ana", "R$ 777,77", "Bia", "R$ 200,01", "R$ 80,01", "Não enviado", "Total"):
        assert said in page
    make_link(cena)
    assert "Sem resposta · link até" in read(log_in("dono").get(cena.mes))
    own = read(log_in("artista").get(cena.mes))
    assert "R$ 80,01" in own
    assert "777,77" not in own
    assert "Ana" not in own
    assert log_in("recepcao").get(cena.mes).status_code == 403


@pytest.mark.parametrize("papel", EMAILS)
def test_each_papel_reads_what_is_theirs(log_in: Callable[[str], Browser], cena: Cena, papel: str) -> None:
    browser = log_in(papel)
    wanted = {"dono": (200, 200), "contador": (200, 200), "artista": (200, 404), "recepcao": (403, 403)}[papel]
    for ending in ("", "/pdf"):
        assert tuple(browser.get(path + ending).status_code for path in (cena.bia, cena.ana)) == wanted


def test_it_tells_every_line_and_why(log_in: Callable[[str], Browser], cena: Cena) -> None:
    response = log_in("dono").get(cena.bia)
    page = read(response)
    for said in (
        "Demonstrativo de Bia em setembro de 2025",
        "Pagamentos recebidos R$ 250,01",
        "Estornos -R$ 50,00",
        "Receita do artista R$ 200,01",
        "Comissão dos pagamentos R$ 100,01",
        "Comissão devolvida em estornos -R$ 20,00",
        "Comissão de setembro de 2025 R$ 80,01",
        "R$ 250,00 × 40% = R$ 100,00",
        "R$ 0,01 × 50% = R$ 0,005, arredondado para R$ 0,01. Meio centavo sobe.",
        "estorno do pagamento 1",
        "Sessões pagas no mês 1",
    ):
        assert said in page, said
    with db.transaction(read_only=True) as session:
        assert session.scalars(text("select selo_sha256 from estudio.selos")).one() in page
    assert "<b>Sá</b>" not in response.get_data(as_text=True)
    assert "Dora &lt;b&gt;Sá&lt;/b&gt; Prado" in response.get_data(as_text=True)


def test_the_dono_makes_a_link_that_says_nothing_of_whose_it_is(
    log_in: Callable[[str], Browser], cena: Cena, banco: Banco
) -> None:
    browser = log_in("dono")
    seen = hidden_fields(browser.get(cena.bia).get_data(as_text=True))
    response = browser.send(f"{cena.bia}/link", seen)
    assert response.status_code == 201
    page = response.get_data(as_text=True)
    (link,) = set(LINK.findall(page))
    conversa = re.search(r'href="(https://wa\.me/[^"]*)"', page)
    assert conversa is not None
    assert 'rel="noopener noreferrer"' in page
    (recado,) = parse_qs(urlsplit(conversa[1]).query)["text"]
    assert recado.startswith("Demonstrativo de setembro de 2025: http://localhost/d/")
    for personal in ("Bia", "Dora", "80,01", "R$", "/extratos"):
        assert personal not in recado.replace(link, "")
    again = browser.send(f"{cena.bia}/link", seen)
    assert again.status_code == 201
    assert "Este link já foi criado" in read(again)
    assert LINK.search(again.get_data(as_text=True)) is None
    assert Browser(browser.client.application.test_client()).get(link).status_code == 200
    with banco.connect_as_superuser() as connection:
        found = connection.execute("select count(*) from idempotencia i where strpos(i::text, %s) > 0", [link[3:]])
        assert found.fetchone() == (0,)


@pytest.mark.parametrize(("telefone", "start"), [("11 98765-4321", "5511987654321?text="), ("ramal 3", "?text=")])
def test_the_conversation_is_with_the_artista_where_a_whole_number_is_known(
    log_in: Callable[[str], Browser], cena: Cena, telefone: str, start: str
) -> None:
    with db.transaction() as session:
        edit_artista(session, cena.cast.bia.id, quem=cena.cast.quem_ana, telefone=telefone)
    page = log_in("dono").post(f"{cena.bia}/link", seen=cena.bia).get_data(as_text=True)
    assert f'href="https://wa.me/{start}' in page


def test_whoever_holds_the_link_reads_one_statement_and_nothing_else(browser: Browser, cena: Cena) -> None:
    link = make_link(cena)
    response = browser.get(link)
    page = read(response)
    assert response.status_code == 200
    for said in ("Demonstrativo de setembro de 2025", "Bia", "R$ 80,01", "Dora P.", "De acordo com R$ 80,01"):
        assert said in page, said
    for hidden in ("Sá", "777,77", "Ana"):
        assert hidden not in page
    html = response.get_data(as_text=True)
    title = re.search("<title>(.*)</title>", html)
    assert title is not None
    assert "Bia" not in title[1]
    # Nothing leads anywhere but to itself, its file, and what every page loads.
    hrefs = set(re.findall(r'(?:href|action)="([^"#]*)[#"]', html))
    assert {h for h in hrefs if not h.startswith((link, "/arquivos/", "/cores/"))} - {
        "",
        "/d",
        "/preferencias",
    } == set()
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert 'name="robots"' in html


def test_what_previews_a_link_writes_nothing(browser: Browser, cena: Cena, banco: Banco) -> None:
    link = make_link(cena)
    before = take_picture(banco)
    for _ in range(3):
        for path in (link, f"{link}/pdf", f"{link}?linha=pagamento-1"):
            assert browser.get(path, headers={"User-Agent": "WhatsApp/2.23"}).status_code == 200
            assert browser.client.head(path, base_url=ENDERECO).status_code == 200
    browser.get("/d/inventado")
    assert take_picture(banco) == before


def test_the_artista_agrees_by_the_link_and_the_dono_sees_it(
    browser: Browser, log_in: Callable[[str], Browser], cena: Cena
) -> None:
    link = make_link(cena)
    fields = fields_of(browser.get(link).get_data(as_text=True), "de_acordo")
    response = browser.send("/d", fields)
    assert (response.status_code, response.location) == (303, link)
    # Twice is once, and so is once more by another press.
    assert browser.send("/d", fields).status_code == 303
    after = browser.get(link)
    assert "Anotado: você está de acordo." in read(after)
    assert "De acordo com R$" not in read(after)
    dono = log_in("dono")
    assert "De acordo" in read(dono.get(cena.mes))
    assert "De acordo · " in read(dono.get(cena.bia))
    assert re.search(r"Demonstrativos dos artistas De acordo Bia", read(dono.get("/extratos/2025-09")))
    assert "De acordo R$ 80,01" in read(dono.get(f"/artistas/{cena.cast.bia.id}"))
    with db.transaction(read_only=True) as session:
        assert session.scalars(text("select count(*) from demonstrativo_respostas")).one() == 1


def test_the_artista_contests_a_line_and_the_studio_answers(
    browser: Browser, log_in: Callable[[str], Browser], cena: Cena
) -> None:
    link = make_link(cena)
    chosen = browser.get(f"{link}?linha=pagamento-1").get_data(as_text=True)
    assert '<option selected value="pagamento-1">' in chosen
    fields = fields_of(chosen, "contestacao") | {"linha": "pagamento-1", "texto": "A base era <i>300</i>."}
    assert browser.send("/d", fields).location == link
    assert "A base era &lt;i&gt;300&lt;/i&gt;." in browser.get(link).get_data(as_text=True)
    dono = log_in("dono")
    assert "Demonstrativos contestados Bia, setembro de 2025" in read(dono.get("/"))
    assert "Contestado" in read(dono.get("/extratos/2025-09"))
    page = dono.get(cena.bia).get_data(as_text=True)
    assert "Pagamento de 10/09/2025 · Dora &lt;b&gt;Sá&lt;/b&gt; Prado · R$ 250,00" in page
    action = re.search(r'action="([^"]*/resolucao[^"]*)"', page)
    assert action is not None
    for texto, status in (("", 422), ("x" * 10_000, 422), ("Certo: outubro acerta.", 303)):
        response = dono.post(action[1].replace("&amp;", "&"), {"texto": texto}, seen=cena.bia)
        assert response.status_code == status, texto[:20]
    assert "Demonstrativos contestados" not in read(dono.get("/"))
    assert "Certo: outubro acerta." in read(browser.get(link))
    assert "Respondido pelo estúdio" in read(browser.get(link))


def test_a_contest_that_is_too_long_is_kept_on_the_page_and_nowhere_else(
    browser: Browser, log_in: Callable[[str], Browser], cena: Cena
) -> None:
    link, long = make_link(cena), "y" * 10_000
    artista = log_in("artista")
    for sender, page, path in ((browser, link, "/d"), (artista, cena.bia, f"{cena.bia}/respostas")):
        fields = fields_of(sender.get(page).get_data(as_text=True), "contestacao")
        for texto, said in ((long, "o limite é 2000"), ("  \r\n", "Preencha este campo"), ("a\x00b", "caractere")):
            response = sender.send(path, fields | {"texto": texto, "linha": "pagamento-1"})
            shown = response.get_data(as_text=True)
            assert response.status_code == 422
            assert said in shown
            assert 'class="resumo" role="alert" tabindex="-1" autofocus' in shown
            assert texto == "a\x00b" or texto.replace("\r", "") in shown.replace("\r", "")
            assert '<option selected value="pagamento-1">' in shown
    with db.transaction(read_only=True) as session:
        assert session.scalars(text("select count(*) from demonstrativo_respostas")).one() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"linha": "pagamento-4"},
        {"linha": "pagamento-999"},
        {"linha": "'; drop table"},
        {"linha": "x" * 5_000},
        {"tipo": "resolucao"},
        {"tipo": ""},
    ],
)
def test_a_line_of_anothers_and_what_is_no_answer_are_refused(
    browser: Browser, cena: Cena, wrong: dict[str, str]
) -> None:
    link = make_link(cena)
    fields = fields_of(browser.get(link).get_data(as_text=True), "contestacao") | {"texto": "Falta."}
    assert browser.send("/d", fields | wrong).status_code == 422
    with db.transaction(read_only=True) as session:
        assert session.scalars(text("select count(*) from demonstrativo_respostas")).one() == 0


def test_expired_ended_guessed_and_replaced_are_one_page(
    app: Flask, cena: Cena, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(path: str) -> str:
        fresh = Browser(app.test_client())
        response = fresh.get(path)
        assert (response.status_code, response.headers["X-Robots-Tag"][:7]) == (404, "noindex")
        assert fresh.get(f"{path}/pdf").status_code == 404
        return read(response).partition("diga este número")[0]

    replaced = make_link(cena)
    ended = make_link(cena)
    with db.transaction() as session:
        delete_link(session, MES, cena.cast.bia.id, quem=cena.cast.quem_ana)
    expired = make_link(cena)
    told = {look(path) for path in (replaced, ended, "/d/x", "/d/" + "a" * 43, "/d/%00", "/d/" + "a" * 3000)}
    later = clock.now() + LINK_VALE + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    told.add(look(expired))
    (sentence,) = told
    assert "Este link não existe, venceu ou foi trocado por outro." in sentence


def test_an_answer_needs_a_key_that_opens_and_its_token(app: Flask, browser: Browser, cena: Cena) -> None:
    link = make_link(cena)
    fields = fields_of(browser.get(link).get_data(as_text=True), "de_acordo")
    for segredo in ("", "x", "a" * 43, "a" * 5_000):
        assert browser.send("/d", fields | {"segredo": segredo}).status_code == 404
    assert browser.send("/d", fields | {"csrf_token": "forjado"}).status_code == 403
    assert browser.send("/d", fields, headers={"Origin": "https://evil.example"}).status_code == 403
    assert Browser(app.test_client()).send("/d", fields).status_code == 403
    with db.transaction(read_only=True) as session:
        assert session.scalars(text("select count(*) from demonstrativo_respostas")).one() == 0
    assert browser.send("/d", fields).status_code == 303


def test_who_guesses_waits_and_then_so_does_the_right_link(
    browser: Browser, cena: Cena, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = make_link(cena)
    for number in range(LIVRES):
        assert browser.get(f"/d/{number}").status_code == 404
    for path in ("/d/mais-um", link):
        response = browser.get(path)
        assert response.status_code == 429
        assert int(response.headers["Retry-After"]) >= 1
    elsewhere = browser.get(link, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert elsewhere.status_code == 200
    later = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert browser.get(link).status_code == 200


def test_a_link_of_a_version_that_was_replaced_says_so_and_takes_no_answer(
    browser: Browser, log_in: Callable[[str], Browser], cena: Cena
) -> None:
    link = make_link(cena)
    fields = fields_of(browser.get(link).get_data(as_text=True), "de_acordo")
    reopen_extrato(MES, motivo="faltou um pagamento", quem=LINHA_DE_COMANDO)
    assert "O mês foi reaberto" in read(browser.get(link))
    assert "Este mês está reaberto" in read(log_in("dono").get(cena.mes))
    with db.transaction() as session:
        pay(session, cena.cast, "80.00", data=DIA)
    with db.transaction() as session:
        shut(session, MES.slug)
    page = read(browser.get(link))
    assert "vale a versão 2, e não esta" in page
    assert "R$ 80,01" in page
    assert "112,01" not in page
    refused = browser.send("/d", fields)
    assert refused.status_code == 409
    assert "esta versão não vale mais" in read(refused)
    dono = log_in("dono")
    assert "R$ 112,01" in read(dono.get(cena.bia))
    old = read(dono.get(f"{cena.bia}?versao=1"))
    assert "Ver a que vale" in old
    assert "R$ 80,01" in old
    assert dono.get(f"{cena.ana}?versao=1").status_code == 404
    assert dono.get(f"{cena.bia}?versao=x").status_code == 404


def test_an_artista_who_is_logged_in_answers_inside(log_in: Callable[[str], Browser], cena: Cena) -> None:
    artista = log_in("artista")
    assert "Demonstrativos" in read(artista.get("/"))
    fields = fields_of(artista.get(cena.bia).get_data(as_text=True), "de_acordo")
    assert artista.send(f"{cena.ana}/respostas", fields).status_code == 404
    response = artista.send(f"{cena.bia}/respostas", fields)
    assert (response.status_code, response.location) == (303, cena.bia)
    assert "Você disse que está de acordo" in read(artista.get(cena.bia))
    dono = log_in("dono")
    assert "A sua resposta" not in read(dono.get(cena.bia))
    assert (
        dono.send(
            f"{cena.bia}/respostas",
            hidden_fields(dono.get(cena.bia).get_data(as_text=True)) | {"tipo": "de_acordo", "versao": "1"},
        ).status_code
        == 403
    )
    for path in (f"{cena.bia}/link", f"{cena.bia}/link/exclusao"):
        assert artista.post(path, seen=cena.bia).status_code == 403
        assert log_in("contador").post(path, seen=cena.bia).status_code == 403


def test_the_pdf_holds_the_seal_and_every_line_and_is_the_same_each_time(
    browser: Browser, log_in: Callable[[str], Browser], cena: Cena
) -> None:
    link = make_link(cena)
    response = browser.get(f"{link}/pdf")
    assert response.content_type == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="demonstrativo_2025_09_v1.pdf"'
    assert browser.get(f"{link}/pdf").get_data() == response.get_data()
    shown = re.sub(r"\s+", " ", "".join(p.extract_text() for p in PdfReader(io.BytesIO(response.get_data())).pages))
    with db.transaction(read_only=True) as session:
        selo = session.scalars(text("select selo_sha256 from estudio.selos")).one()
    for said in ("Bia", "R$ 80,01", "R$ 250,01", "R$ 100,00", "Dora P.", "meio centavo sobe", "verificar.py"):
        assert said in shown, said
    assert selo in shown.replace(" ", "")
    assert "Sá" not in shown
    inside = log_in("dono").get(f"{cena.bia}/pdf").get_data()
    assert "Dora <b>Sá</b> Prado" in re.sub(
        r"\s+", " ", "".join(page.extract_text() for page in PdfReader(io.BytesIO(inside)).pages)
    )


def test_a_long_month_is_shown_in_parts(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        for _ in range(203):
            pay(session, cast, "10.00", data=DIA, sessoes=[book(session, cast, "10.00", data=DIA)])
    with db.transaction() as session:
        shut(session, MES.slug)
    browser = log_in("dono")
    path = f"/extratos/2025-09/demonstrativos/{cast.bia.id}"
    first = browser.get(path).get_data(as_text=True)
    assert (first.count('<tr id="pagamento-'), first.count('<tr id="sessao-')) == (200, 200)
    for name in ("depois", "sessoes"):
        more = re.search(rf'href="([^"]*{name}=[^"#]*)#', first)
        assert more is not None
        rest = browser.get(more[1].replace("&amp;", "&")).get_data(as_text=True)
        kind = {"depois": "pagamento", "sessoes": "sessao"}[name]
        assert rest.count(f'<tr id="{kind}-') == 3


@pytest.mark.parametrize("payments", [1, 60])
def test_a_page_asks_the_database_as_often_however_much_it_shows(
    log_in: Callable[[str], Browser], browser: Browser, cast: Cast, payments: int
) -> None:
    with db.transaction() as session:
        for number in range(payments):
            cora = make_artista(session, f"Cora {number}", percentual=1000)
            pay(session, cast, "10.00", data=DIA, artista=cora)
            pay(session, cast, "10.00", data=DIA, cliente=make_cliente(session, f"Zé {number}"))
    with db.transaction() as session:
        shut(session, MES.slug)
    cena = Cena(cast)
    link, dono = make_link(cena), log_in("dono")
    statements = record_statements()
    for who, path, most in (
        (dono, cena.mes, 10),
        (dono, cena.bia, 20),
        (browser, link, 12),
        (dono, "/extratos/2025-09", 24),
    ):
        statements.clear()
        assert who.get(path).status_code == 200
        assert len(statements) <= most, (path, statements)
