"""PINs: the digits by which a person takes over a shared browser; set by the password, and taken away by a press."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField
from wtforms.validators import DataRequired, EqualTo, Length

from estudio.domain.conta import MAIOR_PIN, MENOR_PIN
from estudio.domain.errors import Refusal
from estudio.services.conta_service import change_own_pin_in_own_transactions, delete_own_pin
from estudio.web import cookies
from estudio.web.access import get_current, get_quem
from estudio.web.confirmacoes import ConfirmacaoForm, refuse
from estudio.web.forms import OBRIGATORIO, Feito, Formulario, press, tell
from estudio.web.language import gettext as _

pins = Blueprint("pins", __name__, url_prefix="/conta/pin")

ALGARISMOS = {"inputmode": "numeric", "maxlength": str(MAIOR_PIN)}
"""The phone shows digits."""


class PinForm(ConfirmacaoForm):
    pin = PasswordField(_l("PIN"), [DataRequired(OBRIGATORIO), Length(max=100)], render_kw=ALGARISMOS)
    outra_vez = PasswordField(
        _l("O mesmo PIN outra vez"),
        [DataRequired(OBRIGATORIO), EqualTo("pin", _l("Os dois não são iguais. Digite os dois de novo."))],
        render_kw=ALGARISMOS,
    )


@pins.get("")
def edit() -> str:
    return _show(PinForm())


@pins.post("")
def update() -> BaseResponse:
    form = PinForm(request.form)
    usuario = get_current()
    if not form.validate():
        return make_response(_show(form), 422)
    try:
        change_own_pin_in_own_transactions(
            quem=get_quem(),
            atual=form.atual.data or "",
            pin=form.pin.data or "",
            balcao=cookies.find_balcao(usuario.email),
            aparelho=cookies.name_aparelho(),
        )
    except Refusal as refusal:
        return refuse(form, refusal, lambda: _show(form))
    tell(_("Pronto: o seu PIN vale neste navegador por 12 horas, e nos outros depois que você entrar com a senha."))
    response = make_response(redirect(url_for("contas.index"), 303))
    cookies.put_aparelho(response, usuario.email)
    return response


@pins.post("/exclusao")
def destroy() -> BaseResponse:
    quem = get_quem()

    def delete(session: Session) -> Feito:
        delete_own_pin(session, quem=quem)
        return Feito(url_for("contas.index"), _("Você não tem mais PIN. Trocar de pessoa pede a sua senha."))

    return press(Formulario(request.form), quem=quem, deed=delete)


def _show(form: PinForm) -> str:
    return render_template("pins/edit.html", form=form, menor=MENOR_PIN, maior=MAIOR_PIN)
