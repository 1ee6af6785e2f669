"""How values are shown: money, percentages, days and months, each as the language of the page writes it.

Nothing here rounds, and no float passes: money is a Decimal with two places from the database to the screen.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from flask import Flask

from estudio import clock
from estudio.domain import dinheiro
from estudio.domain.cliente import NAO_INFORMADO
from estudio.domain.competencia import Competencia
from estudio.web.language import PADRAO, gettext, select_lingua

_DIA: Final = {PADRAO: "dd/MM/yyyy", "en": "MMM d, yyyy"}


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        dinheiro=format_dinheiro,
        percentual=format_percentual,
        dia=format_dia,
        no_estudio=get_dia_no_estudio,
        mes=format_mes,
        numero=format_numero,
        cliente=format_cliente,
    )


def format_dinheiro(valor: Decimal) -> str:
    """`R$ 1.234,56`, or `R$1,234.56`; below zero with its minus."""
    lingua = select_lingua()
    return dinheiro.format_dinheiro(valor) if lingua == PADRAO else format_currency(valor, "BRL", locale=lingua)


def format_percentual(percentual: int | None) -> str:
    """Hundredths of a percent as people write them; a dash where nobody decided yet."""
    if percentual is None:
        return "–"
    text = dinheiro.format_percentual(percentual)
    return text if select_lingua() == PADRAO else text.replace(",", ".")


def format_dia(dia: date) -> str:
    return _write_dia(dia, select_lingua())


def get_dia_no_estudio(instante: datetime) -> date:
    """The day on the studio's wall calendar: `{{ criada_em|no_estudio|dia }}`."""
    return clock.to_local(instante).date()


def format_mes(competencia: Competencia) -> str:
    """`novembro de 2026`, `November 2026`."""
    lingua = select_lingua()
    pattern = "MMMM 'de' yyyy" if lingua == PADRAO else "MMMM yyyy"
    return format_date(competencia.first_day, pattern, locale=lingua)


def format_cliente(nome: str) -> str:
    """A name as it is; whoever gave none is that in every language."""
    return gettext("Não informado") if nome == NAO_INFORMADO else nome


def format_numero(quantidade: int) -> str:
    """A count, its thousands grouped."""
    return format_decimal(quantidade, locale=select_lingua())


@lru_cache(maxsize=4096)
def _write_dia(dia: date, lingua: str) -> str:
    # A page of rows says the same few days hundreds of times, and each costs as much as a row.
    return format_date(dia, _DIA[lingua], locale=lingua)
