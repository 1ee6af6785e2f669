"""Vínculos: a sessão tied to a payment that is already registered, or freed of it. Each takes the other back."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms.validators import DataRequired

from estudio.domain.pagamento import get_pagamento
from estudio.domain.sessao import get_sessao
from estudio.services.sessao_service import link_sessao, unlink_sessao
from estudio.web.access import get_quem
from estudio.web.campos import NumeroField
from estudio.web.forms import Desfazer, Feito, Formulario, press
from estudio.web.language import gettext as _
from estudio.web.pagamentos import describe_pagamento
from estudio.web.sessao_texto import describe_sessao

vinculos = Blueprint("vinculos", __name__, url_prefix="/sessoes/<id:sessao_id>/vinculo")


class VinculoForm(Formulario):
    pagamento_id = NumeroField(validators=[DataRequired()])


@vinculos.post("")
def create(sessao_id: int) -> BaseResponse:
    quem = get_quem()
    form = VinculoForm(request.form)

    def link(session: Session) -> Feito:
        sessao = link_sessao(session, sessao_id, quem=quem, pagamento_id=form.pagamento_id.data)
        pagamento = get_pagamento(session, form.pagamento_id.data)
        return Feito(
            url_for("sessoes.edit", sessao_id=sessao_id),
            _(
                "Ligada: %(sessao)s, paga por %(pagamento)s.",
                sessao=describe_sessao(sessao),
                pagamento=describe_pagamento(pagamento),
            ),
            Desfazer(url_for("vinculos.destroy", sessao_id=sessao_id)),
        )

    return press(form, quem=quem, deed=link)


@vinculos.post("/exclusao")
def destroy(sessao_id: int) -> BaseResponse:
    quem = get_quem()

    def unlink(session: Session) -> Feito:
        pagamento_id = get_sessao(session, sessao_id).payment_id
        sessao = unlink_sessao(session, sessao_id, quem=quem)
        return Feito(
            url_for("sessoes.edit", sessao_id=sessao_id),
            _("Sem pagamento: %(sessao)s. O pagamento continua registrado.", sessao=describe_sessao(sessao)),
            Desfazer(url_for("vinculos.create", sessao_id=sessao_id), {"pagamento_id": str(pagamento_id)}),
        )

    return press(Formulario(request.form), quem=quem, deed=unlink)
