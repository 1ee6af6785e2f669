"""An agenda event is paid once: by a pagamento that names it, or through the sessão that stands for it."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from estudio.domain.errors import EventoJaPago
from estudio.domain.pagamento import Pagamento, get_pagamento
from estudio.domain.sessao import Sessao

LIMITE_EVENTO: Final = 1_024

# Two payments of one event at once: the second waits here, and then finds the first. (4 to 11 are others'; 8 is
# that of a living Execução, which an event's hash could imitate.)
_LOCK_EVENTO: Final = 12


def ensure_eventos_livres(session: Session, google_event_id: str | None, sessoes: Collection[Sessao] = ()) -> None:
    """Raises EventoJaPago, with the first payment, when the event or that of one of the (locked) sessões is paid."""
    eventos = {google_event_id, *(sessao.google_event_id for sessao in sessoes)} - {None}
    if not eventos:
        return
    for evento in sorted(filter(None, eventos)):
        session.execute(select(func.pg_advisory_xact_lock(_LOCK_EVENTO, func.hashtext(evento))))
    for sessao in sessoes:
        if sessao.payment_id is not None and google_event_id is not None and sessao.google_event_id == google_event_id:
            raise _refuse(get_pagamento(session, sessao.payment_id))
    query = select(Pagamento).where(Pagamento.google_event_id.in_(eventos)).order_by(Pagamento.id)
    pago = session.scalars(query.limit(1)).first()
    if pago is not None:
        raise _refuse(pago)


def _refuse(pagamento: Pagamento) -> EventoJaPago:
    return EventoJaPago(
        pagamento_id=pagamento.id,
        google_event_id=pagamento.google_event_id,
        pagamento={
            "id": pagamento.id,
            "data": pagamento.data.isoformat(),
            "valor": str(pagamento.valor),
            "forma": pagamento.forma,
            "artista": pagamento.artista.nome,
            "cliente": pagamento.nome_do_cliente,
        },
    )
