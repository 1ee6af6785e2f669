"""Selagens: a closed month is sealed for good, when it was handed to the accountant. It never opens again."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form

from estudio.domain.competencia import Competencia
from estudio.domain.errors import DadosInvalidos, Refusal
from estudio.domain.extrato import get_estado
from estudio.services.extrato_service import seal_extrato
from estudio.web.access import get_quem
from estudio.web.campos import NomeField
from estudio.web.confirmacoes import refuse
from estudio.web.filters import format_mes
from estudio.web.forms import Erros, Feito, go_on
from estudio.web.language import gettext as _
from estudio.web.transactions import reading

selagens = Blueprint("selagens", __name__, url_prefix="/extratos/<mes>/selagem")


class SelagemForm(Erros, Form):
    """`confirmacao` is the month's name as its page writes it, or as its address does. Sent twice it is one deed."""

    confirmacao = NomeField(_l("Nome do mês"), maximo=40, obrigatorio=True)


@selagens.get("")
def new(mes: str) -> BaseResponse | str:
    """Of a month that is not closed there is nothing to seal: what keeps it from being closed is said instead."""
    competencia = Competencia.parse(mes)
    with reading() as session:
        if get_estado(session, competencia) in ("aberta", "vazia"):
            return redirect(url_for("conferencias.show", mes=competencia.slug), 303)
    return _show(SelagemForm(), competencia)


@selagens.post("")
def create(mes: str) -> BaseResponse:
    competencia = Competencia.parse(mes)
    form = SelagemForm(request.form)
    if not form.validate():
        return make_response(_show(form, competencia), 422)
    try:
        _ensure_meant(competencia, str(form.confirmacao.data))
        with reading() as session:
            sealed = get_estado(session, competencia) == "selada"
        if not sealed:
            seal_extrato(competencia, quem=get_quem())
    except Refusal as refusal:
        return refuse(form, refusal, lambda: _show(form, competencia))
    destino = url_for("extratos.show", mes=competencia.slug)
    return go_on(Feito(destino, _("%(mes)s está selado e não abre mais.", mes=format_mes(competencia).capitalize())))


def _ensure_meant(competencia: Competencia, typed: str) -> None:
    wanted = format_mes(competencia)
    if " ".join(typed.casefold().split()) not in (wanted.casefold(), competencia.slug):
        raise DadosInvalidos(_("Escreva %(mes)s.", mes=wanted), campo="confirmacao")


def _show(form: SelagemForm, competencia: Competencia) -> str:
    return render_template("selagens/new.html", form=form, mes=competencia)
