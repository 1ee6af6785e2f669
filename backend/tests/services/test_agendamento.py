"""When a schedule comes, and came, to the microsecond; and a rotina of every day is done once in it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from agosto import AGOSTO, enter_agosto

from estudio import db
from estudio.domain.rotina import Desfecho
from estudio.services.agendamento import find_due, find_next, find_previous
from estudio.services.rotinas import get_rotina, work_rotina

AS_CINCO = datetime(2025, 9, 1, 5, tzinfo=ZoneInfo("America/Sao_Paulo"))
DIA, INSTANTE = timedelta(days=1), timedelta(microseconds=1)


@pytest.mark.parametrize("before", [INSTANTE, timedelta(milliseconds=500), timedelta(seconds=1), timedelta(hours=1)])
def test_an_hour_that_is_to_come_has_not_come(before: timedelta) -> None:
    assert find_previous("0 5 * * *", AS_CINCO - before) == AS_CINCO - DIA
    assert find_next("0 5 * * *", AS_CINCO - before) == AS_CINCO


@pytest.mark.parametrize("after", [timedelta(), INSTANTE, timedelta(milliseconds=500), timedelta(hours=1)])
def test_an_hour_that_came_has_come_at_its_very_instant(after: timedelta) -> None:
    assert find_previous("0 5 * * *", AS_CINCO + after) == AS_CINCO
    assert find_next("0 5 * * *", AS_CINCO + after) == AS_CINCO + DIA


def test_what_was_reopened_a_moment_after_the_hour_waits_for_the_next() -> None:
    """CRON_SCHEDULE: the first of each month, at five."""
    assert find_due(AGOSTO, desde=AS_CINCO) == AS_CINCO
    assert find_due(AGOSTO, desde=AS_CINCO + timedelta(milliseconds=500)) == AS_CINCO.replace(month=10)


@pytest.mark.usefixtures("banco")
def test_looked_at_in_the_last_second_before_its_hour_it_is_done_once() -> None:
    enter_agosto()
    # FULL_BACKUP_SCHEDULE: each day.
    hour = datetime(2025, 9, 2, 4, 15, tzinfo=AS_CINCO.tzinfo)
    with time_machine.travel(hour - timedelta(hours=1), tick=False):
        assert work_rotina("copia_completa", "") == Desfecho.FEITA

    def is_due(instant: datetime) -> bool:
        with db.transaction(read_only=True) as session:
            return bool(get_rotina("copia_completa").find_alvos(session, instant))

    assert not is_due(hour - timedelta(milliseconds=500))
    assert is_due(hour)
