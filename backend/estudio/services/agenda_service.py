"""The agenda: a booking by the name that somebody says, and what a day, a week or a list of sessões holds.

Another thing than `agendamento`, which is about when a month is closed.
"""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Final, TypedDict, Unpack

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from estudio.domain.agenda import LinhaDaAgenda
from estudio.domain.artista import Artista
from estudio.domain.cliente import NAO_INFORMADO, Cliente
from estudio.domain.competencia import Competencia
from estudio.domain.extrato import MesContabil
from estudio.domain.historico import Cursor, Filtro, LinhaPagamento, Pagina, Pendencias
from estudio.domain.pagamento import Pagamento
from estudio.domain.sessao import Sessao, get_sessao
from estudio.domain.usuario import Papel, Quem
from estudio.services.cliente_service import choose_cliente
from estudio.services.historico_consulta import NEWEST_SESSAO, Columns, is_sessao, page
from estudio.services.historico_service import list_pagamentos, narrow
from estudio.services.historico_totais import count_sessoes
from estudio.services.sessao_service import register_sessao

POR_PAGINA: Final = 50

PERTO: Final = timedelta(days=31)
MAIS_POSSIVEIS: Final = 8

MAIOR_AGENDA: Final = 2_000
"""Sessões of one look at the agenda; no week has as many."""

BY_HORA: Final = (Sessao.data, Sessao.horario.nulls_last(), Sessao.id)
"""As a day goes by; those without an hour last."""


class CamposDaMarcacao(TypedDict):
    """What is said besides the cliente; `duracao` in minutes, None for the usual one."""

    data: date
    artista_id: int
    hora: time | None
    duracao: int | None
    valor: Decimal
    observacoes: str | None


def book_sessao(
    session: Session,
    *,
    quem: Quem,
    nome: str | None,
    escolhido: int | None = None,
    **campos: Unpack[CamposDaMarcacao],
) -> Sessao:
    """Book a sessão by the cliente's name as it was typed: found, or registered along with it; None is nobody.

    `escolhido` as in `choose_cliente`. Raises ClienteAmbiguo, and what `register_sessao` raises; whoever had no name
    here before is then not registered either.
    """
    quem.ensure_papel(Papel.DONO, Papel.RECEPCAO, Papel.ARTISTA)
    quem.ensure_e_de(campos["artista_id"], "o artista", campos["artista_id"])
    cliente_id = choose_cliente(session, nome, quem=quem, escolhido=escolhido).id if nome else None
    return register_sessao(session, quem=quem, cliente_id=cliente_id, **campos)


def find_sessao_visivel(session: Session, sessao_id: int, *, quem: Quem) -> Sessao:
    """A sessão for whoever may see it; another's does not exist for an artista. Raises NaoEncontrado."""
    quem.ensure_papel(Papel.DONO, Papel.RECEPCAO, Papel.ARTISTA)
    sessao = get_sessao(session, sessao_id)
    quem.ensure_e_de(sessao.artista_id, "a sessão", sessao_id)
    return sessao


def list_agenda(session: Session, filtro: Filtro, *, quem: Quem) -> list[LinhaDaAgenda]:
    """The sessões of some days, by day and hour; those without an hour last."""
    query = select_linhas().where(is_sessao(_narrow(filtro, quem)))
    rows = session.execute(query.order_by(*BY_HORA).limit(MAIOR_AGENDA))
    return [LinhaDaAgenda._make(row) for row in rows]


def list_marcadas(
    session: Session,
    filtro: Filtro,
    *,
    quem: Quem,
    paga: bool | None = None,
    depois_de: Cursor | None = None,
    limite: int = POR_PAGINA,
) -> Pagina[LinhaDaAgenda]:
    """The sessões whose own day is in the period, newest first; `paga` asks for those with a payment, or without."""
    query = select_linhas().where(is_sessao(_narrow(filtro, quem), depois_de=depois_de), *_is_paga(paga=paga))
    return page(session, query, NEWEST_SESSAO, LinhaDaAgenda._make, limite)


def count_marcadas(session: Session, filtro: Filtro, *, quem: Quem, paga: bool | None = None) -> Pendencias:
    """How many sessões the same filter lists, and what was agreed for them: no money, and in no total."""
    return count_sessoes(session, is_sessao(_narrow(filtro, quem)), *_is_paga(paga=paga))


def list_possiveis_pagamentos(session: Session, sessao: Sessao, *, quem: Quem) -> list[LinhaPagamento]:
    """Payments of the same artista, in open months and not far from its day, that may have settled a sessão.

    The likeliest first: of the same cliente, of the same amount, near its day. People choose; nothing here does.
    """
    quem.ensure_registra()
    filtro = Filtro(inicio=sessao.data - PERTO, fim=sessao.data + PERTO, artista_id=sessao.artista_id)
    linhas = list_pagamentos(session, filtro, quem=quem).linhas
    meses = {Competencia.of(linha.data).first_day for linha in linhas}
    query = select(MesContabil.mes).where(MesContabil.mes.in_(meses), MesContabil.estado == "aberta")
    abertos = set(session.scalars(query)) if meses else set()
    possiveis = [x for x in linhas if x.estorno_de is None and Competencia.of(x.data).first_day in abertos]

    def unlikeness(linha: LinhaPagamento) -> tuple[bool, bool, int]:
        days = abs((linha.data - sessao.data).days)
        return linha.cliente_id != sessao.cliente_id, linha.valor != sessao.valor, days

    return sorted(possiveis, key=unlikeness)[:MAIS_POSSIVEIS]


def _narrow(filtro: Filtro, quem: Quem) -> Filtro:
    """An artista sees what is their own; another's agenda does not exist for them."""
    quem.ensure_papel(Papel.DONO, Papel.RECEPCAO, Papel.ARTISTA)
    return narrow(filtro, quem)


def _is_paga(*, paga: bool | None) -> list[ColumnElement[bool]]:
    """With a payment, without one; None is both."""
    if paga is None:
        return []
    return [Sessao.payment_id.is_not(None) if paga else Sessao.payment_id.is_(None)]


def select_linhas() -> Columns:
    """What a line of agenda, list and Início is made of; whose is for the caller to say."""
    return (
        select(
            Sessao.id,
            Sessao.data,
            Sessao.hora,
            Sessao.duracao,
            Sessao.status,
            Sessao.valor,
            Sessao.payment_id,
            Pagamento.data,
            Sessao.cliente_id,
            func.coalesce(Cliente.nome, NAO_INFORMADO),
            Sessao.artista_id,
            Artista.nome,
            Sessao.versao,
        )
        .join(Artista, Artista.id == Sessao.artista_id)
        .outerjoin(Cliente, Cliente.id == Sessao.cliente_id)
        .outerjoin(Pagamento, Pagamento.id == Sessao.payment_id)
    )
