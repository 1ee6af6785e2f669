"""Disks of a test's own, in memory: to be filled, or made read-only."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mount(path: Path, *options: str) -> Generator[None, None, None]:
    """A tmpfs at `path` (`size=256k`). Skips where mounting is not allowed; in CI that is an error."""
    path.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", ",".join(("mode=0700", *options)), "tmpfs", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        assert os.environ.get("CI") != "true", f"CI has to mount a tmpfs: {done.stderr}"
        pytest.skip("mounting a tmpfs is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)
