"""A reminder: what one person should know this evening, or this morning. One a day, and none where there is nothing."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from sqlalchemy import FetchedValue
from sqlalchemy.orm import Mapped, mapped_column

from estudio.domain.agenda import LinhaDaAgenda
from estudio.domain.colunas import Base, Inteiro
from estudio.domain.competencia import Competencia

MEIO_DIA: Final = time(12)
"""A letter that leaves before tells of its own day; a later one of the next."""


class Lembrado(Base):
    """Of which day a person was reminded last; `terminado_em` None: it is being sent, or did not leave yet."""

    __tablename__ = "lembretes"

    usuario_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    dia: Mapped[date]
    tentativas: Mapped[Inteiro] = mapped_column(server_default=FetchedValue())
    proxima_em: Mapped[datetime]
    terminado_em: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Pendencia:
    """Something that keeps a month from closing: the code of the finding, how many, and the rows where to mend it."""

    codigo: str
    quantidade: int
    ids: list[int]


@dataclass(frozen=True, slots=True)
class Lembrete:
    """What there is to say: the sessões of `dia`, those of days before that nobody settled, and a `mes` that waits."""

    hoje: date
    dia: date
    sessoes: list[LinhaDaAgenda]
    esquecidas: list[LinhaDaAgenda]
    mes: Competencia | None
    pendencias: list[Pendencia]

    @property
    def is_vazio(self) -> bool:
        return not (self.sessoes or self.esquecidas or self.pendencias)
