"""Novidades: asked by a page that stays open, every second or two, whether it still shows how things are.

An answer at once, and no connection that is held: the server has few threads. Nobody stays logged in by it (`access`).
"""

from flask import Blueprint, Response, jsonify

from estudio.services.novidade_service import find_marca
from estudio.web.access import get_quem
from estudio.web.transactions import reading

novidades = Blueprint("novidades", __name__)


@novidades.get("/novidades")
def show() -> Response:
    with reading() as session:
        return jsonify(marca=find_marca(session, quem=get_quem()))
