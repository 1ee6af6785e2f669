"""Clientes: found, searched, registered, edited, and merged when two entries turn out to be one person."""

import re
from collections.abc import Collection
from typing import TypedDict, Unpack

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from estudio.domain.cliente import Cliente, resolve_cliente, resolve_clientes
from estudio.domain.errors import (
    AlteradoDepois,
    ClienteAmbiguo,
    ClienteParecido,
    NaoEncontrado,
)
from estudio.domain.nomes import (
    escape_like,
    normalise_nome,
    split_palavras,
    validate_email,
    validate_nome,
    validate_opcional,
)
from estudio.domain.telefone import normalise_telefone
from estudio.domain.titular import ensure_presente, is_presente
from estudio.domain.usuario import Papel, Quem
from estudio.services.auditoria_service import act_as

LIMITE_NOME = 10_000
LIMITE_TELEFONE = 40
OUTRA_PESSOA = 0
"""Chosen where several have a name: none of them, but one more."""

MAIS_PARECIDOS = 20
"""So many of one name are shown, however many there are."""

# With fewer digits nearly every phone of a town is found.
MIN_DIGITOS, MAX_DIGITOS = 4, 20

# One name entered twice at once: the second waits here, and then finds the first. (4 to 9 and 11 are
# others'.)
_LOCK_NOME = 10


class CamposDoCliente(TypedDict, total=False):
    """What an edit may change; what is not named stays as it is."""

    nome: str
    telefone: str | None
    email: str | None
    observacoes: str | None


def register_cliente(
    session: Session,
    *,
    quem: Quem,
    nome: str,
    telefone: str | None = None,
    email: str | None = None,
    observacoes: str | None = None,
) -> Cliente:
    """Register a cliente, also one whose name another has: two people may share one."""
    quem.ensure_registra()
    campos: CamposDoCliente = {"nome": nome, "telefone": telefone, "email": email, "observacoes": observacoes}
    return _register(session, campos, quem=quem)


def register_outro_cliente(
    session: Session,
    *,
    quem: Quem,
    vistos: Collection[int] = (),
    nome: str,
    telefone: str | None = None,
    email: str | None = None,
    observacoes: str | None = None,
) -> Cliente:
    """Register a cliente, unless somebody has the name or the telefone whom the person was not told of (`vistos`).

    Raises ClienteParecido, which lists them.
    """
    quem.ensure_registra()
    session.execute(select(func.pg_advisory_xact_lock(_LOCK_NOME, func.hashtext(normalise_nome(nome)))))
    parecidos = list_parecidos(session, quem=quem, nome=nome, telefone=telefone)
    if {cliente.id for cliente in parecidos} - set(vistos):
        raise ClienteParecido(clientes=[describe_candidato(c) for c in parecidos])
    return register_cliente(session, quem=quem, nome=nome, telefone=telefone, email=email, observacoes=observacoes)


def list_parecidos(session: Session, *, quem: Quem, nome: str, telefone: str | None = None) -> list[Cliente]:
    """Who may be meant already: the clientes of this very name or telefone, as who they are now; in order of number."""
    quem.ensure_registra()
    igual: list[ColumnElement[bool]] = [Cliente.nome_busca == normalise_nome(nome)]
    digitos = _digits(normalise_telefone(telefone) or "")
    if len(digitos) >= MIN_DIGITOS:
        # Kept by version 4 with the country before it.
        igual.append(Cliente.telefone_digitos.in_([digitos, f"55{digitos}", digitos.removeprefix("55")]))
    query = select(Cliente).where(or_(*igual), is_presente()).order_by(Cliente.id).limit(MAIS_PARECIDOS)
    return resolve_clientes(session, session.scalars(query).all())


def edit_cliente(
    session: Session, cliente_id: int, *, quem: Quem, versao: int | None = None, **campos: Unpack[CamposDoCliente]
) -> Cliente:
    """Change a cliente. Raises AlteradoDepois when `versao` is not the newest."""
    quem.ensure_registra()
    act_as(session, quem)
    cliente = lock_cliente(session, cliente_id)
    ensure_presente(session, cliente)
    if versao is not None and cliente.versao != versao:
        raise AlteradoDepois
    _assign(cliente, campos)
    session.flush()
    return cliente


