"""Reading one Extrato as the page shows it: the sealed figures, and the rows that they were counted from.

A version that stands has its rows in the books, where no path changes them; of one that a reopening replaced only the
figures are left here, and its rows in its backup. Names are those of the day it was sealed.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from estudio.domain.competencia import Competencia
from estudio.domain.extrato import Extrato, ExtratoNome, Selo, get_estado, get_extrato
from estudio.domain.historico import (
    Cursor,
    Filtro,
    Historico,
    LinhaComissao,
    LinhaGasto,
    LinhaPagamento,
    LinhaSessao,
    Pagina,
    Totais,
)
from estudio.domain.usuario import Quem
from estudio.services import historico_consulta as consulta
from estudio.services.contagem_service import describe_totals
from estudio.services.extrato_consulta import list_meses
from estudio.services.historico_service import POR_PAGINA

Nomes = Mapping[tuple[str, str], str]
Linha = TypeVar("Linha", LinhaPagamento, LinhaComissao, LinhaSessao, LinhaGasto)

# The places of the sealed totals that are lists of [code, centavos]; `describe_totals` keeps their order.
_COM_CODIGO: Final = {"por_forma_pagamento": 4, "gastos_por_forma_pagamento": 5, "gastos_por_categoria": 6}


class Versao(NamedTuple):
    """One closing of a month, and why it was opened again if it was."""

    versao: int
    estado: str
    selo: Selo
    por: str | None
    reabertura: Selo | None


class Mes(NamedTuple):
    """A line of the list of months. `receita` is sealed: an open month has none yet."""

    competencia: Competencia
    estado: str
    versao: int | None
    receita: Decimal | None
    fechado_em: str | None


@dataclass(frozen=True, slots=True)
class Leitura:
    """`secoes` is None for a version that no longer stands."""

    extrato: Extrato
    estado: str
    totais: Totais
    versoes: list[Versao]
    secoes: Historico | None


def list_extratos(session: Session, *, quem: Quem) -> list[Mes]:
    """Every month that holds something or was ever closed, newest first."""
    quem.ensure_ve_resultado()
    return [
        Mes(
            Competencia.parse(mes["competencia"]),
            mes["estado"],
            mes["versao"],
            None if mes["receita_total"] is None else Decimal(mes["receita_total"]),
            mes["fechado_em"],
        )
        for mes in reversed(list_meses(session))
    ]


def read_extrato(
    session: Session, competencia: Competencia, versao: int | None = None, *, quem: Quem, limite: int = POR_PAGINA
) -> Leitura:
    """One version (the newest when none is named), each section with its first page. Raises NaoFechado."""
    quem.ensure_ve_resultado()
    extrato = get_extrato(session, competencia, versao)
    totais = describe_totais(extrato.totais, list_nomes(session, extrato))
    vigente = extrato.estado == "vigente"
    return Leitura(
        extrato=extrato,
        estado=get_estado(session, competencia) if vigente else extrato.estado,
        totais=totais,
        versoes=list_versoes(session, competencia, quem=quem),
        secoes=_read_secoes(session, extrato, totais, limite) if vigente else None,
    )


def page_secao(
    session: Session, competencia: Competencia, secao: str, *, quem: Quem, depois_de: Cursor | None
) -> Pagina[Any]:
    """A page of one section of the version that stands. Raises NaoFechado; KeyError for no such section."""
    quem.ensure_ve_resultado()
    page = SECOES[secao]
    extrato = get_extrato(session, competencia)
    found = page(session, Filtro.of_month(competencia), depois_de=depois_de, limite=POR_PAGINA)
    return name_pagina(found, list_nomes(session, extrato, found.linhas))


SECOES: Final[Mapping[str, Callable[..., Pagina[Any]]]] = {
    "pagamentos": consulta.page_pagamentos,
    "comissoes": consulta.page_comissoes,
    "sessoes": consulta.page_sessoes,
    "gastos": consulta.page_gastos,
}


def _read_secoes(session: Session, extrato: Extrato, totais: Totais, limite: int) -> Historico:
    filtro = Filtro.of_month(extrato.competencia)
    first: dict[str, Any] = {"depois_de": None, "limite": limite}
    pagamentos = consulta.page_pagamentos(session, filtro, **first)
    comissoes = consulta.page_comissoes(session, filtro, **first)
    sessoes = consulta.page_sessoes(session, filtro, **first)
    gastos = consulta.page_gastos(session, filtro, **first)
    nomes = list_nomes(session, extrato, pagamentos.linhas, comissoes.linhas, sessoes.linhas)
    return Historico(
        filtro=filtro,
        pagamentos=name_pagina(pagamentos, nomes),
        comissoes=name_pagina(comissoes, nomes),
        sessoes=name_pagina(sessoes, nomes),
        gastos=name_pagina(gastos, nomes),
        totais=totais,
        pendencias=Pagina([]),
    )


def list_nomes(session: Session, extrato: Extrato, *secoes: Sequence[Any]) -> Nomes:
    """The names that were sealed: of the clientes, who are hundreds in a month, only those that the rows show."""
    return list_selados(session, extrato, {getattr(linha, "cliente_id", None) for linhas in secoes for linha in linhas})


def list_selados(session: Session, extrato: Extrato, clientes: Collection[int | None]) -> dict[tuple[str, str], str]:
    """The names that a version was sealed with; of the clientes only these."""
    de_quem = ExtratoNome.tipo != "cliente"
    ids = sorted(str(id_) for id_ in clientes if id_ is not None)
    if ids:
        de_quem |= (ExtratoNome.tipo == "cliente") & ExtratoNome.chave.in_(ids)
    query = select(ExtratoNome.tipo, ExtratoNome.chave, ExtratoNome.nome)
    rows = session.execute(query.where(ExtratoNome.extrato_id == extrato.id, de_quem))
    return {(tipo, chave): nome for tipo, chave, nome in rows}


def describe_totais(selados: list[Any], nomes: Nomes) -> Totais:
    """Totals in their sealed form, with the codes beside their labels, as the Histórico's have them."""
    totais = describe_totals(selados, nomes)
    for key, place in _COM_CODIGO.items():
        totais[key] = [
            {"codigo": codigo, **entry} for (codigo, _), entry in zip(selados[place], totais[key], strict=True)
        ]
    return totais


