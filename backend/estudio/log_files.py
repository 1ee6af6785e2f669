"""The files of the log: one for each part of the program, all in LOG_DIR, written by any number of processes at once.

Each line is one write, into whatever file has the name at that moment: a rotation needs no signal, processes never mix
their lines, and what could not be written leaves nothing behind.
"""

import fcntl
import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

MAX_FILE: Final = 20 * 1024 * 1024
"""Bytes of a file where nobody else rotates it: it then becomes `.1`, in place of the one before."""


class Parte(StrEnum):
    """Whose lines a file has. What a closing does is a closing's, whoever asked for it; so with backups."""

    FECHAMENTO = "atomic_extrato"
    BACKUP = "backup"
    PAGINAS = "web"
    TAREFAS = "worker"
    COMANDOS = "comandos"

    @property
    def arquivo(self) -> str:
        return f"{self}.log"


class LogFiles:
    """What is written in one folder. The first refusal is told; the program goes on, and each line tries again."""

    def __init__(self, folder: Path, *, limit: int | None, complain: Callable[[str], None]) -> None:
        """`limit`: bytes of a file before it gives way to a new one; None where somebody else sees to that."""
        self.folder = folder
        self.limit = limit
        self.is_healthy = True
        """Whether every line so far could be written."""
        self._complain = complain
        self._files: dict[str, _File] = {}

    def write(self, arquivo: str, line: bytes) -> None:
        file = self._files.setdefault(arquivo, _File(self.folder / arquivo))
        try:
            file.append(line)
            if self.limit is not None:
                file.limit_size(self.limit)
        except OSError as error:
            if self.is_healthy:
                self.is_healthy = False
                self._complain(
                    f"aviso: o registro {file.path} não pôde ser escrito ({error.strerror or error}). O programa "
                    "continua sem ele; veja LOG_DIR."
                )

    def close(self) -> None:
        for file in self._files.values():
            file.close()


class _File:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._torn = False

    def append(self, line: bytes) -> None:
        self._ensure_open()
        # A line that the full disk cut short is ended first, so that it spoils no other.
        data = b"\n" + line if self._torn else line
        self._torn = os.write(self._descriptor, data) < len(data)
        if self._torn:
            raise OSError("disco cheio")

    def limit_size(self, limit: int) -> None:
        if os.fstat(self._descriptor).st_size < limit:
            return
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        # Another process may have moved it while this one waited; the new file must not be moved over the old one.
        if os.path.samestat(self.path.stat(), os.fstat(self._descriptor)):
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        self.close()

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _ensure_open(self) -> None:
        if self._descriptor >= 0:
            try:
                named = self.path.stat()
            except FileNotFoundError:
                named = None
            if named is not None and os.path.samestat(named, os.fstat(self._descriptor)):
                return
            self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # A pipe that nobody reads is refused, instead of keeping the program waiting.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        self._descriptor = os.open(self.path, flags, 0o640)
