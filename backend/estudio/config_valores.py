"""How settings of a single word are read: yes and no, numbers, folders, addresses, names of machines."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator

SIM: Final = frozenset({"true", "1", "yes", "on"})
NAO: Final = frozenset({"false", "0", "no", "off"})

PROGRAMA: Final = "programa"
LOGROTATE: Final = "logrotate"
"""Who keeps the files of the log from growing without end; two at once would lose lines."""

NIVEIS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_URL: Final = frozenset({"postgresql", "postgres", "postgresql+psycopg"})


def parse_flag(value: object) -> bool:
    word = str(value).strip().lower()
    if word not in SIM | NAO:
        raise ValueError("use true, 1, yes ou on para sim; false, 0, no ou off para não")
    return word in SIM


def parse_whole(smallest: int, largest: int, unit: str) -> Callable[[object], int]:
    def parse(value: object) -> int:
        # int() would also read 1_0, +5 and digits of other alphabets.
        text = str(value).strip()
        if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or not smallest <= int(text) <= largest:
            raise ValueError(f"escreva um número inteiro de {unit}, de {smallest} a {largest}")
        return int(text)

    return parse


def parse_folder(value: object) -> Path:
    try:
        return Path(str(value)).expanduser().absolute()
    except RuntimeError as error:
        raise ValueError("a pasta pessoal (~) não é conhecida; escreva o caminho inteiro") from error


def parse_file(value: object) -> Path | None:
    return None if value is None else parse_folder(value)


def parse_url(value: object) -> str:
    url = str(value).strip()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        correct = parts.scheme in _URL and parts.port != 0 and len(parts.path) > 1
    except ValueError:
        correct = False
    if not correct:
        raise ValueError("escreva postgresql://usuario:senha@servidor:5432/banco, ou deixe vazio")
    return url


def parse_hosts(value: object) -> tuple[str, ...]:
    written = value if isinstance(value, tuple) else str(value).split(",")
    names = tuple(name.strip().lower() for name in written if name.strip())
    for name in names:
        if not re.fullmatch(r"\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]", name, re.ASCII):
            raise ValueError("escreva nomes separados por vírgula, sem https:// e sem porta: estudio.exemplo.com")
    return names


def parse_level(value: object) -> str:
    level = str(value).strip().upper()
    if level not in NIVEIS:
        raise ValueError(f"use {', '.join(NIVEIS[:-1])} ou {NIVEIS[-1]}")
    return level


def parse_rotation(value: object) -> str:
    who = str(value).strip().lower()
    if who not in (PROGRAMA, LOGROTATE):
        raise ValueError(f"use {PROGRAMA} ou {LOGROTATE}")
    return who


Flag = Annotated[bool, BeforeValidator(parse_flag)]
Folder = Annotated[Path, BeforeValidator(parse_folder)]
File = Annotated[Path | None, BeforeValidator(parse_file)]
Url = Annotated[str, BeforeValidator(parse_url)]
