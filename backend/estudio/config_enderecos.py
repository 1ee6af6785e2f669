"""How the settings of where things are reached are read: the database's address, the names of the pages."""

import re
from typing import Final
from urllib.parse import urlsplit

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
