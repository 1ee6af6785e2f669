"""A process of `estudio run`: one of the commands, which ends when whoever started it is gone, however that one ended.

    python -m estudio.cli.amarrado PID command…

Otherwise pages without a keeper would hold the port against the next `estudio run`.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """The pid of the keeper, then the command as `estudio` takes it."""
    keeper, *command = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(keeper):
            # It went before we asked to be told.
            return
    from estudio.cli import main as program

    program(command)


if __name__ == "__main__":
    main(sys.argv[1:])