def find_cliente(session: Session, nome: str) -> Cliente | None:
    """Who has this name, whatever its accents, case and spaces; nothing in it stands for anything else.

    A merged cliente is found as who they are now. Raises ClienteAmbiguo when several people have the name.
    """
    query = select(Cliente).where(Cliente.nome_busca == normalise_nome(nome), is_presente()).order_by(Cliente.id)
    found = {cliente.id: cliente for cliente in (resolve_cliente(session, c) for c in session.scalars(query))}
    if len(found) > 1:
        raise ClienteAmbiguo(
            quantidade=len(found),
            nome=nome,
            clientes=[describe_candidato(c) for c in found.values()],
        )
    return next(iter(found.values()), None)


def find_or_register_cliente(session: Session, nome: str, *, quem: Quem, telefone: str | None = None) -> Cliente:
    """The cliente of this name, registered when there is none, with the `telefone`. Raises ClienteAmbiguo.

    A telefone that is another than the one that the name's only cliente has may be another person's: ClienteAmbiguo as
    well. One who had none gets it. An artista books by name too: they find out nothing else, and give no telefone.
    """
    quem.ensure_papel(Papel.DONO, Papel.RECEPCAO, Papel.ARTISTA)
    session.execute(select(func.pg_advisory_xact_lock(_LOCK_NOME, func.hashtext(normalise_nome(nome)))))
    found = find_cliente(session, nome)
    if found is None:
        return _register(session, {"nome": nome, "telefone": telefone}, quem=quem)
    if telefone is not None and found.telefone is None:
        return edit_cliente(session, found.id, quem=quem, telefone=telefone)
    if telefone is not None and _digits(normalise_telefone(telefone) or "") != _digits(found.telefone or ""):
        raise ClienteAmbiguo(quantidade=1, nome=nome, clientes=[describe_candidato(found)])
    return found


def choose_cliente(
    session: Session, nome: str, *, quem: Quem, escolhido: int | None, telefone: str | None = None
) -> Cliente:
    """Like `find_or_register_cliente`, where of several people of one name one may have been chosen already.

    `escolhido` is that one's id, or OUTRA_PESSOA for one more of the name; it says nothing where the name is one
    person's, so that a choice that was made for another name is not followed. Whoever is chosen keeps the telefone
    that they have. Raises ClienteAmbiguo.
    """
    try:
        return find_or_register_cliente(session, nome, quem=quem, telefone=telefone)
    except ClienteAmbiguo as ambiguo:
        if escolhido == OUTRA_PESSOA:
            return _register(session, {"nome": nome, "telefone": telefone}, quem=quem)
        if escolhido in _list_ids(ambiguo):
            return session.get_one(Cliente, escolhido)
        raise _without_phones(ambiguo, quem) from None


def search_clientes(session: Session, texto: str, *, quem: Quem, limite: int = 20) -> list[Cliente]:
    """Clientes whose name holds every word of the text, accents and case ignored, or whose phone holds its digits.

    Best first: the name itself, names that begin with it, names of which a word begins with it, the rest; each in order
    of name. A merged cliente is found as who they are now.
    """
    quem.ensure_registra()
    criterio = _match(texto)
    if criterio is None:
        return []
    key = " ".join(split_palavras(texto))
    inicio = escape_like(key)
    ordem = case(
        (Cliente.nome_busca == key, 0),
        (Cliente.nome_busca.like(f"{inicio}%"), 1),
        (Cliente.nome_busca.like(f"% {inicio}%"), 2),
        else_=3,
    )
    query = (
        select(Cliente).where(criterio, is_presente()).order_by(ordem, func.left(Cliente.nome_busca, 100), Cliente.id)
    )
    return resolve_clientes(session, session.scalars(query.limit(limite)).all())


