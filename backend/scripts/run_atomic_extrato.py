#!/usr/bin/env python3
"""Close a month from cron or by hand: version 4's command, with the exit codes of docs/operacao.md.

    run_atomic_extrato.py [--year AAAA --month M] [--force] [--dry-run]

Without a month it closes the previous one. The work is `estudio extrato close`; this file only finds the program, from
whatever folder it is called.
"""

import os
import sys
from pathlib import Path

BACKEND = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Run the closing with these arguments and return its exit code."""
    own_python = BACKEND.parent / ".venv" / "bin" / "python"
    if own_python.exists() and Path(sys.prefix).resolve() != own_python.parent.parent.resolve():
        # Called with the system's Python, as cron does: the program's libraries live in its own environment.
        os.execv(own_python, [str(own_python), str(Path(__file__).resolve()), *arguments])
    sys.path.insert(0, str(BACKEND))
    from estudio.cli import main as run  # noqa: PLC0415 - the path above comes first

    return run(["extrato", "close", *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
