"""How the settings of the copies outside are read."""

import re
from typing import Final

_DESTINATARIO: Final = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_CHAVE: Final = re.compile(r"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}")


def parse_recipient(value: object) -> str:
    word = "".join(str(value).split())
    if word and not _DESTINATARIO.fullmatch(word):
        raise ValueError("é a linha age1… que `estudio copia key` mostrou, sem mudar uma letra")
    return word


def parse_key(value: object) -> str:
    """What it holds is said again by nobody."""
    word = "".join(str(value).split()).upper()
    if word and not _CHAVE.fullmatch(word):
        raise ValueError("é a linha AGE-SECRET-KEY-1… da folha impressa, sem mudar uma letra")
    return word
