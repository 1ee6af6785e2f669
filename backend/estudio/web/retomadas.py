"""Retomadas: the press that puts an item back on the list."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.services.estoque_service import reactivate_item
from estudio.web.access import get_quem
from estudio.web.forms import Desfazer, Feito, Formulario, press
from estudio.web.itens import describe_item, locate
from estudio.web.language import gettext as _

retomadas = Blueprint("retomadas", __name__, url_prefix="/estoque/<id:item_id>/retomada")


@retomadas.post("")
def create(item_id: int) -> BaseResponse:
    quem = get_quem()

    def reactivate(session: Session) -> Feito:
        item = reactivate_item(session, item_id, quem=quem)
        return Feito(
            locate(item),
            _("De volta à lista: %(item)s.", item=describe_item(item)),
            Desfazer(url_for("itens.destroy", item_id=item_id)),
        )

    return press(Formulario(request.form), quem=quem, deed=reactivate)
