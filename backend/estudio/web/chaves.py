"""Chaves de acesso: one's own passkeys, a new one, and one less."""

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form, HiddenField, StringField
from wtforms.validators import DataRequired, Length

from estudio.domain.chave_de_acesso import MAIOR_NOME
from estudio.domain.errors import Refusal
from estudio.services.chave_service import (
    create_desafio_de_registro,
    delete_chave,
    list_chaves,
    register_chave_in_own_transactions,
)
from estudio.web.access import get_quem
from estudio.web.desafios import MAIOR_RESPOSTA, hand_out, take_desafio
from estudio.web.errors import get_status
from estudio.web.forms import OBRIGATORIO, Erros, Feito, Formulario, go_on, press
from estudio.web.language import gettext as _
from estudio.web.local import get_lugar
from estudio.web.transactions import reading, writing

chaves = Blueprint("chaves", __name__, url_prefix="/conta/chaves")


class ChaveForm(Erros, Form):
    nome = StringField(_l("Nome"), [DataRequired(OBRIGATORIO), Length(max=MAIOR_NOME)])
    credencial = HiddenField(validators=[Length(max=MAIOR_RESPOSTA)])


@chaves.get("")
def index() -> str:
    return _show(ChaveForm())


@chaves.post("/desafio")
def new() -> Response:
    """What the device is asked for, to make a new one."""
    quem, lugar = get_quem(), get_lugar()
    return hand_out(writing(lambda session: create_desafio_de_registro(session, quem=quem, lugar=lugar)))


@chaves.post("")
def create() -> BaseResponse:
    form = ChaveForm(request.form)
    if not form.validate():
        return make_response(_show(form), 422)
    try:
        chave = register_chave_in_own_transactions(
            quem=get_quem(),
            nome=form.nome.data or "",
            desafio=take_desafio(),
            resposta=form.credencial.data or "",
            lugar=get_lugar(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return make_response(_show(form), get_status(refusal))
    return go_on(Feito(url_for("chaves.index"), _("A chave %(nome)s abre o estúdio.", nome=chave.nome)))


@chaves.post("/<id:chave_id>/remocao")
def destroy(chave_id: int) -> BaseResponse:
    quem = get_quem()

    def delete(session: Session) -> Feito:
        chave = delete_chave(session, chave_id, quem=quem)
        return Feito(url_for("chaves.index"), _("A chave %(nome)s não abre mais o estúdio.", nome=chave.nome))

    return press(Formulario(request.form), quem=quem, deed=delete)


def _show(form: ChaveForm) -> str:
    quem, lugar = get_quem(), get_lugar()
    form.credencial.data = ""
    with reading() as session:
        minhas = list_chaves(session, quem=quem)
    return render_template("chaves/index.html", form=form, minhas=minhas, serve=lugar.serve)
