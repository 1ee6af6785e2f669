"""Contas: a person's own account: her name, her reminders, her password and PIN, the browsers in which she is."""

from flask import Blueprint, make_response, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField

from estudio.config import get_settings
from estudio.config_avisos import NUNCA
from estudio.services.conta_service import has_pin, list_navegadores
from estudio.services.usuario_service import LIMITE_NOME, edit_own_conta, get_usuario
from estudio.web.access import get_chave, get_current, get_quem
from estudio.web.campos import NomeField
from estudio.web.forms import Feito, Formulario, submit
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

contas = Blueprint("contas", __name__, url_prefix="/conta")


class ContaForm(Formulario):
    nome = NomeField(_l("Seu nome"), maximo=LIMITE_NOME, obrigatorio=True)
    lembretes = BooleanField(_l("Lembretes por e-mail"))


@contas.get("")
def index() -> BaseResponse:
    return make_response(_show(None))


@contas.post("")
def update() -> BaseResponse:
    quem = get_quem()
    form = ContaForm(request.form)

    def change(session: Session) -> Feito:
        antes = get_usuario(session, get_current().id).lembretes
        lembretes = bool(form.lembretes.data)
        usuario = edit_own_conta(session, quem=quem, nome=form.nome.data or "", lembretes=lembretes)
        said = _("Pronto: você se chama %(nome)s.", nome=usuario.nome)
        if lembretes != antes:
            said += " " + (_("Você recebe lembretes.") if lembretes else _("Você não recebe mais lembretes."))
        return Feito(url_for("contas.index"), said)

    return submit(form, quem=quem, deed=change, show=lambda: _show(form))


def _show(form: ContaForm | None) -> str:
    quem, eu, settings = get_quem(), get_current(), get_settings()
    with reading() as session:
        usuario = get_usuario(session, eu.id)
        return render_template(
            "contas/index.html",
            form=form or ContaForm(data={"nome": usuario.nome, "lembretes": usuario.lembretes}),
            hora_do_lembrete=settings.reminder_time if settings.smtp_host and settings.reminder_time != NUNCA else None,
            tem_pin=has_pin(session, usuario.id),
            navegadores=list_navegadores(session, usuario.id, quem=quem, chave=get_chave()),
        )
