"""Fourteen months travelled through: outages, summer time, a machine asleep on the 1st, two schedulers at once.

The clock of the program travels; the server's stays where it is, and nothing of the schedule may depend on it.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from cast import Cast, make_cast, pay
from conftest import Banco
from feitas import run_apart
from sqlalchemy import text

from estudio import clock, config, db
from estudio.domain.competencia import Competencia
from estudio.domain.rotina import Desfecho
from estudio.services.rodada_service import list_rodadas
from estudio.services.rotinas import list_due
from estudio.services.trabalhador import Trabalhador

WALL = ZoneInfo("America/Sao_Paulo")

INICIO = Competencia(2018, 9)
MESES = 14

ASLEEP = [
    # Off on the 1st, over the hour at which the month is closed.
    (datetime(2018, 11, 1, 0, tzinfo=WALL), datetime(2018, 11, 1, 11, tzinfo=WALL)),
    # On holiday over the end of the year.
    (datetime(2018, 12, 21, 18, tzinfo=WALL), datetime(2019, 1, 9, 9, tzinfo=WALL)),
    # At the workshop for three months.
    (datetime(2019, 3, 30, 18, tzinfo=WALL), datetime(2019, 7, 4, 10, tzinfo=WALL)),
]

LATE = {
    "2018-10": date(2018, 11, 1), "2018-12": date(2019, 1, 9), "2019-03": date(2019, 7, 4),
    "2019-04": date(2019, 7, 4), "2019-05": date(2019, 7, 4), "2019-06": date(2019, 7, 4),
}  # fmt: skip
"""The months that were not closed at five on the 1st, and the day on which the machine was there again."""


def list_months() -> list[Competencia]:
    months = [INICIO]
    while len(months) < MESES:
        months.append(Competencia.of(months[-1].next_first_day))
    return months


def is_asleep(instant: datetime) -> bool:
    return any(begin <= instant < end for begin, end in ASLEEP)


def walk() -> Iterator[datetime]:
    """Every three hours, a minute past, of the days on which anything may happen; where the clocks change, the hours of
    that day are what they are."""
    instant = datetime(2018, 9, 1, 12, 1, tzinfo=WALL).astimezone(UTC)
    end = datetime(2019, 11, 2, 12, tzinfo=WALL).astimezone(UTC)
    while instant < end:
        day = instant.astimezone(WALL).day
        if day <= 4 or 9 <= day <= 11 or day >= 26:
            yield instant
        instant += timedelta(hours=3)


def work_twice() -> Counter[tuple[str, Desfecho]]:
    """Two schedulers wake at the same moment."""
    barrier = threading.Barrier(2)
    workers = [Trabalhador(), Trabalhador()]

    def work(worker: Trabalhador) -> None:
        barrier.wait()
        run_apart(worker.run_once)

    threads = [threading.Thread(target=work, args=[worker]) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter((nome, desfecho) for worker in workers for nome, _, desfecho in worker.desfechos)


def enter(cast: Cast, day: date) -> None:
    with db.transaction() as session:
        pay(session, cast, "250.00", data=day, percentual=0)


def find_due_now() -> list[str]:
    with db.transaction(read_only=True) as session:
        return [rotina.nome for rotina, _ in list_due(session, clock.now())]


def read_closed() -> list[tuple[str, int]]:
    with db.transaction(read_only=True) as session:
        rows = session.execute(text("select mes, versao from estudio.extratos order by id")).all()
    return [(Competencia.of(row.mes).slug, row.versao) for row in rows]


def read_told() -> list[str]:
    with db.transaction(read_only=True) as session:
        rows = session.execute(
            text("select dados ->> 'mes' from estudio.avisos where tipo = 'fechamento_previsto' order by id")
        ).scalars()
        return list(rows)


@pytest.fixture
def cast(banco: Banco) -> Cast:
    """A studio that is empty in September 2018."""
    del banco
    with db.transaction() as session:
        return make_cast(session)


def test_every_month_is_closed_exactly_once_on_the_first_day_that_the_machine_is_there(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENABLE_BACKUP_JOBS", "false")
    config.reset()
    # Read here: a traveller takes the time zone of where he goes into the environment.
    assert config.get_settings().tz == WALL.key
    entered: set[str] = set()
    when: dict[str, datetime] = {}
    worked: Counter[tuple[str, Desfecho]] = Counter()
    for instant in walk():
        with time_machine.travel(instant, tick=False):
            hoje = clock.today()
            month = Competencia.of(hoje)
            # Somebody enters what was paid on a telephone, whether the studio's machine sleeps or not.
            if hoje.day == 10 and month.slug not in entered and len(entered) < MESES:
                enter(cast, hoje)
                entered.add(month.slug)
            if is_asleep(instant) or not find_due_now():
                continue
            before = len(read_closed())
            worked += work_twice()
            when |= {slug: instant for slug, _ in read_closed()[before:]}
    assert read_closed() == [(month.slug, 1) for month in list_months()]
    for month in list_months():
        closed = when[month.slug].astimezone(WALL)
        if month.slug in LATE:
            assert closed.date() == LATE[month.slug]
        else:
            assert closed.date() == month.next_first_day
            # Looked at every three hours, and due at five, by summer time and by the other.
            assert 5 <= closed.hour < 8
    assert worked["fechamento", Desfecho.FEITA] == worked["documentos", Desfecho.FEITA] == MESES
    # Told before, each once; of those that ended while the machine was away only once it is there, which is too late.
    told = read_told()
    assert len(told) == len(set(told)) == worked["anuncio", Desfecho.FEITA]
    away = {"2018-12", "2019-04", "2019-05", "2019-06"}
    assert set(told) == {month.slug for month in list_months()} - away
    assert {desfecho for _, desfecho in worked} <= {Desfecho.FEITA, Desfecho.NADA}


def test_each_is_told_of_once_before_it_is_closed(cast: Cast) -> None:
    days = [date(2018, 10, day) for day in (10, 27, 29, 30, 31)]
    enter_day = days[0]
    for day in days:
        for hour in (9, 15, 21):
            with time_machine.travel(datetime(day.year, day.month, day.day, hour, tzinfo=WALL), tick=False):
                if day == enter_day and hour == 9:
                    enter(cast, day)
                if "anuncio" in find_due_now():
                    work_twice()
    assert read_told() == ["2018-10"]


@pytest.mark.proof
def test_each_of_the_copies_comes_by_its_own_schedule(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open months by the day, the whole studio by the week, a drill by the month."""
    monkeypatch.setenv("FULL_BACKUP_SCHEDULE", "15 4 * * 0")
    monkeypatch.setenv("DRILL_SCHEDULE", "45 4 2 * *")
    config.reset()
    with time_machine.travel(datetime(2018, 10, 1, 12, tzinfo=WALL), tick=False):
        enter(cast, date(2018, 10, 1))
    done: dict[str, list[date]] = {}
    instant = datetime(2018, 10, 1, 12, tzinfo=WALL)
    # On Sunday the 14th and on Monday the machine is off; on the 4th of November the clocks go forward at midnight.
    while instant < datetime(2018, 11, 6, 12, tzinfo=WALL):
        if instant.date() not in (date(2018, 10, 14), date(2018, 10, 15)):
            with time_machine.travel(instant, tick=False):
                worker = Trabalhador()
                run_apart(worker.run_once)
                assert {desfecho for _, _, desfecho in worker.desfechos} <= {Desfecho.FEITA, Desfecho.NADA}
                for nome, _, _ in worker.desfechos:
                    done.setdefault(nome, []).append(instant.date())
        instant += timedelta(days=1)
    every_day = [date(2018, 10, 1) + timedelta(days=n) for n in range(36)]
    there = [day for day in every_day if day not in (date(2018, 10, 14), date(2018, 10, 15))]
    assert done["backup"] == done["limpeza"] == there
    assert done["copia_completa"] == [
        date(2018, 10, 1), date(2018, 10, 7), date(2018, 10, 16), date(2018, 10, 21), date(2018, 10, 28),
        date(2018, 11, 4),
    ]  # fmt: skip
    assert done["ensaio"] == [date(2018, 10, 1), date(2018, 10, 2), date(2018, 11, 2)]
    assert done["fechamento"] == [date(2018, 11, 1)]


def test_a_clock_that_is_set_back_closes_nothing_twice(cast: Cast) -> None:
    with time_machine.travel(datetime(2018, 10, 10, 12, tzinfo=WALL), tick=False):
        enter(cast, date(2018, 10, 10))
    for day in (date(2018, 11, 2), date(2018, 10, 30), date(2018, 11, 1), date(2018, 11, 3)):
        with time_machine.travel(datetime(day.year, day.month, day.day, 12, tzinfo=WALL), tick=False):
            work_twice()
    assert read_closed() == [("2018-10", 1)]
    with db.transaction(read_only=True) as session:
        bad = [row for row in list_rodadas(session, limit=100) if row["desfecho"] not in ("feita", "nada")]
    assert bad == []
