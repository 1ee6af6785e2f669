"""Senhas: a person gives herself another password, by the one of before."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField
from wtforms.validators import DataRequired, EqualTo, Length

from estudio.domain.errors import Refusal
from estudio.domain.senha import MAXIMO, MINIMO
from estudio.services.conta_service import change_own_senha_in_own_transactions
from estudio.web import cookies
from estudio.web.access import forget_current, get_chave, get_current, get_quem
from estudio.web.cartas import send_senha_trocada
from estudio.web.confirmacoes import ConfirmacaoForm, refuse
from estudio.web.forms import OBRIGATORIO, tell
from estudio.web.language import gettext as _

senhas = Blueprint("senhas", __name__, url_prefix="/conta/senha")


class SenhaForm(ConfirmacaoForm):
    senha = PasswordField(_l("Senha nova"), [DataRequired(OBRIGATORIO), Length(max=MAXIMO)])
    outra_vez = PasswordField(
        _l("A mesma senha outra vez"),
        [DataRequired(OBRIGATORIO), EqualTo("senha", _l("As duas senhas não são iguais. Digite as duas de novo."))],
    )


@senhas.get("")
def edit() -> str:
    return _show(SenhaForm())


@senhas.post("")
def update() -> BaseResponse:
    form = SenhaForm(request.form)
    usuario = get_current()
    if not form.validate():
        return make_response(_show(form), 422)
    try:
        chave = change_own_senha_in_own_transactions(
            quem=get_quem(),
            chave=get_chave(),
            atual=form.atual.data or "",
            nova=form.senha.data or "",
            balcao=cookies.find_balcao(usuario.email),
            aparelho=cookies.name_aparelho(),
        )
    except Refusal as refusal:
        return refuse(form, refusal, lambda: _show(form))
    send_senha_trocada(usuario)
    # The key of before is not brought up to date by this answer.
    forget_current()
    tell(_("A sua senha foi trocada, e os seus outros navegadores foram encerrados. Se tinha um PIN, crie outro."))
    response = make_response(redirect(url_for("contas.index"), 303))
    cookies.put_cracha(response, chave)
    cookies.put_aparelho(response, usuario.email)
    return response


def _show(form: SenhaForm) -> str:
    return render_template("senhas/edit.html", form=form, minimo=MINIMO)
