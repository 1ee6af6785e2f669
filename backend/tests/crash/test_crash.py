"""A closing killed at any instant leaves the month wholly open or wholly closed, and the next run finishes.

Here a share of the deaths; tests/proof/test_mortes.py dies them all and prints the figures.
"""

import pytest
from conftest import Banco
from crash.mortes import (
    acknowledged_then_killed,
    die_at_boundaries,
    die_at_random,
    die_with_server,
    enter_month,
    look_after_death,
    read_books,
)
from figures import Show
from servers import TestServer


@pytest.mark.usefixtures("banco")
def test_killed_at_a_share_of_the_boundaries_the_month_is_open_or_closed() -> None:
    die_at_boundaries(every=11)


@pytest.mark.usefixtures("banco")
def test_killed_at_random_instants_the_month_is_open_or_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCH_SIZE", "5")
    die_at_random(deaths=8, seed=2025)


def test_with_the_server_killed_at_random_instants_the_month_is_open_or_closed_and_nobody_lies(
    servidor_proprio: TestServer, show_figures: Show
) -> None:
    outcomes = die_with_server(servidor_proprio, deaths=6, seed=2025)
    show_figures(f"mortes do servidor: {dict(outcomes)}")


def test_a_closing_that_was_acknowledged_outlives_the_server(servidor_proprio: TestServer) -> None:
    assert acknowledged_then_killed(servidor_proprio) == "fechada"


def test_negative_control_without_its_lines_an_acknowledged_closing_is_lost(servidor_proprio: TestServer) -> None:
    """`synchronous_commit = on`, when the month is taken and again at COMMIT, is what the test above rests on."""
    line = "perform set_config('synchronous_commit', 'on', true);"
    with servidor_proprio.connect("estudio") as connection:
        for function in ("travar_competencia(date)", "conferir_fechamento()"):
            row = connection.execute("select pg_get_functiondef(%s::regprocedure)", [f"estudio.{function}"]).fetchone()
            assert row is not None
            assert line in row[0]
            connection.execute(row[0].replace(line, ""))
    assert acknowledged_then_killed(servidor_proprio) == "aberta"


def test_negative_control_the_look_notices_a_month_that_is_half_closed(banco: Banco) -> None:
    enter_month(payments=3)
    before = read_books()
    with banco.connect_as_superuser() as connection:
        connection.execute("alter table competencias disable trigger all")
        connection.execute("update competencias set estado = 'fechada' where mes = '2025-09-01'")
    with pytest.raises(AssertionError, match="fechada with None"):
        look_after_death(before)
