"""The charts of an Extrato, drawn from what was sealed: receita by day, shares, and the months beside it."""

from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from babel.dates import get_month_names
from sqlalchemy.orm import Session

from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import from_centavos
from estudio.domain.extrato import Extrato
from estudio.domain.relatorio import MesNoRelatorio, list_competencias
from estudio.services.extrato_leitura import Leitura
from estudio.services.relatorio_consulta import list_meses
from estudio.web.graficos import Grafico, draw_barras, draw_fitas
from estudio.web.language import select_lingua

DE_CINCO_EM_CINCO: Final = 5
"""Which days are named below their bars: there is no room for thirty."""

AO_LADO: Final = 6
"""How many months stand side by side, this one the last."""


class Dia(NamedTuple):
    """A day with pagamentos: how many, and what they come to."""

    dia: date
    quantidade: int
    receita: Decimal


def draw_extrato(session: Session, leitura: Leitura) -> dict[str, Any]:
    """What the charts of the page need, by the names they have there."""
    extrato, totais = leitura.extrato, leitura.totais
    dias = _list_dias(extrato)
    # Beside a version that was replaced the months of now would be another's.
    meses = _list_meses(session, extrato.competencia) if leitura.secoes else []
    return {
        "dias": dias,
        "grafico_dos_dias": _draw_dias(extrato.competencia, dias),
        "meses": meses,
        "grafico_dos_meses": _draw_meses(meses),
        "fitas": {
            "por_artista": draw_fitas([cada["receita"] for cada in totais["por_artista"]]),
            "por_forma_pagamento": draw_fitas([cada["total"] for cada in totais["por_forma_pagamento"]]),
            "gastos_por_categoria": draw_fitas([cada["total"] for cada in totais["gastos_por_categoria"]]),
            "gastos_por_forma_pagamento": draw_fitas([cada["total"] for cada in totais["gastos_por_forma_pagamento"]]),
        },
    }


def _list_dias(extrato: Extrato) -> list[Dia]:
    return [
        Dia(date.fromisoformat(dia), quantidade, from_centavos(soma))
        for dia, tipo, quantidade, soma, _ in extrato.por_dia
        if tipo == "pagamento"
    ]


def _draw_dias(competencia: Competencia, dias: list[Dia]) -> Grafico:
    receitas = {cada.dia.day: cada.receita for cada in dias}
    last = (competencia.next_first_day - competencia.first_day).days
    return draw_barras(
        [
            (
                str(dia) if dia == 1 or dia % DE_CINCO_EM_CINCO == 0 else "",
                (receitas.get(dia, Decimal("0.00")),),
            )
            for dia in range(1, last + 1)
        ]
    )


def _list_meses(session: Session, competencia: Competencia) -> list[MesNoRelatorio]:
    """The months up to this one that anything was in."""
    first = list_competencias(competencia.first_day)[-AO_LADO:][0]
    return [mes for mes in list_meses(session, first.first_day, competencia.next_first_day) if mes.is_vivido]


def _draw_meses(meses: list[MesNoRelatorio]) -> Grafico:
    nomes = get_month_names("abbreviated", "stand-alone", locale=select_lingua())
    return draw_barras(
        [(nomes[mes.competencia.mes].rstrip("."), (mes.somas.receita, mes.somas.liquida)) for mes in meses]
    )
