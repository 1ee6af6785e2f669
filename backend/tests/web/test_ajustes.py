"""Ajustes: the studio's name, colour and logo on every page, of those too who are not logged in; and its two lists."""

import io
import re
from collections.abc import Callable
from html import unescape

import pytest
from cast import Cast
from PIL import Image
from sqlalchemy import select
from web.conftest import ENDERECO, Browser, hidden_fields, read, record_statements
from web.test_pagamentos import press
from werkzeug.test import TestResponse

from estudio import db
from estudio.domain.auditoria import Evento
from estudio.domain.identidade import Identidade, Logotipo, get_identidade

NOME = "Casa Áurea <Tattoo>"


@pytest.fixture
def dono(log_in: Callable[[str], Browser]) -> Browser:
    return log_in("dono")


def get_studio() -> Identidade:
    with db.transaction(read_only=True) as session:
        return get_identidade(session)


def change(browser: Browser, **fields: str) -> TestResponse:
    agora = get_studio()
    given = {"nome": agora.nome, "cor": agora.cor or "", "outra_cor": "#1f3a5f", "versao": str(agora.versao)} | fields
    return browser.post("/ajustes", given, seen="/ajustes")


def draw(colour: str = "red", size: tuple[int, int] = (120, 60)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def send_logo(browser: Browser, corpo: bytes, *, seen: str | None = "/ajustes") -> TestResponse:
    """As a browser sends a file; the test client itself would leave what is large in a file that it forgets."""
    fields = {} if seen is None else hidden_fields(browser.get(seen).get_data(as_text=True))
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    parts.append('--x\r\nContent-Disposition: form-data; name="arquivo"; filename="logo.png"\r\n\r\n')
    body = "".join(parts).encode() + corpo + b"\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    return browser.client.post("/ajustes/logotipo", data=body, content_type=kind, base_url=ENDERECO)


def list_sources(page: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'(?:src|href)="(/(?:logotipos|cores)/[^"]*)"', page)]


# --- name -----------------------------------------------------------------------------------------------------------


def test_the_name_stands_on_every_page_and_is_taken_back_by_a_press(
    dono: Browser, browser: Browser, log_in: Callable[[str], Browser]
) -> None:
    response = change(dono, nome=f"  {NOME} ")
    assert response.status_code == 303
    done = dono.get(response.location).get_data(as_text=True)
    assert f"Gravado: {NOME}." in unescape(done)
    for page in (
        dono.get("/historico"),
        log_in("artista").get("/"),
        browser.get("/entrar"),
        dono.get("/pagamentos/9/edit"),
    ):
        text = page.get_data(as_text=True)
        assert "· Casa Áurea &lt;Tattoo&gt;</title>" in text
        assert "<Tattoo>" not in text
    assert press(dono, done, "/ajustes").status_code == 303
    assert get_studio().nome == "Estúdio"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"nome": ""}, "Preencha este campo."),
        ({"nome": "x" * 201}, "o limite é 200"),
        ({"nome": "a\x00b"}, "caractere inválido"),
        ({"cor": "outra", "outra_cor": "vermelho"}, "A cor não foi entendida."),
        ({"cor": "outra", "outra_cor": "#fff;}"}, "A cor não foi entendida."),
        ({"cor": "outra", "outra_cor": ""}, "A cor não foi entendida."),
        ({"cor": "#12345"}, "A cor não foi entendida."),
        ({"versao": "99"}, "alter"),
    ],
)
def test_what_is_no_name_and_no_colour_is_refused_on_the_same_page(
    dono: Browser, fields: dict[str, str], said: str
) -> None:
    response = change(dono, **({"nome": "Outro"} | fields))
    page = unescape(response.get_data(as_text=True))
    assert response.status_code == (409 if "versao" in fields else 422)
    assert said in page
    assert 'role="alert" tabindex="-1" autofocus' in page
    assert (get_studio().nome, get_studio().cor) == ("Estúdio", None)


