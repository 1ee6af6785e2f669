"""Sessões desfeitas: the press on *Desfazer* after a booking, a change of whatever kind, or a deletion."""

from typing import Final

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField
from wtforms.validators import AnyOf

from estudio.services.agenda_service import find_sessao_visivel
from estudio.services.desfazer_service import undo_delete_sessao, undo_edit_sessao, undo_register_sessao
from estudio.web.access import get_quem
from estudio.web.campos import NumeroField
from estudio.web.desfeitas import EDICAO, EXCLUSAO
from estudio.web.forms import Feito, Formulario, press
from estudio.web.language import gettext as _
from estudio.web.sessao_texto import describe_sessao
from estudio.web.sessoes import locate

MARCACAO: Final = "marcacao"

sessoes_desfeitas = Blueprint("sessoes_desfeitas", __name__, url_prefix="/sessoes/<id:sessao_id>/desfeita")


class SessaoDesfeitaForm(Formulario):
    """`versao` is the one that the change left: another's change upon it is not taken back along with it."""

    ato = HiddenField(validators=[AnyOf([MARCACAO, EDICAO, EXCLUSAO])])
    versao = NumeroField()


@sessoes_desfeitas.post("")
def create(sessao_id: int) -> BaseResponse:
    quem = get_quem()
    form = SessaoDesfeitaForm(request.form)

    def undo(session: Session) -> Feito:
        if form.ato.data == MARCACAO:
            sessao = find_sessao_visivel(session, sessao_id, quem=quem)
            destino, fato = locate(sessao), describe_sessao(sessao)
            undo_register_sessao(session, sessao_id, quem=quem)
            return Feito(destino, _("Desmarcada: %(sessao)s.", sessao=fato))
        if form.ato.data == EDICAO:
            sessao = undo_edit_sessao(session, sessao_id, quem=quem, versao=form.versao.data)
        else:
            sessao = undo_delete_sessao(session, sessao_id, quem=quem)
        # Names follow their ids.
        session.expire(sessao)
        return Feito(locate(sessao), _("Desfeito: voltou a ser %(sessao)s.", sessao=describe_sessao(sessao)))

    return press(form, quem=quem, deed=undo)
