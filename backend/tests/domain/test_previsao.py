"""The forecast on months whose answer is known by hand, and what no past can make it say."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estudio.domain.competencia import Competencia
from estudio.domain.previsao import Passado, calculate_percentil, find_dia_igual, predict

MES = Competencia(2026, 1)

amounts = st.integers(1, 10**9).map(lambda centavos: Decimal(centavos).scaleb(-2))


def months(*pairs: tuple[str, str]) -> list[Passado]:
    return [Passado(MES, Decimal(ate), Decimal(total)) for ate, total in pairs]


def test_months_of_one_pace_foresee_exactly_and_were_never_wrong() -> None:
    previsao = predict(Decimal("300.00"), months(*[("250.00", "1000.00")] * 6))
    assert (previsao.p10, previsao.p50, previsao.p90, previsao.erro) == (*[Decimal("1200.00")] * 3, 0)


def test_a_known_series() -> None:
    # Shares 1/2, 1/4, 1/5, 2/5, 1/2, 1/4, 1/5: 100 become 200, 400, 500, 250, 200, 400, 500.
    passado = months(
        ("50.00", "100.00"), ("25.00", "100.00"), ("20.00", "100.00"), ("40.00", "100.00"),
        ("100.00", "200.00"), ("50.00", "200.00"), ("40.00", "200.00"),
    )  # fmt: skip
    previsao = predict(Decimal("100.00"), passado)
    # In order 200 200 250 400 400 500 500; positions 0.6, 3 and 5.4.
    assert (previsao.p10, previsao.p50, previsao.p90) == (Decimal("200.00"), Decimal("400.00"), Decimal("500.00"))
    # Left out 1/2: the others' multipliers 2 2.5 4 4 5 5, median 4: 50 × 4 = 200, off by 100 %; twice.
    # Left out 1/4: 2 2 2.5 4 5 5, median 3.25: 81.25, off by 18.75 % → 18.8 %; twice.
    # Left out 1/5: 2 2 2.5 4 4 5, median 3.25: 65, off by 35 %; twice. Left out 2/5: 2 2 4 4 5 5: 160, off by 60 %.
    # In order 18.8 18.8 35 35 60 100 100: the middle one.
    assert (previsao.meses, previsao.erro) == (7, 350)


def test_a_short_past_says_how_much_is_missing() -> None:
    passado = months(*[("250.00", "1000.00")] * 5, ("0.00", "1000.00"), ("0.00", "0.00"), ("-5.00", "-5.00"))
    previsao = predict(Decimal("300.00"), passado)
    assert (previsao.p50, previsao.erro, previsao.meses, previsao.falta) == (None, None, 5, 1)


@pytest.mark.parametrize(
    ("hoje", "passado", "dia"),
    [
        # The last day of a short month is the last of a long one, and the other way round.
        (date(2026, 2, 28), Competencia(2026, 1), 31),
        (date(2026, 1, 31), Competencia(2025, 11), 30),
        # 14 of 28 days are 15.5 of 31, half up; 15 of 30 are 14 of 28; 1 of 31 is 0.9 of 28.
        (date(2026, 2, 14), Competencia(2026, 1), 16),
        (date(2026, 11, 15), Competencia(2026, 2), 14),
        (date(2026, 1, 1), Competencia(2025, 2), 1),
        (date(2026, 10, 10), Competencia(2026, 8), 10),
    ],
)
def test_the_past_is_taken_when_as_much_of_the_month_was_over(hoje: date, passado: Competencia, dia: int) -> None:
    assert find_dia_igual(hoje, passado) == dia


@pytest.mark.parametrize("ate_hoje", ["0.00", "-10.00"])
def test_from_nothing_nothing_is_foreseen(ate_hoje: str) -> None:
    previsao = predict(Decimal(ate_hoje), months(*[("250.00", "1000.00")] * 12))
    assert (previsao.p50, previsao.falta) == (None, 0)


@given(amounts, st.lists(st.tuples(amounts, amounts), min_size=6, max_size=12))
def test_the_three_are_in_order_and_have_whole_centavos(
    ate_hoje: Decimal, passado: list[tuple[Decimal, Decimal]]
) -> None:
    previsao = predict(ate_hoje, [Passado(MES, *pair) for pair in passado])
    assert previsao.p10 is not None
    assert previsao.p50 is not None
    assert previsao.p90 is not None
    assert Decimal(0) <= previsao.p10 <= previsao.p50 <= previsao.p90
    assert {each.as_tuple().exponent for each in (previsao.p10, previsao.p50, previsao.p90)} == {-2}


@pytest.mark.parametrize(
    ("values", "percentil", "meant"),
    [([7], 10, 7), ([1, 2], 50, 2), ([1, 2, 3], 50, 2), ([0, 10], 90, 9), ([30, 10, 20, 40], 50, 25), ([5, 1], 0, 1)],
)
def test_percentiles_go_by_the_straight_line(values: list[int], percentil: int, meant: int) -> None:
    assert calculate_percentil(values, percentil) == meant
