"""What a check of `estudio doctor` answers with, and how it asks the database.

A check is a function without arguments, named `check_<codigo>`, in one of the doctor_ modules beside this one. It
answers with a situation and a sentence: what was seen and, unless all is well, what to do. It writes nothing.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, LiteralString

from estudio import db


class Situacao(StrEnum):
    """QUEBRA is a falha of the books themselves: what was sealed is no longer what is there."""

    OK = "ok"
    AVISO = "aviso"
    FALHA = "falha"
    QUEBRA = "quebra"


Laudo = tuple[Situacao, str]
Check = Callable[[], Laudo]

SHOWN = 5
"""Numbers of rows that a sentence names before it says "…"."""


def ok(frase: str) -> Laudo:
    return Situacao.OK, frase


def aviso(frase: str) -> Laudo:
    return Situacao.AVISO, frase


def falha(frase: str) -> Laudo:
    return Situacao.FALHA, frase


def quebra(frase: str) -> Laudo:
    return Situacao.QUEBRA, frase


def ask(query: LiteralString, **values: object) -> list[tuple[Any, ...]]:
    """The rows of one question, in a transaction of its own that can write nothing."""
    with db.transaction(read_only=True) as session:
        return db.raw(session).execute(query, values).fetchall()


def ask_one(query: LiteralString, **values: object) -> tuple[Any, ...]:
    """The single row of an aggregate or a catalogue look-up."""
    (row,) = ask(query, **values)
    return row


def find_rows(query: LiteralString, **values: object) -> tuple[int, str]:
    """How many rows a rule finds at fault, and the first of them as people read it; `query` gives their ids, "
    "ordered."""
    ids = [row[0] for row in ask(query, **values)]
    return len(ids), show_some(ids)


def show_some(things: list[Any]) -> str:
    """`3, 7 e mais 12`."""
    shown = ", ".join(str(thing) for thing in things[:SHOWN])
    return shown if len(things) <= SHOWN else f"{shown} e mais {len(things) - SHOWN}"


def count(number: int, one: str, many: str) -> str:
    """`1 pagamento`, `1.204 pagamentos`."""
    return f"{format_inteiro(number)} {one if number == 1 else many}"


def format_inteiro(number: int) -> str:
    """`1.204.331`."""
    return f"{number:,}".replace(",", ".")
