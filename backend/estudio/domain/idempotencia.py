"""The key of a form: sent twice, it is one deed, and the second answer is the first."""

from datetime import datetime
from typing import Any

from sqlalchemy import FetchedValue
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from estudio.domain.colunas import Base


class Chave(Base):
    """A key that was used: by whom, where, with which contents, and what was answered. `usuario_id` 0 is nobody."""

    __tablename__ = "idempotencia"

    usuario_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chave: Mapped[str] = mapped_column(primary_key=True)
    rota: Mapped[str]
    corpo_sha256: Mapped[str]
    resultado: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    criado_em: Mapped[datetime] = mapped_column(server_default=FetchedValue())
