"""An import: which file brought which rows, so that the same file twice brings them once and can be undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import FetchedValue
from sqlalchemy.orm import Mapped, mapped_column

from estudio.domain.colunas import Base, Chave


class Importacao(Base):
    """One file that was read. `contagens` says how many rows of each kind it brought."""

    __tablename__ = "importacoes"

    id: Mapped[Chave]
    origem: Mapped[str]
    arquivo: Mapped[str]
    sha256: Mapped[str]
    contagens: Mapped[dict[str, Any]] = mapped_column(server_default=FetchedValue())
    feita_em: Mapped[datetime] = mapped_column(server_default=FetchedValue())
    feita_por: Mapped[int | None]
    desfeita_em: Mapped[datetime | None]
    desfeita_por: Mapped[int | None]

    @property
    def is_desfeita(self) -> bool:
        return self.desfeita_em is not None


class ImportacaoLinha(Base):
    """(origem, tipo, id_externo): who a row was in the place it came from."""

    __tablename__ = "importacao_linhas"

    origem: Mapped[str] = mapped_column(primary_key=True)
    tipo: Mapped[str] = mapped_column(primary_key=True)
    id_externo: Mapped[str] = mapped_column(primary_key=True)
    id_interno: Mapped[int]
    importacao_id: Mapped[int]
