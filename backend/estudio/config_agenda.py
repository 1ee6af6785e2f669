"""The settings of time: where the studio's wall is, and the schedules on it."""

import re
from typing import Final
from zoneinfo import ZoneInfo

# `R`, by itself or with bounds: another instant each time that it is asked for. A month's or a day's name may hold one.
CHANCE: Final = re.compile(r"(?<![A-Za-z])R(?![A-Za-z])", re.IGNORECASE)


def parse_zone(value: object) -> str:
    name = str(value).strip()
    try:
        # A key such as `America` is a folder and `../x` a way out of it: neither raises ZoneInfoNotFoundError.
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("esse fuso horário não existe; use um nome como America/Sao_Paulo") from error
    return name


def parse_cron(value: object) -> str:
    # Not above: importing it starts a program (`file`) to learn how wide a number is.
    from croniter import croniter

    text = str(value).strip()
    if len(text.split()) != 5 or CHANCE.search(text) or not croniter.is_valid(text):
        raise ValueError('escreva minuto, hora, dia, mês e dia da semana, como no cron: "0 5 1 * *"')
    return text
