"""The images of rows in the audit trail, from which a deed is undone."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from estudio import sql
from estudio.domain.auditoria import Evento
from estudio.domain.colunas import Base
from estudio.domain.dinheiro import from_centavos
from estudio.domain.errors import NaoDesfaz

Imagem = dict[str, Any]
"""A row as the audit trail keeps it: the columns by name, money in centavos, dates in ISO."""


def find_apagado(session: Session, model: type[Base], id_: int) -> Evento:
    """The last thing that happened to the row, which must be its end."""
    last = _find_ultimo(session, model, id_)
    if last is None or last.acao != "delete":
        raise NaoDesfaz("Não há o que desfazer: a última mudança deste registro não foi apagá-lo.", id=id_)
    return last


def find_editado(session: Session, model: type[Base], id_: int, versao: int) -> Evento:
    """The last thing that happened to the row, which must be an edit."""
    last = _find_ultimo(session, model, id_)
    if last is None or last.acao != "update":
        raise NaoDesfaz("Não há o que desfazer: a última mudança deste registro não foi uma edição.", id=id_)
    assert get_imagem(last)["versao"] == versao, "the trail sees every change"
    return last


def list_mudancas(session: Session, de: Evento, model: type[Base], *acoes: str) -> list[Evento]:
    """What the same deed did to rows of another kind, in order."""
    if de.ato is None:
        raise NaoDesfaz("Esta mudança foi feita fora do sistema e não pode ser desfeita aqui.")
    query = select(Evento).where(Evento.ato == de.ato, Evento.tabela == model.__tablename__).order_by(Evento.id)
    return list(session.scalars(query.where(Evento.acao.in_(acoes)) if acoes else query))


def assign_imagem(row: Any, antes: Imagem, campos: Iterable[str]) -> None:
    """The fields of a row as the image has them."""
    if "valor_centavos" in antes:
        row.valor = from_centavos(antes["valor_centavos"])
    if "data" in antes:
        row.data = date.fromisoformat(antes["data"])
    for campo in campos:
        setattr(row, campo, antes[campo])


def restore_linha(session: Session, model: type[Base], antes: Imagem) -> None:
    """A row that was deleted, again and with its id."""
    session.flush()
    session.execute(text(sql.load(f"restaurar_{model.__tablename__}")), {"antes": json.dumps(antes)})


def get_antes(evento: Evento) -> Imagem:
    """The row before the event."""
    assert evento.antes is not None, "only an insert has nothing before it"
    return evento.antes


def get_imagem(evento: Evento) -> Imagem:
    """The row after the event, or before it when it was deleted."""
    imagem = evento.depois or evento.antes
    assert imagem is not None, "an event is about a row"
    return imagem


def _find_ultimo(session: Session, model: type[Base], id_: int) -> Evento | None:
    query = select(Evento).where(Evento.tabela == model.__tablename__, Evento.registro_id == id_)
    return session.scalars(query.order_by(Evento.id.desc()).limit(1)).first()
