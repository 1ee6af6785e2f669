"""Citações: the dono reads a text that may name an erased person, and has its words taken out or says who it was."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.services.citacao_service import decide_citacao
from estudio.web.access import get_quem
from estudio.web.forms import Feito, Formulario, press
from estudio.web.language import gettext as _
from estudio.web.titulares import clean_files

citacoes = Blueprint("citacoes", __name__, url_prefix="/clientes/<id:cliente_id>/titular/citacoes/<id:citacao_id>")


@citacoes.post("")
def update(cliente_id: int, citacao_id: int) -> BaseResponse:
    """It was somebody else, or was corrected by hand."""
    return _decide(cliente_id, citacao_id, apagar=False, recado=_("O texto fica como está."))


@citacoes.post("/exclusao")
def destroy(cliente_id: int, citacao_id: int) -> BaseResponse:
    return _decide(cliente_id, citacao_id, apagar=True, recado=_("O texto foi apagado, também da auditoria."))


def _decide(cliente_id: int, citacao_id: int, *, apagar: bool, recado: str) -> BaseResponse:
    quem = get_quem()

    def decide(session: Session) -> Feito:
        decide_citacao(session, cliente_id, citacao_id, apagar=apagar, quem=quem)
        return Feito(url_for("titulares.show", cliente_id=cliente_id, _anchor="s-citacoes"), recado)

    response = press(Formulario(request.form), quem=quem, deed=decide)
    if response.status_code == 303:
        # After the COMMIT, as when the person went: sheets and documents are made anew without the words.
        clean_files()
    return response
