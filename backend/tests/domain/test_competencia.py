"""The accounting month, its borders and its names."""

from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estudio.domain.competencia import PRIMEIRO_ANO, ULTIMO_ANO, Competencia
from estudio.domain.errors import CompetenciaInvalida

AGOSTO = Competencia(2025, 8)
SETEMBRO = Competencia(2025, 9)
FIRST = Competencia(2000, 1)
LAST = Competencia(2099, 12)

competencias = st.builds(Competencia, st.integers(PRIMEIRO_ANO, ULTIMO_ANO), st.integers(1, 12))
dias = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def test_august_has_its_first_and_last_day_and_not_the_first_of_september() -> None:
    paid = [date(2025, 8, 1), date(2025, 8, 31), date(2025, 9, 1)]
    assert [AGOSTO.contains(dia) for dia in paid] == [True, True, False]


@given(dias)
def test_every_day_is_in_its_month_and_in_no_other(dia: date) -> None:
    month = Competencia.of(dia)
    assert month.contains(dia)
    assert not month.contains(month.first_day - timedelta(days=1))
    assert not month.contains(month.next_first_day)
    assert (month.ano, month.mes) == (dia.year, dia.month)


@given(competencias)
def test_the_address_of_a_month_leads_back_to_it(month: Competencia) -> None:
    assert Competencia.parse(month.slug) == month
    assert str(month) == month.slug


@given(competencias.filter(lambda month: month != LAST))
def test_the_next_month_begins_where_this_one_ends(month: Competencia) -> None:
    assert month.next.first_day == month.next_first_day
    assert month.next.previous == month
    assert month < month.next


@given(competencias, competencias)
def test_months_compare_as_the_calendar_does(one: Competencia, other: Competencia) -> None:
    assert (one < other) == (one.first_day < other.first_day)
    assert (one == other) == (one.first_day == other.first_day)


def test_the_year_turns() -> None:
    assert Competencia(2024, 12).next == Competencia(2025, 1)
    assert Competencia(2025, 1).previous == Competencia(2024, 12)
    assert Competencia(2024, 3).previous == Competencia(2024, 2)


def test_february_has_its_leap_day() -> None:
    fevereiro = Competencia(2024, 2)
    assert fevereiro.contains(date(2024, 2, 29))
    assert fevereiro.next_first_day == date(2024, 3, 1)


def test_the_last_month_ends_but_has_no_next() -> None:
    assert LAST.next_first_day == date(2100, 1, 1)
    with pytest.raises(CompetenciaInvalida):
        _ = LAST.next


def test_the_first_month_has_no_previous() -> None:
    with pytest.raises(CompetenciaInvalida):
        _ = FIRST.previous


@pytest.mark.parametrize(
    ("month", "label"), [(SETEMBRO, "Setembro/2025"), (Competencia(2000, 3), "Março/2000"), (LAST, "Dezembro/2099")]
)
def test_a_month_is_named_in_portuguese(month: Competencia, label: str) -> None:
    assert month.label == label


@pytest.mark.parametrize(
    ("text", "motivo"),
    [
        ("2025-00", "mes"),
        ("2025-13", "mes"),
        ("2025-99", "mes"),
        ("1999-12", "ano"),
        ("2100-01", "ano"),
        ("0000-01", "ano"),
        ("10000-01", "ano"),
        ("999999999-01", "ano"),
        ("2025-9", "formato"),
        ("02025-09", "formato"),
        ("2025-009", "formato"),
        ("", "formato"),
        ("setembro", "formato"),
        ("Setembro/2025", "formato"),
        ("09/2025", "formato"),
        ("2025-09-01", "formato"),
        ("2025", "formato"),
        (" 2025-09", "formato"),
        ("2025-09\n", "formato"),
        ("\uff12\uff10\uff12\uff15-\uff10\uff19", "formato"),
        ("-2025-09", "formato"),
        ("2025-1e0", "formato"),
        ("9" * 5_000 + "-01", "formato"),
    ],
)
def test_what_is_no_month_is_refused_with_the_reason(text: str, motivo: str) -> None:
    with pytest.raises(CompetenciaInvalida) as refusal:
        Competencia.parse(text)
    assert refusal.value.details["motivo"] == motivo
    assert refusal.value.message.endswith(".")


@pytest.mark.parametrize(("ano", "mes"), [(2025, 0), (2025, 13), (2025, -1), (1999, 1), (10_000, 1), (9, 2025)])
def test_numbers_that_are_no_month_are_refused(ano: int, mes: int) -> None:
    with pytest.raises(CompetenciaInvalida):
        Competencia(ano, mes)


def test_a_day_outside_the_books_has_no_month() -> None:
    with pytest.raises(CompetenciaInvalida):
        Competencia.of(date.max)


def test_an_instant_is_not_taken_for_a_business_day() -> None:
    with pytest.raises(AssertionError):
        Competencia.of(datetime(2025, 10, 1, 2, 30, tzinfo=UTC))


@pytest.mark.parametrize("part", ["ano", "mes"])
def test_a_month_cannot_be_changed(part: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(SETEMBRO, part, 10)