def list_clientes(
    session: Session, *, quem: Quem, depois_de: tuple[str, int] | None = None, limite: int = 50
) -> list[Cliente]:
    """All clientes in order of name, without those merged into another. `depois_de`: `get_pagina` of the last one."""
    quem.ensure_registra()
    nome = func.left(Cliente.nome_busca, 100)
    query = select(Cliente).where(Cliente.fundido_em.is_(None), is_presente()).order_by(nome, Cliente.id)
    if depois_de is not None:
        query = query.where(tuple_(nome, Cliente.id) > tuple_(*depois_de))
    return list(session.scalars(query.limit(limite)))


def count_clientes(session: Session, *, quem: Quem) -> int:
    """How many `list_clientes` lists on all its pages."""
    quem.ensure_registra()
    return session.scalars(
        select(func.count()).select_from(Cliente).where(Cliente.fundido_em.is_(None), is_presente())
    ).one()


def list_unidos(session: Session, cliente_id: int) -> list[Cliente]:
    """The entries that were merged straight into this one, in order of number."""
    return list(session.scalars(select(Cliente).where(Cliente.fundido_em == cliente_id).order_by(Cliente.id)))


def _register(session: Session, campos: CamposDoCliente, *, quem: Quem) -> Cliente:
    act_as(session, quem)
    cliente = Cliente()
    _assign(cliente, campos)
    session.add(cliente)
    session.flush()
    return cliente


def _without_phones(ambiguo: ClienteAmbiguo, quem: Quem) -> ClienteAmbiguo:
    """An artista sees nobody's phone: the number of the entry tells the people of one name apart."""
    if quem.papel != Papel.ARTISTA:
        return ambiguo
    clientes = ambiguo.details["clientes"]
    assert isinstance(clientes, list), "find_cliente lists them"
    return ClienteAmbiguo(**{**ambiguo.details, "clientes": [{**cliente, "telefone": None} for cliente in clientes]})


def describe_candidato(cliente: Cliente) -> dict[str, object]:
    """One of those whom a name may mean, as the person who has to choose is told of them."""
    return {"id": cliente.id, "nome": cliente.nome, "telefone": cliente.telefone}


def _digits(telefone: str) -> str:
    return re.sub("[^0-9]", "", telefone)


def _list_ids(ambiguo: ClienteAmbiguo) -> list[object]:
    clientes = ambiguo.details["clientes"]
    assert isinstance(clientes, list), "find_cliente lists them"
    return [cliente["id"] for cliente in clientes]


def _match(texto: str) -> ColumnElement[bool] | None:
    palavras = split_palavras(texto)
    if not palavras:
        return None
    nome = and_(true(), *(Cliente.nome_busca.like(f"%{escape_like(palavra)}%") for palavra in palavras))
    digitos = _digits(texto)[:MAX_DIGITOS]
    # "Ana 2" is a name; a phone is digits and what people put between them.
    if len(digitos) < MIN_DIGITOS or not re.fullmatch(r"[0-9 ()+./-]*", texto):
        return nome
    return or_(nome, Cliente.telefone_digitos.like(f"%{digitos}%"))


def _assign(cliente: Cliente, campos: CamposDoCliente) -> None:
    if "nome" in campos:
        cliente.nome = validate_nome(campos["nome"], maximo=LIMITE_NOME)
        cliente.nome_busca = normalise_nome(cliente.nome)
    if "telefone" in campos:
        cliente.telefone = normalise_telefone(campos["telefone"])
    if "email" in campos:
        cliente.email = validate_email(campos["email"])
    if "observacoes" in campos:
        cliente.observacoes = validate_opcional(campos["observacoes"], "Observações", maximo=20_000)


def lock_cliente(session: Session, cliente_id: int) -> Cliente:
    """The cliente as it is now, held until the end of the transaction. Raises NaoEncontrado."""
    found = session.get(Cliente, cliente_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NaoEncontrado(coisa="o cliente", id=cliente_id)
    return found
