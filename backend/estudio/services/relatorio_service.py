"""The Relatório of a period, the forecast of the month that runs, and how much of the MEI's ceiling a year took.

Reads alone, and for who sees what the studio keeps: dono and contador.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio.config import get_settings
from estudio.domain.competencia import Competencia
from estudio.domain.previsao import Passado, Previsao, find_dia_igual, predict
from estudio.domain.relatorio import (
    ZERO,
    MesNoRelatorio,
    Parte,
    Relatorio,
    calculate_fatia,
    list_competencias,
    list_partes,
    place_side_by_side,
    sum_somas,
)
from estudio.domain.usuario import Quem
from estudio.services.extrato_consulta import AS_THEY_STAND
from estudio.services.relatorio_consulta import list_anos, list_dias, list_meses

PERTO_DO_TETO: Final = 800
"""Tenths of a percent: from here on it is time to speak with the contador."""


@dataclass(frozen=True, slots=True)
class Teto:
    """The receita of a calendar year against what a MEI may have; `usado` in tenths of a percent."""

    ano: int
    receita: Decimal
    limite: Decimal
    usado: int

    @property
    def resta(self) -> Decimal:
        """Below zero once it is over."""
        return self.limite - self.receita

    @property
    def situacao(self) -> str:
        """dentro, perto or acima."""
        if self.receita > self.limite:
            return "acima"
        return "perto" if self.usado >= PERTO_DO_TETO else "dentro"


def get_relatorio(session: Session, hoje: date, ano: int | None = None, *, quem: Quem) -> Relatorio:
    """The twelve months up to today's, or those of a year. Raises CompetenciaInvalida for a year without months."""
    quem.ensure_ve_resultado()
    competencias = list_competencias(hoje, ano)
    first, fim = competencias[0].first_day, competencias[-1].next_first_day
    meses = list_meses(session, _month_before(first), fim)
    anterior = meses.pop(0) if meses[0].competencia < competencias[0] else None
    nomes = _list_nomes(session)
    return Relatorio(
        linhas=place_side_by_side(meses, anterior, hoje),
        somas=sum_somas(meses),
        por_artista=_by_artista(meses, nomes["artista"]),
        por_forma=list_partes(_add([mes.por_forma for mes in meses]), nomes["forma"]),
        por_categoria=list_partes(_add([mes.por_categoria for mes in meses]), nomes["categoria"]),
        por_dia_da_semana=_by_dia_da_semana(list_dias(session, first, fim)),
    )


def predict_receita(session: Session, hoje: date, *, quem: Quem) -> Previsao:
    """What the month that runs may come to. Money dated after today is not in yet, then as now."""
    quem.ensure_ve_resultado()
    corrente = Competencia.of(hoje)
    meses = list_competencias(_month_before(corrente.first_day))
    dias = list_dias(session, meses[0].first_day, corrente.next_first_day)
    passado = [Passado(mes, _sum_dias(dias, mes, find_dia_igual(hoje, mes)), _sum_dias(dias, mes, 31)) for mes in meses]
    return predict(_sum_dias(dias, corrente, hoje.day), passado)


def measure_teto(session: Session, ano: int, *, quem: Quem) -> Teto | None:
    """None where the studio is no MEI: MEI_LIMITE_ANUAL is 0."""
    quem.ensure_ve_resultado()
    limite = get_settings().mei_limite_anual
    if not limite:
        return None
    meses = list_meses(session, Competencia(ano, 1).first_day, Competencia(ano, 12).next_first_day)
    receita = sum_somas(meses).receita
    return Teto(ano, receita, limite, calculate_fatia(receita, limite) or 0)


def list_anos_do_relatorio(session: Session, *, quem: Quem) -> list[int]:
    """The years that there is anything of, newest first."""
    quem.ensure_ve_resultado()
    return list_anos(session)


def _month_before(first: date) -> date:
    """The first day of the month before; of the first month of all, that one itself."""
    before = (first - timedelta(days=1)).replace(day=1)
    return max(before, Competencia(2000, 1).first_day)


def _list_nomes(session: Session) -> Mapping[str, dict[str, str]]:
    """As things are called now: over years, one artista has one line."""
    nomes: dict[str, dict[str, str]] = {"artista": {}, "forma": {}, "categoria": {}}
    for tipo, chave, nome in session.execute(text(AS_THEY_STAND)):
        nomes[tipo][chave] = nome
    return nomes


def _by_artista(meses: Sequence[MesNoRelatorio], nomes: Mapping[str, str]) -> list[Parte]:
    """Everybody with money in the period, also at 0 %."""
    receitas = _add([{str(id_): receita for id_, (receita, _) in mes.por_artista.items()} for mes in meses])
    comissoes = _add([{str(id_): comissao for id_, (_, comissao) in mes.por_artista.items()} for mes in meses])
    return [parte._replace(comissao=comissoes[parte.chave]) for parte in list_partes(receitas, nomes)]


def _by_dia_da_semana(dias: Mapping[date, Decimal]) -> list[Parte]:
    totais = {str(number): ZERO for number in range(1, 8)}
    for dia, valor in dias.items():
        totais[str(dia.isoweekday())] += valor
    todo = sum(totais.values(), ZERO)
    return [Parte(k, k, total, calculate_fatia(total, todo)) for k, total in totais.items()] if dias else []


def _add(parts: Sequence[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    totais: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for part in parts:
        for chave, valor in part.items():
            totais[chave] += valor
    return dict(totais)


def _sum_dias(dias: Mapping[date, Decimal], mes: Competencia, ate: int) -> Decimal:
    """What came in up to that day of the month; a shorter month is whole by then."""
    return sum((valor for dia, valor in dias.items() if mes.contains(dia) and dia.day <= ate), ZERO)
