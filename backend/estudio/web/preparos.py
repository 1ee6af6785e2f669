"""Preparos: can these pages work? For a balancer, or for Docker, that sends nobody here before they can."""

from flask import Blueprint, Response, jsonify

from estudio.services.saude_service import check_preparo
from estudio.web.metricas import is_vigia

preparos = Blueprint("preparos", __name__, url_prefix="/ready")


@preparos.get("")
def show() -> tuple[Response, int]:
    """200 when the database answers and has every table of this program; 503 otherwise, and what is missing."""
    preparo = check_preparo()
    # Which tables are missing is for who watches.
    said = preparo.as_json() if is_vigia() else {"situacao": preparo.situacao}
    return jsonify(said), 200 if preparo.is_pronto else 503
