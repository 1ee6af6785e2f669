"""Senhas esquecidas: who forgot a password asks for a link by e-mail. The answer is the same for everybody."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse
from wtforms import EmailField, Form
from wtforms.validators import DataRequired, Length

from estudio import clock
from estudio.domain.errors import MuitasTentativas
from estudio.services.correio_service import dispatch, is_configured
from estudio.services.link_service import send_recuperacao_in_own_transaction
from estudio.services.tentativa_service import Balcao, reserve_tentativa
from estudio.services.usuario_service import LIMITE_EMAIL
from estudio.web import cookies
from estudio.web.cartas import write_recuperacao
from estudio.web.confirmacoes import refuse
from estudio.web.forms import OBRIGATORIO, Erros, tell
from estudio.web.language import gettext as _
from estudio.web.transactions import writing

senhas_esquecidas = Blueprint("senhas_esquecidas", __name__, url_prefix="/recuperar")


class RecuperacaoForm(Erros, Form):
    email = EmailField(_l("E-mail"), [DataRequired(OBRIGATORIO), Length(max=LIMITE_EMAIL)])


@senhas_esquecidas.get("")
def new() -> str:
    return _show(RecuperacaoForm())


@senhas_esquecidas.post("")
def create() -> BaseResponse:
    form = RecuperacaoForm(request.form)
    if not form.validate() or not is_configured():
        return make_response(_show(form), 422)
    email = form.email.data or ""
    balcao = Balcao.of_recuperacao(email=email, endereco=cookies.find_endereco())
    try:
        writing(lambda session: reserve_tentativa(session, balcao, clock.now()))
    except MuitasTentativas as refusal:
        return refuse(form, refusal, lambda: _show(form))
    # Whether there is such a person is looked at there, when this answer is on its way.
    write = write_recuperacao()
    dispatch(lambda: send_recuperacao_in_own_transaction(email, write))
    tell(_("Se alguém entra com este e-mail, um link chega nele em alguns minutos. Confira também o spam."))
    return redirect(url_for("acessos.new"), 303)


def _show(form: RecuperacaoForm) -> str:
    return render_template("senhas_esquecidas/new.html", form=form, envia=is_configured())
