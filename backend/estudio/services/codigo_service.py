"""The studio's two lists of codes: formas added, renamed, put in order and out of use. A code never becomes another.

Of a month that is closed the names stay as they were (`extrato_nomes`): a new label is for what is open.
"""

import re
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from estudio.domain.codigos import Categoria, Codigo, Forma
from estudio.domain.errors import AlteradoDepois, DadosInvalidos, JaExiste, NaoEncontrado
from estudio.domain.nomes import normalise_nome, validate_nome
from estudio.domain.usuario import Quem
from estudio.services.auditoria_service import act_as

MAIOR_ROTULO: Final = 60

_MAIOR_CODIGO: Final = 30
MAIOR_LISTA: Final = 100
"""A list that nobody can choose from is none."""


class Lista(StrEnum):
    FORMAS = "formas"
    CATEGORIAS = "categorias"


class Passo(StrEnum):
    CIMA = "cima"
    BAIXO = "baixo"


def list_codigos(session: Session, lista: Lista) -> list[Codigo]:
    """All of a list, in the studio's order, also what is out of use."""
    tabela = _TABELAS[lista]
    return list(session.scalars(select(tabela).order_by(tabela.ordem, tabela.codigo)))


def get_codigo(session: Session, lista: Lista, codigo: str) -> Codigo:
    """Raises NaoEncontrado."""
    found: Codigo | None
    if lista == Lista.FORMAS:
        found = session.get(Forma, codigo, populate_existing=True)
    else:
        found = session.get(Categoria, codigo, populate_existing=True)
    if found is None:
        raise NaoEncontrado(coisa=_COISAS[lista], id=codigo)
    return found


def register_codigo(session: Session, lista: Lista, *, quem: Quem, rotulo: str) -> Codigo:
    """Add one at the end of the list. Its code is made of its name, once. Raises JaExiste, TextoInvalido."""
    quem.ensure_dono()
    act_as(session, quem)
    todos = _lock(session, lista)
    if len(todos) >= MAIOR_LISTA:
        raise DadosInvalidos(
            sentence="A lista já tem {limite} nomes. Mude o nome de um que está fora de uso.",
            limite=MAIOR_LISTA,
            motivo="lista",
        )
    rotulo = _ensure_livre(todos, rotulo, None)
    codigo = _TABELAS[lista](
        codigo=_create_codigo(rotulo, {cada.codigo for cada in todos}, lista),
        rotulo=rotulo,
        ordem=max((cada.ordem for cada in todos if cada.ativa), default=0) + 1,
    )
    session.add(codigo)
    session.flush()
    return codigo


def edit_codigo(
    session: Session, lista: Lista, codigo: str, *, quem: Quem, rotulo: str, visto: str | None = None
) -> Codigo:
    """Call it otherwise, in the open months and from now on. Raises AlteradoDepois when it is not called `visto`."""
    quem.ensure_dono()
    act_as(session, quem)
    todos = _lock(session, lista)
    found = get_codigo(session, lista, codigo)
    if visto is not None and found.rotulo != visto:
        raise AlteradoDepois
    found.rotulo = _ensure_livre(todos, rotulo, codigo)
    session.flush()
    return found


def set_em_uso(session: Session, lista: Lista, codigo: str, *, quem: Quem, ativa: bool) -> Codigo:
    """Offer it in forms, or no longer; what was entered with it keeps it. One forma at least stays in use."""
    quem.ensure_dono()
    act_as(session, quem)
    todos = _lock(session, lista)
    found = get_codigo(session, lista, codigo)
    if not ativa and [cada for cada in todos if cada.ativa] == [found] and lista == Lista.FORMAS:
        raise DadosInvalidos(
            "Uma forma de pagamento precisa ficar em uso. Ponha outra em uso antes de tirar esta.", motivo="ultima"
        )
    found.ativa = ativa
    session.flush()
    return found


def move_codigo(session: Session, lista: Lista, codigo: str, *, quem: Quem, passo: Passo) -> Codigo:
    """Change its place with its neighbour among those in use; at the end of the list nothing changes."""
    quem.ensure_dono()
    act_as(session, quem)
    todos = _lock(session, lista)
    found = get_codigo(session, lista, codigo)
    em_uso = [cada for cada in todos if cada.ativa]
    here = em_uso.index(found) if found in em_uso else -1
    there = here - 1 if passo == Passo.CIMA else here + 1
    if here >= 0 and 0 <= there < len(em_uso):
        em_uso[here], em_uso[there] = em_uso[there], em_uso[here]
    for place, cada in enumerate([*em_uso, *(cada for cada in todos if not cada.ativa)], start=1):
        if cada.ordem != place:
            cada.ordem = place
    session.flush()
    return found


def _lock(session: Session, lista: Lista) -> list[Codigo]:
    """The whole list, for this transaction: a list is short, and its rules are about all of it."""
    tabela = _TABELAS[lista]
    query = select(tabela).order_by(tabela.ordem, tabela.codigo).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _ensure_livre(todos: list[Codigo], rotulo: str, codigo: str | None) -> str:
    """By the key of names: an import finds them by it, and two that only differ by an accent would be one."""
    rotulo = validate_nome(rotulo, maximo=MAIOR_ROTULO)
    igual = normalise_nome(rotulo)
    for cada in todos:
        if cada.codigo != codigo and normalise_nome(cada.rotulo) == igual:
            raise JaExiste(sentence="Já existe “{rotulo}” nesta lista.", rotulo=cada.rotulo, campo="rotulo")
    return rotulo


def _create_codigo(rotulo: str, taken: set[str], lista: Lista) -> str:
    slug = re.sub("[^a-z0-9]+", "_", normalise_nome(rotulo)).strip("_")[:_MAIOR_CODIGO].strip("_") or lista.value
    codigo, number = slug, 1
    while codigo in taken:
        number += 1
        codigo = f"{slug[: _MAIOR_CODIGO - 4]}_{number}"
    return codigo


_TABELAS: Final[dict[Lista, type[Forma] | type[Categoria]]] = {Lista.FORMAS: Forma, Lista.CATEGORIAS: Categoria}

_COISAS: Final = {Lista.FORMAS: "a forma", Lista.CATEGORIAS: "a categoria"}
