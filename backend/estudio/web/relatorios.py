"""Relatórios: months side by side, a period from four sides, the month's forecast, the ceiling of a MEI."""

from collections.abc import Sequence
from typing import Final, Literal

from babel.dates import get_day_names, get_month_names
from flask import Blueprint, abort, render_template, request

from estudio import clock
from estudio.domain.relatorio import LinhaDoMes, Parte
from estudio.services.relatorio_service import (
    get_relatorio,
    list_anos_do_relatorio,
    measure_teto,
    predict_receita,
)
from estudio.web.access import get_quem
from estudio.web.campos import parse_numero
from estudio.web.graficos import Fita, Grafico, draw_barras, draw_fitas
from estudio.web.language import select_lingua
from estudio.web.transactions import looking

relatorios = Blueprint("relatorios", __name__, url_prefix="/relatorios")

LADOS: Final = ("por_artista", "por_forma", "por_categoria", "por_dia_da_semana")


@relatorios.get("")
def index() -> str:
    """The last twelve months, or the year that `ano` names."""
    try:
        ano = parse_numero(request.args.get("ano"))
    except ValueError:
        abort(404)
    quem, hoje = get_quem(), clock.today()
    with looking() as session:
        relatorio = get_relatorio(session, hoje, ano, quem=quem)
        return render_template(
            "relatorios/index.html",
            ano=ano,
            hoje=hoje,
            anos=list_anos_do_relatorio(session, quem=quem),
            relatorio=relatorio,
            grafico=_draw_meses(relatorio.linhas),
            semana=_draw_semana(relatorio.por_dia_da_semana),
            dias_da_semana=_name_dias("wide"),
            fitas={lado: _draw_partes(getattr(relatorio, lado)) for lado in LADOS},
            # Of a year that is over there is nothing left to foresee.
            previsao=predict_receita(session, hoje, quem=quem) if ano in (None, hoje.year) else None,
            teto=measure_teto(session, ano or hoje.year, quem=quem),
        )


def _draw_meses(linhas: Sequence[LinhaDoMes]) -> Grafico:
    """Receita and líquida of each month, under its first letters."""
    nomes = get_month_names("abbreviated", "stand-alone", locale=select_lingua())
    return draw_barras(
        [
            (nomes[linha.mes.competencia.mes].rstrip("."), (linha.mes.somas.receita, linha.mes.somas.liquida))
            for linha in linhas
        ]
    )


def _draw_semana(partes: Sequence[Parte]) -> Grafico:
    nomes = _name_dias("abbreviated")
    return draw_barras([(nomes[parte.chave].rstrip("."), (parte.total,)) for parte in partes])


def _draw_partes(partes: Sequence[Parte]) -> list[Fita]:
    return draw_fitas([parte.total for parte in partes])


def _name_dias(width: Literal["abbreviated", "wide"]) -> dict[str, str]:
    """By the number of the day, Monday is 1."""
    nomes = get_day_names(width, "stand-alone", locale=select_lingua())
    return {str(number + 1): nome for number, nome in nomes.items()}
