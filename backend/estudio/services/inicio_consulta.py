"""What Início tells besides the Histórico's own sums: a month before, who comes next, the last closing and backup.

Each is one statement or three, whatever the studio's years; nothing here writes.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.agenda import LinhaDaAgenda
from estudio.domain.competencia import Competencia
from estudio.domain.historico import Filtro
from estudio.domain.sessao import NAO_ACONTECE, Sessao
from estudio.domain.usuario import Quem
from estudio.services import historico_totais as totais
from estudio.services.agenda_service import BY_HORA, select_linhas
from estudio.services.execucao_travas import list_vivas
from estudio.services.historico_consulta import is_sessao
from estudio.services.historico_service import narrow
from estudio.services.mes_devido import find_oldest_finished

DIAS_A_FRENTE: Final = 7
MAIS_PROXIMAS: Final = 12


class Resultado(NamedTuple):
    """How a stretch of days went."""

    receita: Decimal
    comissoes: Decimal
    despesas: Decimal

    @property
    def liquida(self) -> Decimal:
        return self.receita - self.comissoes - self.despesas


@dataclass(frozen=True, slots=True)
class Fechamentos:
    """The newest month that stands closed, the oldest that waits to be, and an open one that was tried in vain."""

    mes: Competencia | None
    dia: date | None
    versao: int | None
    falhou: Competencia | None
    espera: Competencia | None


@dataclass(frozen=True, slots=True)
class UltimoBackup:
    """The backup that was read back from disk last; of one month, or (None) of the whole studio."""

    mes: Competencia | None
    dia: date


def sum_mes_passado(session: Session, hoje: date, *, quem: Quem) -> tuple[date, Resultado]:
    """Last month from its first day to the same day as today's, or to its last one; and that day."""
    quem.ensure_ve_resultado()
    passado = Competencia.of(hoje.replace(day=1) - timedelta(days=1))
    dia = min(passado.first_day + timedelta(days=hoje.day - 1), passado.next_first_day - timedelta(days=1))
    filtro = Filtro(inicio=passado.first_day, fim=dia + timedelta(days=1))
    return dia, Resultado(
        totais.sum_pagamentos(session, filtro),
        totais.sum_comissoes(session, filtro),
        totais.sum_gastos(session, filtro),
    )


def list_proximas(session: Session, hoje: date, *, quem: Quem) -> list[LinhaDaAgenda]:
    """Sessões of today and of the week that comes, without those that will not take place; an artista's own alone."""
    filtro = narrow(Filtro(inicio=hoje, fim=hoje + timedelta(days=DIAS_A_FRENTE)), quem)
    query = select_linhas().where(is_sessao(filtro), Sessao.status.not_in(NAO_ACONTECE))
    query = query.order_by(*BY_HORA).limit(MAIS_PROXIMAS)
    return [LinhaDaAgenda._make(row) for row in session.execute(query)]


def find_fechamentos(session: Session, hoje: date, *, quem: Quem) -> Fechamentos:
    quem.ensure_ve_resultado()
    fechado = session.execute(
        text(
            """select x.mes, x.fechado_em, x.versao
               from estudio.competencias c join estudio.extratos x on x.mes = c.mes and x.estado = 'vigente'
               where c.estado in ('fechada', 'selada') order by c.mes desc limit 1"""
        )
    ).first()
    vivas = list_vivas(db.raw(session))
    tentada = session.execute(
        text(
            """select e.id, e.mes, e.desfecho from estudio.execucoes e
               join estudio.competencias c on c.mes = e.mes and c.estado = 'aberta'
               where e.acao = 'fechamento' order by e.id desc limit 1"""
        )
    ).first()
    # One that was killed has no outcome, until somebody tries again.
    failed = tentada is not None and (
        tentada.desfecho in ("recusado", "falhou", "interrompido")
        or (tentada.desfecho is None and tentada.id not in vivas)
    )
    return Fechamentos(
        Competencia.of(fechado.mes) if fechado else None,
        clock.to_local(fechado.fechado_em).date() if fechado else None,
        fechado.versao if fechado else None,
        Competencia.of(tentada.mes) if tentada is not None and failed else None,
        find_oldest_finished(session, hoje),
    )


def find_ultimo_backup(session: Session, *, quem: Quem) -> UltimoBackup | None:
    """As the table of backups remembers it: the files are looked at by the doctor, not by a page."""
    quem.ensure_ve_resultado()
    row = session.execute(
        text(
            """select mes, verificado_em from estudio.backups
               where apagado_em is null and verificado_em is not null order by verificado_em desc, id desc limit 1"""
        )
    ).first()
    if row is None:
        return None
    return UltimoBackup(Competencia.of(row.mes) if row.mes else None, clock.to_local(row.verificado_em).date())
