"""Desfeitas: the press on *Desfazer* that takes back the last edit of a payment, or brings a deleted one back."""

from typing import Final

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField
from wtforms.validators import AnyOf

from estudio.services.desfazer_service import undo_delete_pagamento, undo_edit_pagamento
from estudio.web.access import get_quem
from estudio.web.campos import NumeroField
from estudio.web.forms import Feito, Formulario, press
from estudio.web.language import gettext as _
from estudio.web.pagamentos import describe_pagamento, locate

EDICAO: Final = "edicao"
EXCLUSAO: Final = "exclusao"

desfeitas = Blueprint("desfeitas", __name__, url_prefix="/pagamentos/<id:pagamento_id>/desfeita")


class DesfeitaForm(Formulario):
    """`versao` is the one that the edit left: another's edit upon it is not taken back along with it."""

    ato = HiddenField(validators=[AnyOf([EDICAO, EXCLUSAO])])
    versao = NumeroField()


@desfeitas.post("")
def create(pagamento_id: int) -> BaseResponse:
    quem = get_quem()
    form = DesfeitaForm(request.form)

    def undo(session: Session) -> Feito:
        if form.ato.data == EDICAO:
            pagamento = undo_edit_pagamento(session, pagamento_id, quem=quem, versao=form.versao.data)
        else:
            pagamento = undo_delete_pagamento(session, pagamento_id, quem=quem)
        # Names follow their ids.
        session.expire(pagamento)
        return Feito(
            locate(pagamento), _("Desfeito: voltou a ser %(pagamento)s.", pagamento=describe_pagamento(pagamento))
        )

    return press(form, quem=quem, deed=undo)