def name_pagina(pagina: Pagina[Linha], nomes: Nomes) -> Pagina[Linha]:
    """The rows under the names that they were sealed with; what was not named then is called as it is now."""
    return Pagina([_name_one(linha, nomes) for linha in pagina.linhas], pagina.proxima)


def _name_one(linha: Linha, nomes: Nomes) -> Linha:
    sealed: dict[str, Any] = {
        column: nomes[tipo, str(getattr(linha, key))]
        for column, tipo, key in _NOMEADAS
        if hasattr(linha, column) and (tipo, str(getattr(linha, key, None))) in nomes
    }
    return linha._replace(**sealed)


# Column that shows a name → kind of name, and the column that holds whose it is.
_NOMEADAS: Final = (
    ("artista", "artista", "artista_id"),
    ("cliente", "cliente", "cliente_id"),
    ("forma_rotulo", "forma", "forma"),
    ("categoria_rotulo", "categoria", "categoria"),
)


def list_versoes(session: Session, competencia: Competencia, *, quem: Quem) -> list[Versao]:
    """Every closing of the month, newest first, each with the reopening that followed it."""
    quem.ensure_ve_resultado()
    links = session.scalars(select(Selo).where(Selo.mes == competencia.first_day)).all()
    reopened = {link.versao: link for link in links if link.tipo == "reabertura"}
    query = (
        select(Extrato.versao, Extrato.estado, Extrato.seq, ExtratoNome.nome)
        .outerjoin(
            ExtratoNome,
            (ExtratoNome.extrato_id == Extrato.id)
            & (ExtratoNome.tipo == "usuario")
            & (ExtratoNome.chave == cast(Extrato.fechado_por, String)),
        )
        .where(Extrato.mes == competencia.first_day)
        .order_by(Extrato.versao.desc())
    )
    closed = {link.seq: link for link in links}
    return [
        Versao(versao, estado, closed[seq], por, reopened.get(versao))
        for versao, estado, seq, por in session.execute(query)
    ]