# --- colour ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "cor"),
    [
        ({"cor": "#8a2060"}, "#8a2060"),
        ({"cor": "outra", "outra_cor": "#FFCC00"}, "#ffcc00"),
        ({"cor": "outra", "outra_cor": "#1f3a5f"}, None),
    ],
)
def test_a_colour_is_a_stylesheet_of_its_own_on_every_page(
    dono: Browser, browser: Browser, fields: dict[str, str], cor: str | None
) -> None:
    assert list_sources(dono.get("/").get_data(as_text=True)) == []
    assert change(dono, **fields).status_code == 303
    assert get_studio().cor == cor
    pages = [dono.get("/").get_data(as_text=True), browser.get("/entrar").get_data(as_text=True)]
    sources = [list_sources(page) for page in pages]
    if cor is None:
        assert sources == [[], []]
        return
    assert sources[0] == sources[1]
    (source,) = sources[0]
    assert source.startswith(f"/cores/{cor.removeprefix('#')}.css?v=")
    response = browser.get(source)
    assert response.content_type == "text/css; charset=utf-8"
    assert "immutable" in response.headers["Cache-Control"]
    assert response.get_data(as_text=True).count("--acento:#") == 3
    assert "style=" not in pages[0]


def test_a_colour_is_taken_back_by_a_press(dono: Browser) -> None:
    for cor in ("#8a2060", "#ffcc00"):
        assert change(dono, cor="outra", outra_cor=cor).status_code == 303
        said = dono.get("/ajustes").get_data(as_text=True).partition('class="recado"')[2]
    assert press(dono, said, "/ajustes").status_code == 303
    assert get_studio().cor == "#8a2060"


@pytest.mark.parametrize("path", ["/cores/red.css", "/cores/1f3a5.css", "/cores/1f3a5f;x.css", "/cores/..%2Fx.css"])
def test_a_stylesheet_is_made_of_a_colour_or_not_at_all(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 404


# --- logo -----------------------------------------------------------------------------------------------------------


def test_a_logo_is_drawn_anew_served_by_its_digest_and_shown_to_nobody_else_too(
    dono: Browser, browser: Browser
) -> None:
    assert send_logo(dono, draw()).status_code == 303
    source = f"/logotipos/{get_studio().logotipo_sha256}.png"
    assert source in list_sources(dono.get("/historico").get_data(as_text=True))
    response = browser.get(source)
    assert (response.status_code, response.content_type) == (200, "image/png")
    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(response.get_data())) as shown:
        assert shown.size == (120, 60)
    for path in (f"/logotipos/{'0' * 64}.png", "/logotipos/x.png", "/logotipos/..%2Fx.png"):
        assert browser.get(path).status_code == 404


def test_a_logo_is_removed_brought_back_and_an_older_one_is_not_kept_for_ever(dono: Browser) -> None:
    digests = []
    for colour in ("red", "green", "blue"):
        assert send_logo(dono, draw(colour)).status_code == 303
        digests.append(get_studio().logotipo_sha256)
    with db.transaction(read_only=True) as session:
        assert set(session.scalars(select(Logotipo.sha256))) == set(digests[1:])
    undo = dono.get("/ajustes").get_data(as_text=True).partition('class="recado"')[2]
    assert press(dono, undo, "/ajustes/logotipo/volta").status_code == 303
    assert get_studio().logotipo_sha256 == digests[1]
    # Somebody else changed it meanwhile: not over theirs.
    assert send_logo(dono, draw("blue")).status_code == 303
    undo = dono.get("/ajustes").get_data(as_text=True).partition('class="recado"')[2]
    assert send_logo(dono, draw("green")).status_code == 303
    assert press(dono, undo, "/ajustes/logotipo/volta").status_code == 409
    page = dono.get("/ajustes").get_data(as_text=True).rpartition('action="/ajustes/logotipo/volta"')[2]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.partition("</form>")[0]))
    assert dono.send("/ajustes/logotipo/volta", fields).status_code == 303
    assert get_studio().logotipo_sha256 is None
    done = dono.get("/ajustes").get_data(as_text=True)
    assert "Sem logotipo." in unescape(done)
    assert press(dono, done, "/ajustes/logotipo/volta").status_code == 303
    assert get_studio().logotipo_sha256 == digests[1]


