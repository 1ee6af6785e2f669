"""Histórico: an open month (the recepção's: today), section by section, with the totals of what is shown."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.artista import Artista
from estudio.domain.codigos import list_formas
from estudio.domain.errors import MesNoExtrato
from estudio.domain.historico import Pagina
from estudio.domain.usuario import Papel, Quem
from estudio.services.artista_service import list_artistas
from estudio.services.historico_service import (
    get_historico,
    list_comissoes,
    list_competencias_abertas,
    list_gastos,
    list_pagamentos,
    list_pendencias,
    list_sessoes,
)
from estudio.services.novidade_service import find_marca
from estudio.web.access import get_quem, is_offered
from estudio.web.recortes import Recorte
from estudio.web.transactions import reading

historico = Blueprint("historico", __name__, url_prefix="/historico")

SECOES: Final[Mapping[str, Callable[..., Pagina[Any]]]] = {
    "pagamentos": list_pagamentos,
    "comissoes": list_comissoes,
    "sessoes": list_sessoes,
    "gastos": list_gastos,
    "pendencias": list_pendencias,
}
"""The sections that have pages."""


@historico.get("")
def index() -> str | BaseResponse:
    """An open month. One that is closed since is where closed ones are, for who sees those."""
    quem = get_quem()
    recorte = Recorte.parse(request.args, quem=quem)
    try:
        return _show_month(recorte, quem)
    except MesNoExtrato:
        if not is_offered("extratos.show"):
            raise
        return redirect(url_for("extratos.show", mes=recorte.competencia.slug), 303)


@historico.get("/<secao>")
def show(secao: str) -> str:
    """One section alone, page after page."""
    if secao not in SECOES:
        abort(404)
    quem = get_quem()
    recorte = Recorte.parse(request.args, quem=quem)
    with reading() as session:
        pagina = SECOES[secao](session, recorte.filtro, quem=quem, depois_de=recorte.depois_de)
    return render_template("historico/show.html", recorte=recorte, secao=secao, pagina=pagina)


def _show_month(recorte: Recorte, quem: Quem) -> str:
    with reading() as session:
        # Asked for first: what is entered while the page is made is news to it.
        marca = find_marca(session, quem=quem)
        # An artista is offered nobody else to look at.
        artistas: list[Artista] = [] if quem.papel == Papel.ARTISTA else list_artistas(session, ativos=False)
        return render_template(
            "historico/index.html",
            vista=marca,
            recorte=recorte,
            historico=get_historico(session, recorte.filtro, quem=quem),
            meses=[] if recorte.so_hoje else list_competencias_abertas(session),
            artistas=artistas,
            formas=list_formas(session),
        )
