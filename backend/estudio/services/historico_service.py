"""The Histórico: the open months as their pagamentos tell them, section by section, with the totals of what is shown.

Every total is summed by the database under the very conditions of the rows, and `explain` leads back to them. Nothing
here writes. Who sees what: the dono and the contador everything; the recepção the day, without what the studio spends
and keeps; an artista what is their own.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from estudio import clock, sql
from estudio.domain.competencia import Competencia
from estudio.domain.errors import DadosInvalidos, MesNoExtrato, SemPermissao
from estudio.domain.extrato import MesContabil
from estudio.domain.historico import (
    Cursor,
    Explicacao,
    Filtro,
    Historico,
    LinhaComissao,
    LinhaGasto,
    LinhaPagamento,
    LinhaSessao,
    Pagina,
    Parcela,
    Pendencias,
    Totais,
)
from estudio.domain.usuario import Papel, Quem
from estudio.services import historico_consulta as consulta
from estudio.services import historico_totais as totais

POR_PAGINA: Final = 50

VE_RESULTADO: Final = (Papel.DONO, Papel.CONTADOR)


class Numero(StrEnum):
    """The numbers that `explain` leads back to rows; the last six are of one `chave` (an artista, a forma, a day…)."""

    RECEITA = "receita_total"
    COMISSOES = "comissoes_total"
    DESPESAS = "despesas_total"
    SALDO = "saldo"
    LIQUIDA = "receita_liquida"
    ARTISTA_RECEITA = "por_artista.receita"
    ARTISTA_COMISSAO = "por_artista.comissao"
    FORMA = "por_forma_pagamento"
    GASTOS_FORMA = "gastos_por_forma_pagamento"
    GASTOS_CATEGORIA = "gastos_por_categoria"
    DIA_RECEITA = "por_dia.receita"


def get_historico(session: Session, filtro: Filtro, *, quem: Quem, limite: int = POR_PAGINA) -> Historico:
    """All sections of a period, each with its first page. Raises MesNoExtrato when a month of it is closed."""
    filtro = narrow(filtro, quem)
    ensure_dia(filtro, quem)
    ensure_aberto(session, filtro)
    first: dict[str, Any] = {"depois_de": None, "limite": limite}
    ve_resultado = quem.papel in VE_RESULTADO
    return Historico(
        filtro=filtro,
        pagamentos=consulta.page_pagamentos(session, filtro, **first),
        comissoes=consulta.page_comissoes(session, filtro, **first),
        sessoes=consulta.page_sessoes(session, filtro, **first),
        gastos=consulta.page_gastos(session, filtro, **first) if ve_resultado else None,
        totais=totais.calculate_totais(session, filtro, resultado=ve_resultado),
        pendencias=consulta.page_pendencias(session, filtro, **first),
    )


def list_pagamentos(
    session: Session, filtro: Filtro, *, quem: Quem, depois_de: Cursor | None = None, limite: int = POR_PAGINA
) -> Pagina[LinhaPagamento]:
    """Pagamentos newest first, of closed months too."""
    return consulta.page_pagamentos(session, narrow(filtro, quem), depois_de=depois_de, limite=limite)


def list_comissoes(
    session: Session, filtro: Filtro, *, quem: Quem, depois_de: Cursor | None = None, limite: int = POR_PAGINA
) -> Pagina[LinhaComissao]:
    """Comissões in the order of their pagamentos."""
    return consulta.page_comissoes(session, narrow(filtro, quem), depois_de=depois_de, limite=limite)


def list_sessoes(
    session: Session, filtro: Filtro, *, quem: Quem, depois_de: Cursor | None = None, limite: int = POR_PAGINA
) -> Pagina[LinhaSessao]:
    """Sessões realizadas, in the order of the pagamentos that settled them."""
    return consulta.page_sessoes(session, narrow(filtro, quem), depois_de=depois_de, limite=limite)


def list_gastos(
    session: Session, filtro: Filtro, *, quem: Quem, depois_de: Cursor | None = None, limite: int = POR_PAGINA
) -> Pagina[LinhaGasto]:
    """Gastos newest first, for who sees what the studio spends."""
    quem.ensure_ve_resultado()
    return consulta.page_gastos(session, filtro, depois_de=depois_de, limite=limite)


def list_pendencias(
    session: Session, filtro: Filtro, *, quem: Quem, depois_de: Cursor | None = None, limite: int = POR_PAGINA
) -> Pagina[LinhaSessao]:
    """Sessões of the period without a pagamento, newest first."""
    return consulta.page_pendencias(session, narrow(filtro, quem), depois_de=depois_de, limite=limite)


def count_pendencias(session: Session, filtro: Filtro, *, quem: Quem) -> Pendencias:
    """How many sessões the same filter lists as pendências, and what they come to."""
    return totais.count_pendencias(session, narrow(filtro, quem))


def calculate_totais(session: Session, filtro: Filtro, *, quem: Quem) -> Totais:
    """The totals of what the same filter lists; without what the studio spends and keeps for who does not see it."""
    filtro = narrow(filtro, quem)
    ensure_dia(filtro, quem)
    return totais.calculate_totais(session, filtro, resultado=quem.papel in VE_RESULTADO)


def explain(
    session: Session,
    filtro: Filtro,
    numero: Numero,
    *,
    quem: Quem,
    chave: str | None = None,
    depois_de: Cursor | None = None,
    limite: int = POR_PAGINA,
) -> Explicacao:
    """Why is it this number? The sums that make it, each with a page of its rows.

    `chave` is whose: an artista's id, the code of a forma or categoria, a day. The rows of all pages add up to the
    number; where it is made of several sums, each is paged by asking for it alone.
    """
    partes, campo = _NUMEROS[numero]
    assert (campo is None) == (chave is None), f"{numero} is explained {'without' if campo is None else 'with'} a key"
    if chave is not None:
        filtro = _narrow_to(filtro, campo, chave)
    if any(parte is _GASTOS for parte, _ in partes):
        quem.ensure_ve_resultado()
    filtro = narrow(filtro, quem)
    ensure_dia(filtro, quem)
    parcelas = [
        Parcela(
            parte.nome,
            sinal,
            parte.total(session, filtro),
            parte.pagina(session, filtro, depois_de=depois_de, limite=limite),
        )
        for parte, sinal in partes
    ]
    total = sum((parcela.sinal * parcela.total for parcela in parcelas), Decimal("0.00"))
    return Explicacao(numero, total, parcelas)


def is_de_um(numero: Numero) -> bool:
    """Whether a number is one of several of its kind (an artista's, a forma's), so that asking for it takes a key."""
    return _NUMEROS[numero][1] is not None


def list_partes(numero: Numero) -> list[tuple[str, int]]:
    """What a number is made of: the name of each sum, and 1 or -1 for how it enters."""
    return [(parte.nome, sinal) for parte, sinal in _NUMEROS[numero][0]]


def list_competencias_abertas(session: Session) -> list[Competencia]:
    """The open months that hold something, and the current one; newest first."""
    hoje = Competencia.of(clock.today()).first_day
    rows = session.connection().exec_driver_sql(sql.load("competencias_abertas"), {"hoje": hoje})
    return [Competencia.of(mes) for mes in rows.scalars()]


def ensure_dia(filtro: Filtro, quem: Quem) -> None:
    """The recepção is told of today alone. Raises SemPermissao, for the others nothing."""
    hoje = clock.today()
    if quem.papel == Papel.RECEPCAO and (filtro.inicio, filtro.fim) != (hoje, hoje + timedelta(days=1)):
        raise SemPermissao("A recepção vê o Histórico do dia. O resultado do estúdio é com o dono.", papel=quem.papel)


def narrow(filtro: Filtro, quem: Quem) -> Filtro:
    """An artista sees what is their own; another's money does not exist for them."""
    if quem.papel != Papel.ARTISTA:
        return filtro
    if filtro.artista_id is not None:
        quem.ensure_e_de(filtro.artista_id, "o artista", filtro.artista_id)
    return replace(filtro, artista_id=quem.artista_id)


