"""Prévias: what a payment would give to the artista and leave to the studio, told while it is being typed.

The domain reads and rounds, here as when it is registered: there is no second arithmetic in the browser.
"""

from decimal import Decimal

from flask import Blueprint, Response, jsonify, request

from estudio.domain.artista import get_artista
from estudio.domain.comissao import calculate_valor
from estudio.domain.dinheiro import ensure_percentual, parse_dinheiro, parse_percentual
from estudio.domain.errors import Refusal
from estudio.web.campos import parse_numero
from estudio.web.filters import format_dinheiro, format_percentual
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

previas = Blueprint("previas", __name__)


@previas.get("/pagamentos/previa")
def show() -> Response:
    """Nothing while what is typed is not yet an amount, or nobody's share is known."""
    try:
        valor = parse_dinheiro(request.args.get("valor", ""))
        percentual = _find_percentual()
    except (Refusal, ValueError):
        return jsonify(texto="")
    if percentual is None:
        return jsonify(texto="")
    comissao = calculate_valor(valor, percentual)
    return jsonify(texto=_describe(comissao, valor - comissao, percentual))


def _find_percentual() -> int | None:
    """What was typed, or what it was (`padrao`), or the artista's own; nobody chosen is None.

    Raises what the domain refuses, and ValueError.
    """
    typed = request.args.get("percentual", "").strip()
    if typed:
        return parse_percentual(typed)
    padrao = parse_numero(request.args.get("padrao"))
    if padrao is not None:
        return ensure_percentual(padrao)
    artista_id = parse_numero(request.args.get("artista_id"))
    if artista_id is None:
        return None
    with reading() as session:
        return get_artista(session, artista_id).percentual


def _describe(comissao: Decimal, resto: Decimal, percentual: int) -> str:
    return _(
        "Comissão de %(percentual)s: %(comissao)s · o estúdio fica com %(resto)s",
        percentual=format_percentual(percentual),
        comissao=format_dinheiro(comissao),
        resto=format_dinheiro(resto),
    )
