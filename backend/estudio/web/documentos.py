"""The document of the API as a page, from the very document that programs read."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from estudio.web.access import find_current
from estudio.web.api.documento import get_api
from estudio.web.language import gettext as _

documentos = Blueprint("documentos", __name__, url_prefix="/api/v1/docs")


@dataclass(frozen=True, slots=True)
class Campo:
    nome: str
    onde: str
    tipo: str
    obrigatorio: bool


@dataclass(frozen=True, slots=True)
class Operacao:
    id: str
    metodo: str
    caminho: str
    resumo: str
    regra: str
    campos: list[Campo]
    resposta: str | None


@dataclass(frozen=True, slots=True)
class Grupo:
    id: str
    titulo: str
    operacoes: list[Operacao]


@dataclass(frozen=True, slots=True)
class Modelo:
    nome: str
    campos: list[Campo]


@documentos.get("")
def index() -> str:
    # Who is logged in keeps their menu; nobody has to be.
    find_current()
    api = get_api()
    schemas: dict[str, Any] = api["components"]["schemas"]
    answers = [Modelo(name, _list_campos(schema, "")) for name, schema in schemas.items() if "properties" in schema]
    asked = {_find_ref(operation) for methods in api["paths"].values() for operation in methods.values()}
    return render_template(
        "documentos/index.html",
        introducao=api["info"]["description"],
        base=api["servers"][0]["url"],
        grupos=_list_grupos(api, schemas),
        modelos=[modelo for modelo in answers if modelo.nome not in asked],
    )


def _list_grupos(api: dict[str, Any], schemas: dict[str, Any]) -> list[Grupo]:
    found: dict[str, list[Operacao]] = {tag["name"]: [] for tag in api["tags"]}
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            found[operation["tags"][0]].append(_describe(path, method, operation, schemas))
    return [Grupo(f"grupo-{n}", titulo, operacoes) for n, (titulo, operacoes) in enumerate(found.items())]


def _describe(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> Operacao:
    places = {"path": _("no endereço"), "query": _("na consulta"), "header": _("no cabeçalho")}
    campos = [
        Campo(each["name"], places[each["in"]], _name_tipo(each["schema"]), each["required"])
        for each in operation["parameters"]
    ]
    if (sent := _find_ref(operation)) is not None:
        campos += _list_campos(schemas[sent], _("no corpo"))
    done = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    content = done.get("content", {}).get("application/json")
    return Operacao(
        id=operation["operationId"],
        metodo=method.upper(),
        caminho=path,
        resumo=operation["summary"],
        regra=operation["description"],
        campos=campos,
        resposta=_name_ref(content["schema"]) if content else None,
    )


def _list_campos(schema: dict[str, Any], onde: str) -> list[Campo]:
    required = schema.get("required", [])
    return [
        Campo(name, onde, _name_tipo(each), name in required) for name, each in schema.get("properties", {}).items()
    ]


def _find_ref(operation: dict[str, Any]) -> str | None:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return None if content is None else _name_ref(content["schema"])


def _name_ref(schema: dict[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _name_tipo(schema: dict[str, Any]) -> str:
    """A type as people read it."""
    if "$ref" in schema:
        return _name_ref(schema)
    if "anyOf" in schema:
        return _(" ou ").join(_name_tipo(each) for each in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return _("lista de %(tipo)s", tipo=_name_tipo(schema["items"]))
    names = {
        "string": _("texto"),
        "integer": _("número inteiro"),
        "boolean": _("sim ou não"),
        "null": _("nada"),
        "object": _("objeto"),
    }
    name = names[schema["type"]]
    examples = schema.get("examples")
    return f'{name} ("{examples[0]}")' if examples else name
