"""The only clock: what time it is, and which business day that is in the studio.

The studio's day turns at four in the morning, so that a session that ends at 01:30 belongs to the evening before.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from estudio.config import get_settings
from estudio.domain.competencia import Competencia

VIRADA: Final = 4
"""The hour, by the clock on the studio's wall, at which the business day turns."""


def now() -> datetime:
    """Return the instant, aware, in UTC."""
    return datetime.now(UTC)


def now_local() -> datetime:
    """Return the instant as the clock on the studio's wall shows it (setting TZ)."""
    return to_local(now())


def to_local(instant: datetime) -> datetime:
    """Show an aware instant as the clock on the studio's wall showed it."""
    assert instant.tzinfo is not None, "an instant without its offset is not an instant"
    return instant.astimezone(ZoneInfo(get_settings().tz))


def from_local(wall: datetime) -> datetime:
    """The instant at which the clock on the studio's wall showed this, in UTC."""
    assert wall.tzinfo is None, "a clock on a wall shows no offset"
    return wall.replace(tzinfo=ZoneInfo(get_settings().tz)).astimezone(UTC)


def today() -> date:
    """Return the studio's business day."""
    return business_day(now())


def business_day(instant: datetime) -> date:
    """Return the business day that an aware instant belongs to."""
    local = to_local(instant)
    # By the hour on the wall and not by subtracting four hours, which is another day when the clocks change.
    return local.date() - timedelta(days=local.hour < VIRADA)


def previous_competencia() -> Competencia:
    """Return the month before this one by the calendar on the wall: what a closing without --month means.

    Not by the business day: at 00:30 on the 1st of November that is still October's, and the month that people mean is
    October all the same. (It is over at four; until then its closing is refused.)
    """
    return Competencia.of(now_local().date()).previous
