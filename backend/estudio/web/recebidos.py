"""Recebidos: the press that says of a pagamento that its artista kept the money."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.services.acerto_service import register_recebido
from estudio.web.access import get_quem
from estudio.web.acerto_form import describe_acerto
from estudio.web.acertos import locate_acerto
from estudio.web.forms import Desfazer, Feito, Formulario, press
from estudio.web.language import gettext as _

recebidos = Blueprint("recebidos", __name__, url_prefix="/pagamentos/<id:pagamento_id>/recebido")


@recebidos.post("")
def create(pagamento_id: int) -> BaseResponse:
    quem = get_quem()

    def register(session: Session) -> Feito:
        acerto = register_recebido(session, pagamento_id, quem=quem)
        return Feito(
            locate_acerto(acerto),
            _("Registrado: %(acerto)s.", acerto=describe_acerto(acerto)),
            Desfazer(url_for("acertos.destroy", acerto_id=acerto.id)),
        )

    return press(Formulario(request.form), quem=quem, deed=register)
