"""A month as it stood at an instant: its rows as values, and how two such months differ.

What is sealed of a row (`campos`) is kept apart from what is only said beside it (`notas`): between two versions of an
Extrato the first alone is a change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, Self

from estudio.domain.competencia import Competencia
from estudio.domain.historico import Cursor, Filtro

CONTADO_EM: Final = "dia"
VALOR: Final = "valor"


class Registro(NamedTuple):
    """A row of the books. `dia` is the day it counts on, `valor` is in centavos; `contexto` is its pagamento's."""

    tipo: str
    id: int
    dia: date
    valor: int
    campos: Mapping[str, Any]
    notas: Mapping[str, Any]
    contexto: Mapping[str, Any]

    @property
    def chave(self) -> tuple[str, int]:
        return self.tipo, self.id

    @property
    def cursor(self) -> Cursor:
        """Its place in the lists of the Histórico: what hangs on a pagamento stands where that does."""
        pai = self.contexto.get("pai")
        return Cursor(self.dia, self.id) if pai is None else Cursor(self.dia, pai, self.id)


class Sentido(StrEnum):
    ENTROU = "entrou"
    SAIU = "saiu"
    MUDOU = "mudou"


class Campo(NamedTuple):
    """One field of a row, before and after."""

    nome: str
    antes: Any
    depois: Any


class Mudanca(NamedTuple):
    """What became of one row between two instants; of one that came in or went out there is only one side."""

    antes: Registro | None
    depois: Registro | None
    campos: Sequence[Campo] = ()

    @property
    def registro(self) -> Registro:
        registro = self.depois or self.antes
        assert registro is not None, "a change of no row"
        return registro

    @property
    def sentido(self) -> Sentido:
        if self.antes is None:
            return Sentido.ENTROU
        return Sentido.SAIU if self.depois is None else Sentido.MUDOU


@dataclass(frozen=True, slots=True)
class Passado:
    """Which rows are meant: those of a month (or of a day of it, or of one artista) as they stood at an instant."""

    filtro: Filtro
    em: datetime | None = None
    """None is now."""

    @property
    def competencia(self) -> Competencia:
        return Competencia.of(self.filtro.inicio)


class Marco(NamedTuple):
    """Where a page of changes ended: the kind of its last row, and the place of that among those of its kind."""

    tipo: str
    lugar: Cursor

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` gives: `pagamento.2026-10-15.42.0`. Raises DadosInvalidos."""
        tipo, _, lugar = text.partition(".")
        return cls(tipo, Cursor.parse(lugar))

    def __str__(self) -> str:
        return f"{self.tipo}.{self.lugar}"


@dataclass(frozen=True, slots=True)
class Mudancas:
    """How many rows came in, went out and changed, and a page of them: kind by kind, newest first."""

    contagens: Mapping[Sentido, int] = field(default_factory=dict)
    linhas: Sequence[Mudanca] = ()
    proxima: Marco | None = None

    @property
    def lados(self) -> Iterator[Registro]:
        """The rows of the page, of before and of after."""
        for mudanca in self.linhas:
            yield from (lado for lado in (mudanca.antes, mudanca.depois) if lado is not None)


def compare(antes: Registro | None, depois: Registro | None, *, notas: bool) -> Mudanca:
    """One row of before and after, and which of its fields are not the same; `notas`: also of what is not sealed."""
    if antes is None or depois is None:
        return Mudanca(antes, depois)
    velhos, novos = (_tell(registro, notas=notas) for registro in (antes, depois))
    return Mudanca(
        antes, depois, [Campo(nome, velho, novos[nome]) for nome, velho in velhos.items() if velho != novos[nome]]
    )


def _tell(registro: Registro, *, notas: bool) -> dict[str, Any]:
    return {CONTADO_EM: registro.dia, VALOR: registro.valor, **registro.campos, **(registro.notas if notas else {})}
