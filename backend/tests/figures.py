"""Figures that a proof found, printed at the end of the run: also from the processes of xdist."""

from collections.abc import Callable

import pytest

PROPERTY = "figures"

Show = Callable[[str], None]


@pytest.fixture
def show_figures(request: pytest.FixtureRequest) -> Show:
    """Takes a text of some lines; the run ends with it, under the test's name."""
    return lambda text: request.node.user_properties.append((PROPERTY, text))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [r for key in ("passed", "failed") for r in terminalreporter.stats.get(key, []) if r.when == "call"]
    for report in reports:
        for name, text in report.user_properties:
            if name == PROPERTY:
                terminalreporter.write_sep("-", report.nodeid)
                terminalreporter.write_line(text)
