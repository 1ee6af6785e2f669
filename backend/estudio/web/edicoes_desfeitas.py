"""Edições desfeitas: the press on *Desfazer* that takes back the last edit of a cliente."""

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.services.desfazer_service import undo_edit_cliente
from estudio.web.access import get_quem
from estudio.web.campos import NumeroField
from estudio.web.clientes import describe, locate
from estudio.web.forms import Feito, Formulario, press
from estudio.web.language import gettext as _

edicoes_desfeitas = Blueprint("edicoes_desfeitas", __name__, url_prefix="/clientes/<id:cliente_id>/desfeita")


class EdicaoDesfeitaForm(Formulario):
    """`versao` is the one that the edit left: another's edit upon it is not taken back along with it."""

    versao = NumeroField()


@edicoes_desfeitas.post("")
def create(cliente_id: int) -> BaseResponse:
    quem = get_quem()
    form = EdicaoDesfeitaForm(request.form)

    def undo(session: Session) -> Feito:
        cliente = undo_edit_cliente(session, cliente_id, quem=quem, versao=form.versao.data)
        return Feito(locate(cliente), _("Desfeito: voltou a ser %(cliente)s.", cliente=describe(cliente)))

    return press(form, quem=quem, deed=undo)
