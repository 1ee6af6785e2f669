"""One box over everything: clientes, artistas, pagamentos, sessões, gastos, itens and months, closed ones too.

Each papel finds what it may see elsewhere, and nothing more: the lists are those of the pages.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final, Protocol, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.artista import Artista
from estudio.domain.busca import Pedido
from estudio.domain.cliente import Cliente
from estudio.domain.competencia import PRIMEIRO_ANO, ULTIMO_ANO, Competencia
from estudio.domain.estoque import Item
from estudio.domain.extrato import MesContabil
from estudio.domain.historico import Cursor, Filtro, LinhaGasto, LinhaPagamento, LinhaSessao, Pagina
from estudio.domain.nomes import normalise_nome, split_palavras
from estudio.domain.usuario import Papel, Quem
from estudio.services import busca_consulta
from estudio.services.artista_service import list_artistas
from estudio.services.cliente_service import search_clientes
from estudio.services.estoque_service import list_itens
from estudio.services.historico_service import (
    list_gastos,
    list_pagamentos,
    list_pendencias,
    list_sessoes,
    narrow,
)


class _Linha(Protocol):
    @property
    def id(self) -> int: ...

    @property
    def cursor(self) -> Cursor: ...


Linha = TypeVar("Linha", bound=_Linha)

POR_GRUPO: Final = 10

MENOR_PALAVRA: Final = 2
"""One letter is in every name."""

RECENTE: Final = timedelta(days=92)

REGISTRAM: Final = (Papel.DONO, Papel.RECEPCAO)
VEEM_RESULTADO: Final = (Papel.DONO, Papel.CONTADOR)

SEMPRE: Final = (date(PRIMEIRO_ANO, 1, 1), date(ULTIMO_ANO, 12, 31))


@dataclass(slots=True)
class Achados:
    """What was found, in groups of the newest or best; a group that the papel does not see stays empty."""

    clientes: list[Cliente] = field(default_factory=list)
    artistas: list[Artista] = field(default_factory=list)
    pagamentos: Pagina[LinhaPagamento] = field(default_factory=lambda: Pagina([]))
    sessoes: Pagina[LinhaSessao] = field(default_factory=lambda: Pagina([]))
    pendencias: Pagina[LinhaSessao] = field(default_factory=lambda: Pagina([]))
    gastos: Pagina[LinhaGasto] = field(default_factory=lambda: Pagina([]))
    itens: list[Item] = field(default_factory=list)
    meses: list[tuple[Competencia, str]] = field(default_factory=list)

    @property
    def is_vazio(self) -> bool:
        pages = (self.pagamentos, self.sessoes, self.pendencias, self.gastos)
        return not (self.clientes or self.artistas or self.itens or self.meses or any(page.linhas for page in pages))


def search(session: Session, pedido: Pedido, *, quem: Quem) -> Achados:
    """Everything that the text may mean. Nothing typed, or a single letter: nothing found."""
    achados = Achados()
    if len(pedido.texto) < MENOR_PALAVRA:
        return achados
    _search_pessoas(session, pedido, achados, quem)
    for filtro in _list_filtros(pedido):
        _search_livros(session, filtro, achados, quem)
    if quem.papel in VEEM_RESULTADO:
        achados.meses = _list_meses(session, pedido)
    return achados


def _search_pessoas(session: Session, pedido: Pedido, achados: Achados, quem: Quem) -> None:
    if quem.papel not in REGISTRAM:
        return
    achados.clientes = search_clientes(session, pedido.texto, quem=quem, limite=POR_GRUPO)
    palavras = split_palavras(pedido.texto)
    achados.artistas = [a for a in list_artistas(session, ativos=False) if _holds(a.nome_busca, palavras)][:POR_GRUPO]
    achados.itens = [i for i in list_itens(session) if _holds(normalise_nome(i.nome), palavras)][:POR_GRUPO]


def _list_filtros(pedido: Pedido) -> list[Filtro]:
    """A day or an amount is that; what is neither is words."""
    inicio, fim = SEMPRE
    filtros = []
    if pedido.dias:
        filtros.append(Filtro(inicio=min(pedido.dias), fim=fim, dias=pedido.dias))
    if pedido.valor is not None:
        filtros.append(Filtro(inicio=inicio, fim=fim, valor=pedido.valor))
    return filtros or [Filtro(inicio=inicio, fim=fim, texto=pedido.texto)]


def _search_livros(session: Session, filtro: Filtro, achados: Achados, quem: Quem) -> None:
    """The newest of each. Words are nearly always of the last months: all the years only where those are not enough."""
    palavras = split_palavras(filtro.texto or "")
    recente = replace(filtro, inicio=clock.today() - RECENTE) if palavras else filtro
    pagamentos = list_pagamentos(session, recente, quem=quem, limite=POR_GRUPO)
    sessoes = list_sessoes(session, recente, quem=quem, limite=POR_GRUPO)
    if palavras and not (pagamentos.proxima and sessoes.proxima):
        ditos = busca_consulta.find_ditos(session, narrow(filtro, quem), limite=POR_GRUPO)
        pagamentos = busca_consulta.page_pagamentos(session, ditos, limite=POR_GRUPO)
        sessoes = busca_consulta.page_sessoes(session, ditos, limite=POR_GRUPO)
    achados.pagamentos = _join(achados.pagamentos, pagamentos)
    achados.sessoes = _join(achados.sessoes, sessoes)
    achados.pendencias = _join(achados.pendencias, list_pendencias(session, filtro, quem=quem, limite=POR_GRUPO))
    if quem.papel in VEEM_RESULTADO:
        achados.gastos = _join(achados.gastos, list_gastos(session, filtro, quem=quem, limite=POR_GRUPO))


def _list_meses(session: Session, pedido: Pedido) -> list[tuple[Competencia, str]]:
    """The months that the text names, and those of the days that it names, where something is in the books."""
    named = {c.first_day for c in pedido.meses} | {Competencia.of(dia).first_day for dia in pedido.dias}
    if not named:
        return []
    query = select(MesContabil.mes, MesContabil.estado).where(
        MesContabil.mes.in_(named),
        MesContabil.mes.in_(select(func.estudio.meses_com_lancamentos(min(named), max(named)))),
    )
    rows = session.execute(query.order_by(MesContabil.mes.desc()).limit(POR_GRUPO))
    return [(Competencia.of(mes), estado) for mes, estado in rows]


def _holds(nome: str, palavras: list[str]) -> bool:
    return bool(palavras) and all(palavra in nome for palavra in palavras)


def _join(pagina: Pagina[Linha], other: Pagina[Linha]) -> Pagina[Linha]:
    """The newest of both, each once."""
    linhas = {linha.id: linha for linha in (*pagina.linhas, *other.linhas)}
    newest = sorted(linhas.values(), key=lambda linha: linha.cursor, reverse=True)
    more = len(newest) > POR_GRUPO or pagina.proxima or other.proxima
    return Pagina(newest[:POR_GRUPO], newest[POR_GRUPO - 1].cursor if more else None)
