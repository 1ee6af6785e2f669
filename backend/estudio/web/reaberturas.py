"""Reaberturas: a closed month is opened again, for a reason that stays; what was closed is kept as a version."""

from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form

from estudio.domain.competencia import Competencia
from estudio.domain.errors import MotivoFaltando, Refusal
from estudio.domain.extrato import get_estado
from estudio.services.extrato_service import reopen_extrato
from estudio.web.access import get_quem
from estudio.web.campos import NomeField
from estudio.web.confirmacoes import refuse
from estudio.web.errors import explain
from estudio.web.filters import format_mes
from estudio.web.forms import Erros, Feito, go_on
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

reaberturas = Blueprint("reaberturas", __name__, url_prefix="/extratos/<mes>/reabertura")

LIMITE_MOTIVO: Final = 500


class ReaberturaForm(Erros, Form):
    """It has no key: sent twice, the second finds the month open."""

    motivo = NomeField(_l("Motivo"), maximo=LIMITE_MOTIVO, obrigatorio=True)


@reaberturas.get("")
def new(mes: str) -> BaseResponse | str:
    """An open month has nothing to be opened: what it has is said instead."""
    competencia = Competencia.parse(mes)
    with reading() as session:
        if get_estado(session, competencia) == "aberta":
            return redirect(url_for("conferencias.show", mes=competencia.slug), 303)
    return _show(ReaberturaForm(), competencia)


@reaberturas.post("")
def create(mes: str) -> BaseResponse:
    competencia = Competencia.parse(mes)
    form = ReaberturaForm(request.form)
    if not form.validate():
        return make_response(_show(form, competencia), 422)
    try:
        return _reopen(competencia, str(form.motivo.data))
    except MotivoFaltando as short:
        form.motivo.errors = [explain(short)]
        return make_response(_show(form, competencia), 422)
    except Refusal as refusal:
        return refuse(form, refusal, lambda: _show(form, competencia))


def _reopen(competencia: Competencia, motivo: str) -> BaseResponse:
    with reading() as session:
        is_open = get_estado(session, competencia) == "aberta"
    if not is_open:
        reopen_extrato(competencia, quem=get_quem(), motivo=motivo)
    destino = url_for("conferencias.show", mes=competencia.slug)
    return go_on(Feito(destino, _("%(mes)s está aberto.", mes=format_mes(competencia).capitalize())))


def _show(form: ReaberturaForm, competencia: Competencia) -> str:
    with reading() as session:
        estado = get_estado(session, competencia)
    return render_template("reaberturas/new.html", form=form, mes=competencia, estado=estado)
