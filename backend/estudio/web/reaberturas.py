"""Reaberturas: a closed month is opened again, for a reason that stays; what was closed is kept as a version.

Where the studio allows it (FORCE_GENERATION_ALLOWED) it is closed again in the same transaction.
"""

from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, Form

from estudio.config import get_settings
from estudio.domain.competencia import Competencia
from estudio.domain.errors import MotivoFaltando, Refusal
from estudio.domain.extrato import get_estado
from estudio.services.extrato_service import reopen_extrato
from estudio.services.fechamento_tarefa import start_fechamento
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
    """It has no key: sent twice, the second finds the month open. `refazer` closes it again at once."""

    motivo = NomeField(_l("Motivo"), maximo=LIMITE_MOTIVO, obrigatorio=True)
    refazer = BooleanField(_l("Fechar de novo na mesma hora, com o que mudou"))


@reaberturas.get("")
def new(mes: str) -> str:
    return _show(ReaberturaForm(), Competencia.parse(mes))


@reaberturas.post("")
def create(mes: str) -> BaseResponse:
    competencia = Competencia.parse(mes)
    form = ReaberturaForm(request.form)
    if not form.validate():
        return make_response(_show(form, competencia), 422)
    try:
        if form.refazer.data:
            return _close_again(competencia, str(form.motivo.data))
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


def _close_again(competencia: Competencia, motivo: str) -> BaseResponse:
    start_fechamento(competencia, quem=get_quem(), force=True, motivo=motivo)
    return redirect(url_for("fechamentos.show", mes=competencia.slug), 303)


def _show(form: ReaberturaForm, competencia: Competencia) -> str:
    return render_template(
        "reaberturas/new.html", form=form, mes=competencia, pode_refazer=get_settings().force_generation_allowed
    )
