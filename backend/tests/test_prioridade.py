"""A process that gives way, and the others of its session."""

import os
import subprocess
import sys

import pytest

from estudio.prioridade import CORTESIA

SHOW = """
import os
from estudio import prioridade
def look():
    # The session that the machine began with belongs to no such group, and its file is empty.
    there = prioridade.AUTOGRUPO
    return (there.read_text().split() if there.exists() else [])[-1:] or ["none"]
before = look()
prioridade.give_way()
print(os.getpriority(os.PRIO_PROCESS, 0), *before, *look())
"""


@pytest.mark.parametrize("leads", [True, False])
def test_it_and_the_session_that_it_leads_give_way_and_nobody_elses(leads: bool) -> None:
    said = subprocess.run(
        [sys.executable, "-c", SHOW], check=True, capture_output=True, text=True, start_new_session=leads
    ).stdout
    nice, before, after = said.split()
    assert int(nice) == os.getpriority(os.PRIO_PROCESS, 0) + CORTESIA
    assert after == (str(CORTESIA) if leads and before != "none" else before)
