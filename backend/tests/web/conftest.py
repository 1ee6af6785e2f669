"""What the tests of pages get: the cast with passwords on a real database, the app, and browsers that log in."""

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from argon2 import PasswordHasher
from carteiro import Carteiro, receive_letters
from cast import Cast, make_cast
from conftest import Banco
from feitas import get_app
from flask import Flask
from flask.testing import FlaskClient
from moldes import Copiar
from sqlalchemy import event, text
from werkzeug.test import TestResponse

from estudio import db
from estudio.domain.usuario import Quem

SENHA = "violeta mastiga granito"

HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(SENHA)
"""As quick to look at as argon2 can be: what is slow on purpose is test_senha's."""

EMAILS = {
    "dono": "ana@estudio.example",
    "artista": "bia@estudio.example",
    "recepcao": "caio@estudio.example",
    "contador": "edu@estudio.example",
}

ENDERECO = "http://localhost"


@dataclass
class Browser:
    """A browser that keeps cookies and sends the hidden fields of the form it saw, as people's do."""

    client: FlaskClient

    def get(self, path: str, **extra: Any) -> TestResponse:
        return self.client.get(path, base_url=ENDERECO, **extra)

    def post(self, path: str, fields: dict[str, str] | None = None, *, seen: str, **extra: Any) -> TestResponse:
        """Fill in the form of the page `seen` and send it to `path`."""
        page = self.get(seen).get_data(as_text=True)
        return self.send(path, hidden_fields(page) | (fields or {}), **extra)

    def send(self, path: str, fields: dict[str, str], **extra: Any) -> TestResponse:
        return self.client.post(path, data=fields, base_url=ENDERECO, **extra)

    def login(self, email: str, senha: str = SENHA, **extra: Any) -> TestResponse:
        return self.post("/entrar", {"email": email, "senha": senha}, seen="/entrar", **extra)

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name, domain="localhost")
        return None if found is None else found.value


def find_quem(cast: Cast, papel: str) -> Quem:
    """The person of the cast who logs in as this."""
    return {"dono": cast.quem_ana, "artista": cast.quem_bia, "recepcao": cast.quem_caio, "contador": cast.quem_edu}[
        papel
    ]


def hidden_fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input[^>]*name="(csrf_token|chave|visto)"[^>]*value="([^"]*)"', page))


def read(response: TestResponse) -> str:
    """The text of a page, its marks taken away; blanks are one blank."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.get_data(as_text=True).partition("<main")[2])))


def record_statements() -> list[str]:
    """What this test's database is asked from now on: a list that grows."""
    statements: list[str] = []
    event.listen(db.get_engine(), "before_cursor_execute", lambda *args: statements.append(args[2]))
    return statements


def _fill(_: Banco) -> Cast:
    with db.transaction() as session:
        made = make_cast(session)
        session.execute(text("update usuarios set senha_hash = :hash"), {"hash": HASH})
    return made


@pytest.fixture
def cast(copiar: Copiar[Cast]) -> Cast:
    """The cast, each with the same password, in a database of its own."""
    return copiar(_fill)[1]


@pytest.fixture
def app(request: pytest.FixtureRequest) -> Flask:
    """The pages of the cast's studio. Other tests have the same ones: put nothing into them that stays."""
    request.getfixturevalue("cast")
    return get_app()


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Nobody's."""
    return Browser(app.test_client())


@pytest.fixture
def log_in(app: Flask) -> Callable[[str], Browser]:
    """A browser of its own in which a papel is logged in."""

    def enter(papel: str) -> Browser:
        opened = Browser(app.test_client())
        response = opened.login(EMAILS[papel])
        assert response.status_code == 303, response.get_data(as_text=True)
        return opened

    return enter


@pytest.fixture
def carteiro(monkeypatch: pytest.MonkeyPatch) -> Generator[Carteiro, None, None]:
    """The studio sends letters, and this server on loopback gets them."""
    with receive_letters(monkeypatch) as opened:
        yield opened


def find_link(texto: str) -> str:
    """The address in a letter or on a page, without its host."""
    found = re.search(r"https?://[^\s\"/]+(/senha/[\w-]+)", texto)
    assert found is not None, texto
    return found[1]
