"""The process that stops the embedded server after its last user, however that one ended. Started by embedded.py.

It waits on the lock that every user holds shared. A user that was killed let go of it as well: the kernel saw to that.
"""

import fcntl
import os
import sys
from pathlib import Path

from estudio.embedded_binaries import Account
from estudio.embedded_cluster import Cluster
from estudio.embedded_folder import ServerFolder


def watch(folder: ServerFolder, cluster: Cluster, own_lock: int) -> None:
    """Return when the server has no user any more and is stopped. `own_lock` is the lock of there being a guardian."""
    # Opened once: should somebody delete the folder, the locks still hold.
    use, count, start = (
        os.open(path, os.O_RDWR | os.O_CLOEXEC) for path in (folder.use_lock, folder.count_lock, folder.start_lock)
    )
    while True:
        fcntl.flock(use, fcntl.LOCK_EX)
        # Let go at once: whoever joins takes the start lock first, then this one, and we keep the same order.
        fcntl.flock(use, fcntl.LOCK_UN)
        fcntl.flock(start, fcntl.LOCK_EX)
        try:
            fcntl.flock(count, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(start, fcntl.LOCK_UN)
            continue
        cluster.stop()
        # Before the start lock goes: who starts next must not believe that we still watch.
        os.close(own_lock)
        return


def _become_daemon() -> None:
    # No child of the process that started us, nor of its terminal: neither its end nor its Ctrl-C is ours.
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)


def main(arguments: list[str]) -> None:
    """Take the words of embedded.py: data folder, programs, uid and gid of the server, the guardian's lock."""
    data_dir, bin_dir, uid, gid, own_lock = arguments
    os.set_inheritable(int(own_lock), False)
    _become_daemon()
    folder = ServerFolder(Path(data_dir), Account(int(uid), int(gid)))
    cluster = Cluster(Path(bin_dir), folder)
    watch(folder, cluster, int(own_lock))


if __name__ == "__main__":
    main(sys.argv[1:])
