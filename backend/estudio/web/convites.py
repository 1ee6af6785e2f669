"""Convites: the dono makes a link by which a person gives herself a password; shown once, and sent by e-mail."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.usuario import Usuario
from estudio.services.link_service import create_convite_de
from estudio.services.usuario_service import get_usuario
from estudio.web.access import get_quem
from estudio.web.forms import Feito, Formulario, press
from estudio.web.language import gettext as _
from estudio.web.usuarios import hand_over

convites = Blueprint("convites", __name__, url_prefix="/usuarios/<id:usuario_id>/convite")


@convites.post("")
def create(usuario_id: int) -> BaseResponse:
    quem = get_quem()
    links: list[tuple[Usuario, str]] = []

    def invite(session: Session) -> Feito:
        chave = create_convite_de(session, usuario_id, quem=quem)
        usuario = get_usuario(session, usuario_id)
        links[:] = [(usuario, chave)]
        return Feito(
            url_for("usuarios.edit", usuario_id=usuario_id), _("Há um link novo para %(nome)s.", nome=usuario.nome)
        )

    return hand_over(press(Formulario(request.form), quem=quem, deed=invite), links)
