"""All the deaths of a closing: at each boundary, at two hundred random instants, with the server at fifty."""

import pytest
from crash.mortes import die_at_boundaries, die_at_random, die_with_server
from figures import Show
from servers import TestServer

pytestmark = pytest.mark.proof


@pytest.mark.usefixtures("banco")
def test_killed_at_every_boundary(show_figures: Show) -> None:
    outcomes = die_at_boundaries(every=1)
    show_figures(f"mortes em cada fronteira: {dict(outcomes)}")
    assert outcomes["aberta"] + outcomes["fechada"] == outcomes["fronteiras"]


@pytest.mark.usefixtures("banco")
def test_killed_at_random_instants(show_figures: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCH_SIZE", "5")
    outcomes = die_at_random(deaths=200, seed=5)
    show_figures(f"mortes em instantes ao acaso: {dict(outcomes)}")
    assert outcomes["aberta"] + outcomes["fechada"] == 200


def test_with_the_server_killed(servidor_proprio: TestServer, show_figures: Show) -> None:
    outcomes = die_with_server(servidor_proprio, deaths=50, seed=5)
    show_figures(f"mortes do servidor: {dict(outcomes)}")
    assert outcomes["aberta"] + outcomes["fechada"] == 50
    assert sum(n for how, n in outcomes.items() if how.startswith("sobreviveu")) == 25
