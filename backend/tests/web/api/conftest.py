"""What the tests of the API get: the cast's studio, and programs that ask with a ficha of somebody's."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import pytest
from cast import Cast
from flask import Flask
from flask.testing import FlaskClient
from web.conftest import ENDERECO, find_quem
from werkzeug.test import TestResponse

from estudio import db
from estudio.domain.ficha import ESCOPOS_DE
from estudio.services.ficha_service import create_ficha

V1 = "/api/v1"


def give_ficha(cast: Cast, papel: str, escopos: Collection[str] | None = None) -> str:
    """A new key of somebody's, with all that the papel can give unless told."""
    with db.transaction() as session:
        wanted = ESCOPOS_DE[papel] if escopos is None else escopos
        _ficha, chave = create_ficha(session, quem=find_quem(cast, papel), nome="teste", escopos=wanted)
    return chave


@dataclass
class Programa:
    """A program that shows its ficha with each request, keeps no cookie and reads JSON."""

    client: FlaskClient
    chave: str | None

    def ask(
        self, metodo: str, path: str, corpo: object = None, *, headers: dict[str, str] | None = None, **extra: Any
    ) -> TestResponse:
        sent = {} if self.chave is None else {"Authorization": f"Bearer {self.chave}"}
        if corpo is not None:
            extra |= {"data": json.dumps(corpo), "content_type": "application/json"}
        return self.client.open(V1 + path, method=metodo, base_url=ENDERECO, headers=sent | (headers or {}), **extra)

    def get(self, path: str, **extra: Any) -> TestResponse:
        return self.ask("GET", path, **extra)

    def post(self, path: str, corpo: object = None, **extra: Any) -> TestResponse:
        return self.ask("POST", path, corpo, **extra)

    def patch(self, path: str, corpo: object = None, **extra: Any) -> TestResponse:
        return self.ask("PATCH", path, corpo, **extra)

    def delete(self, path: str, **extra: Any) -> TestResponse:
        return self.ask("DELETE", path, **extra)


@pytest.fixture
def show(app: Flask, cast: Cast) -> Callable[..., Programa]:
    """A program with a ficha of a papel."""

    def make(papel: str, escopos: Collection[str] | None = None) -> Programa:
        return Programa(app.test_client(use_cookies=False), give_ficha(cast, papel, escopos))

    return make


@pytest.fixture
def ninguem(app: Flask) -> Programa:
    """A program without a ficha."""
    return Programa(app.test_client(use_cookies=False), None)


def told(response: TestResponse, status: int, codigo: str | None = None) -> dict[str, Any]:
    """The answer as read, after a look at what all answers of the API are."""
    payload: dict[str, Any] = json.loads(response.get_data(as_text=True) or "{}")
    assert response.status_code == status, payload
    assert "Set-Cookie" not in response.headers
    if status >= 400:
        assert response.content_type == "application/problem+json"
        assert (payload["status"], payload["type"]) == (status, "about:blank")
        assert payload["detail"]
        assert payload["numero"]
        assert codigo is None or payload["codigo"] == codigo, payload
    return payload