@pytest.mark.parametrize(
    ("corpo", "said"),
    [
        (b"", "Escolha o arquivo de uma imagem."),
        (b"MZ\x90\0programa", "O arquivo não é uma imagem PNG, JPEG ou WebP."),
        (b"<svg onload='alert(1)'/>", "O arquivo não é uma imagem PNG, JPEG ou WebP."),
        (draw()[:150], "A imagem está danificada ou incompleta."),
        (b"x" * 1_000_100, "A imagem passa de 1 MB."),
    ],
    ids=["vazio", "programa", "svg", "cortada", "grande"],
)
def test_what_is_no_picture_is_refused_beside_its_field(dono: Browser, corpo: bytes, said: str) -> None:
    response = send_logo(dono, corpo)
    page = unescape(response.get_data(as_text=True))
    assert response.status_code == 422
    assert said in page
    assert 'id="arquivo-erro"' in page
    assert get_studio().logotipo_sha256 is None


def test_fifty_megabytes_are_refused_unread_on_the_same_page(dono: Browser, browser: Browser) -> None:
    response = send_logo(dono, b"\0" * 50_000_000)
    page = unescape(response.get_data(as_text=True))
    assert response.status_code == 413
    assert "A imagem passa de 1 MB. Envie uma menor." in page
    assert 'id="arquivo-erro"' in page
    other = send_logo(browser, b"\0" * 2_000_000, seen=None)
    assert other.status_code == 413
    assert "Ajustes" not in other.get_data(as_text=True)


def test_a_file_without_its_multipart_is_no_picture(dono: Browser) -> None:
    response = dono.post("/ajustes/logotipo", {"arquivo": "logo.png"}, seen="/ajustes")
    assert response.status_code == 422
    assert "Escolha o arquivo de uma imagem." in response.get_data(as_text=True)


def test_the_trail_tells_of_the_logo_and_does_not_hold_it(dono: Browser, cast: Cast) -> None:
    send_logo(dono, draw())
    change(dono, nome="Casa Áurea")
    with db.transaction(read_only=True) as session:
        eventos = session.scalars(select(Evento).where(Evento.tabela == "identidade").order_by(Evento.id)).all()
    assert [evento.campos for evento in eventos] == [["logotipo_sha256"], ["nome"]]
    assert {evento.quem for evento in eventos} == {cast.quem_ana.usuario_id}
    assert all("png" not in (evento.depois or {}) for evento in eventos)


# --- what it costs, and the clock -----------------------------------------------------------------------------------


def test_the_studio_is_read_along_with_who_is_logged_in(dono: Browser, browser: Browser) -> None:
    send_logo(dono, draw())
    statements = record_statements()
    dono.get("/artistas")
    assert sum("identidade" in statement for statement in statements) == 1
    assert len(statements) == 2
    statements.clear()
    browser.get("/entrar")
    assert sum("identidade" in statement for statement in statements) == 1
    statements.clear()
    dono.get("/ajustes")
    assert len(statements) <= 3


def test_the_clock_is_shown_and_how_it_is_changed(dono: Browser) -> None:
    text = read(dono.get("/ajustes"))
    for words in ("Fuso horário America/Sao_Paulo", "O dia vira às 04:00", "mude TZ no arquivo .env"):
        assert words in text


# --- lists ----------------------------------------------------------------------------------------------------------


