"""Novidades: asked by a page that stays open, every second or two, whether it still shows how things are.

An answer at once, and no connection that is held: the server has few threads. Nobody stays logged in by it (`access`).
"""

from typing import Final

from flask import Blueprint, Response, jsonify, request

from estudio import clock
from estudio.services import funcionamento_consulta
from estudio.services.novidade_service import find_marca
from estudio.web.access import get_quem
from estudio.web.transactions import reading

novidades = Blueprint("novidades", __name__)

FUNCIONAMENTO: Final = "funcionamento"


@novidades.get("/novidades")
def show() -> Response:
    """Of the books; or, where `de` says so, of how the studio works by itself."""
    with reading() as session:
        if request.args.get("de") == FUNCIONAMENTO:
            return jsonify(marca=funcionamento_consulta.find_marca(session, clock.now(), quem=get_quem()))
        return jsonify(marca=find_marca(session, quem=get_quem()))
