"""A request read: JSON and address into the models of the document, and what is wrong said field by field."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeVar

from flask import abort, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from pydantic import BaseModel, ValidationError

from estudio.domain.errors import JsonInvalido, PedidoInvalido, VersaoFaltando
from estudio.web.language import gettext as _

M = TypeVar("M", bound=BaseModel)

JSON: Final = "application/json"

MAIS_ERROS: Final = 20

_SENTENCES: Final[Mapping[str, LazyString]] = {
    "missing": _l("falta este campo."),
    "extra_forbidden": _l("este campo não existe. Confira o nome no documento da API."),
    "repetido": _l("apareceu mais de uma vez."),
    "string_type": _l("precisa ser um texto, entre aspas."),
    "int_type": _l("precisa ser um número inteiro, sem aspas."),
    "bool_type": _l("precisa ser true ou false."),
    "list_type": _l("precisa ser uma lista."),
    "caractere": _l("há um caractere inválido."),
    "texto_valor": _l('escreva o valor como texto, entre aspas e com ponto: "1234.56". Um número perderia centavos.'),
    "valor": _l('escreva o valor só com algarismos e um ponto antes dos centavos: "1234.56".'),
    "texto_percentual": _l('escreva a porcentagem como texto, entre aspas: "33.33".'),
    "percentual": _l('escreva a porcentagem de 0 a 100, com até duas casas: "33.33".'),
    "texto_dia": _l('escreva a data como texto: "2026-10-15".'),
    "dia": _l('escreva uma data que existe, com ano, mês e dia: "2026-10-15".'),
    "texto_hora": _l('escreva a hora como texto: "14:30".'),
    "hora": _l('escreva a hora de 00:00 a 23:59: "14:30".'),
    "inteiro": _l("escreva um número inteiro."),
    "sim": _l("escreva true ou false."),
}

_VERSAO: Final = re.compile(r'(?:W/)?"([1-9][0-9]{0,17})"')


@dataclass(frozen=True, slots=True)
class Fracao:
    """A JSON number with a fraction. It is nothing that any field takes: money and percentages are strings."""

    escrita: str


def read_json() -> dict[str, Any]:
    """The object in the body; nothing sent is an empty one. Raises JsonInvalido; 413 and 415 by HTTP's own words."""
    body = request.get_data()
    if not body:
        return {}
    if request.mimetype != JSON:
        abort(415)
    try:
        read = json.loads(
            body.decode("utf-8"), parse_float=Fracao, parse_constant=_refuse_constant, object_pairs_hook=_pair_once
        )
    except (ValueError, RecursionError):
        raise JsonInvalido from None
    if not isinstance(read, dict):
        raise JsonInvalido
    return read


def parse_corpo(model: type[M], payload: dict[str, Any]) -> M:
    return _validate(model, payload)


def parse_consulta(model: type[M]) -> M:
    """What the address asks for. A name twice is refused: one of the two would not be followed."""
    for name, values in request.args.lists():
        if len(values) > 1:
            raise _refuse([(name, str(_SENTENCES["repetido"]))])
    return _validate(model, request.args.to_dict())


def ensure_sem_consulta() -> None:
    """Raises PedidoInvalido: this address takes no parameters."""
    if unknown := [(name, str(_SENTENCES["extra_forbidden"])) for name in request.args]:
        raise _refuse(unknown)


def find_versao(named: int | None) -> int:
    """The version that was read, from the body or from If-Match. Raises VersaoFaltando for none, or for two."""
    header = request.headers.get("If-Match")
    if header is None and named is not None:
        return named
    found = _VERSAO.fullmatch(header.strip()) if header is not None else None
    if found is None or named not in (None, int(found[1])):
        raise VersaoFaltando(campo="versao")
    return int(found[1])


def _validate(model: type[M], given: dict[str, Any]) -> M:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        erros = [(_name(each["loc"]), _explain(each["type"], each.get("ctx", {}))) for each in found]
        raise _refuse(erros) from None


def _refuse(erros: list[tuple[str, str]]) -> PedidoInvalido:
    erros = erros[:MAIS_ERROS]
    return PedidoInvalido(
        resumo=" ".join(f"{campo}: {mensagem}" for campo, mensagem in erros),
        campo=erros[0][0],
        erros=[{"campo": campo, "mensagem": mensagem} for campo, mensagem in erros],
    )


def _name(path: tuple[int | str, ...]) -> str:
    """`sessoes.0`; what is no name is cut short and shown as one."""
    return ".".join(str(part) for part in path)[:100] or "corpo"


def _explain(tipo: str, ctx: Mapping[str, Any]) -> str:
    if tipo == "recusado":
        return str(ctx["mensagem"])
    if tipo in _SENTENCES:
        return str(_SENTENCES[tipo])
    match tipo:
        case "enum" | "literal_error":
            return _("use um destes: %(quais)s.", quais=str(ctx["expected"]).replace(" or ", ", "))
        case "greater_than_equal":
            return _("precisa ser %(limite)s ou mais.", limite=ctx["ge"])
        case "less_than_equal":
            return _("precisa ser %(limite)s ou menos.", limite=ctx["le"])
        case "string_too_long" | "too_long":
            return _("passa do limite de %(limite)s.", limite=ctx["max_length"])
        case "string_too_short" | "too_short":
            return _("está vazio ou é curto demais.")
        case _:
            return _("não foi entendido. Confira o formato no documento da API.")


def _pair_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name twice")
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
