#!/usr/bin/env python3
"""Close a month from cron or by hand: version 4's command, with the exit codes of docs/operacao.md.

    run_atomic_extrato.py [--year AAAA --month M] [--force] [--dry-run]

Without a month it closes the previous one. The work is `estudio extrato close`; this file only finds the program, from
whatever folder it is called.
"""

import importlib
import os
import sys
from pathlib import Path

BACKEND = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> None:
    """Run the closing with these arguments; the process ends with its exit code."""
    own_python = BACKEND.parent / ".venv" / "bin" / "python"
    if own_python.exists() and Path(sys.prefix).resolve() != own_python.parent.parent.resolve():
        # Called with the system's Python, as cron does: the program's libraries live in its own environment.
        os.execv(own_python, [str(own_python), str(Path(__file__).resolve()), *arguments])
    # The `.env` beside the README is meant, from whatever folder this is called: another database would be closed.
    os.chdir(BACKEND.parent)
    sys.path.insert(0, str(BACKEND))
    # Imported here, because the path above comes first.
    program = importlib.import_module("estudio.cli").main
    program(["extrato", "close", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
