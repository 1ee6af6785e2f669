"""Two entries that are one person: united by a pointer, and parted again. Nothing that was paid is rewritten."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from estudio.domain.cliente import Cliente, resolve_cliente, select_familia
from estudio.domain.errors import FusaoRecusada
from estudio.domain.titular import ensure_presente
from estudio.domain.usuario import Quem
from estudio.services.auditoria_service import act_as
from estudio.services.cliente_service import lock_cliente

# Merges take turns, or two of them could close a circle. (4 to 10 are others'.)
_LOCK_FUSAO = 11


def merge_clientes(session: Session, cliente_id: int, *, quem: Quem, em: int, motivo: str | None = None) -> Cliente:
    """Make a cliente one with another; returns the one that stays. A pointer: nothing that was paid is rewritten.

    Raises FusaoRecusada when the two are one already.
    """
    quem.ensure_registra()
    act_as(session, quem, motivo=motivo)
    session.execute(select(func.pg_advisory_xact_lock(_LOCK_FUSAO, 0)))
    menor, fica = lock_cliente(session, cliente_id), resolve_cliente(session, lock_cliente(session, em))
    ensure_presente(session, menor, fica)
    if menor.fundido_em is not None:
        raise FusaoRecusada(
            sentence="O cliente {nome} já foi unido a outro. Desfaça essa união antes.", nome=menor.nome
        )
    if fica.id == menor.id:
        raise FusaoRecusada("Os dois já são o mesmo cliente. Escolha outro.")
    menor.fundido_em = fica.id
    session.flush()
    return fica


def unmerge_cliente(session: Session, cliente_id: int, *, quem: Quem) -> Cliente:
    """Undo a merge: the cliente stands for itself again. Raises FusaoRecusada when it was not merged."""
    quem.ensure_registra()
    act_as(session, quem)
    cliente = lock_cliente(session, cliente_id)
    ensure_presente(session, cliente)
    if cliente.fundido_em is None:
        raise FusaoRecusada(sentence="O cliente {nome} não foi unido a nenhum outro.", nome=cliente.nome)
    cliente.fundido_em = None
    session.flush()
    return cliente


def list_familia(session: Session, cliente_id: int) -> list[int]:
    """The ids under which one person's money and sessões stand: their own and those merged into it."""
    return sorted(session.scalars(select_familia(cliente_id)))
