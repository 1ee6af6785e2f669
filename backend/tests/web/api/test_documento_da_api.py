"""The document of the API: what it says is what is there, and what is there answers as it says (Schemathesis)."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from cast import DIA, Cast, book, pay, shut, spend
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from services.test_acerto import settle
from web.api.conftest import V1, Programa, give_ficha, told
from web.conftest import Browser

from estudio import clock, db
from estudio.domain.acerto import Tipo
from estudio.services.estoque_service import register_item
from estudio.web.api.rotas import ROTAS

DOCS = Path(__file__).resolve().parents[4] / "docs"

# Who comes with a wrong ficha is test_portas_da_api's: here they would only be kept waiting.
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]

POR_ENDERECO = 8
"""Examples that are tried of each operation: all together take about a minute."""


def read_document(ninguem: Programa, lingua: str = "pt-BR") -> dict[str, Any]:
    return told(ninguem.get("/openapi.json", headers={"Accept-Language": lingua}), 200)


def test_anybody_may_read_what_the_addresses_are(ninguem: Programa) -> None:
    document = read_document(ninguem)
    assert document["openapi"] == "3.1.0"
    paths = document["paths"]
    assert isinstance(paths, dict)
    described = {operation["operationId"] for methods in paths.values() for operation in methods.values()}
    assert {f"api.{name}" for name in described} == set(ROTAS)
    english = read_document(ninguem, "en")
    assert english["paths"].keys() == paths.keys()
    assert english != document


def test_the_document_names_no_number_for_money(ninguem: Programa) -> None:
    text = json.dumps(read_document(ninguem))
    assert '"type": "number"' not in text
    assert '"additionalProperties": true' not in text.replace(DETALHES, "")


DETALHES = '"detalhes": {"additionalProperties": true'


@pytest.mark.parametrize("name", ["api.md", "api-v4.md"])
def test_every_address_that_the_docs_name_is_there(ninguem: Programa, name: str) -> None:
    paths = read_document(ninguem)["paths"]
    text = (DOCS / name).read_text(encoding="utf-8")
    if name == "api-v4.md":
        # Of a table, the column of what is here.
        text = "\n".join(line.split("|")[2] for line in text.splitlines() if line.startswith("|"))
        text = text.replace("`/entrar`", "")
    named = re.findall(r"`(?:(GET|POST|PATCH|PUT|DELETE) )?(/[^`? ]*)[^`]*`", text)
    assert len(named) > 20
    wrong = [
        (method, path)
        for method, path in named
        if (not path.startswith("/api/v1") and (known := paths.get(re.sub(r"/7\b", "/{pagamento_id}", path))) is None)
        or (method and method.lower() not in known)
    ]
    assert wrong == []
    if name == "api.md":
        assert {path for _, path in named} >= set(paths)


@pytest.fixture
def studio(app: Flask, cast: Cast) -> Flask:
    hoje = clock.today()
    with db.transaction() as session:
        pago = pay(session, cast, "100.00", data=hoje, cliente=cast.dora, sessoes=[book(session, cast, data=hoje)])
        book(session, cast, data=hoje)
        spend(session, cast, "50.00", data=hoje)
        settle(session, cast, Tipo.VALE, data=hoje)
        register_item(session, quem=cast.quem_ana, nome="Agulhas", quantidade=9)
        pay(session, cast, "10.00", data=DIA.replace(month=9))
        assert pago.id == 1
    with db.transaction() as session:
        shut(session, "2026-09")
    return app


@pytest.mark.parametrize("modo", GenerationMode)
def test_what_answers_answers_as_the_document_says(studio: Flask, cast: Cast, modo: GenerationMode) -> None:
    """Of what the document allows, and of what it does not: no crash, no answer that it does not describe."""
    headers = {"Authorization": f"Bearer {give_ficha(cast, 'dono')}"}
    schema = schemathesis.openapi.from_wsgi(f"{V1}/openapi.json", studio)
    tried = []
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        tried.append(operation.label)
        _try(operation, modo, headers)
    assert len(tried) > 40


@pytest.mark.parametrize("lingua", ["pt-BR", "en"])
def test_the_page_shows_all_of_it(browser: Browser, log_in: Callable[[str], Browser], lingua: str) -> None:
    for opened in (browser, log_in("contador")):
        response = opened.get("/api/v1/docs", headers={"Accept-Language": lingua})
        page = response.get_data(as_text=True)
        assert response.status_code == 200
        for rota in ROTAS.values():
            assert f'id="{rota.endpoint.removeprefix("api.")}"' in page
        assert "&lt;" not in page
        assert ("Fichas da API" in page or "API tokens" in page) == (opened is not browser)


def _try(operation: APIOperation[Any, Any, Any, Any], modo: GenerationMode, headers: dict[str, str]) -> None:
    def ask(case: Case[Any]) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    once = settings(
        max_examples=POR_ENDERECO,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    once(given(case=operation.as_strategy(generation_mode=modo))(ask))()
