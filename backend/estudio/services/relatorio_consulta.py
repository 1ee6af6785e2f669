"""What the Relatório asks the database: six statements, however many months and years there are.

A closed month is read from its seal, an open one is summed under the same conditions as the Histórico is: a pagamento
by its day, a comissão by its pagamento's, a gasto by its own.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from estudio import sql
from estudio.domain.comissao import Comissao
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import ACERTOS
from estudio.domain.dinheiro import from_centavos
from estudio.domain.extrato import Extrato, MesContabil
from estudio.domain.gasto import Gasto
from estudio.domain.pagamento import Pagamento
from estudio.domain.relatorio import ZERO, MesNoRelatorio, Somas
from estudio.services.historico_consulta import categoria_contada


@dataclass(slots=True)
class _Aberto:
    """The sums of a month that is open, as they come in."""

    receitas: dict[int, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    formas: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    comissoes: dict[int, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    categorias: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))


def list_meses(session: Session, inicio: date, fim: date) -> list[MesNoRelatorio]:
    """Every month from the first day `inicio` until before the first day `fim`, oldest first."""
    query = (
        select(MesContabil.mes, MesContabil.estado, Extrato.versao, Extrato.totais)
        .outerjoin(Extrato, (Extrato.mes == MesContabil.mes) & (Extrato.estado == "vigente"))
        .where(MesContabil.mes >= inicio, MesContabil.mes < fim)
        .order_by(MesContabil.mes)
    )
    rows = session.execute(query).all()
    abertos = _sum_abertos(session, [row.mes for row in rows if row.versao is None])
    return [
        _describe_aberto(row.mes, row.estado, abertos[row.mes])
        if row.versao is None
        else _describe_selado(row.mes, row.estado, row.versao, row.totais)
        for row in rows
    ]


def list_dias(session: Session, inicio: date, fim: date) -> dict[date, Decimal]:
    """What came in on each day that something came in or went back; the days of a closed month from its seal."""
    rows = session.execute(text(sql.load("relatorio_dias")), {"inicio": inicio, "fim": fim})
    return {row.dia: from_centavos(row.soma) for row in rows}


def list_anos(session: Session) -> list[int]:
    """The years from the first entry to the last, newest first."""
    pontas = session.execute(
        text(
            """select extract(year from min(dia))::int, extract(year from max(dia))::int
               from (select min(data) as dia from estudio.pagamentos
                     union all select max(data) from estudio.pagamentos
                     union all select min(data) from estudio.gastos
                     union all select max(data) from estudio.gastos) pontas"""
        )
    ).one()
    return [] if pontas[0] is None else list(range(pontas[1], pontas[0] - 1, -1))


def _sum_abertos(session: Session, meses: Sequence[date]) -> Mapping[date, _Aberto]:
    abertos: dict[date, _Aberto] = {mes: _Aberto() for mes in meses}
    if not meses:
        return abertos
    # The days are said besides the months: by them the rows of other years are not looked at.
    inicio, fim = meses[0], Competencia.of(meses[-1]).next_first_day
    receitas = (
        select(Pagamento.mes, Pagamento.artista_id, Pagamento.forma, func.sum(Pagamento.valor))
        .where(Pagamento.data >= inicio, Pagamento.data < fim, Pagamento.mes.in_(meses))
        .group_by(Pagamento.mes, Pagamento.artista_id, Pagamento.forma)
    )
    for mes, artista, forma, valor in session.execute(receitas):
        abertos[mes].receitas[artista] += valor
        abertos[mes].formas[forma] += valor
    comissoes = (
        select(Comissao.mes, Comissao.artista_id, func.sum(Comissao.valor))
        .where(Comissao.mes.in_(meses))
        .group_by(Comissao.mes, Comissao.artista_id)
    )
    for mes, artista, valor in session.execute(comissoes):
        abertos[mes].comissoes[artista] += valor
    categoria = categoria_contada.label("contada")
    gastos = (
        select(Gasto.mes, categoria, func.sum(Gasto.valor))
        .where(Gasto.data >= inicio, Gasto.data < fim, Gasto.mes.in_(meses))
        .group_by(Gasto.mes, categoria)
    )
    for mes, codigo, valor in session.execute(gastos):
        abertos[mes].categorias[codigo] += valor
    return abertos


def _describe_aberto(mes: date, estado: str, aberto: _Aberto) -> MesNoRelatorio:
    ids = sorted(aberto.receitas.keys() | aberto.comissoes.keys())
    return MesNoRelatorio(
        Competencia.of(mes),
        estado,
        somas=Somas(*(sum(part.values(), ZERO) for part in (aberto.receitas, aberto.comissoes, aberto.categorias))),
        por_artista={id_: (aberto.receitas.get(id_, ZERO), aberto.comissoes.get(id_, ZERO)) for id_ in ids},
        por_forma=dict(aberto.formas),
        por_categoria=dict(aberto.categorias),
    )


def _describe_selado(mes: date, estado: str, versao: int, totais: list[Any]) -> MesNoRelatorio:
    """The figures as they were sealed; their places are those of `Contagem.totais`."""
    receita, comissoes, despesas, artistas, formas, _, categorias, _ = totais[:ACERTOS]
    return MesNoRelatorio(
        Competencia.of(mes),
        estado,
        versao,
        Somas(from_centavos(receita), from_centavos(comissoes), from_centavos(despesas)),
        {id_: (from_centavos(recebido), from_centavos(comissao)) for id_, recebido, comissao in artistas},
        {codigo: from_centavos(total) for codigo, total in formas},
        {codigo: from_centavos(total) for codigo, total in categorias},
    )
