"""One cell of the backup's sheet, written and read: each reader undoes its writer, and takes nothing else.

Readers raise ValueError holding the cell. An empty cell is null: the books hold no empty text.
"""

import re
from datetime import date
from functools import lru_cache
from typing import Final

# What Excel, LibreOffice or Google Sheets take for a formula, in halfwidth and fullwidth; and the apostrophe itself, so
# that one at the beginning of a cell is always ours.
_PERIGO: Final = frozenset("=+-@\t\r\n'|%＝＋－＠")
_ENTRE_ASPAS: Final = re.compile('[;"\r\n]')

# ASCII only, no sign but the minus, no blank, no underscore: `int` alone would take ` 1_0` and `１０`.
_CENTESIMOS: Final = re.compile(r"-?[0-9]{1,15},[0-9]{2}").fullmatch
_DATA: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})").fullmatch
_CODIGO: Final = re.compile(r"[a-z0-9_]{1,30}").fullmatch
_INSTANTE: Final = re.compile(r"[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z").fullmatch


def format_texto(texto: str | None) -> str:
    """Neutralised when a spreadsheet would run it, quoted when it holds what divides cells."""
    if not texto:
        return ""
    if texto[0] in _PERIGO:
        texto = "'" + texto
    if _ENTRE_ASPAS.search(texto):
        texto = '"' + texto.replace('"', '""') + '"'
    return texto


def parse_texto(celula: str) -> str | None:
    """What `format_texto` was given, once csv has taken the quotes: exactly one apostrophe goes."""
    if not celula:
        return None
    return celula[1:] if celula[0] == "'" else celula


# Names, labels and days come back row after row: most of these cells were written a moment ago.
format_nome = lru_cache(maxsize=1024)(format_texto)


def parse_nome(celula: str) -> str:
    """A text that must be there."""
    texto = parse_texto(celula)
    if texto is None:
        raise ValueError(celula)
    return texto


@lru_cache(maxsize=4096)
def format_data(dia: date) -> str:
    return f"{dia.day:02d}/{dia.month:02d}/{dia.year:04d}"


@lru_cache(maxsize=4096)
def parse_data(celula: str) -> date:
    found = _DATA(celula)
    if found is None:
        raise ValueError(celula)
    dia, mes, ano = found.groups()
    try:
        return date(int(ano), int(mes), int(dia))
    except ValueError:
        raise ValueError(celula) from None


def format_centesimos(n: int | None) -> str:
    """Centavos, or hundredths of a percent: `1234,56`, `-250,00`, `30,00`; nothing between thousands."""
    if n is None:
        return ""
    return f"{n // 100},{n % 100:02d}" if n >= 0 else f"-{-n // 100},{-n % 100:02d}"


format_percentual = lru_cache(maxsize=256)(format_centesimos)


def parse_centesimos(celula: str) -> int:
    if not _CENTESIMOS(celula):
        raise ValueError(celula)
    return int(celula.replace(",", ""))


def find_centesimos(celula: str) -> int | None:
    return parse_centesimos(celula) if celula else None


def format_id(n: int | None) -> str:
    return "" if n is None else str(n)


def parse_id(celula: str) -> int:
    if not (celula.isascii() and celula.isdigit() and len(celula) < 20):
        raise ValueError(celula)
    return int(celula)


# The same few people in row after row.
parse_pessoa = lru_cache(maxsize=4096)(parse_id)


def find_pessoa(celula: str) -> int | None:
    return parse_pessoa(celula) if celula else None


def find_id(celula: str) -> int | None:
    return parse_id(celula) if celula else None


def parse_codigo(celula: str) -> str:
    """A code of forma, categoria or status."""
    if not _CODIGO(celula):
        raise ValueError(celula)
    return celula


def parse_instante(celula: str) -> str:
    """An instant in UTC as ISO text, every digit kept; empty for one that no calendar holds (PostgreSQL's infinity)."""
    if celula and not _INSTANTE(celula):
        raise ValueError(celula)
    return celula
