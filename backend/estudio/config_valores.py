"""How settings of a single word are read: a database's address, names of machines, a folder, how much is logged."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

NIVEIS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_URL: Final = frozenset({"postgresql", "postgres", "postgresql+psycopg"})


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


def parse_folder(value: object) -> Path:
    try:
        return Path(str(value)).expanduser().absolute()
    except RuntimeError as error:
        raise ValueError("a pasta pessoal (~) não é conhecida; escreva o caminho inteiro") from error


def parse_file(value: object) -> Path | None:
    return None if value is None else parse_folder(value)
