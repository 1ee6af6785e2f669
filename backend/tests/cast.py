"""The cast: Ana owns the studio and tattoos, Bia tattoos for 40 %, Caio is at the desk, Dora is the client.

Builders go through the services, so that a test stands on what a person can enter. Dates are given, or DIA.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio.domain.artista import Artista
from estudio.domain.cliente import Cliente
from estudio.domain.competencia import Competencia
from estudio.domain.gasto import Gasto
from estudio.domain.nomes import normalise_nome
from estudio.domain.pagamento import Pagamento
from estudio.domain.sessao import Sessao
from estudio.domain.usuario import Papel, Quem, Usuario
from estudio.services.gasto_service import register_gasto
from estudio.services.pagamento_service import register_pagamento
from estudio.services.sessao_service import register_sessao

DIA = date(2026, 10, 15)
"""A day of a month that is over and open."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is there: the things by their name, and each of those who log in as the deeds are told of them."""

    ana: Artista
    bia: Artista
    dora: Cliente
    quem_ana: Quem
    quem_bia: Quem
    quem_caio: Quem
    quem_edu: Quem
    """The accountant."""


def make_cast(session: Session, *, origem: str = "teste") -> Cast:
    """Add the cast to the database; the caller commits or does not."""
    ana = make_artista(session, "Ana", email="ana@estudio.example")
    bia = make_artista(session, "Bia", percentual=4000, email="bia@estudio.example")
    dora = make_cliente(session, "Dora", telefone="(11) 90000-1234")
    usuarios = [
        Usuario(nome="Ana", email="ana@estudio.example", papel=Papel.DONO, artista_id=ana.id),
        Usuario(nome="Bia", email="bia@estudio.example", papel=Papel.ARTISTA, artista_id=bia.id),
        Usuario(nome="Caio", email="caio@estudio.example", papel=Papel.RECEPCAO),
        Usuario(nome="Edu", email="edu@estudio.example", papel=Papel.CONTADOR),
    ]
    session.add_all(usuarios)
    session.flush()
    return Cast(ana, bia, dora, *(usuario.as_quem(origem) for usuario in usuarios))


def make_artista(session: Session, nome: str, *, percentual: int = 0, email: str | None = None) -> Artista:
    """`percentual` in hundredths."""
    artista = Artista(nome=nome, nome_busca=normalise_nome(nome), percentual=percentual, email=email)
    session.add(artista)
    session.flush()
    return artista


def make_cliente(session: Session, nome: str, *, telefone: str | None = None) -> Cliente:
    cliente = Cliente(nome=nome, nome_busca=normalise_nome(nome), telefone=telefone)
    session.add(cliente)
    session.flush()
    return cliente


def pay(
    session: Session,
    cast: Cast,
    valor: str,
    *,
    data: date = DIA,
    artista: Artista | None = None,
    cliente: Cliente | None = None,
    percentual: int | None = None,
    forma: str = "pix",
    sessoes: list[Sessao] | None = None,
    google_event_id: str | None = None,
    observacoes: str | None = None,
) -> Pagamento:
    """A payment as the desk registers it, to Bia unless another artista is named: `pay(session, cast, "500.00")`."""
    return register_pagamento(
        session,
        quem=cast.quem_caio,
        data=data,
        artista_id=(artista or cast.bia).id,
        valor=Decimal(valor),
        forma=forma,
        cliente_id=cliente.id if cliente else None,
        sessoes=[sessao.id for sessao in sessoes or []],
        percentual=percentual,
        google_event_id=google_event_id,
        observacoes=observacoes,
    )


def book(
    session: Session,
    cast: Cast,
    valor: str = "300.00",
    *,
    data: date = DIA,
    artista: Artista | None = None,
    cliente: Cliente | None = None,
    status: str = "agendada",
    google_event_id: str | None = None,
) -> Sessao:
    """A sessão as the desk books it, with Bia unless another artista is named."""
    return register_sessao(
        session,
        quem=cast.quem_caio,
        data=data,
        artista_id=(artista or cast.bia).id,
        valor=Decimal(valor),
        cliente_id=cliente.id if cliente else None,
        status=status,
        google_event_id=google_event_id,
    )


def spend(
    session: Session,
    cast: Cast,
    valor: str,
    *,
    data: date = DIA,
    descricao: str = "Agulhas e tinta",
    forma: str = "pix",
    categoria: str | None = None,
) -> Gasto:
    """A gasto as the dono registers it."""
    return register_gasto(
        session,
        quem=cast.quem_ana,
        data=data,
        valor=Decimal(valor),
        descricao=descricao,
        forma=forma,
        categoria=categoria,
    )


def shut(session: Session, mes: str) -> None:
    """Close a month (`"2026-10"`) without a backup, by the database's own function; the first deed of a transaction."""
    competencia = Competencia.parse(mes)
    session.execute(
        text(
            "select estudio.fechar_competencia(:mes, :hoje, gen_random_uuid(), null,"
            " (select jsonb_build_object('totais', totais) from estudio.contar_competencia(:mes)), null)"
        ),
        {"mes": competencia.first_day, "hoje": competencia.next_first_day},
    )
