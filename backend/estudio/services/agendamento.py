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


def find_due(competencia: Competencia, *, desde: datetime | None = None) -> datetime | None:
    """When the schedule first runs after the month is over, and its days of grace have passed; None when it never does
    (30 February). What happened to the month at `desde` counts as its end: it was reopened, rows were imported, or such
    rows were taken back."""
    over = find_turn(competencia)
    # A second earlier, so that a run at the very turn counts.
    after = max(over, clock.to_local(desde) if desde is not None else over) - timedelta(seconds=1)
    first = find_next(get_settings().cron_schedule, after)
    return None if first is None else first + timedelta(days=get_settings().extrato_grace_days)


def find_next(schedule: str, after: datetime) -> datetime | None:
    """The first instant of a schedule after another one, by the wall; None when it never comes."""
    try:
        found: datetime = croniter(schedule, clock.to_local(after)).get_next(datetime)
    except CroniterBadDateError:
        return None
    return found


def find_previous(schedule: str, until: datetime) -> datetime | None:
    """The last instant of a schedule up to another one, by the wall; None when it never came."""
    try:
        found: datetime = croniter(schedule, clock.to_local(until) + timedelta(seconds=1)).get_prev(datetime)
    except CroniterBadDateError:
        return None
    return found
