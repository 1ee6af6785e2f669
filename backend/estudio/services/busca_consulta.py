"""Words over all the years: the newest pagamentos that tell them, and the sessões that these settled.

Each way to be told by (the cliente's name, the artista's, the notes) is asked by an index of its own, and only the
newest of what is found is looked up: a word that is nowhere costs what one of last week does.
"""

from typing import Any, NamedTuple

from sqlalchemy import CTE, Select, intersect, literal, select, union, union_all
from sqlalchemy.orm import Session

from estudio.domain.artista import Artista
from estudio.domain.cliente import Cliente
from estudio.domain.historico import Filtro, LinhaPagamento, LinhaSessao, Pagina
from estudio.domain.nomes import escape_like, split_palavras
from estudio.domain.pagamento import Pagamento
from estudio.domain.sessao import Sessao
from estudio.services import historico_consulta as consulta
from estudio.services.palavras_consulta import holds


class Ditos(NamedTuple):
    """Numbers of the newest, one more of each than is shown."""

    pagamentos: list[int]
    sessoes: list[int]


def find_ditos(session: Session, filtro: Filtro, *, limite: int) -> Ditos:
    """The newest pagamentos, of any year, of which every word of the filter's text is told, and sessões by them."""
    ditos = _select_ditos(filtro)
    newest = (ditos.c.data.desc(), ditos.c.id.desc())
    pagamentos = select(literal("pagamento"), ditos.c.id).order_by(*newest).limit(limite + 1)
    # Of each pagamento in its turn: a join would first read the sessões of all the years.
    dele = select(Sessao.id).where(Sessao.payment_id == ditos.c.id).order_by(Sessao.id.desc()).limit(limite + 1)
    sessao = dele.lateral("sessao")
    sessoes = select(literal("sessao"), sessao.c.id).select_from(ditos).order_by(*newest, sessao.c.id.desc())
    found = session.execute(union_all(pagamentos, sessoes.limit(limite + 1))).all()
    return Ditos(*([id_ for kind, id_ in found if kind == each] for each in ("pagamento", "sessao")))


def page_pagamentos(session: Session, ditos: Ditos, *, limite: int) -> Pagina[LinhaPagamento]:
    query = consulta.select_pagamentos().where(Pagamento.id.in_(ditos.pagamentos))
    return consulta.page(session, query, consulta.NEWEST_PAGAMENTO, LinhaPagamento._make, limite)


def page_sessoes(session: Session, ditos: Ditos, *, limite: int) -> Pagina[LinhaSessao]:
    query = consulta.select_sessoes(Pagamento.data).join(Pagamento, Pagamento.id == Sessao.payment_id)
    newest = (*consulta.NEWEST_PAGAMENTO, Sessao.id.desc())
    return consulta.page(session, query.where(Sessao.id.in_(ditos.sessoes)), newest, LinhaSessao._make, limite)


def _select_ditos(filtro: Filtro) -> CTE:
    """Number and day of each; materialised, so that the newest are chosen here and not by walking through the years."""
    palavras = split_palavras(filtro.texto or "")
    assert palavras, "there is a word to look for"
    told = [union(*_list_ways(palavra, filtro.artista_id)).subquery() for palavra in palavras]
    return intersect(*(select(each.c.id, each.c.data) for each in told)).cte("ditos").prefix_with("MATERIALIZED")


def _list_ways(palavra: str, artista_id: int | None) -> list[Select[Any, Any]]:
    like = f"%{escape_like(palavra)}%"
    pagamentos = select(Pagamento.id, Pagamento.data)
    if artista_id is not None:
        pagamentos = pagamentos.where(Pagamento.artista_id == artista_id)
    return [
        pagamentos.join(Cliente, Cliente.id == Pagamento.cliente_id).where(Cliente.nome_busca.like(like)),
        pagamentos.join(Artista, Artista.id == Pagamento.artista_id).where(Artista.nome_busca.like(like)),
        pagamentos.where(holds(Pagamento.observacoes, palavra)),
    ]
