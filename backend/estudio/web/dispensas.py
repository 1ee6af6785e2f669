"""Dispensas: a month without what comes back, by one press, which another takes back."""

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.services.recorrente_service import skip_recorrencia, undo_skip_recorrencia
from estudio.web.access import get_quem
from estudio.web.filters import format_mes
from estudio.web.forms import Desfazer, Feito, press
from estudio.web.language import gettext as _
from estudio.web.recorrente_form import MesForm, describe_recorrente

dispensas = Blueprint("dispensas", __name__, url_prefix="/gastos/recorrentes/<id:recorrente_id>/dispensa")


@dispensas.post("")
def create(recorrente_id: int) -> BaseResponse:
    quem = get_quem()
    form = MesForm(request.form)

    def skip(session: Session) -> Feito:
        mes = form.mes.data
        fato = describe_recorrente(skip_recorrencia(session, recorrente_id, quem=quem, competencia=mes))
        return Feito(
            url_for("gastos.index", mes=mes.slug),
            _("Pulado em %(mes)s: %(recorrente)s.", mes=format_mes(mes), recorrente=fato),
            Desfazer(url_for("dispensas.destroy", recorrente_id=recorrente_id), {"mes": mes.slug}),
        )

    return press(form, quem=quem, deed=skip)


@dispensas.post("/exclusao")
def destroy(recorrente_id: int) -> BaseResponse:
    quem = get_quem()
    form = MesForm(request.form)

    def undo(session: Session) -> Feito:
        mes = form.mes.data
        fato = describe_recorrente(undo_skip_recorrencia(session, recorrente_id, quem=quem, competencia=mes))
        return Feito(
            url_for("gastos.index", mes=mes.slug),
            _("De volta em %(mes)s, para lançar ou pular: %(recorrente)s.", mes=format_mes(mes), recorrente=fato),
        )

    return press(form, quem=quem, deed=undo)
