"""Parameters that several commands share, read and refused in the same words."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from estudio.domain.competencia import Competencia
from estudio.domain.errors import CompetenciaInvalida, UsageRefusal


def with_competencia(*, required: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command --year and --month and hand it `competencia` (None when neither is given and none is required)."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--year", "ano", metavar="AAAA", help="Ano do mês.", required=required)
        @click.option("--month", "mes", metavar="MM", help="Mês, de 1 a 12.", required=required)
        @wraps(command)
        def with_month(*args: Any, ano: str | None, mes: str | None, **kwargs: Any) -> Any:
            return command(*args, competencia=parse_competencia(ano, mes), **kwargs)

        return with_month

    return decorate


def parse_competencia(ano: str | None, mes: str | None) -> Competencia | None:
    """Read --year and --month. Raises UsageRefusal for one without the other and for what is no month."""
    if ano is None and mes is None:
        return None
    if ano is None or mes is None:
        raise UsageRefusal("Diga o ano e o mês juntos, assim: --year 2025 --month 9.")
    number = re.compile(r"[0-9]{1,9}", re.ASCII)
    if not number.fullmatch(ano) or not number.fullmatch(mes):
        raise UsageRefusal(f"--year {ano} --month {mes} não é um mês. Escreva números, assim: --year 2025 --month 9.")
    try:
        return Competencia(int(ano), int(mes))
    except CompetenciaInvalida as invalid:
        raise UsageRefusal(f"--year {ano} --month {mes} não é um mês. {invalid.message}") from invalid
