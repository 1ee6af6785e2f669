"""An instant as an address or a person writes it, by the clock on the studio's wall."""

import re
from datetime import datetime
from typing import Final

from estudio import clock
from estudio.domain.errors import DadosInvalidos

MAIOR: Final = 40

_ANOS: Final = range(2000, 2100)
_DA_PESSOA: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:,? (\d{1,2}):(\d{2})(?::(\d{2}))?)?")


def parse_instante(text: str) -> datetime:
    """Read `2026-11-20T14:00`, with or without seconds and offset, or `20/11/2026 14:00`. Raises DadosInvalidos."""
    try:
        wall = _parse_wall(text.strip())
        if wall.year not in _ANOS:
            raise ValueError(text)
        return clock.from_local(wall) if wall.tzinfo is None else wall.astimezone(clock.now().tzinfo)
    except (ValueError, OverflowError):
        raise DadosInvalidos("Informe o dia e a hora: 20/11/2026 14:00.", motivo="instante") from None


def format_endereco(instante: datetime) -> str:
    """As an address holds it: to the microsecond, with the offset, so that no clock change makes two of it."""
    return clock.to_local(instante).isoformat()


def format_campo(instante: datetime) -> str:
    """As a field of date and hour holds it; its seconds only where they say something."""
    local = clock.to_local(instante).replace(tzinfo=None)
    return local.isoformat(timespec="seconds" if local.second or local.microsecond else "minutes")


def _parse_wall(text: str) -> datetime:
    if len(text) > MAIOR or not text.isascii():
        raise ValueError(text)
    written = _DA_PESSOA.fullmatch(text)
    if written is None:
        return datetime.fromisoformat(text)
    dia, mes, ano, hora, minuto, segundo = (int(part or 0) for part in written.groups())
    return datetime.fromisoformat(f"{ano:04}-{mes:02}-{dia:02}T{hora:02}:{minuto:02}:{segundo:02}")
