"""When the closing of a month is due, by CRON_SCHEDULE and the studio's clock."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

from estudio import clock
from estudio.config import get_settings
from estudio.domain.competencia import Competencia

INSTANTE: Final = timedelta(microseconds=1)
"""So that the very instant of a schedule counts. By a whole second what is a moment away would count as well: a rotina
that is looked at just before its hour would run then, and once more at its hour."""


def find_turn(competencia: Competencia) -> datetime:
    """The instant from which on the month is over: its last business day has turned."""
    day = competencia.next_first_day
    return datetime(day.year, day.month, day.day, clock.VIRADA, tzinfo=ZoneInfo(get_settings().tz))


def find_due(competencia: Competencia, *, desde: datetime | None = None) -> datetime | None:
    """When the schedule first runs after the month is over, and its days of grace have passed; None when it never does
    (30 February). What happened to the month at `desde` counts as its end: it was reopened, rows were imported, or such
    rows were taken back."""
    over = find_turn(competencia)
    after = max(over, clock.to_local(desde) if desde is not None else over) - INSTANTE
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
        found: datetime = croniter(schedule, clock.to_local(until) + INSTANTE).get_prev(datetime)
    except CroniterBadDateError:
        return None
    return found
