"""The time machine of the Histórico: an open month as it stood at a past instant, and what has changed since.

Who sees what is as in the Histórico of now. Nothing here writes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.competencia import Competencia
from estudio.domain.errors import InstanteInvalido
from estudio.domain.historico import Cursor, Explicacao, Filtro, Historico, Pagina, Totais
from estudio.domain.passado import Mudanca, compare
from estudio.domain.usuario import Papel, Quem
from estudio.services.extrato_leitura import Nomes
from estudio.services.historico_service import VE_RESULTADO, Numero, ensure_aberto, ensure_dia, list_partes, narrow
from estudio.services.passado_consulta import TIPOS, TIPOS_PARA_TODOS, read_passado, write_passos
from estudio.services.passado_leitura import (
    TIPOS_DAS_SECOES,
    calculate_totais,
    explain,
    list_nomes_de_hoje,
    page_registros,
    write_historico,
    write_linhas,
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
    mudancas: list[Mudanca]
    nomes: Nomes
    anterior: Passo | None
    seguinte: Passo | None


def read_momento(session: Session, filtro: Filtro, em: datetime, *, quem: Quem, shown: slice) -> Momento:
    """The month (or day) of `filtro` at `em`; the changes of `shown` with their names.

    Raises InstanteInvalido for what is to come, MesNoExtrato for a closed month.
    """
    filtro = _ensure_passado(session, filtro, em, quem)
    resultado = quem.papel in VE_RESULTADO
    tipos = TIPOS if resultado else TIPOS_PARA_TODOS
    entao, agora = (read_passado(session, filtro, at, tipos=tipos) for at in (em, None))
    mudancas = compare(entao, agora, notas=True)
    lados = [lado for cada in mudancas[shown] for lado in (cada.antes, cada.depois) if lado is not None]
    secoes = [each for registros in entao.registros.values() for each in page_registros(registros).linhas]
    nomes = list_nomes_de_hoje(session, [*secoes, *lados])
    # The desk is told of its day alone; the changes are the month's.
    passos = (None, None) if quem.papel == Papel.RECEPCAO else _find_passos(session, filtro, em, nomeia=resultado)
    return Momento(
        em,
        write_historico(entao, filtro, nomes=nomes, resultado=resultado),
        calculate_totais(agora, nomes, resultado=resultado),
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
    filtro = _ensure_passado(session, filtro, em, quem)
    passado = read_passado(session, filtro, em, tipos=frozenset({tipo}))
    pagina = page_registros(passado.registros.get(tipo, ()), depois_de=depois_de)
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
    passado = read_passado(session, _ensure_passado(session, filtro, em, quem), em)
    return explain(passado, numero, chave, lambda registros: list_nomes_de_hoje(session, registros), depois_de)


def _ensure_passado(session: Session, filtro: Filtro, em: datetime, quem: Quem) -> Filtro:
    """What of it the person sees. Raises as `read_momento` says."""
    if em > clock.now():
        raise InstanteInvalido
    filtro = narrow(filtro, quem)
    ensure_dia(filtro, quem)
    ensure_aberto(session, filtro)
    return filtro


def _find_passos(session: Session, filtro: Filtro, em: datetime, *, nomeia: bool) -> tuple[Passo | None, Passo | None]:
    """The last change up to an instant, and the first one after it. Who did them is told to whom `nomeia` says."""
    mes = Competencia.of(filtro.inicio)
    given: dict[str, Any] = {"em": em, "chave": mes.first_day.isoformat()}
    if filtro.artista_id is not None:
        given["artista"] = str(filtro.artista_id)
    query = write_passos(de_artista=filtro.artista_id is not None, resultado=nomeia)
    found = {
        row.lado: Passo(row.em, row.por if nomeia else None, row.linhas, row.numero, row.total)
        for row in session.execute(text(query), given)
    }
    return found.get("anterior"), found.get("seguinte")
