"""Saúdes: what a program asks that watches: is the process alive; is the last month closed, and its backup proven."""

from flask import Blueprint, Response, jsonify

from estudio.services.saude_service import find_saude
from estudio.web.metricas import ensure_vigia
from estudio.web.transactions import looking

saudes = Blueprint("saudes", __name__, url_prefix="/health")


@saudes.get("")
def index() -> Response:
    """Alive, for whoever comes: it asks no database, so that one that is down has no page restarted over and over."""
    return jsonify(situacao="vivo")


@saudes.get("/extrato")
def show() -> tuple[Response, int]:
    """200 when no finished month is late and the newest closed one has its proof; 503 otherwise, and which."""
    ensure_vigia()
    with looking() as session:
        saude = find_saude(session)
    return jsonify(saude.as_json()), 200 if saude.is_ok else 503
