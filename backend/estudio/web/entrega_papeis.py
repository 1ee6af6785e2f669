"""Papéis: the statement behind a link as a PDF, with no more of the clientes than its page says."""

from flask import Blueprint, Response

from estudio.services.demonstrativo_guarda import get_papel_do_link
from estudio.web.demonstrativo_papeis import send_papel
from estudio.web.entregas import hide_from_search, read_entrega

entrega_papeis = Blueprint("entrega_papeis", __name__, url_prefix="/d/<segredo>/pdf")


@entrega_papeis.after_request
def hide(response: Response) -> Response:
    return hide_from_search(response)


@entrega_papeis.get("")
def show(segredo: str) -> Response:
    """What is kept. Nothing is made for who holds a link, and nobody keeps the processor busy by one."""
    return send_papel(*read_entrega(segredo, lambda session, entrega: get_papel_do_link(session, entrega.folha)))
