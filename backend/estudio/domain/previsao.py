"""The Previsão: how much the month that runs may come to, told from how the studio's own months went.

A statement about the past of one studio, and not a promise; it always comes with how wrong the same rule would have
been. Whole centavos and tenths of a percent throughout: nothing here is a fraction that a machine rounds by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import from_centavos, to_centavos
from estudio.domain.relatorio import divide_half_up

MINIMO_DE_MESES: Final = 6


class Passado(NamedTuple):
    """A month that is over: what had come in when as much of it was over, and what it came to."""

    competencia: Competencia
    ate_o_dia: Decimal
    total: Decimal

    @property
    def is_medida(self) -> bool:
        """A month without receita by then, or in all, has no share: what it says of others is nothing."""
        return self.ate_o_dia > 0 and self.total > 0


@dataclass(frozen=True, slots=True)
class Previsao:
    """`erro` is in tenths of a percent. The three are None where the past is too short, or nothing came in yet."""

    ate_hoje: Decimal
    meses: int
    """How many months of the past speak."""

    p10: Decimal | None = None
    p50: Decimal | None = None
    p90: Decimal | None = None
    erro: int | None = None

    @property
    def falta(self) -> int:
        """How many more months with receita it takes."""
        return max(0, MINIMO_DE_MESES - self.meses)


def predict(ate_hoje: Decimal, passado: Sequence[Passado]) -> Previsao:
    """P10, P50 and P90 of the month's receita, from the share that was in when as much of each past month was over.

    For past month m: share(m) = receita of m up to `find_dia_igual` / receita of m. Each gives one guess for this
    month, what is in so far / share(m); P10, P50 and P90 are the percentiles of the guesses. This is the multiplicative
    pickup of revenue management (Weatherford & Kimes, "A comparison of forecasting methods for hotel revenue
    management", International Journal of Forecasting 19(3), 2003, 401-415), with the spread of the guesses in place of
    their mean.

    `erro` is the median absolute percentage error (Hyndman & Koehler, "Another look at measures of forecast accuracy",
    International Journal of Forecasting 22(4), 2006, 679-688) of P50, each past month told from the others alone.
    """
    medidas = [mes for mes in passado if mes.is_medida]
    if len(medidas) < MINIMO_DE_MESES or ate_hoje <= 0:
        return Previsao(ate_hoje, len(medidas))
    guesses = _guess(ate_hoje, medidas)
    p10, p50, p90 = (from_centavos(calculate_percentil(guesses, p)) for p in (10, 50, 90))
    return Previsao(ate_hoje, len(medidas), p10, p50, p90, _calculate_erro(medidas))


def find_dia_igual(hoje: date, passado: Competencia) -> int:
    """The day of a past month by which as much of it was over as is of this month: day × days / days, half up.

    Months differ in length: on its last day this month is whole, and so the others are taken whole.
    """
    return divide_half_up(hoje.day * _count_days(passado), _count_days(Competencia.of(hoje)))


def calculate_percentil(values: Sequence[int], percentil: int) -> int:
    """The percentile of whole numbers that are not negative, between two of them by the straight line, half up.

    Definition 7 of Hyndman & Fan, "Sample quantiles in statistical packages", The American Statistician 50(4), 1996,
    361-365: position (n - 1) · p / 100 in the ordered values. Raises nothing: there is at least one value.
    """
    assert values, "no values have no percentile"
    ordered = sorted(values)
    whole, hundredths = divmod((len(ordered) - 1) * percentil, 100)
    low, high = ordered[whole], ordered[min(whole + 1, len(ordered) - 1)]
    return low + divide_half_up((high - low) * hundredths, 100)


def _count_days(competencia: Competencia) -> int:
    return (competencia.next_first_day - competencia.first_day).days


def _guess(ate_o_dia: Decimal, medidas: Sequence[Passado]) -> list[int]:
    """In centavos, one for each month: what is in, divided by the share that was in then."""
    so_far = to_centavos(ate_o_dia)
    return [divide_half_up(so_far * to_centavos(mes.total), to_centavos(mes.ate_o_dia)) for mes in medidas]


def _calculate_erro(medidas: Sequence[Passado]) -> int:
    errors = []
    for at, mes in enumerate(medidas):
        others = [*medidas[:at], *medidas[at + 1 :]]
        total = to_centavos(mes.total)
        missed = abs(calculate_percentil(_guess(mes.ate_o_dia, others), 50) - total)
        errors.append(divide_half_up(missed * 1000, total))
    return calculate_percentil(errors, 50)
