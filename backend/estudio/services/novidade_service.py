"""Whether anything is new: a mark that differs as soon as somebody else entered something that this person sees.

It is made of the newest events of the audit trail. Not of the newest number alone: numbers are given out before their
transactions commit, so the smaller of two may come to be seen after the larger.
"""

import hashlib
from typing import Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from estudio.domain.auditoria import Evento
from estudio.domain.usuario import Papel, Quem

RECENTES: Final = 200
"""Events looked at, newest first, by the primary key: as quick in the tenth year as on the first day."""

_DO_DIA: Final = ("pagamentos", "comissoes", "sessoes", "clientes", "artistas", "formas")
"""What the desk's pages show."""

_COM_ARTISTA: Final = ("pagamentos", "comissoes", "sessoes")


def find_marca(session: Session, *, quem: Quem) -> str:
    """The mark of what this person would see now. Equal marks: nothing is new; another one may also mean nothing."""
    recentes = select(Evento).order_by(Evento.id.desc()).limit(RECENTES).subquery()
    query = select(recentes.c.id).order_by(recentes.c.id)
    match quem.papel:
        case Papel.RECEPCAO:
            query = query.where(recentes.c.tabela.in_(_DO_DIA))
        case Papel.ARTISTA:
            dele = str(quem.artista_id)
            antes: ColumnElement[str] = recentes.c.antes["artista_id"].astext
            depois: ColumnElement[str] = recentes.c.depois["artista_id"].astext
            query = query.where(recentes.c.tabela.in_(_COM_ARTISTA), or_(antes == dele, depois == dele))
        case _:
            pass
    ids = ",".join(map(str, session.scalars(query)))
    return hashlib.sha256(ids.encode()).hexdigest()[:16]
