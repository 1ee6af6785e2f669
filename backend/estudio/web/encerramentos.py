"""Encerramentos: the dono logs a person out of one of her browsers, or of all."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.services.conta_service import close_navegadores
from estudio.services.usuario_service import get_usuario
from estudio.web.access import get_quem
from estudio.web.forms import Feito, press
from estudio.web.navegadores import NavegadorForm, describe_encerrados

encerramentos = Blueprint("encerramentos", __name__, url_prefix="/usuarios/<id:usuario_id>/encerramento")


@encerramentos.post("")
def create(usuario_id: int) -> BaseResponse:
    quem = get_quem()
    form = NavegadorForm(request.form)

    def close(session: Session) -> Feito:
        get_usuario(session, usuario_id)
        closed = close_navegadores(session, usuario_id, quem=quem, acesso_id=form.acesso_id.data)
        return Feito(url_for("usuarios.edit", usuario_id=usuario_id), describe_encerrados(closed))

    return press(form, quem=quem, deed=close)
