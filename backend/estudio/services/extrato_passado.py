"""The rows of a version, put together again and held against its seal; and why each of its numbers is what it is.

A reopening leaves the rows where they are, so what a version sealed is what the month held at the instant of its seal.
It is shown only when its count has the hash that was sealed: what cannot be proven is said, and not shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from estudio.domain.competencia import Competencia
from estudio.domain.errors import LinhasNaoProvadas
from estudio.domain.extrato import Extrato, get_extrato
from estudio.domain.historico import Cursor, Explicacao, Filtro, Historico, Pagina
from estudio.domain.passado import Marco, Mudancas, Passado, Registro
from estudio.domain.usuario import Quem
from estudio.services import historico_service
from estudio.services.extrato_leitura import Nomes, list_nomes, list_selados, name_pagina, page_secao
from estudio.services.historico_service import Numero
from estudio.services.passado_consulta import begin_passado, count_passado, page_mudancas, page_registros
from estudio.services.passado_leitura import (
    TIPOS_DAS_SECOES,
    explain,
    list_clientes,
    page_secoes,
    write_historico,
    write_linhas,
)


@dataclass(frozen=True, slots=True)
class Linhas:
    """What changed from one version to another, row by row; not `provadas` where a side is not what was sealed."""

    provadas: bool
    mudancas: Mudancas = field(default_factory=Mudancas)
    nomes: Nomes = field(default_factory=dict)


def compare_linhas(
    session: Session, competencia: Competencia, older: int, newer: int, *, quem: Quem, depois_de: Marco | None
) -> Linhas:
    """Which rows came in, went out or changed between two versions: the page after `depois_de`, by the sealed names."""
    quem.ensure_ve_resultado()
    extratos = [get_extrato(session, competencia, versao) for versao in (older, newer)]
    antes, depois = (prove_versao(session, extrato) for extrato in extratos)
    if antes is None or depois is None:
        return Linhas(provadas=False)
    mudancas = page_mudancas(session, antes, depois, notas=False, depois_de=depois_de)
    clientes = list_clientes(mudancas.lados)
    nomes = {chave: nome for extrato in extratos for chave, nome in list_selados(session, extrato, clientes).items()}
    return Linhas(True, mudancas, nomes)


def prove_versao(session: Session, extrato: Extrato) -> Passado | None:
    """The rows that a version sealed, or None where they cannot be proven to be those."""
    begin_passado(session)
    em = None if extrato.estado == "vigente" else datetime.fromisoformat(extrato.selo.em)
    passado = Passado(Filtro.of_month(extrato.competencia), em)
    return passado if count_passado(session, passado).conteudo_sha256 == extrato.conteudo_sha256 else None


def read_secoes(session: Session, extrato: Extrato, *, quem: Quem) -> Historico | None:
    """The sections of a version that a reopening replaced, each with its first page; None where they are not proven."""
    quem.ensure_ve_resultado()
    passado = prove_versao(session, extrato)
    if passado is None:
        return None
    secoes = page_secoes(session, passado, resultado=True)
    nomes = _name(session, extrato, (registro for pagina in secoes.values() for registro in pagina.linhas))
    # Proven: what the rows come to is what was sealed.
    return write_historico(passado, secoes, extrato.totais, nomes=nomes, resultado=True)


def page_versao(
    session: Session,
    competencia: Competencia,
    versao: int | None,
    secao: str,
    *,
    quem: Quem,
    depois_de: Cursor | None,
) -> Pagina[Any]:
    """A page of one section of a version (None: the newest). Raises NaoFechado, LinhasNaoProvadas."""
    quem.ensure_ve_resultado()
    extrato = get_extrato(session, competencia, versao)
    if extrato.estado == "vigente" or versao is None:
        return page_secao(session, competencia, secao, quem=quem, depois_de=depois_de)
    pagina = page_registros(session, _ensure_provada(session, extrato), TIPOS_DAS_SECOES[secao], depois_de=depois_de)
    return write_linhas(pagina, _name(session, extrato, pagina.linhas))


def explain_versao(
    session: Session,
    competencia: Competencia,
    versao: int,
    numero: Numero,
    *,
    quem: Quem,
    chave: str | None,
    depois_de: Cursor | None,
) -> Explicacao:
    """Why was this number sealed? Under the names of the seal. Raises NaoFechado, LinhasNaoProvadas."""
    quem.ensure_ve_resultado()
    extrato = get_extrato(session, competencia, versao)
    if extrato.estado != "vigente":
        passado = _ensure_provada(session, extrato)
        return explain(session, passado, numero, chave, lambda registros: _name(session, extrato, registros), depois_de)
    # Its rows are in the books, where nothing changes them: they are counted and paged there.
    filtro = Filtro.of_month(competencia)
    found = historico_service.explain(session, filtro, numero, quem=quem, chave=chave, depois_de=depois_de)
    nomes = list_nomes(session, extrato, *(parcela.pagina.linhas for parcela in found.parcelas))
    return replace(
        found,
        parcelas=[replace(parcela, pagina=name_pagina(parcela.pagina, nomes)) for parcela in found.parcelas],
    )


def _ensure_provada(session: Session, extrato: Extrato) -> Passado:
    passado = prove_versao(session, extrato)
    if passado is None:
        raise LinhasNaoProvadas(versao=extrato.versao, mes=extrato.competencia.label)
    return passado


def _name(session: Session, extrato: Extrato, registros: Iterable[Registro]) -> Nomes:
    return list_selados(session, extrato, list_clientes(registros))
