"""Desfeitas of acertos: the last edit taken back, or a deleted one brought back, by the same press as a gasto's."""

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.services.acerto_service import undo_delete_acerto, undo_edit_acerto
from estudio.web.access import get_quem
from estudio.web.acerto_form import describe_acerto
from estudio.web.acertos import locate_acerto
from estudio.web.desfeitas import EDICAO, DesfeitaForm
from estudio.web.forms import Feito, press
from estudio.web.language import gettext as _

acertos_desfeitas = Blueprint("acertos_desfeitas", __name__, url_prefix="/acertos/<id:acerto_id>/desfeita")


@acertos_desfeitas.post("")
def create(acerto_id: int) -> BaseResponse:
    quem = get_quem()
    form = DesfeitaForm(request.form)

    def undo(session: Session) -> Feito:
        if form.ato.data == EDICAO:
            acerto = undo_edit_acerto(session, acerto_id, quem=quem, versao=form.versao.data)
        else:
            acerto = undo_delete_acerto(session, acerto_id, quem=quem)
        # Names follow their codes.
        session.expire(acerto)
        return Feito(locate_acerto(acerto), _("Desfeito: voltou a ser %(acerto)s.", acerto=describe_acerto(acerto)))

    return press(form, quem=quem, deed=undo)
