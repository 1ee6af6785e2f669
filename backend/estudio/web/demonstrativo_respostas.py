"""Respostas: an artista who is logged in agrees with their statement, or contests a line of it."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.competencia import Competencia
from estudio.domain.demonstrativo import TipoDeResposta
from estudio.services.demonstrativo_service import answer_demonstrativo
from estudio.web.access import get_quem
from estudio.web.demonstrativo_form import RespostaForm
from estudio.web.demonstrativos import show_demonstrativo
from estudio.web.forms import Feito, submit
from estudio.web.language import gettext as _

demonstrativo_respostas = Blueprint(
    "demonstrativo_respostas", __name__, url_prefix="/extratos/<mes>/demonstrativos/<id:artista_id>/respostas"
)


@demonstrativo_respostas.post("")
def create(mes: str, artista_id: int) -> BaseResponse:
    competencia, quem, form = Competencia.parse(mes), get_quem(), RespostaForm(request.form)

    def answer(session: Session) -> Feito:
        answer_demonstrativo(session, competencia, artista_id, form.palavra, quem=quem, versao=form.versao.data or 0)
        return Feito(url_for("demonstrativos.show", mes=mes, artista_id=artista_id), thank(form))

    return submit(form, quem=quem, deed=answer, show=lambda: show_demonstrativo(competencia, artista_id, form=form))


def thank(form: RespostaForm) -> str:
    """What the next page says of an answer."""
    if form.palavra.tipo == TipoDeResposta.DE_ACORDO:
        return _("Anotado: você está de acordo.")
    return _("Anotado: o estúdio vê a sua contestação e responde aqui.")
