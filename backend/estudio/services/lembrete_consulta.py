"""What a person is reminded of: asked as that person, so that an artista is told of what is their own, and no more."""

from datetime import date, time, timedelta
from typing import Final

from sqlalchemy.orm import Session

from estudio.domain.agenda import LinhaDaAgenda
from estudio.domain.competencia import Competencia
from estudio.domain.historico import Filtro
from estudio.domain.lembrete import MEIO_DIA, Lembrete, Pendencia
from estudio.domain.sessao import Status
from estudio.domain.usuario import Papel, Quem
from estudio.services.agenda_service import list_agenda, list_marcadas
from estudio.services.prontidao_service import list_achados

UM_DIA: Final = timedelta(days=1)

PARA_TRAS: Final = timedelta(days=7)
"""What was forgotten for longer is no longer forgotten, and stands in Sessões and in the month's conferência."""

NO_FIM: Final = 3
"""Days at the end of a month, and at the beginning of the next, in which what keeps it from closing is told."""

IMPEDEM: Final = ("comissao_indefinida", "comissao_errada", "vinculo_quebrado", "mes_anterior_aberto")
"""Findings that somebody can mend. (That a month is not over, or is closed, is none.)"""


def find_lembrete(session: Session, *, quem: Quem, hoje: date, hora: time) -> Lembrete:
    """What there is to say on a business day, by a letter of this hour."""
    dia = hoje if hora < MEIO_DIA else hoje + UM_DIA
    marca = quem.papel != Papel.CONTADOR
    mes = None if quem.papel == Papel.ARTISTA else _find_mes(hoje)
    return Lembrete(
        hoje,
        dia,
        _list_sessoes(session, dia, quem) if marca else [],
        _list_esquecidas(session, hoje, quem) if marca else [],
        mes,
        _list_pendencias(session, mes) if mes is not None else [],
    )


def _list_sessoes(session: Session, dia: date, quem: Quem) -> list[LinhaDaAgenda]:
    linhas = list_agenda(session, Filtro(inicio=dia, fim=dia + UM_DIA), quem=quem)
    return [linha for linha in linhas if linha.acontece]


def _list_esquecidas(session: Session, hoje: date, quem: Quem) -> list[LinhaDaAgenda]:
    """Of the days before, the oldest first. An artista says how a sessão went; who paid for it is not theirs to say."""
    filtro = Filtro(inicio=hoje - PARA_TRAS, fim=hoje)
    linhas = list_marcadas(session, filtro, quem=quem, paga=False).linhas
    told = {Status.REALIZADA} if quem.papel == Papel.ARTISTA else set()
    return [linha for linha in reversed(linhas) if linha.acontece and linha.status not in told]


def _find_mes(hoje: date) -> Competencia | None:
    this = Competencia.of(hoje)
    if hoje.day <= NO_FIM:
        return this.previous
    return this if hoje >= this.next_first_day - NO_FIM * UM_DIA else None


def _list_pendencias(session: Session, mes: Competencia) -> list[Pendencia]:
    # As of its end: that it is not over yet is no news.
    achados = list_achados(session, mes, hoje=mes.next_first_day)
    return [
        Pendencia(achado.codigo, achado.quantidade, achado.ids)
        for achado in achados
        if achado.bloqueia and achado.codigo in IMPEDEM
    ]
