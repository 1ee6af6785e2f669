"""Traces for the log: where it failed and of what kind, without what people wrote.

The database quotes the row that it refuses, SQLAlchemy the values of its statement, and Python what was no number or
no key: names, phones, notes. None of it is part of a trace here.
"""

import re
import traceback
from collections.abc import Iterator
from typing import Final

import psycopg
from sqlalchemy.exc import StatementError

from estudio.domain.errors import EstudioError

_CAUSE: Final = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT: Final = "\nDuring handling of the above exception, another exception occurred:\n\n"

# Where a value is none of its type the message itself quotes it.
_QUOTED: Final = re.compile(r'".*', re.DOTALL)
_VALUE: Final = "22"

_LITERAL: Final = re.compile(r"""'[^'\n]*'|"[^"\n]*\"""")


def format_trace(error: BaseException) -> str:
    """The whole trace of an error, what led to it first."""
    return "".join(_list_parts(error, set()))


def describe_error(error: BaseException) -> str:
    """What an error says, but for the values that it was about."""
    if isinstance(error, StatementError):
        return f"[SQL: {error.statement}]"
    if isinstance(error, psycopg.Error) and error.sqlstate is not None:
        said = error.diag.message_primary or ""
        if error.sqlstate.startswith(_VALUE):
            said = _QUOTED.sub("…", said)
        where = ".".join(filter(None, (error.diag.table_name, error.diag.column_name, error.diag.constraint_name)))
        return " ".join(filter(None, (error.sqlstate, said, f"({where})" if where else "")))
    if isinstance(error, OSError) and error.strerror is not None:
        # Files are named by the program, not by who uses it.
        return f"[Errno {error.errno}] {error.strerror}" + (f": {error.filename}" if error.filename else "")
    return str(error) if isinstance(error, EstudioError | psycopg.Error) else _LITERAL.sub("…", str(error))


def _list_parts(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _list_parts(before, seen)
        yield _CAUSE if error.__cause__ is not None else _CONTEXT
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    yield f"{name}: {describe_error(error)}\n"
