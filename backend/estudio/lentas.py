"""Slow statements: what the database was asked and took longer than SLOW_QUERY_MS to answer, noted by its shape alone.

Every connection of the program asks through this cursor. What is noted is the text with its values taken out, never a
value; the page or rotina stands on the line as on every other of the log (`logs`).
"""

import re
import time
from typing import Any, Final, Self, cast

import psycopg
import structlog
from psycopg import sql
from psycopg.abc import Params, Query, QueryNoTemplate

from estudio.config import get_settings

EVENTO: Final = "consulta_lenta"

MAIOR: Final = 400
"""Characters of a shape: enough to know the statement again."""

# In one pass: what looks like a comment within a text is part of it, and a quote within a comment begins none.
_VALORES: Final = re.compile(
    # Text in quotes (a quote inside is doubled, or after a backslash) or between dollars; numbers that are no part of a
    # name. What stands in double quotes is a name, whatever is in it.
    r"""(?P<comentario>--[^\n]*|/\*.*?\*/) | (?P<nome>"[^"]*")
        | [eE]'(?:[^'\\]|\\.|'')*(?:'|$) | '(?:[^']|'')*(?:'|$) | \$(?P<marca>\w*)\$.*?\$(?P=marca)\$
        | (?<![\w$.%])(?<!%\()-?(?:0[xX][0-9a-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)\b""",
    re.VERBOSE | re.DOTALL,
)
_NOMES: Final = re.compile(r"(?<=_)(?:\d{6,}|[0-9a-f]{8,})(?=[_\"])")
"""What the names of passing databases are told apart by."""

_LISTAS: Final = re.compile(r"(%\(\w+\)s(?:::\w+)?|%s|\?)(?:, (?:%\(\w+\)s(?:::\w+)?|%s|\?)){2,}")

log = structlog.get_logger(__name__)


class Cursor(psycopg.Cursor[Any]):
    """psycopg's own, with a watch."""

    def execute(
        self, query: Query, params: Params | None = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> Self:
        begun = time.perf_counter_ns()
        try:
            return super().execute(cast("QueryNoTemplate", query), params, prepare=prepare, binary=binary)
        finally:
            # One that was ended for taking too long is the slowest of all.
            _note(query, (time.perf_counter_ns() - begun) // 1_000_000)


def describe_forma(query: object) -> str:
    """The shape of a statement: on one line, without comments, and `?` where a value was written into it."""
    text = query.as_string() if isinstance(query, sql.Composable) else query
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    bare = _NOMES.sub("?", _VALORES.sub(_take_out, str(text)))
    shape = _LISTAS.sub(r"\1, …", " ".join(bare.split()))
    return shape if len(shape) <= MAIOR else shape[: MAIOR - 1] + "…"


def _take_out(found: re.Match[str]) -> str:
    return " " if found["comentario"] else found["nome"] or "?"


def _note(query: object, ms: int) -> None:
    limit = get_settings().slow_query_ms
    if limit and ms >= limit:
        log.warning(EVENTO, ms=ms, consulta=describe_forma(query), tela=False)