def _narrow_to(filtro: Filtro, campo: str | None, chave: str) -> Filtro:
    match campo:
        case "artista_id":
            return replace(filtro, artista_id=int(chave))
        case "forma":
            return replace(filtro, forma=chave)
        case "dias":
            try:
                return replace(filtro, dias=(date.fromisoformat(chave),))
            except ValueError:
                raise DadosInvalidos("A chave deste número é um dia: 2026-10-15.", motivo="chave") from None
        case _:
            return replace(filtro, categoria=chave)


def ensure_aberto(session: Session, filtro: Filtro) -> None:
    shut = session.scalar(
        select(MesContabil.mes)
        .where(
            MesContabil.mes >= filtro.inicio.replace(day=1),
            MesContabil.mes < filtro.fim,
            MesContabil.estado != "aberta",
        )
        .order_by(MesContabil.mes)
        .limit(1)
    )
    if shut is not None:
        raise MesNoExtrato(mes=Competencia.of(shut).label)


class _Total(Protocol):
    def __call__(self, session: Session, filtro: Filtro) -> Decimal: ...


class _Page(Protocol):
    def __call__(self, session: Session, filtro: Filtro, *, depois_de: Cursor | None, limite: int) -> Pagina[Any]: ...


@dataclass(frozen=True, slots=True)
class _Parte:
    nome: str
    total: _Total
    pagina: _Page


_RECEITA: Final = _Parte("Pagamentos", totais.sum_pagamentos, consulta.page_pagamentos)
_COMISSOES: Final = _Parte("Comissões", totais.sum_comissoes, consulta.page_comissoes)
_GASTOS: Final = _Parte("Gastos", totais.sum_gastos, consulta.page_gastos)

# What a number is made of, with which sign, and the field of the filter that its key narrows.
_NUMEROS: Final[dict[Numero, tuple[list[tuple[_Parte, int]], str | None]]] = {
    Numero.RECEITA: ([(_RECEITA, 1)], None),
    Numero.COMISSOES: ([(_COMISSOES, 1)], None),
    Numero.DESPESAS: ([(_GASTOS, 1)], None),
    Numero.SALDO: ([(_RECEITA, 1), (_GASTOS, -1)], None),
    Numero.LIQUIDA: ([(_RECEITA, 1), (_COMISSOES, -1), (_GASTOS, -1)], None),
    Numero.ARTISTA_RECEITA: ([(_RECEITA, 1)], "artista_id"),
    Numero.ARTISTA_COMISSAO: ([(_COMISSOES, 1)], "artista_id"),
    Numero.FORMA: ([(_RECEITA, 1)], "forma"),
    Numero.GASTOS_FORMA: ([(_GASTOS, 1)], "forma"),
    Numero.GASTOS_CATEGORIA: ([(_GASTOS, 1)], "categoria"),
    Numero.DIA_RECEITA: ([(_RECEITA, 1)], "dias"),
}
