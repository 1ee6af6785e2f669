"""What every answer carries, errors included: the walls that a browser keeps for us."""

import gzip
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from flask import Flask
from web.conftest import EMAILS, ENDERECO, Browser, hidden_fields
from werkzeug.test import TestResponse

from estudio.app import create_app
from estudio.domain.errors import BancoIndisponivel, CompetenciaFechada, MuitasTentativas, NaoEncontrado, OutcomeUnknown

SEMPRE = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), "
        "publickey-credentials-create=(self), publickey-credentials-get=(self)"
    ),
}


def ensure_walls(response: TestResponse) -> None:
    assert {name: response.headers.get(name) for name in SEMPRE} == SEMPRE
    assert "Server" not in response.headers or "Werkzeug" not in response.headers["Server"]


PATHS = [
    ("/", 200), ("/historico", 200), ("/historico/pagamentos", 200), ("/historico/numeros/receita_total", 200),
    ("/entrar", 303), ("/nada", 404), ("/historico/nada", 404), ("/historico/numeros/nada", 404),
    ("/historico?mes=2026-13", 422), ("/historico?mes=agora", 422), ("/historico?artista=x", 422),
    ("/historico?q=" + "x" * 101, 422), ("/historico/pagamentos?depois=x", 422), ("/primeiro-acesso/x", 404),
    ("/arquivos/estudio.css", 200), ("/arquivos/nada.css", 404), ("/arquivos/..%2Fapp.py", 404),
    ("/historico/numeros/por_artista.receita", 404), ("/historico/numeros/receita_total?chave=1", 404),
    ("/historico/numeros/por_artista.receita?chave=x", 422), ("/historico?artista=" + "9" * 30, 422),
    ("/historico/pagamentos?depois=2026-10-15.99999999999999999999999.0", 422),
    ("/historico?forma=nada", 200), ("/historico/numeros/por_forma_pagamento?chave=nada", 200),
]  # fmt: skip


@pytest.fixture
def dono(log_in: Callable[[str], Browser]) -> Browser:
    return log_in("dono")


def test_every_answer_has_its_walls_and_nothing_of_the_inside(dono: Browser) -> None:
    for path, status in PATHS:
        response = dono.get(path)
        assert response.status_code == status, path
        ensure_walls(response)
        page = response.get_data(as_text=True)
        assert "Traceback" not in page
        assert "psycopg" not in page
        if not path.startswith("/arquivos/estudio"):
            assert response.headers["Cache-Control"] == "no-store"
        if status >= 400 and not path.startswith("/arquivos/"):
            assert 'class="sobretitulo"' in page


def test_a_method_that_a_page_does_not_know_is_answered_by_a_page(dono: Browser) -> None:
    token = hidden_fields(dono.get("/").get_data(as_text=True))
    response = dono.send("/historico", token)
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    ensure_walls(response)


def test_what_is_too_large_is_refused_before_it_is_read(dono: Browser) -> None:
    response = dono.client.post("/preferencias", data=b"x" * (1024 * 1024 + 1), base_url=ENDERECO,
                                content_type="application/x-www-form-urlencoded")  # fmt: skip
    assert response.status_code == 413
    ensure_walls(response)
    many = {f"campo{number}": "x" for number in range(300)}
    response = dono.client.post("/preferencias", data=many, base_url=ENDERECO, content_type="multipart/form-data")
    assert response.status_code == 413
    ensure_walls(response)


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (NaoEncontrado(coisa="o pagamento", id=7), 404, "Não encontramos o pagamento 7"),
        (BancoIndisponivel("10.0.0.5/segredo não respondeu. Confira DATABASE_URL."), 503, "Tente de novo em um minuto"),
        (OutcomeUnknown(), 503, "Confira na lista antes de enviar de novo"),
        (MuitasTentativas(segundos=9), 429, "Espere 9 segundos"),
        (RuntimeError("senha=segredo"), 500, "O programa falhou"),
        (AssertionError("o de dentro"), 500, "O programa falhou"),
    ],
)
def test_what_goes_wrong_within_a_page_is_a_page_with_a_number(
    app: Flask, dono: Browser, monkeypatch: pytest.MonkeyPatch, raised: Exception, status: int, said: str
) -> None:
    def fail(**_: object) -> str:
        raise raised

    monkeypatch.setitem(app.view_functions, "historico.index", fail)
    response = dono.get("/historico")
    page = response.get_data(as_text=True)
    assert response.status_code == status
    assert said in page
    assert "segredo" not in page
    assert "o de dentro" not in page
    assert "diga este número" in page
    ensure_walls(response)


