"""Recuperações: ten new codes for the paper, in the place of those that were used or lost."""

from flask import Blueprint, make_response
from werkzeug.wrappers import Response as BaseResponse

from estudio.services.fator_service import renew_codigos
from estudio.web.access import get_quem
from estudio.web.segundos_fatores import show_codigos
from estudio.web.transactions import writing

recuperacoes = Blueprint("recuperacoes", __name__, url_prefix="/conta/segundo-fator/codigos")


@recuperacoes.post("")
def create() -> BaseResponse:
    quem = get_quem()
    return make_response(show_codigos(writing(lambda session: renew_codigos(session, quem=quem))))
