"""What went wrong, for a program: the sentence of the page, its code, field and status, as application/problem+json."""

import json
from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request

from estudio import logs

API: Final = "/api/"

TIPO: Final = "application/problem+json"


def is_api() -> bool:
    """Whether a program asks: it is answered by JSON, also where there is no such address."""
    return request.path.startswith(API)


def make_problema(
    status: int, *, titulo: str, mensagem: str, codigo: str, details: Mapping[str, object] | None = None
) -> Response:
    """RFC 9457, with `codigo` for programs, the field when it is known, and the number to quote."""
    details = dict(details or {})
    corpo: dict[str, Any] = {
        "type": "about:blank",
        "title": titulo,
        "status": status,
        "detail": mensagem,
        "codigo": codigo,
        "campo": details.pop("campo", None),
        "erros": details.pop("erros", []),
        "detalhes": {name: value for name, value in details.items() if name != "resumo"},
        "numero": logs.run_id(),
    }
    # What is no JSON of its own (a month, an amount) says itself. In ASCII: the name of a field that does not exist may
    # be half of a character.
    response = Response(json.dumps(corpo, default=str) + "\n", status, content_type=TIPO)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="estudio"'
    return response
