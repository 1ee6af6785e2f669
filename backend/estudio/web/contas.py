"""Contas: a person's own account: what she is called, her password and PIN, the browsers in which she is logged in."""

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from estudio.services.conta_service import has_pin, list_navegadores
from estudio.services.usuario_service import LIMITE_NOME, edit_own_nome, get_usuario
from estudio.web.access import get_chave, get_current, get_quem
from estudio.web.forms import OBRIGATORIO, Feito, Formulario, submit
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

contas = Blueprint("contas", __name__, url_prefix="/conta")


class ContaForm(Formulario):
    nome = StringField(_l("Seu nome"), [DataRequired(OBRIGATORIO), Length(max=LIMITE_NOME)])


@contas.get("")
def index() -> BaseResponse:
    return make_response(_show(None))


@contas.post("")
def update() -> BaseResponse:
    quem = get_quem()
    form = ContaForm(request.form)

    def change(session: Session) -> Feito:
        usuario = edit_own_nome(session, quem=quem, nome=form.nome.data or "")
        return Feito(url_for("contas.index"), _("Pronto: você se chama %(nome)s.", nome=usuario.nome))

    return submit(form, quem=quem, deed=change, show=lambda: _show(form))


def _show(form: ContaForm | None) -> str:
    quem, eu = get_quem(), get_current()
    with reading() as session:
        usuario = get_usuario(session, eu.id)
        return render_template(
            "contas/index.html",
            form=form or ContaForm(data={"nome": usuario.nome}),
            tem_pin=has_pin(session, usuario.id),
            navegadores=list_navegadores(session, usuario.id, quem=quem, chave=get_chave()),
        )
