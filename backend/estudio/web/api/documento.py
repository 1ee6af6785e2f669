"""The document of the API (OpenAPI 3.1), made of the very declarations that make its routes."""

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from flask import Blueprint, Response
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from estudio.domain.competencia import Competencia
from estudio.web.api.pedidos import JSON
from estudio.web.api.salas import CHAVE, Rota, Sala
from estudio.web.api.tipos import MAIOR_ID, Resposta
from estudio.web.language import gettext as _
from estudio.web.language import select_lingua
from estudio.web.problemas import TIPO

VERSAO: Final = "1.0.0"
CAMINHO: Final = "/api/v1"

_REF: Final = "#/components/schemas/{model}"

documento = Blueprint("documento", __name__)


class Erro(Resposta):
    campo: str
    mensagem: str


class Problema(Resposta):
    """Why it was not done: `codigo` is for programs, `detail` for people, `numero` to quote."""

    type: str
    title: str
    status: int
    detail: str
    codigo: str
    campo: str | None
    erros: list[Erro]
    detalhes: dict[str, Any]
    numero: str


@documento.get("/openapi.json")
def show() -> Response:
    return Response(_write(select_lingua()), content_type=JSON)


def get_api() -> dict[str, Any]:
    """The document, in the language of the request."""
    return _describe_api(select_lingua())


@cache
def _write(lingua: str) -> str:
    return json.dumps(_describe_api(lingua), ensure_ascii=False) + "\n"


@cache
def _describe_api(lingua: str) -> dict[str, Any]:
    """Made once in each language, which is the request's: nothing in it changes while the program runs."""
    from estudio.web.api.rotas import ROTAS, SALAS

    schemas = _list_schemas(ROTAS.values())
    paths: dict[str, dict[str, Any]] = {}
    for sala in SALAS:
        for rota in sala.rotas:
            paths.setdefault(_write_caminho(rota), {})[rota.metodo.lower()] = _describe(rota, sala)
    return {
        "openapi": "3.1.0",
        "x-lingua": lingua,
        "info": {"title": _("API do estúdio"), "version": VERSAO, "description": _introduce()},
        "servers": [{"url": CAMINHO}],
        "security": [{"ficha": []}],
        "tags": [{"name": str(sala.titulo)} for sala in _unique(SALAS)],
        "paths": paths,
        "components": {
            "securitySchemes": {"ficha": {
                "type": "http", "scheme": "bearer", "description": _("Uma ficha, criada em Fichas da API."),
            }},
            "schemas": schemas,
            "responses": {"Problema": {
                "description": _("O pedido não foi feito, e nada mudou: a frase diz por quê."),
                "content": {TIPO: {"schema": {"$ref": _REF.format(model="Problema")}}},
            }},
        },
    }  # fmt: skip


def _introduce() -> str:
    return _(
        "As mesmas ações das telas, com as mesmas regras e recusas. Dinheiro e porcentagens são textos com ponto, "
        "datas são ISO, e um campo que não existe é recusado."
    )


def _describe(rota: Rota, sala: Sala) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": rota.endpoint.removeprefix("api."),
        "summary": str(rota.resumo),
        "description": _(
            "Escopo %(escopo)s. Para: %(papeis)s.", escopo=rota.escopo.value, papeis=", ".join(sorted(rota.papeis))
        ),
        "tags": [str(sala.titulo)],
        "parameters": [*_list_partes(rota), *_list_consulta(rota), *_list_headers(rota)],
        "responses": _list_responses(rota),
    }
    if rota.corpo is not None:
        schema = {"$ref": _REF.format(model=rota.corpo.__name__)}
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    return operation


def _list_partes(rota: Rota) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _describe_parte(kind)}
        for name, kind in rota.partes.items()
    ]


def _describe_parte(kind: Any) -> dict[str, Any]:
    if kind is Competencia:
        return {"type": "string", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$", "examples": ["2026-10"]}
    if kind is int:
        return {"type": "integer", "minimum": 1, "maximum": MAIOR_ID}
    return {"type": "string", "enum": [str(each) for each in kind]}


def _list_consulta(rota: Rota) -> list[dict[str, Any]]:
    if rota.consulta is None:
        return []
    schema = _without_null_defaults(rota.consulta.model_json_schema(ref_template=_REF))
    return [
        {"name": name, "in": "query", "required": False, "schema": _without_null(described)}
        for name, described in schema["properties"].items()
    ]


def _list_headers(rota: Rota) -> list[dict[str, Any]]:
    headers = []
    if rota.metodo == "POST":
        about = _("Uma chave sua: o mesmo pedido com a mesma chave é feito uma vez só.")
        schema = {"type": "string", "minLength": 8, "maxLength": 200, "pattern": "^[!-~]+$"}
        headers.append({"name": CHAVE, "in": "header", "required": False, "description": about, "schema": schema})
    if rota.com_versao:
        about = _("A versão que você leu (o ETag da resposta), se ela não vem no campo versao.")
        schema = {"type": "string", "pattern": '^"[1-9][0-9]{0,17}"$'}
        headers.append({"name": "If-Match", "in": "header", "required": False, "description": about, "schema": schema})
    return headers


def _list_responses(rota: Rota) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    if rota.resposta is None:
        responses["204"] = {"description": _("Feito.")}
    else:
        schema = {"$ref": _REF.format(model=rota.resposta.__name__)}
        responses[str(rota.status)] = {"description": _("Feito."), "content": {JSON: {"schema": schema}}}
    codes = [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503]
    return responses | {str(code): {"$ref": "#/components/responses/Problema"} for code in codes}


def _list_schemas(rotas: Iterable[Rota]) -> dict[str, Any]:
    wanted: dict[tuple[type[BaseModel], str], None] = {(Problema, "serialization"): None}
    for rota in rotas:
        if rota.corpo is not None:
            wanted[rota.corpo, "validation"] = None
        if rota.resposta is not None:
            wanted[rota.resposta, "serialization"] = None
    names = [model.__name__ for model, _kind in wanted]
    assert len(set(names)) == len(names), "two models of one name"
    modes: Any = list(wanted)
    _map, schema = models_json_schema(modes, ref_template=_REF)
    described: dict[str, Any] = _without_null_defaults(schema["$defs"])
    return described


def _without_null_defaults(schema: Any) -> Any:
    """Without defaults of null, which say nothing, and without our notes, which are for who reads the code."""
    if isinstance(schema, dict):
        return {
            key: _without_null_defaults(value)
            for key, value in schema.items()
            if (key, value) != ("default", None) and not (key == "description" and isinstance(value, str))
            and not (key == "title" and isinstance(value, str))
        }  # fmt: skip
    return [_without_null_defaults(each) for each in schema] if isinstance(schema, list) else schema


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """An address has no null: a parameter is there or is not."""
    kinds = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    return {**{k: v for k, v in schema.items() if k != "anyOf"}, **kinds[0]} if len(kinds) == 1 else schema


def _write_caminho(rota: Rota) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rota.caminho)


def _unique(salas: Iterable[Sala]) -> list[Sala]:
    return list({str(sala.titulo): sala for sala in salas}.values())