def test_a_forma_is_added_renamed_and_out_of_use_each_taken_back_by_a_press(dono: Browser) -> None:
    response = dono.post("/ajustes/formas", {"rotulo": "Vale-presente"}, seen="/ajustes/formas")
    page = dono.get(response.location).get_data(as_text=True)
    assert "Na lista: Vale-presente." in page
    assert "Vale-presente</option>" in dono.get("/pagamentos/new").get_data(as_text=True)
    assert press(dono, page, "/ajustes/usos").status_code == 303
    page = dono.get("/ajustes/formas").get_data(as_text=True)
    assert "Vale-presente</option>" not in dono.get("/pagamentos/new").get_data(as_text=True)
    assert "Fora de uso: Vale-presente." in page
    assert press(dono, page, "/ajustes/usos").status_code == 303
    path = "/ajustes/formas/vale_presente"
    renamed = dono.post(path, {"rotulo": "Vale", "visto": "Vale-presente"}, seen=f"{path}/edit")
    page = dono.get(renamed.location).get_data(as_text=True)
    assert "Vale-presente agora se chama Vale." in page
    assert press(dono, page, path).status_code == 303
    assert "Vale agora se chama Vale-presente." in dono.get("/ajustes/formas").get_data(as_text=True)


def test_a_list_is_put_in_order_by_presses(dono: Browser) -> None:
    def order(path: str) -> list[str]:
        return re.findall(r'<li id="codigo-(\w+)">', dono.get(path).get_data(as_text=True))

    before = order("/ajustes/categorias")
    sent = {"lista": "categorias", "codigo": before[1], "para": "cima"}
    response = dono.post("/ajustes/lugares", sent, seen="/ajustes/categorias")
    assert response.location == f"/ajustes/categorias#codigo-{before[1]}"
    page = dono.get("/ajustes/categorias").get_data(as_text=True)
    assert order("/ajustes/categorias")[:2] == [before[1], before[0]]
    assert press(dono, page, "/ajustes/lugares").status_code == 303
    assert order("/ajustes/categorias") == before


@pytest.mark.parametrize("rotulo", ["", "x" * 61, "PIX", "a\x00"])
def test_a_name_that_cannot_be_is_refused_with_what_was_typed(dono: Browser, rotulo: str) -> None:
    for path, seen in (
        ("/ajustes/formas", "/ajustes/formas"),
        ("/ajustes/formas/dinheiro", "/ajustes/formas/dinheiro/edit"),
    ):
        response = dono.post(path, {"rotulo": rotulo, "visto": "Dinheiro"}, seen=seen)
        page = response.get_data(as_text=True)
        assert response.status_code in (409, 422)
        assert 'id="rotulo-erro"' in page
        assert "\x00" in rotulo or f'value="{rotulo}"' in page


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/ajustes/usos", {"lista": "usuarios", "codigo": "pix", "ativa": "nao"}, 400),
        ("/ajustes/usos", {"lista": "formas", "codigo": "pix", "ativa": "talvez"}, 400),
        ("/ajustes/usos", {"lista": "formas", "codigo": "nada", "ativa": "nao"}, 404),
        ("/ajustes/usos", {}, 400),
        ("/ajustes/lugares", {"lista": "formas", "codigo": "pix", "para": "lado"}, 400),
        ("/ajustes/lugares", {"lista": "formas", "codigo": "nada", "para": "cima"}, 404),
        ("/ajustes/lugares", {"lista": "formas", "codigo": "x" * 31, "para": "cima"}, 400),
        ("/ajustes/logotipo/volta", {"para": "x", "atual": ""}, 400),
        ("/ajustes/logotipo/volta", {"para": "0" * 64, "atual": ""}, 404),
        ("/ajustes/formas/nada", {"rotulo": "Nada"}, 404),
    ],
)
def test_a_button_that_is_none_of_ours_changes_nothing(
    dono: Browser, path: str, fields: dict[str, str], status: int
) -> None:
    assert dono.post(path, fields, seen="/ajustes").status_code == status


def test_the_tabs_offer_what_may_be_opened(dono: Browser) -> None:
    page = dono.get("/ajustes/formas").get_data(as_text=True)
    assert re.search(r'<a href="/ajustes/formas" aria-current="page">', page)
    assert '<a href="/ajustes/categorias">' in page
    assert dono.get("/ajustes/formas/nada/edit").status_code == 404
