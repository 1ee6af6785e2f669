"""Desafios: what this browser's passkey is asked to sign, to log in or to prove once more who sits here."""

from typing import Final

from flask import Blueprint, Response, request, session

from estudio.services.chave_service import Pedido, create_desafio_de_entrada
from estudio.services.etapa_service import find_pessoa_da_etapa
from estudio.web import cookies
from estudio.web.access import find_current
from estudio.web.local import get_lugar
from estudio.web.transactions import reading, writing

MAIOR_RESPOSTA: Final = 16_384
"""Characters of what a passkey answers."""

_LEMBRA: Final = "desafio"

desafios = Blueprint("desafios", __name__)


@desafios.post("/desafios")
def create() -> Response:
    """At the door one for who is half way in, or one that any passkey of this studio answers; with `prova` one for who
    is logged in."""
    usuario_id, lugar = _find_usuario_id(), get_lugar()
    return hand_out(writing(lambda db: create_desafio_de_entrada(db, lugar=lugar, usuario_id=usuario_id)))


def hand_out(pedido: Pedido) -> Response:
    """Only the browser that asked can answer: the name of the challenge is in its cookie."""
    session[_LEMBRA] = pedido.chave
    return Response(pedido.opcoes, content_type="application/json")


def take_desafio() -> str:
    """What this browser was asked last; asked again it was nothing."""
    return str(session.pop(_LEMBRA, ""))


def _find_usuario_id() -> int | None:
    etapa, usuario = cookies.read_etapa(), None
    if "prova" in request.args:
        usuario = find_current()
    elif etapa is not None:
        with reading() as db:
            usuario = find_pessoa_da_etapa(db, etapa)
    return None if usuario is None else usuario.id
