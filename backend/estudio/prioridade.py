"""What nobody waits for gives way to pages that somebody looks at."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

CORTESIA: Final = 10
"""Steps down; 19 would be the last. Idle processors are used as before."""

AUTOGRUPO: Final = Path("/proc/self/autogroup")


def give_way() -> None:
    """Lower the priority of this process and of all that it starts, for good. On Windows nothing changes."""
    if not hasattr(os, "nice"):
        return
    os.nice(CORTESIA)
    # Linux may share processors out among sessions first, and among the processes of each only then. A session that
    # this process does not lead is somebody else's as well: a person's terminal, for one.
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            AUTOGRUPO.write_text(str(CORTESIA), encoding="ascii")
