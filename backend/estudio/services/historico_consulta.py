"""What the sections of the Histórico ask the database: one statement for a page, the same conditions for its totals.

A comissão and a sessão are there because their pagamento is: nothing is matched by date, amount or name. Pages are cut
by key (day, number), so that the last page costs what the first does.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, func, null, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from estudio.domain.artista import Artista
from estudio.domain.cliente import NAO_INFORMADO, Cliente, select_familia
from estudio.domain.codigos import OUTROS, Categoria, Forma
from estudio.domain.comissao import Comissao
from estudio.domain.gasto import Gasto
from estudio.domain.historico import (
    Cursor,
    Filtro,
    LinhaComissao,
    LinhaGasto,
    LinhaPagamento,
    LinhaSessao,
    Pagina,
)
from estudio.domain.nomes import split_palavras
from estudio.domain.pagamento import Pagamento
from estudio.domain.sessao import Sessao
from estudio.domain.usuario import Usuario
from estudio.services.palavras_consulta import holds, tells

MAIOR_PAGINA: Final = 200

categoria_contada: Final = func.coalesce(Gasto.categoria, OUTROS)
NEWEST_PAGAMENTO: Final = (Pagamento.data.desc(), Pagamento.id.desc())
NEWEST_SESSAO: Final = (Sessao.data.desc(), Sessao.id.desc())
_CLIENTE: Final = func.coalesce(Cliente.nome, NAO_INFORMADO)


class _ComCursor(Protocol):
    @property
    def cursor(self) -> Cursor: ...


Row = TypeVar("Row", bound=_ComCursor)
Columns: TypeAlias = Select[*tuple[Any, ...]]


def is_pagamento(filtro: Filtro, ate: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """The pagamentos that a filter shows; with `ate` (of `until`), those of them that come after a cursor."""
    shown = [Pagamento.data >= filtro.inicio, Pagamento.data < filtro.fim if ate is None else ate]
    if filtro.artista_id is not None:
        shown.append(Pagamento.artista_id == filtro.artista_id)
    return and_(*shown, *_rest_of_pagamento(filtro))


def is_comissao(filtro: Filtro, ate: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """The comissões that a filter shows, joined to their pagamento: of one artista, what that artista earned."""
    shown = [Pagamento.data >= filtro.inicio, Pagamento.data < filtro.fim if ate is None else ate]
    if filtro.artista_id is not None:
        shown.append(Comissao.artista_id == filtro.artista_id)
    return and_(*shown, *_rest_of_pagamento(filtro))


def is_gasto(filtro: Filtro, ate: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """The gastos that a filter shows."""
    if not filtro.has_gastos:
        return false()
    shown = [Gasto.data >= filtro.inicio, Gasto.data < filtro.fim if ate is None else ate]
    if filtro.forma is not None:
        shown.append(Gasto.forma == filtro.forma)
    if filtro.categoria is not None:
        shown.append(categoria_contada == filtro.categoria)
    shown += _is_named(filtro, Gasto.data, Gasto.valor)
    if filtro.texto is not None:
        shown += [holds(Gasto.descricao, palavra) for palavra in split_palavras(filtro.texto)]
    return and_(*shown)


def is_pendencia(filtro: Filtro, ate: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """Sessões of the period that no pagamento settled, whatever their label; a forma they have none of."""
    if filtro.forma is not None:
        return false()
    return and_(Sessao.payment_id.is_(None), _is_sessao(filtro, ate))


def is_sessao(filtro: Filtro, *, depois_de: Cursor | None = None) -> ColumnElement[bool]:
    """The sessões whose own day is in the period, paid or not: for agenda and list. The Histórico goes by payment."""
    return _is_sessao(filtro, until(filtro, depois_de, Sessao.data, Sessao.id))


def _is_sessao(filtro: Filtro, ate: ColumnElement[bool] | None) -> ColumnElement[bool]:
    shown = [Sessao.data >= filtro.inicio, Sessao.data < filtro.fim if ate is None else ate]
    if filtro.artista_id is not None:
        shown.append(Sessao.artista_id == filtro.artista_id)
    if filtro.cliente_id is not None:
        shown.append(Sessao.cliente_id.in_(select_familia(filtro.cliente_id)))
    shown += _is_named(filtro, Sessao.data, Sessao.valor)
    for palavra in split_palavras(filtro.texto or ""):
        shown.append(tells(palavra, Sessao.cliente_id, Sessao.artista_id, Sessao.observacoes))
    return and_(*shown)


def page_pagamentos(
    session: Session, filtro: Filtro, *, depois_de: Cursor | None, limite: int
) -> Pagina[LinhaPagamento]:
    query = select_pagamentos().where(is_pagamento(filtro, until(filtro, depois_de, Pagamento.data, Pagamento.id)))
    return page(session, query, NEWEST_PAGAMENTO, LinhaPagamento._make, limite)


def page_comissoes(session: Session, filtro: Filtro, *, depois_de: Cursor | None, limite: int) -> Pagina[LinhaComissao]:
    query = (
        select(
            Comissao.id,
            Pagamento.data,
            Pagamento.id,
            Comissao.artista_id,
            Artista.nome,
            Pagamento.cliente_id,
            _CLIENTE,
            Pagamento.valor,
            Comissao.percentual,
            Comissao.valor,
        )
        .join(Pagamento, Pagamento.id == Comissao.pagamento_id)
        .join(Artista, Artista.id == Comissao.artista_id)
        .outerjoin(Cliente, Cliente.id == Pagamento.cliente_id)
        .where(is_comissao(filtro, _until_pagamento(filtro, depois_de)), *_after_filho(depois_de, Comissao.id))
    )
    return page(session, query, (*NEWEST_PAGAMENTO, Comissao.id.desc()), LinhaComissao._make, limite)


def page_sessoes(session: Session, filtro: Filtro, *, depois_de: Cursor | None, limite: int) -> Pagina[LinhaSessao]:
    """Sessões realizadas: those whose `payment_id` is a pagamento that the filter shows, and no others."""
    query = (
        select_sessoes(Pagamento.data)
        .join(Pagamento, Pagamento.id == Sessao.payment_id)
        .where(is_pagamento(filtro, _until_pagamento(filtro, depois_de)), *_after_filho(depois_de, Sessao.id))
    )
    return page(session, query, (*NEWEST_PAGAMENTO, Sessao.id.desc()), LinhaSessao._make, limite)


def page_pendencias(session: Session, filtro: Filtro, *, depois_de: Cursor | None, limite: int) -> Pagina[LinhaSessao]:
    query = select_sessoes(null()).where(is_pendencia(filtro, until(filtro, depois_de, Sessao.data, Sessao.id)))
    return page(session, query, NEWEST_SESSAO, LinhaSessao._make, limite)


def page_gastos(session: Session, filtro: Filtro, *, depois_de: Cursor | None, limite: int) -> Pagina[LinhaGasto]:
    query = (
        select(
            Gasto.id,
            Gasto.data,
            Gasto.valor,
            Gasto.descricao,
            categoria_contada,
            Categoria.rotulo,
            Gasto.forma,
            Forma.rotulo,
            Usuario.nome,
        )
        .join(Categoria, Categoria.codigo == categoria_contada)
        .join(Forma, Forma.codigo == Gasto.forma)
        .outerjoin(Usuario, Usuario.id == Gasto.criado_por)
        .where(is_gasto(filtro, until(filtro, depois_de, Gasto.data, Gasto.id)))
    )
    return page(session, query, (Gasto.data.desc(), Gasto.id.desc()), LinhaGasto._make, limite)


def page(
    session: Session,
    query: Columns,
    newest_first: Sequence[ColumnElement[Any]],
    make: Callable[[Sequence[Any]], Row],
    limite: int,
) -> Pagina[Row]:
    """Some rows in their order, and where the next page begins."""
    assert 1 <= limite <= MAIOR_PAGINA, f"a page of {limite} rows"
    # One row more than is shown tells whether there is a next page.
    rows = [make(row) for row in session.execute(query.order_by(*newest_first).limit(limite + 1))]
    more = len(rows) > limite
    return Pagina(rows[:limite], rows[limite - 1].cursor if more else None)


def select_pagamentos() -> Columns:
    """The columns of LinhaPagamento."""
    return (
        select(
            Pagamento.id,
            Pagamento.data,
            Pagamento.cliente_id,
            _CLIENTE,
            Pagamento.artista_id,
            Artista.nome,
            Pagamento.valor,
            Pagamento.forma,
            Forma.rotulo,
            Pagamento.percentual,
            Pagamento.estorno_de,
        )
        .join(Artista, Artista.id == Pagamento.artista_id)
        .join(Forma, Forma.codigo == Pagamento.forma)
        .outerjoin(Cliente, Cliente.id == Pagamento.cliente_id)
    )


def select_sessoes(pago_em: ColumnElement[Any] | InstrumentedAttribute[date]) -> Columns:
    return (
        select(
            Sessao.id,
            Sessao.data,
            pago_em,
            Sessao.payment_id,
            Sessao.cliente_id,
            _CLIENTE,
            Sessao.artista_id,
            Artista.nome,
            Sessao.valor,
            Sessao.status,
        )
        .join(Artista, Artista.id == Sessao.artista_id)
        .outerjoin(Cliente, Cliente.id == Sessao.cliente_id)
    )


def until(
    filtro: Filtro, depois_de: Cursor | None, data: InstrumentedAttribute[date], id_: InstrumentedAttribute[int]
) -> ColumnElement[bool] | None:
    """What comes after a cursor, in the place of the filter's own end; None where the end is the narrower one.

    Never both: PostgreSQL begins an index scan at the first bound that it meets, and walks from the end of the period
    to the cursor, row by row.
    """
    if depois_de is None or depois_de.data >= filtro.fim:
        return None
    return tuple_(data, id_) < (depois_de.data, depois_de.id)


def _until_pagamento(filtro: Filtro, depois_de: Cursor | None) -> ColumnElement[bool] | None:
    """The same for rows that hang on a pagamento: the cursor's own may have more of them (`_after_filho`)."""
    if depois_de is None or depois_de.data >= filtro.fim:
        return None
    return tuple_(Pagamento.data, Pagamento.id) <= (depois_de.data, depois_de.id)


