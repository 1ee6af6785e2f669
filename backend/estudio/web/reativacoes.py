"""Reativações: who was let out logs in again, with the password of before; it is what takes a desativação back."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.services.usuario_service import edit_usuario
from estudio.web.access import get_quem
from estudio.web.forms import Desfazer, Feito, Formulario, press
from estudio.web.language import gettext as _

reativacoes = Blueprint("reativacoes", __name__, url_prefix="/usuarios/<id:usuario_id>/reativacao")


@reativacoes.post("")
def create(usuario_id: int) -> BaseResponse:
    quem = get_quem()

    def reactivate(session: Session) -> Feito:
        usuario = edit_usuario(session, usuario_id, quem=quem, ativo=True)
        return Feito(
            url_for("usuarios.index"),
            _("%(nome)s pode entrar de novo.", nome=usuario.nome),
            Desfazer(url_for("usuarios.destroy", usuario_id=usuario_id)),
        )

    return press(Formulario(request.form), quem=quem, deed=reactivate)
