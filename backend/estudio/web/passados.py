"""Passado: an open month as it stood at an instant, what has changed since, and the way from change to change."""

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from estudio import clock
from estudio.domain.errors import DadosInvalidos, MesNoExtrato
from estudio.domain.historico import Cursor
from estudio.domain.passado import Marco
from estudio.domain.usuario import Quem
from estudio.services.passado_leitura import TIPOS_DAS_SECOES
from estudio.services.passado_service import Momento, page_secao, read_momento
from estudio.web.access import get_quem, is_offered
from estudio.web.errors import REFUSED, explain
from estudio.web.instantes import format_campo, format_endereco, parse_instante
from estudio.web.mudancas import parse_marco, prepare_mudancas
from estudio.web.recortes import Recorte, select_recorte
from estudio.web.transactions import looking

passados = Blueprint("passados", __name__, url_prefix="/historico/<mes>/passado")


@passados.get("")
def index(mes: str) -> str | BaseResponse | tuple[str, int]:
    """At the instant that `em` says; without it now, which is where the way back begins."""
    quem = get_quem()
    digitado = request.args.get("em", "")
    try:
        depois_de = parse_marco(request.args)
    except ValueError:
        abort(404)
    try:
        em = parse_instante(digitado) if digitado.strip() else clock.now()
        recorte = select_recorte(mes, em, quem=quem)
        return _show(recorte, em, depois_de, quem)
    except MesNoExtrato as closed:
        return _lead_to_extrato(mes, closed)
    except DadosInvalidos as refusal:
        recorte = select_recorte(mes, clock.now(), quem=quem)
        page = render_template("passados/index.html", recorte=recorte, digitado=digitado, erro=explain(refusal))
        return page, REFUSED


@passados.get("/<secao>")
def show(mes: str, secao: str) -> str | BaseResponse:
    """One section as it stood, page after page."""
    if secao not in TIPOS_DAS_SECOES:
        abort(404)
    quem = get_quem()
    em = parse_instante(request.args["em"]) if request.args.get("em") else clock.now()
    recorte = select_recorte(mes, em, quem=quem)
    depois = request.args.get("depois")
    try:
        with looking() as session:
            pagina = page_secao(
                session, recorte.filtro, em, secao, quem=quem, depois_de=Cursor.parse(depois) if depois else None
            )
    except MesNoExtrato as closed:
        return _lead_to_extrato(mes, closed)
    return render_template("passados/show.html", recorte=recorte, em=em, secao=secao, pagina=pagina)


def _lead_to_extrato(mes: str, closed: MesNoExtrato) -> BaseResponse:
    """A month that is closed since is where closed ones are, for who sees those; the others are told."""
    if not is_offered("extratos.show"):
        raise DadosInvalidos(sentence=closed.sentence, **closed.details) from None
    return redirect(url_for("extratos.show", mes=mes), 303)


def _show(recorte: Recorte, em: datetime, depois_de: Marco | None, quem: Quem) -> str:
    with looking() as session:
        momento = read_momento(session, recorte.filtro, em, quem=quem, depois_de=depois_de)
    return render_template(
        "passados/index.html",
        recorte=recorte,
        em=em,
        digitado=format_campo(em),
        momento=momento,
        mudancas=prepare_mudancas(momento.mudancas, momento.nomes, primeira=depois_de is None),
        somas=_compare_totais(momento),
        passo=format_endereco,
    )


def _compare_totais(momento: Momento) -> list[tuple[str, Any, Any]]:
    """The totals that the person sees, then and now."""
    entao, agora = momento.entao.totais, momento.agora
    return [(nome, entao[nome], agora[nome]) for nome in _SOMAS if nome in entao]


_SOMAS = ("receita_total", "comissoes_total", "despesas_total", "receita_liquida")
