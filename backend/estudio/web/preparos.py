"""Preparos: can these pages work? For a balancer, or for Docker, that sends nobody here before they can."""

from flask import Blueprint, Response, jsonify

from estudio.services.saude_service import check_preparo

preparos = Blueprint("preparos", __name__, url_prefix="/ready")


@preparos.get("")
def show() -> tuple[Response, int]:
    """200 when the database answers and has every table of this program; 503 otherwise, and what is missing."""
    preparo = check_preparo()
    return jsonify(preparo.as_json()), 200 if preparo.is_pronto else 503
