"""How the settings of the mail and its links are read: what nobody can mean is refused, with what to write instead."""

import re
from collections.abc import Mapping
from typing import Any, Final

_ORIGEM: Final = re.compile(r"https?://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:[0-9]{1,5})?", re.ASCII)

SEGURANCAS: Final = ("starttls", "tls", "none")


def parse_origin(value: object) -> str:
    """The address of the pages as far as its host: a path of ours comes after it, and nothing else."""
    text = str(value).strip().rstrip("/").lower()
    if text and not _ORIGEM.fullmatch(text):
        raise ValueError("escreva o endereço das páginas, sem caminho: https://estudio.exemplo.com")
    return text


def parse_smtp_host(value: object) -> str:
    text = str(value).strip().lower()
    if text and not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:]+", text, re.ASCII):
        raise ValueError("escreva só o nome do servidor, sem porta: smtp.exemplo.com")
    return text


def parse_security(value: object) -> str:
    word = str(value).strip().lower()
    if word not in SEGURANCAS:
        raise ValueError(f"use {', '.join(SEGURANCAS[:-1])} ou {SEGURANCAS[-1]}")
    return word


def parse_sender(value: object) -> str:
    text = str(value).strip()
    # One address, with or without a name before it; nothing that would begin another header.
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+|[^@<>\r\n]+ <[^@\s<>]+@[^@\s<>]+>", text) or not text.isprintable():
        raise ValueError("escreva um endereço: estudio@exemplo.com, ou Estúdio <estudio@exemplo.com>")
    return text


def find_sender(values: Mapping[str, Any]) -> str:
    user = values.get("smtp_user", "")
    return user if "@" in user else f"estudio@{values.get('smtp_host') or 'localhost'}"
