"""The outbox: an alert is a row of the transaction that it tells of, so that none is lost and none lies."""

from datetime import datetime
from typing import Any

from sqlalchemy import FetchedValue
from sqlalchemy.orm import Mapped, mapped_column

from estudio.domain.colunas import Base, Chave, Inteiro


class Aviso(Base):
    """One alert; `evento` is unique, so that the same thing is never told twice."""

    __tablename__ = "avisos"

    id: Mapped[Chave]
    evento: Mapped[str]
    tipo: Mapped[str]
    dados: Mapped[dict[str, Any]] = mapped_column(server_default=FetchedValue())
    criado_em: Mapped[datetime] = mapped_column(server_default=FetchedValue())
    estado: Mapped[str] = mapped_column(server_default=FetchedValue())
    tentativas: Mapped[Inteiro] = mapped_column(server_default=FetchedValue())
    proxima_em: Mapped[datetime] = mapped_column(server_default=FetchedValue())
