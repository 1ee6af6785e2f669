"""The API's door: a ficha in the header Authorization, what it may and what its person may. Deny by default.

No cookie is looked at, so that no page of another site can use whoever is logged in; and none is set.
"""

from collections.abc import Mapping
from typing import Final

import structlog
from flask import Blueprint, abort, g, request

from estudio.domain.errors import EscopoFaltando
from estudio.services.ficha_service import enter_in_own_transactions
from estudio.web.api.salas import Rota
from estudio.web.cookies import find_endereco

ABERTAS: Final = frozenset({"api.documento.show"})
"""For whoever comes: what the addresses are is no secret."""

_BEARER: Final = "bearer "

log = structlog.get_logger(__name__)


def guard(api: Blueprint, rotas: Mapping[str, Rota]) -> None:
    """Put the door before everything that hangs below `api`, also before what is not in the table."""

    @api.before_request
    def look() -> None:
        endpoint = request.endpoint or ""
        if endpoint in ABERTAS:
            return
        entrada = enter_in_own_transactions(_read_chave(), endereco=find_endereco())
        structlog.contextvars.bind_contextvars(usuario=entrada.usuario.id, ficha=entrada.ficha.id)
        rota = rotas.get(endpoint)
        if rota is None:
            log.warning("porta_recusada", rota=endpoint)
            abort(403)
        if rota.escopo not in entrada.ficha.escopos:
            raise EscopoFaltando(escopo=rota.escopo.value)
        entrada.as_quem().ensure_papel(*sorted(rota.papeis))
        g.entrada = entrada


def _read_chave() -> str | None:
    """What stands after `Bearer`; None when nothing like it was sent, which is no wrong guess."""
    header = request.headers.get("Authorization", "")
    if header[: len(_BEARER)].lower() != _BEARER:
        return None
    return header[len(_BEARER) :].strip() or None
