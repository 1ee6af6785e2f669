"""Papéis: the statement behind a link as a PDF, with no more of the clientes than its page says."""

from flask import Blueprint, Response

from estudio.services.demonstrativo_papel import write_demonstrativo
from estudio.web.demonstrativo_papeis import send_papel
from estudio.web.entregas import hide_from_search, read_entrega

entrega_papeis = Blueprint("entrega_papeis", __name__, url_prefix="/d/<segredo>/pdf")


@entrega_papeis.after_request
def hide(response: Response) -> Response:
    return hide_from_search(response)


@entrega_papeis.get("")
def show(segredo: str) -> Response:
    folha = read_entrega(segredo, lambda _session, entrega: entrega.folha)
    return send_papel(*write_demonstrativo(folha))
