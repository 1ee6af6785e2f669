"""Fechamentos: a month is closed by a press, beside the requests; an attempt is watched, and read when it is over."""

import re
from typing import Final

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
from estudio.web.transactions import looking

fechamentos = Blueprint("fechamentos", __name__, url_prefix="/extratos/<mes>/fechamento")

SHA256: Final = re.compile("[0-9a-f]{64}")


@fechamentos.get("")
def show(mes: str) -> str:
    """The newest attempt, or the one that `execucao` names."""
    competencia = Competencia.parse(mes)
    try:
        numero = parse_numero(request.args.get("execucao"))
    except ValueError:
        abort(404)
    with looking() as session:
        tentativa = find_tentativa(session, competencia, quem=get_quem(), numero=numero)
    if tentativa is None and numero is not None:
        abort(404)
    return render_template("fechamentos/show.html", mes=competencia, tentativa=tentativa)


@fechamentos.post("")
def create(mes: str) -> BaseResponse:
    """Begin, and go on to where it is watched; who presses while it runs joins.

    `visto` is the content that Conferir showed: what was entered since then is not closed unseen.
    """
    competencia = Competencia.parse(mes)
    visto = request.form.get("visto", "")
    if not SHA256.fullmatch(visto):
        abort(400)
    try:
        execucao = start_fechamento(competencia, quem=get_quem(), visto=visto)
    except EmAndamento as running:
        if running.details.get("mes") != competencia.slug:
            raise
        return _watch(competencia, running.details["execucao"])
    if execucao is None:
        return go_on(Feito(url_for("extratos.show", mes=competencia.slug), _("Este mês já está fechado.")))
    return _watch(competencia, execucao)


def _watch(competencia: Competencia, execucao: object) -> BaseResponse:
    return redirect(url_for("fechamentos.show", mes=competencia.slug, execucao=execucao), 303)
