"""Who did what: every deed says who acts and why (`act_as`), the database's triggers write it down, this reads it."""

import uuid

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from estudio.domain.auditoria import Evento
from estudio.domain.nomes import validate_opcional
from estudio.domain.usuario import Papel, Quem

MAIOR_MOTIVO = 2_000

_ACT = text(
    "select set_config('estudio.quem', :quem, true), set_config('estudio.origem', :origem, true),"
    " set_config('estudio.ato', :ato, true), set_config('estudio.motivo', :motivo, true)"
)


def act_as(session: Session, quem: Quem, *, motivo: str | None = None, ato: uuid.UUID | None = None) -> uuid.UUID:
    """Say for the rest of the transaction, or until the next deed in it, who acts and why; returns the deed's id.

    Every row that changes is written to the audit trail with these. `ato` joins several deeds into one.
    """
    # What an earlier deed of this transaction left to be written is still its own.
    session.flush()
    ato = ato or uuid.uuid4()
    session.execute(
        _ACT,
        {
            "quem": "" if quem.usuario_id is None else str(quem.usuario_id),
            "origem": quem.origem,
            "ato": str(ato),
            "motivo": validate_opcional(motivo, "Motivo", maximo=MAIOR_MOTIVO) or "",
        },
    )
    return ato


def list_eventos(
    session: Session,
    *,
    quem: Quem,
    tabela: str | None = None,
    registro_id: int | None = None,
    ato: uuid.UUID | None = None,
    antes_de: int | None = None,
    limite: int = 50,
) -> list[Evento]:
    """The audit trail, newest first: of one row, of one deed or of everything; `antes_de` is the last id of a page."""
    quem.ensure_papel(Papel.DONO, Papel.CONTADOR)
    query = select(Evento).order_by(Evento.id.desc()).limit(limite)
    if tabela is not None:
        query = query.where(Evento.tabela == tabela)
    if registro_id is not None:
        query = query.where(Evento.registro_id == registro_id)
    if ato is not None:
        query = query.where(Evento.ato == ato)
    if antes_de is not None:
        query = query.where(Evento.id < antes_de)
    return list(session.scalars(query))
