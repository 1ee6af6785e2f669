"""How processes share one embedded server: the locks that say who starts it, who uses it and who will stop it.

Every process that uses the server holds two files locked, shared, for as long as it lives; the kernel lets go of them
however the process ends. Whoever finds no server starts one, and with it a guardian (embedded_guardian.py), which waits
until the lock of the first is nobody's, asks the second within a turn, and stops the server. Two, because who waits for
a lock has it for a moment: in that moment the server would look used. Starting, joining and stopping take turns.
"""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from estudio.domain.errors import BancoEmbutido
from estudio.embedded_binaries import ENVIRONMENT
from estudio.embedded_cluster import START_SECONDS, Cluster
from estudio.embedded_folder import ServerFolder


@contextmanager
def turn(folder: ServerFolder) -> Generator[None, None, None]:
    """One process at a time starts, joins or stops. Whoever waits may be waiting for a recovery."""
    descriptor = os.open(folder.start_lock, os.O_RDWR | os.O_CLOEXEC)
    try:
        deadline = time.monotonic() + START_SECONDS + 60
        while not _try_exclusive(descriptor):
            if time.monotonic() > deadline:
                raise BancoEmbutido(
                    f"Outro processo está ligando ou desligando o banco em {folder.root} há mais de dez minutos. "
                    "Encerre-o e tente de novo.",
                    pasta=str(folder.root),
                )
            time.sleep(0.02)
        yield
    finally:
        os.close(descriptor)


class Lease:
    """A process's word that it uses the server. Take it within a turn; `close` ends it, as does the process's end."""

    def __init__(self, folder: ServerFolder) -> None:
        # Closed, never unlocked: after a fork the locks are one for parent and child.
        self._files = [os.open(path, os.O_RDWR | os.O_CLOEXEC) for path in (folder.use_lock, folder.count_lock)]
        for descriptor in self._files:
            fcntl.flock(descriptor, fcntl.LOCK_SH)

    def close(self) -> None:
        """End it; once is enough."""
        while self._files:
            os.close(self._files.pop())


def is_unused(folder: ServerFolder) -> bool:
    """Whether no process uses the server; asked within a turn, so that nobody joins meanwhile."""
    descriptor = os.open(folder.count_lock, os.O_RDWR | os.O_CLOEXEC)
    try:
        return _try_exclusive(descriptor)
    finally:
        os.close(descriptor)


def is_unguarded(folder: ServerFolder, *, seconds: int) -> bool:
    """Whether there is no guardian, or none any more within so many seconds; outside of a turn, for it needs one."""
    descriptor = os.open(folder.guardian_lock, os.O_RDWR | os.O_CLOEXEC)
    try:
        deadline = time.monotonic() + seconds
        while not _try_exclusive(descriptor):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True
    finally:
        os.close(descriptor)


def ensure_guardian(folder: ServerFolder, cluster: Cluster) -> None:
    """See that somebody stops the server after its last user; within a turn, once it has one."""
    descriptor = os.open(folder.guardian_lock, os.O_RDWR | os.O_CLOEXEC)
    try:
        if _try_exclusive(descriptor):
            # The lock goes along with the open file: it is the guardian's from its first moment.
            arguments = [folder.data_dir, cluster.bin_dir, folder.account.uid, folder.account.gid, descriptor]
            subprocess.run(
                [sys.executable, "-P", "-m", "estudio.embedded_guardian", *map(str, arguments)],
                pass_fds=[descriptor],
                env=ENVIRONMENT | {"PYTHONPATH": str(Path(__file__).resolve().parent.parent)},
                stdin=subprocess.DEVNULL,
                check=True,
            )
    finally:
        os.close(descriptor)


def _try_exclusive(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
