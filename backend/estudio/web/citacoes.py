"""Citações: the dono reads a text that may name an erased person, and has its words taken out or says who it was."""

from typing import Final

from flask import Blueprint, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.titular import Decisao
from estudio.services.citacao_service import decide_citacao
from estudio.web.access import get_quem
from estudio.web.forms import Feito, Formulario, press
from estudio.web.titulares import clean_files

citacoes = Blueprint("citacoes", __name__, url_prefix="/clientes/<id:cliente_id>/titular/citacoes/<id:citacao_id>")


RECADOS: Final[dict[Decisao, LazyString]] = {
    Decisao.NOME: _l("O nome já tinha saído; o resto do texto fica como está."),
    Decisao.APAGADA: _l("O texto foi apagado, também da auditoria."),
    Decisao.CORRIGIDA: _l("O texto fica como você o corrigiu; o de antes foi apagado da auditoria."),
    Decisao.FICA: _l("O texto fica como está."),
}
"""What stands, whoever decided it, and whenever."""


@citacoes.post("")
def update(cliente_id: int, citacao_id: int) -> BaseResponse:
    """It is somebody else, and stays; or it was corrected by hand, and what it said before goes."""
    corrigida = request.form.get("decisao") == Decisao.CORRIGIDA
    return _decide(cliente_id, citacao_id, Decisao.CORRIGIDA if corrigida else Decisao.FICA)


@citacoes.post("/exclusao")
def destroy(cliente_id: int, citacao_id: int) -> BaseResponse:
    return _decide(cliente_id, citacao_id, Decisao.APAGADA)


def _decide(cliente_id: int, citacao_id: int, decisao: Decisao) -> BaseResponse:
    quem, changed = get_quem(), False

    def decide(session: Session) -> Feito:
        nonlocal changed
        stands, now = decide_citacao(session, cliente_id, citacao_id, decisao=decisao, quem=quem)
        changed = now and stands is not Decisao.FICA
        return Feito(url_for("titulares.show", cliente_id=cliente_id, _anchor="s-citacoes"), str(RECADOS[stands]))

    response = press(Formulario(request.form), quem=quem, deed=decide)
    if response.status_code == 303 and changed:
        # After the COMMIT, as when the person went: sheets and documents are made anew without the words.
        clean_files()
    return response
