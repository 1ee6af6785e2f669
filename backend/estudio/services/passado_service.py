"""The time machine of the Histórico: an open month as it stood at a past instant, and what has changed since.

Who sees what is as in the Histórico of now. Nothing here writes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.errors import InstanteInvalido
from estudio.domain.historico import Cursor, Explicacao, Filtro, Historico, Pagina, Totais
from estudio.domain.passado import Marco, Mudancas, Passado
from estudio.domain.usuario import Papel, Quem
from estudio.services.extrato_leitura import Nomes
from estudio.services.historico_service import VE_RESULTADO, Numero, ensure_aberto, ensure_dia, list_partes, narrow
from estudio.services.passado_consulta import begin_passado, page_mudancas, page_registros, sum_passado
from estudio.services.passado_especies import TIPOS, TIPOS_PARA_TODOS, write_passos
from estudio.services.passado_leitura import (
    TIPOS_DAS_SECOES,
    explain,
    list_nomes_de_hoje,
    page_secoes,
    write_historico,
    write_linhas,
    write_totais,
)

POUCO: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Passo:
    """One change of the month: when it had come about, who did it, how many rows it touched, its place among all."""

    em: datetime
    por: str | None
    linhas: int
    numero: int
    total: int

    @property
    def antes(self) -> datetime:
        """The last instant at which it had not come about yet."""
        return self.em - POUCO


@dataclass(frozen=True, slots=True)
class Momento:
    """A month then and now; `anterior` is the change that made it what it was, `seguinte` the next one."""

    em: datetime
    entao: Historico
    agora: Totais
    mudancas: Mudancas
    nomes: Nomes
    anterior: Passo | None
    seguinte: Passo | None


def read_momento(session: Session, filtro: Filtro, em: datetime, *, quem: Quem, depois_de: Marco | None) -> Momento:
    """The month (or day) of `filtro` at `em`; of the changes since the page after `depois_de`, with its names.

    Raises InstanteInvalido for what is to come, MesNoExtrato for a closed month.
    """
    entao = _ensure_passado(session, filtro, em, quem)
    agora = Passado(entao.filtro)
    resultado = quem.papel in VE_RESULTADO
    tipos = TIPOS if resultado else TIPOS_PARA_TODOS
    mudancas = page_mudancas(session, entao, agora, notas=True, tipos=tipos, depois_de=depois_de)
    secoes = page_secoes(session, entao, resultado=resultado)
    shown = [each for pagina in secoes.values() for each in pagina.linhas]
    nomes = list_nomes_de_hoje(session, [*shown, *mudancas.lados])
    somas = [sum_passado(session, each, tipos) for each in (entao, agora)]
    # The desk is told of its day alone; the changes are the month's.
    passos = (None, None) if quem.papel == Papel.RECEPCAO else _find_passos(session, entao, nomeia=resultado)
    return Momento(
        em,
        write_historico(entao, secoes, somas[0], nomes=nomes, resultado=resultado),
        write_totais(somas[1], nomes, resultado=resultado),
        mudancas,
        nomes,
        *passos,
    )


def page_secao(
    session: Session, filtro: Filtro, em: datetime, secao: str, *, quem: Quem, depois_de: Cursor | None
) -> Pagina[Any]:
    """A page of one section as it stood. Raises KeyError for no such section."""
    tipo = TIPOS_DAS_SECOES[secao]
    if tipo == "gasto":
        quem.ensure_ve_resultado()
    pagina = page_registros(session, _ensure_passado(session, filtro, em, quem), tipo, depois_de=depois_de)
    return write_linhas(pagina, list_nomes_de_hoje(session, pagina.linhas))


def explain_momento(
    session: Session,
    filtro: Filtro,
    em: datetime,
    numero: Numero,
    *,
    quem: Quem,
    chave: str | None,
    depois_de: Cursor | None,
) -> Explicacao:
    """Why was it this number at that instant?"""
    if any(nome == "Gastos" for nome, _ in list_partes(numero)):
        quem.ensure_ve_resultado()
    passado = _ensure_passado(session, filtro, em, quem)
    return explain(session, passado, numero, chave, lambda registros: list_nomes_de_hoje(session, registros), depois_de)


def _ensure_passado(session: Session, filtro: Filtro, em: datetime, quem: Quem) -> Passado:
    """What of it the person sees. Raises as `read_momento` says."""
    if em > clock.now():
        raise InstanteInvalido
    filtro = narrow(filtro, quem)
    ensure_dia(filtro, quem)
    ensure_aberto(session, filtro)
    begin_passado(session)
    return Passado(filtro, em)


def _find_passos(session: Session, passado: Passado, *, nomeia: bool) -> tuple[Passo | None, Passo | None]:
    """The last change up to an instant, and the first one after it. Who did them is told to whom `nomeia` says."""
    filtro = passado.filtro
    given: dict[str, Any] = {"em": passado.em, "chave": passado.competencia.first_day.isoformat()}
    if filtro.artista_id is not None:
        given["artista"] = str(filtro.artista_id)
    query = write_passos(de_artista=filtro.artista_id is not None, resultado=nomeia)
    found = {
        row.lado: Passo(row.em, row.por if nomeia else None, row.linhas, row.numero, row.total)
        for row in session.execute(text(query), given)
    }
    return found.get("anterior"), found.get("seguinte")