@pytest.mark.usefixtures("app")
def test_a_database_that_is_gone_is_a_page_too(dono: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise BancoIndisponivel

    monkeypatch.setattr("estudio.web.access.find_visita", gone)
    response = dono.get("/")
    assert response.status_code == 503
    ensure_walls(response)


def test_a_name_that_is_not_the_studios_is_refused(dono: Browser) -> None:
    for host in ("evil.example", "localhost.evil.example"):
        response = dono.client.get("/entrar", base_url=f"http://{host}")
        assert response.status_code == 400
        assert "não é do estúdio" in response.get_data(as_text=True)
        ensure_walls(response)


@pytest.mark.usefixtures("cast")
def test_who_is_in_front_is_believed_only_when_told_so() -> None:
    client = create_app().test_client()
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.1"}
    response = client.get("/historico", base_url=ENDERECO, headers=forged)
    assert response.location == "/entrar?volta=/historico"
    assert "Strict-Transport-Security" not in response.headers


class Found(HTMLParser):
    """What of a page could run or look by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.sources: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "style" or name.startswith("on") or (value or "").lower().startswith("javascript:"):
                self.wrong.append(f"<{tag} {name}={value!r}>")
            if name in ("src", "href", "action") and tag != "a":
                self.sources.append(value or "")
            if name == "id":
                self.ids.append(value or "")
        if tag in ("style", "iframe", "object", "embed", "base") or (tag == "script" and "src" not in dict(attrs)):
            self.wrong.append(f"<{tag}>")


@pytest.mark.parametrize("papel", EMAILS)
def test_no_page_has_a_style_or_a_script_within_it_or_asks_another_host(
    log_in: Callable[[str], Browser], browser: Browser, papel: str
) -> None:
    opened = log_in(papel)
    pages = [opened.get(path) for path, _ in PATHS if not path.startswith("/arquivos")]
    for response in [*pages, browser.get("/entrar")]:
        found = Found()
        found.feed(response.get_data(as_text=True))
        assert found.wrong == []
        assert all(source.startswith("/") and not source.startswith("//") for source in found.sources)
        assert len(found.ids) == len(set(found.ids))


def test_the_first_load_is_small_and_its_files_are_kept(browser: Browser) -> None:
    page = browser.get("/entrar")
    found = Found()
    found.feed(page.get_data(as_text=True))
    total = len(page.get_data())
    for source in found.sources:
        if not source.startswith("/arquivos/"):
            continue
        response = browser.get(source, headers={"Accept-Encoding": "gzip"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert "immutable" in response.headers["Cache-Control"]
        total += len(response.get_data())
        assert browser.get(source).get_data() != response.get_data()
    assert total <= 100_000


@pytest.mark.parametrize("de_onde", ["same-origin", "none"])
def test_a_page_that_its_person_asked_for_is_sent_compressed(dono: Browser, de_onde: str) -> None:
    response = dono.get("/historico", headers={"Accept-Encoding": "gzip", "Sec-Fetch-Site": de_onde})
    page = gzip.decompress(response.get_data())
    assert response.headers["Content-Encoding"] == "gzip"
    assert {"Accept-Encoding", "Sec-Fetch-Site"} <= set(response.vary)
    assert int(response.headers["Content-Length"]) == len(response.get_data()) < len(page) / 3
    assert b"Receita por Forma de Pagamento" in page
    ensure_walls(response)


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        # Another site chose the words that the page repeats, and may see how long it is.
        ("/busca?q=ana", {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "cross-site"}),
        ("/busca?q=ana", {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-site"}),
        ("/busca?q=ana", {"Accept-Encoding": "gzip"}),
        ("/busca?q=ana", {"Sec-Fetch-Site": "same-origin"}),
        ("/busca?q=ana", {"Accept-Encoding": "gzip;q=0", "Sec-Fetch-Site": "same-origin"}),
        ("/novidades", {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}),
    ],
)
def test_what_others_may_have_asked_for_tells_nothing_by_its_length(
    dono: Browser, path: str, sent: dict[str, str]
) -> None:
    response = dono.get(path, headers=sent)
    assert response.status_code == 200
    assert "Content-Encoding" not in response.headers


def test_the_sentences_of_refusals_have_a_status_of_their_own() -> None:
    from datetime import date

    from estudio.domain.competencia import Competencia
    from estudio.domain.errors import IntegrityBroken, SenhaInvalida
    from estudio.web.errors import get_status

    assert get_status(SenhaInvalida("Curta.")) == 422
    assert get_status(CompetenciaFechada(Competencia(2026, 1), date(2026, 2, 1))) == 409
    assert get_status(IntegrityBroken("Não confere.")) == 500
