"""The audit trail: what every row was before and after, written by the database's triggers and never changed."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, FetchedValue
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from estudio.domain.colunas import Base, Chave


class Xid8(UserDefinedType[str]):
    """A transaction's number, as PostgreSQL counts them; read as text."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        return "xid8"


class Evento(Base):
    """One change of one row, part of the deed `ato`; `antes` and `depois` are the whole row (money in centavos)."""

    __tablename__ = "auditoria"

    id: Mapped[Chave]
    em: Mapped[datetime] = mapped_column(server_default=FetchedValue())
    xid: Mapped[str] = mapped_column(Xid8, server_default=FetchedValue())
    ato: Mapped[uuid.UUID | None]
    quem: Mapped[int | None] = mapped_column(BigInteger)
    origem: Mapped[str | None]
    usuario_bd: Mapped[str] = mapped_column(server_default=FetchedValue())
    acao: Mapped[str]
    tabela: Mapped[str]
    registro_id: Mapped[int | None]
    antes: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    depois: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    motivo: Mapped[str | None]

    @property
    def campos(self) -> list[str]:
        """The columns that an update changed, in order of name; of an insert or a delete, all of them."""
        antes, depois = self.antes or {}, self.depois or {}
        return sorted(k for k in antes | depois if antes.get(k) != depois.get(k) and k != "versao")
