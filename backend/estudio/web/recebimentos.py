"""Recebimentos: one press that receives for a sessão of the day, at the price and by the forma that the button says."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField
from wtforms.validators import DataRequired

from estudio import clock
from estudio.domain.errors import PagamentoIgual
from estudio.services.recebimento_service import receive_sessao
from estudio.web.access import get_quem
from estudio.web.campos import DinheiroField
from estudio.web.errors import explain
from estudio.web.forms import Feito, Formulario, go_on, press
from estudio.web.language import gettext as _
from estudio.web.pagamentos import describe_pagamento, offer_deletion

recebimentos = Blueprint("recebimentos", __name__, url_prefix="/sessoes/<id:sessao_id>/recebimento")


class RecebimentoForm(Formulario):
    """What the button said: a price or a forma that is another by now is not what was pressed."""

    valor = DinheiroField("")
    forma = HiddenField(validators=[DataRequired()])


@recebimentos.post("")
def create(sessao_id: int) -> BaseResponse:
    quem = get_quem()
    form = RecebimentoForm(request.form)

    def receive(session: Session) -> Feito:
        pagamento = receive_sessao(
            session, sessao_id, quem=quem, data=clock.today(), valor=form.valor.data, forma=form.forma.data or ""
        )
        return Feito(
            url_for("inicio.index"),
            _("Registrado: %(pagamento)s.", pagamento=describe_pagamento(pagamento)),
            offer_deletion(pagamento, quem),
        )

    try:
        return press(form, quem=quem, deed=receive)
    except PagamentoIgual as refusal:
        # A button has no room for a question: the whole form asks it.
        return go_on(Feito(url_for("pagamentos.new", sessao=sessao_id), explain(refusal)))
