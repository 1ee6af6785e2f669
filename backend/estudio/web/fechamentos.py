"""Fechamentos: a month is closed by a press, beside the requests; an attempt is watched, and read when it is over."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.competencia import Competencia
from estudio.domain.errors import EmAndamento
from estudio.services.andamento_consulta import find_tentativa
from estudio.services.fechamento_tarefa import start_fechamento
from estudio.web.access import get_quem
from estudio.web.campos import parse_numero
from estudio.web.forms import Feito, go_on
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

fechamentos = Blueprint("fechamentos", __name__, url_prefix="/extratos/<mes>/fechamento")


@fechamentos.get("")
def show(mes: str) -> str:
    """The newest attempt, or the one that `execucao` names."""
    competencia = Competencia.parse(mes)
    try:
        numero = parse_numero(request.args.get("execucao"))
    except ValueError:
        abort(404)
    with reading() as session:
        tentativa = find_tentativa(session, competencia, quem=get_quem(), numero=numero)
    if tentativa is None and numero is not None:
        abort(404)
    return render_template("fechamentos/show.html", mes=competencia, tentativa=tentativa)


@fechamentos.post("")
def create(mes: str) -> BaseResponse:
    """Begin, and go on to where it is watched; who presses while it runs joins."""
    competencia = Competencia.parse(mes)
    try:
        watched = start_fechamento(competencia, quem=get_quem())
    except EmAndamento as running:
        if running.details.get("mes") != competencia.slug:
            raise
        watched = True
    if watched:
        return redirect(url_for("fechamentos.show", mes=competencia.slug), 303)
    return go_on(Feito(url_for("extratos.show", mes=competencia.slug), _("Este mês já está fechado.")))
