"""Situações: the press that says a sessão is confirmed, took place, was cancelled, or that nobody came. A label."""

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField
from wtforms.validators import AnyOf

from estudio.domain.sessao import Status
from estudio.services.sessao_service import edit_sessao
from estudio.web.access import get_quem
from estudio.web.campos import NumeroField
from estudio.web.forms import Feito, Formulario, press
from estudio.web.language import gettext as _
from estudio.web.sessao_texto import describe_sessao, format_situacao
from estudio.web.sessoes import locate, offer_undo_of_edit

situacoes = Blueprint("situacoes", __name__, url_prefix="/sessoes/<id:sessao_id>/situacao")


class SituacaoForm(Formulario):
    status = HiddenField(validators=[AnyOf([*Status])])
    versao = NumeroField()


@situacoes.post("")
def create(sessao_id: int) -> BaseResponse:
    quem = get_quem()
    form = SituacaoForm(request.form)

    def label(session: Session) -> Feito:
        status = str(form.status.data)
        sessao = edit_sessao(session, sessao_id, quem=quem, versao=form.versao.data, status=status)
        session.expire(sessao)
        if sessao.versao == form.versao.data:
            # Nothing to take back but what was done before.
            return Feito(locate(sessao), _("Nada mudou."))
        recado = _("%(situacao)s: %(sessao)s.", situacao=format_situacao(status), sessao=describe_sessao(sessao))
        return Feito(locate(sessao), recado, offer_undo_of_edit(sessao))

    return press(form, quem=quem, deed=label)
