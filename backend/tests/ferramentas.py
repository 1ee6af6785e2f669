"""Programs of the system, or of the environment, that some tests run."""

import os
import shutil
import sys
from pathlib import Path

import pytest


def find_tool(name: str) -> str:
    """Where a program is. CI installs it (.ci/run); there its absence is an error, for nothing would be checked."""
    # What Debian gives to administrators lies where others do not look.
    folders = (str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin")
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        assert os.environ.get("CI") != "true", f"CI has to have {name}"
        pytest.skip(f"{name} is not installed")
    return found
