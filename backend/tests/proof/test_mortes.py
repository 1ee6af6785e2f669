"""All the deaths of a closing: at each boundary, at two hundred random instants, with the server at fifty."""

import pytest
from crash.mortes import die_at_boundaries, die_at_random
from servers import TestServer

pytestmark = pytest.mark.proof


@pytest.mark.usefixtures("banco")
def test_killed_at_every_boundary(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = die_at_boundaries(every=1)
    with capsys.disabled():
        print(f"\nmortes em cada fronteira: {outcomes}")
    assert outcomes["aberta"] + outcomes["fechada"] == outcomes["fronteiras"]


@pytest.mark.usefixtures("banco")
def test_killed_at_random_instants(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCH_SIZE", "5")
    outcomes = die_at_random(deaths=200, seed=5)
    with capsys.disabled():
        print(f"\nmortes em instantes ao acaso: {outcomes}")
    assert sum(outcomes.values()) == 200


def test_with_the_server_killed(servidor_proprio: TestServer, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = die_at_random(deaths=50, seed=5, server=servidor_proprio)
    with capsys.disabled():
        print(f"\nmortes do servidor: {outcomes}")
    assert sum(outcomes.values()) == 50
