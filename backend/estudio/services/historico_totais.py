"""The sums of the Histórico, by the database, under the very conditions under which its rows are listed.

The same figures as a closing seals (`contar_totais`), for any filter; names and labels stand beside the ids and codes
that they are grouped by.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from estudio.domain.artista import Artista
from estudio.domain.codigos import Categoria, Forma
from estudio.domain.comissao import Comissao
from estudio.domain.gasto import Gasto
from estudio.domain.historico import Filtro, Pendencias, Totais
from estudio.domain.pagamento import Pagamento
from estudio.domain.sessao import Sessao
from estudio.services.historico_consulta import categoria_contada, is_comissao, is_gasto, is_pagamento, is_pendencia

ZERO = Decimal("0.00")


def calculate_totais(session: Session, filtro: Filtro, *, resultado: bool) -> Totais:
    """The totals of domain.md; without `resultado` not what the studio spends and keeps."""
    receitas = _sum_receitas(session, filtro)
    comissoes = _sum_comissoes(session, filtro)
    contagens = {
        "pagamentos": sum(n for _, _, n, _ in receitas),
        "sessoes": _count_sessoes(session, filtro),
        "comissoes": sum(n for _, n, _ in comissoes),
    }
    receita = _add(total for _, _, _, total in receitas)
    comissao = _add(total for _, _, total in comissoes)
    formas = _list_rotulos(session, Forma)
    totais: Totais = {
        "receita_total": receita,
        "comissoes_total": comissao,
        "por_artista": _by_artista(session, receitas, comissoes),
        "por_forma_pagamento": _by_codigo(formas, "forma", [(forma, v) for _, forma, _, v in receitas]),
        "contagens": contagens,
    }
    if resultado:
        gastos = _sum_gastos(session, filtro)
        despesa = _add(total for _, _, _, total in gastos)
        contagens["gastos"] = sum(n for _, _, n, _ in gastos)
        totais |= {
            "despesas_total": despesa,
            "saldo": receita - despesa,
            "receita_liquida": receita - comissao - despesa,
            "gastos_por_forma_pagamento": _by_codigo(formas, "forma", [(f, v) for f, _, _, v in gastos]),
            "gastos_por_categoria": _by_codigo(
                _list_rotulos(session, Categoria), "categoria", [(c, v) for _, c, _, v in gastos]
            ),
        }
    return totais


def count_pendencias(session: Session, filtro: Filtro) -> Pendencias:
    return count_sessoes(session, is_pendencia(filtro))


def count_sessoes(session: Session, *conditions: ColumnElement[bool]) -> Pendencias:
    """How many sessões there are, and what was agreed for them."""
    quantidade, valor = session.execute(select(func.count(), func.sum(Sessao.valor)).where(*conditions)).one()
    return Pendencias(quantidade, valor or ZERO)


def sum_pagamentos(session: Session, filtro: Filtro) -> Decimal:
    return session.scalar(select(func.sum(Pagamento.valor)).where(is_pagamento(filtro))) or ZERO


def sum_comissoes(session: Session, filtro: Filtro) -> Decimal:
    query = select(func.sum(Comissao.valor)).join(Pagamento, Pagamento.id == Comissao.pagamento_id)
    return session.scalar(query.where(is_comissao(filtro), _is_of_meses(filtro))) or ZERO


def sum_gastos(session: Session, filtro: Filtro) -> Decimal:
    return session.scalar(select(func.sum(Gasto.valor)).where(is_gasto(filtro))) or ZERO


def _sum_receitas(session: Session, filtro: Filtro) -> Sequence[Row[int, str, int, Decimal]]:
    query = (
        select(Pagamento.artista_id, Pagamento.forma, func.count(), func.sum(Pagamento.valor))
        .where(is_pagamento(filtro))
        .group_by(Pagamento.artista_id, Pagamento.forma)
    )
    return session.execute(query).all()


def _sum_comissoes(session: Session, filtro: Filtro) -> Sequence[Row[int, int, Decimal]]:
    query = (
        select(Comissao.artista_id, func.count(), func.sum(Comissao.valor))
        .join(Pagamento, Pagamento.id == Comissao.pagamento_id)
        .where(is_comissao(filtro), _is_of_meses(filtro))
        .group_by(Comissao.artista_id)
    )
    return session.execute(query).all()


def _sum_gastos(session: Session, filtro: Filtro) -> Sequence[Row[str, str, int, Decimal]]:
    categoria = categoria_contada.label("contada")
    query = (
        select(Gasto.forma, categoria, func.count(), func.sum(Gasto.valor))
        .where(is_gasto(filtro))
        .group_by(Gasto.forma, categoria)
    )
    return session.execute(query).all()


def _is_of_meses(filtro: Filtro) -> ColumnElement[bool]:
    """What follows from the period: a comissão has its pagamento's month. Said, the years before are not looked at."""
    primeiro, ultimo = (dia.replace(day=1) for dia in (filtro.inicio, filtro.fim - timedelta(days=1)))
    return Comissao.mes == primeiro if primeiro == ultimo else Comissao.mes.between(primeiro, ultimo)


def _count_sessoes(session: Session, filtro: Filtro) -> int:
    query = select(func.count()).select_from(Sessao).join(Pagamento, Pagamento.id == Sessao.payment_id)
    return session.scalars(query.where(is_pagamento(filtro))).one()


def _by_artista(
    session: Session, receitas: Sequence[Row[int, str, int, Decimal]], comissoes: Sequence[Row[int, int, Decimal]]
) -> list[dict[str, Any]]:
    """Every artista with money in the period, also at 0 %, in order of id: two of one name stay two."""
    ids = {artista for artista, *_ in receitas} | {artista for artista, *_ in comissoes}
    nomes = {row.id: row.nome for row in session.execute(select(Artista.id, Artista.nome).where(Artista.id.in_(ids)))}
    return [
        {
            "artista_id": id_,
            "artista": nomes[id_],
            "receita": _add(total for artista, _, _, total in receitas if artista == id_),
            "comissao": _add(total for artista, _, total in comissoes if artista == id_),
        }
        for id_ in sorted(ids)
    ]


def _list_rotulos(session: Session, lista: type[Forma] | type[Categoria]) -> dict[str, str]:
    return {row.codigo: row.rotulo for row in session.execute(select(lista.codigo, lista.rotulo))}


def _by_codigo(rotulos: dict[str, str], nome: str, sums: list[tuple[str, Decimal]]) -> list[dict[str, Any]]:
    codigos = sorted({codigo for codigo, _ in sums})
    return [
        {"codigo": codigo, nome: rotulos[codigo], "total": _add(total for each, total in sums if each == codigo)}
        for codigo in codigos
    ]


def _add(values: Iterable[Decimal]) -> Decimal:
    return sum(values, ZERO)
