"""Desfeitas of gastos: the last edit taken back, or a deleted one brought back, by the same press as a payment's."""

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.services.desfazer_service import undo_delete_gasto, undo_edit_gasto
from estudio.web.access import get_quem
from estudio.web.desfeitas import EDICAO, DesfeitaForm
from estudio.web.forms import Feito, press
from estudio.web.gasto_form import describe_gasto
from estudio.web.gastos import locate_gasto
from estudio.web.language import gettext as _

gastos_desfeitas = Blueprint("gastos_desfeitas", __name__, url_prefix="/gastos/<id:gasto_id>/desfeita")


@gastos_desfeitas.post("")
def create(gasto_id: int) -> BaseResponse:
    quem = get_quem()
    form = DesfeitaForm(request.form)

    def undo(session: Session) -> Feito:
        if form.ato.data == EDICAO:
            gasto = undo_edit_gasto(session, gasto_id, quem=quem, versao=form.versao.data)
        else:
            gasto = undo_delete_gasto(session, gasto_id, quem=quem)
        # Names follow their codes.
        session.expire(gasto)
        return Feito(locate_gasto(gasto), _("Desfeito: voltou a ser %(gasto)s.", gasto=describe_gasto(gasto)))

    return press(form, quem=quem, deed=undo)
