"""A month as it stood at an instant: its rows as values, what they add up to, and how two such months differ.

What is sealed of a row (`campos`) is kept apart from what is only said beside it (`notas`): the first makes the count
and its hash, so that a month put together again can be held against its seal.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, NamedTuple

from estudio.domain.competencia import Competencia
from estudio.domain.contagem import TIPOS, Contador, Contagem
from estudio.domain.historico import Cursor

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

    def as_linha(self) -> tuple[Any, ...]:
        """The sealed columns, in the order of `contagem.Linha`."""
        return (self.id, self.dia, self.valor, *self.campos.values())


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


@dataclass(frozen=True)
class Passado:
    """The rows of a month (or of a day of it, or of one artista) by kind, in order of day and id."""

    competencia: Competencia
    em: datetime | None
    """None is now."""
    registros: Mapping[str, Sequence[Registro]]

    def __iter__(self) -> Iterator[Registro]:
        for registros in self.registros.values():
            yield from registros

    @cached_property
    def contagem(self) -> Contagem:
        """The count that a closing would have made of these rows."""
        contador = Contador(self.competencia)
        for tipo in TIPOS:
            contador.add(tipo, [registro.as_linha() for registro in self.registros.get(tipo, ())])
        return contador.finish()


def compare(antes: Passado, depois: Passado, *, notas: bool) -> list[Mudanca]:
    """Every row that came in, went out or changed, kind by kind, newest first; `notas`: also in what is not sealed."""
    velhos, novos = ({registro.chave: registro for registro in lado} for lado in (antes, depois))
    mudancas = []
    for tipo in depois.registros:
        chaves = {chave for chave in velhos.keys() | novos.keys() if chave[0] == tipo}
        deste = [_compare_one(velhos.get(chave), novos.get(chave), notas=notas) for chave in chaves]
        mudancas += sorted(
            (mudanca for mudanca in deste if mudanca is not None), key=lambda each: each.registro.cursor, reverse=True
        )
    return mudancas


def _compare_one(antes: Registro | None, depois: Registro | None, *, notas: bool) -> Mudanca | None:
    if antes is None or depois is None:
        return Mudanca(antes, depois)
    lados = [_tell(registro, notas=notas) for registro in (antes, depois)]
    campos = [Campo(nome, valor, lados[1].get(nome)) for nome, valor in lados[0].items() if valor != lados[1].get(nome)]
    return Mudanca(antes, depois, campos) if campos else None


def _tell(registro: Registro, *, notas: bool) -> dict[str, Any]:
    return {CONTADO_EM: registro.dia, VALOR: registro.valor, **registro.campos, **(registro.notas if notas else {})}
