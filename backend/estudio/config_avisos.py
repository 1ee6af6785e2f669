"""How the settings of the alerts and reminders are read. Addresses are mostly secrets: nothing here says one again."""

import re
from datetime import time
from typing import Final
from urllib.parse import urlsplit

EMAIL: Final = re.compile(r"[^@\s<>,;:/]+@[^@\s<>,;:/]+\.[^@\s<>,;:/.]+")

_ENDERECO: Final = re.compile(r"[a-z][a-z0-9]{1,30}://\S+", re.ASCII | re.IGNORECASE)

_QUIETO: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])-([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)

_HORA: Final = re.compile(r"(0?[4-9]|1[0-9]|2[0-2]):([0-5][0-9])", re.ASCII)

NUNCA: Final = "nunca"

MAIS_ENDERECOS: Final = 20


def parse_enderecos(value: object) -> tuple[str, ...]:
    """Split at white space: an address may hold a comma."""
    written = value if isinstance(value, tuple) else str(value).split()
    found = tuple(dict.fromkeys(word.strip(",;") for word in written if word.strip(",;")))
    for number, address in enumerate(found, 1):
        if not EMAIL.fullmatch(address) and not _ENDERECO.fullmatch(address):
            raise ValueError(
                f"o {number}º endereço não é um e-mail nem começa com um serviço, como slack:// ou jsons://; separe-os "
                "com espaços"
            )
    if len(found) > MAIS_ENDERECOS:
        raise ValueError(f"são no máximo {MAIS_ENDERECOS} endereços")
    return found


def parse_quieto(value: object) -> str:
    text = str(value).strip().lower()
    if text != NUNCA and not _QUIETO.fullmatch(text):
        raise ValueError("escreva de que hora a que hora: 22:00-08:00, ou nunca")
    return text


def is_quieto(hours: str, at: time) -> bool:
    """Whether the studio's wall shows a time within these hours, which may go past midnight."""
    match = _QUIETO.fullmatch(hours)
    if match is None:
        return False
    begin, end = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
    return begin <= at < end if begin <= end else at >= begin or at < end


def parse_reminder(value: object) -> str:
    """Within the business day, and early enough to be tried again before midnight."""
    text = str(value).strip().lower()
    if text != NUNCA and not _HORA.fullmatch(text):
        raise ValueError("escreva a hora, das 04:00 às 22:59, assim: 18:00, ou nunca")
    return text


def parse_hora(text: str) -> time:
    """The hour of a setting that `parse_reminder` took, and that is not nunca."""
    hora, _, minuto = text.partition(":")
    return time(int(hora), int(minuto))


def parse_sinal(value: object) -> str:
    """An address that is called; it is a secret."""
    text = str(value).strip()
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        correct = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        correct = False
    if not correct or not text.isprintable() or " " in text:
        raise ValueError("escreva o endereço inteiro que o serviço de vigia deu, com https://")
    return text