def _after_filho(depois_de: Cursor | None, filho: InstrumentedAttribute[int]) -> list[ColumnElement[bool]]:
    if depois_de is None:
        return []
    return [tuple_(Pagamento.data, Pagamento.id, filho) < tuple(depois_de)]


def _rest_of_pagamento(filtro: Filtro) -> list[ColumnElement[bool]]:
    """The conditions that a pagamento and a comissão of it share."""
    rest: list[ColumnElement[bool]] = []
    if filtro.forma is not None:
        rest.append(Pagamento.forma == filtro.forma)
    if filtro.cliente_id is not None:
        rest.append(Pagamento.cliente_id.in_(select_familia(filtro.cliente_id)))
    rest += _is_named(filtro, Pagamento.data, Pagamento.valor)
    for palavra in split_palavras(filtro.texto or ""):
        rest.append(tells(palavra, Pagamento.cliente_id, Pagamento.artista_id, Pagamento.observacoes))
    return rest


def _is_named(
    filtro: Filtro, data: InstrumentedAttribute[date], valor: InstrumentedAttribute[Decimal]
) -> list[ColumnElement[bool]]:
    """One of the days, and the amount, that the filter names."""
    named: list[ColumnElement[bool]] = []
    if filtro.dias is not None:
        named.append(data.in_(filtro.dias))
    if filtro.valor is not None:
        # As the index has it.
        named.append(func.abs(valor, type_=valor.type) == filtro.valor)
    return named
