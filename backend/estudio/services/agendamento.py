"""When the closing of a month is due, by CRON_SCHEDULE and the studio's clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

from estudio import clock
from estudio.config import get_settings
from estudio.domain.competencia import Competencia


def find_turn(competencia: Competencia) -> datetime:
    """The instant from which on the month is over: its last business day has turned."""
    day = competencia.next_first_day
    return datetime(day.year, day.month, day.day, clock.VIRADA, tzinfo=ZoneInfo(get_settings().tz))


def find_due(competencia: Competencia) -> datetime | None:
    """When the schedule first runs after the month is over; None when it never does (30 February)."""
    # A second earlier, so that a run at the very turn counts.
    after = find_turn(competencia) - timedelta(seconds=1)
    try:
        due: datetime = croniter(get_settings().cron_schedule, after).get_next(datetime)
    except CroniterBadDateError:
        return None
    return due
