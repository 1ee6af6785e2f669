"""Retornos: the press that takes an artista who had left back in."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.services.artista_service import reactivate_artista
from estudio.web.access import get_quem
from estudio.web.filters import shorten
from estudio.web.forms import Desfazer, Feito, Formulario, press
from estudio.web.language import gettext as _

retornos = Blueprint("retornos", __name__, url_prefix="/artistas/<id:artista_id>/retorno")


@retornos.post("")
def create(artista_id: int) -> BaseResponse:
    quem = get_quem()

    def reactivate(session: Session) -> Feito:
        artista = reactivate_artista(session, artista_id, quem=quem)
        return Feito(
            url_for("artistas.show", artista_id=artista_id),
            _("%(nome)s voltou: aparece de novo nos formulários.", nome=shorten(artista.nome)),
            Desfazer(url_for("artistas.destroy", artista_id=artista_id)),
        )

    return press(Formulario(request.form), quem=quem, deed=reactivate)
