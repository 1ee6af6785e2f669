"""The clock: which business day, and which month, an instant belongs to in the studio."""

from collections.abc import Generator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from estudio import clock, config

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


@pytest.fixture(autouse=True)
def _in_sao_paulo(monkeypatch: pytest.MonkeyPatch) -> Generator[None, None, None]:
    monkeypatch.setenv("TZ", "America/Sao_Paulo")
    config.reset()
    # Before any travel: time_machine sets TZ to the zone of where it goes.
    config.get_settings()
    yield
    config.reset()


@pytest.mark.parametrize(
    ("wall", "previous"),
    [
        (datetime(2025, 11, 1, 0, 30), "2025-10"),
        (datetime(2025, 1, 15, 12, 0), "2024-12"),
        (datetime(2024, 3, 1, 12, 0), "2024-02"),
    ],
)
def test_scenario_8_the_previous_month(wall: datetime, previous: str) -> None:
    with time_machine.travel(wall.replace(tzinfo=SAO_PAULO), tick=False):
        assert clock.previous_competencia().slug == previous


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        (datetime(2025, 10, 1, 2, 10), date(2025, 9, 30)),
        (datetime(2025, 10, 1, 3, 59, 59, 999_999), date(2025, 9, 30)),
        (datetime(2025, 10, 1, 4, 0), date(2025, 10, 1)),
        (datetime(2025, 10, 1, 23, 59), date(2025, 10, 1)),
        (datetime(2024, 3, 1, 1, 30), date(2024, 2, 29)),
        (datetime(2026, 1, 1, 0, 0), date(2025, 12, 31)),
    ],
)
def test_scenario_9_the_day_turns_at_four(wall: datetime, expected: date) -> None:
    with time_machine.travel(wall.replace(tzinfo=SAO_PAULO), tick=False):
        assert clock.today() == expected


def test_an_evening_in_sao_paulo_is_not_yet_the_next_day_of_utc() -> None:
    with time_machine.travel(datetime(2025, 10, 1, 1, 0, tzinfo=UTC), tick=False):
        assert clock.now() == datetime(2025, 10, 1, 1, 0, tzinfo=UTC)
        assert clock.now_local().isoformat() == "2025-09-30T22:00:00-03:00"
        assert clock.today() == date(2025, 9, 30)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        # Summer time began at midnight of 04/11/2018: 00:00 was 01:00, and four by the wall is three hours of sleep.
        (datetime(2018, 11, 4, 5, 59, tzinfo=UTC), date(2018, 11, 3)),
        (datetime(2018, 11, 4, 6, 0, tzinfo=UTC), date(2018, 11, 4)),
        # It ended at midnight of 17/02/2019, and 23:00 came twice.
        (datetime(2019, 2, 17, 6, 59, tzinfo=UTC), date(2019, 2, 16)),
        (datetime(2019, 2, 17, 7, 0, tzinfo=UTC), date(2019, 2, 17)),
    ],
)
def test_the_day_turns_by_the_wall_when_the_clocks_change(instant: datetime, expected: date) -> None:
    assert clock.business_day(instant) == expected


def test_another_zone_has_another_day(monkeypatch: pytest.MonkeyPatch) -> None:
    instant = datetime(2025, 10, 1, 8, 30, tzinfo=UTC)
    assert clock.business_day(instant) == date(2025, 10, 1)
    monkeypatch.setenv("TZ", "America/Rio_Branco")
    config.reset()
    assert clock.business_day(instant) == date(2025, 9, 30)


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(AssertionError):
        clock.to_local(datetime(2025, 10, 1))
