"""The accounting month: half-open, from its first day up to the first day of the next.

Pure calendar arithmetic on dates. What day it is comes from the clock, and whether a month is open from the database.
Imports neither Flask nor SQLAlchemy.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Self

from estudio.domain.errors import CompetenciaInvalida

# The months that the database has rows for.
PRIMEIRO_ANO: Final = 2000
ULTIMO_ANO: Final = 2099

MESES: Final = (
    "Janeiro", "Fevereiro", "Março", "Abril", "Maio", "Junho",
    "Julho", "Agosto", "Setembro", "Outubro", "Novembro", "Dezembro",
)  # fmt: skip

# Wider than what is right, so that 2025-13, 2025-9 and 10000-01 are answered with what is wrong with them.
_ANO_E_MES: Final = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


@dataclass(frozen=True, order=True, slots=True)
class Competencia:
    """One month from January 2000 to December 2099; months compare in the order of the calendar."""

    ano: int
    mes: int

    def __post_init__(self) -> None:
        if not 1 <= self.mes <= 12:
            raise CompetenciaInvalida("O mês precisa estar entre 1 e 12.", motivo="mes")
        if not PRIMEIRO_ANO <= self.ano <= ULTIMO_ANO:
            raise CompetenciaInvalida(
                sentence="O ano precisa estar entre {primeiro} e {ultimo}.",
                primeiro=PRIMEIRO_ANO,
                ultimo=ULTIMO_ANO,
                motivo="ano",
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2025-09`, and only that form: a month has one address. Raises CompetenciaInvalida."""
        found = _ANO_E_MES.fullmatch(text)
        if found is None:
            raise CompetenciaInvalida("O mês não foi entendido. Escreva ano e mês assim: 2025-09.", motivo="formato")
        competencia = cls(int(found[1]), int(found[2]))
        if competencia.slug != text:
            raise CompetenciaInvalida(sentence="Escreva o mês assim: {mes}.", mes=competencia.slug, motivo="formato")
        return competencia

    @classmethod
    def of(cls, dia: date) -> Self:
        """Return the month of a business day. Raises CompetenciaInvalida outside 2000 to 2099."""
        assert not isinstance(dia, datetime), "an instant has no month before the clock has made it a business day"
        return cls(dia.year, dia.month)

    def __str__(self) -> str:
        return self.slug

    @property
    def slug(self) -> str:
        """`2025-09`: in addresses, commands and the log."""
        return f"{self.ano:04d}-{self.mes:02d}"

    @property
    def label(self) -> str:
        """`Setembro/2025`: on screens and in files, in Portuguese."""
        return f"{MESES[self.mes - 1]}/{self.ano}"

    @property
    def first_day(self) -> date:
        return date(self.ano, self.mes, 1)

    @property
    def next_first_day(self) -> date:
        """The end, not included. Exists for December 2099 as well, which has no next month."""
        return date(self.ano + self.mes // 12, self.mes % 12 + 1, 1)

    @property
    def next(self) -> Self:
        """The month after. Raises CompetenciaInvalida after December 2099."""
        return type(self)(self.ano + self.mes // 12, self.mes % 12 + 1)

    @property
    def previous(self) -> Self:
        """The month before. Raises CompetenciaInvalida before January 2000."""
        return type(self)(self.ano - (self.mes == 1), (self.mes - 2) % 12 + 1)

    def contains(self, dia: date) -> bool:
        """Tell whether a business day belongs to the month."""
        return self.first_day <= dia < self.next_first_day
