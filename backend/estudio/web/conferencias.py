"""Conferências: what stands between a month and its closing, and the figures that would be sealed. Only read."""

from typing import Any, Final

from flask import Blueprint, render_template, url_for

from estudio import clock
from estudio.domain.competencia import Competencia
from estudio.services.andamento_consulta import count_lotes, list_passos
from estudio.services.cadeia_service import ensure_cadeia
from estudio.services.extrato_consulta import Previa, list_execucoes, preview_extrato
from estudio.services.extrato_leitura import list_versoes
from estudio.services.prontidao_service import Achado
from estudio.web.access import get_quem, is_offered
from estudio.web.acerto_form import NOMES
from estudio.web.filters import format_dia, format_dinheiro, format_mes, format_numero
from estudio.web.language import gettext as _
from estudio.web.transactions import looking

conferencias = Blueprint("conferencias", __name__, url_prefix="/extratos/<mes>/conferencia")

PAGAMENTO: Final = ("pagamentos.edit", "pagamento_id")

ONDE: Final[dict[str, tuple[str, str]]] = {
    "comissao_indefinida": PAGAMENTO,
    "vinculo_quebrado": PAGAMENTO,
    "comissao_errada": PAGAMENTO,
    "pagamentos_sem_cliente": PAGAMENTO,
    "possiveis_duplicados": PAGAMENTO,
    "sessoes_sem_pagamento": ("sessoes.edit", "sessao_id"),
    "gastos_habituais_ausentes": ("gastos.edit", "gasto_id"),
}
"""Code of a finding → the page on which each of its rows is put right."""

REABRE: Final = ("ja_fechado", "mes_vazio")
"""Findings that a reopening does away with."""


@conferencias.get("")
def show(mes: str) -> str:
    competencia = Competencia.parse(mes)
    quem = get_quem()
    quem.ensure_ve_resultado()
    with looking() as session:
        ensure_cadeia(session)
        execucoes = list_execucoes(session, competencia, limit=10)
        passos = list_passos(session, [cada["id"] for cada in execucoes])
        return render_template(
            "conferencias/show.html",
            mes=competencia,
            previa=preview_extrato(session, competencia, hoje=clock.today()),
            versoes=list_versoes(session, competencia, quem=quem),
            execucoes=execucoes,
            passos=passos,
            lotes=count_lotes(passos),
            listar=list_links,
            explicar=explain_achado,
            nomes_de_acertos=NOMES,
        )


def list_links(achado: Achado, previa: Previa) -> list[tuple[str, str]]:
    """Where a finding is put right by whoever looks, with what each link says; what is saved there leads back here."""
    mes = previa.competencia.slug
    if achado.codigo == "mes_anterior_aberto":
        return [(format_mes(cada), url_for("conferencias.show", mes=cada.slug)) for cada in achado.meses]
    if achado.codigo in REABRE and previa.estado != "selada" and is_offered("reaberturas.new"):
        reabrir = _("Reabrir %(mes)s", mes=format_mes(previa.competencia))
        return [(reabrir, url_for("reaberturas.new", mes=mes))]
    if achado.codigo not in ONDE:
        return []
    endpoint, name = ONDE[achado.codigo]
    if not is_offered(endpoint):
        return []
    volta = url_for("conferencias.show", mes=mes)
    addresses: list[dict[str, Any]] = [{name: id_, "volta": volta} for id_ in achado.ids]
    return [(_("nº %(numeros)s", numeros=values[name]), url_for(endpoint, **values)) for values in addresses]


def explain_achado(achado: Achado) -> str:
    """What is wrong and what to do, in the language of the page."""
    return _(achado.frase).format(
        n=format_numero(achado.quantidade),
        onde=_("nº %(numeros)s", numeros=achado.onde),
        valor=format_dinheiro(achado.valor),
        meses=", ".join(format_mes(mes) for mes in achado.meses),
        dia=format_dia(achado.dia) if achado.dia else "",
    )
