"""Files that survive a crash: folders, temporary files, names put in place.

Written under a name of their own, synced, renamed; the folder synced. What the disk refused once is never tried again
on the same file: after a failed fsync the kernel may have dropped the pages, and a second one would answer "fine".
Names are taken relative to an open folder, so that nobody slips a link into the way.
"""

import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import time
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self

import structlog

from estudio import clock
from estudio.domain.backup import Conteudo
from estudio.domain.errors import DiscoRecusou, Ocupado
from estudio.services.backup_disco import disk_refusals

log = structlog.get_logger(__name__)

DEAD_AFTER_SECONDS: Final = 24 * 3600
"""A temporary file of this age belongs to a run that is dead."""

PATIENCE_SECONDS: Final = 30
"""Putting names in place takes milliseconds; who holds the folder for longer is frozen."""

SYNC_EVERY: Final = 1 << 20
"""Bytes after which a growing file is synced: a sheet of a large month that goes to the disk at once keeps whoever
commits meanwhile waiting behind it."""

_TEMPORARY: Final = re.compile(r"\.tmp-backup-[0-9a-f]{12}\.[a-z.]{1,10}")
_CHUNK: Final = 1 << 20

# What file systems without hard links answer (pen drives, some network folders).
_NO_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS})


class Folder:
    """An open folder of backups. Use `open_folder`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor

    def open_new(self, name: str) -> int:
        return os.open(
            name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=self.descriptor
        )

    def open_to_read(self, name: str) -> int:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.descriptor)

    def rename(self, old: str, new: str) -> None:
        with disk_refusals(self.path / new):
            os.rename(old, new, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def unlink(self, name: str) -> None:
        """Gone afterwards, whether it was there or not."""
        with disk_refusals(self.path / name), suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.descriptor)

    def sync(self) -> None:
        with disk_refusals(self.path):
            os.fsync(self.descriptor)

    def point(self, name: str, content: str) -> None:
        """Make `name` a second name of `content` in one step: at no moment is there none, or half of one."""
        temporary = temporary_name("link")
        try:
            with disk_refusals(self.path / name):
                self._link(content, temporary)
            self.rename(temporary, name)
        finally:
            # A rename between two names of one file does nothing, and leaves the old one.
            self.unlink(temporary)

    def _link(self, content: str, name: str) -> None:
        here = self.descriptor
        try:
            os.link(content, name, src_dir_fd=here, dst_dir_fd=here, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            with os.fdopen(self.open_to_read(content), "rb") as source, os.fdopen(self.open_new(name), "wb") as copy:
                shutil.copyfileobj(source, copy, _CHUNK)
                copy.flush()
                os.fsync(copy.fileno())

    @contextmanager
    def alone(self) -> Generator[None, None, None]:
        """Names are put in place by one process at a time, so that the familiar pair is of one backup. Raises Ocupado.

        A file system without locks lets everybody in; each pair of names is whole all the same.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not try_lock_file(self.descriptor):
            if time.monotonic() > deadline:
                raise Ocupado(f"Outro backup está sendo gravado em {self.path}. Espere terminar e tente de novo.")
            time.sleep(0.02)
        try:
            yield
        finally:
            with suppress(OSError):
                fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def sweep(self) -> None:
        """Remove the temporary files of runs that are dead: our name, and old enough."""
        limit = clock.now().timestamp() - DEAD_AFTER_SECONDS
        with disk_refusals(self.path), os.scandir(self.descriptor) as entries:
            for entry in entries:
                if _TEMPORARY.fullmatch(entry.name) and _is_older(entry, limit):
                    self.unlink(entry.name)
                    log.info("sobra_removida", arquivo=entry.name)


def _is_older(entry: os.DirEntry[str], limit: float) -> bool:
    """Not what is gone since it was listed: another run, which lives, has given it its name."""
    try:
        return entry.stat(follow_symlinks=False).st_mtime < limit
    except FileNotFoundError:
        return False


@contextmanager
def open_folder(path: Path) -> Generator[Folder, None, None]:
    """The folder, made (and its parent synced) when it is new. Raises DiscoRecusou."""
    with disk_refusals(path):
        _ensure_folder(path.parent, parents=True)
        _ensure_folder(path, parents=False)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield Folder(path, descriptor)
    finally:
        os.close(descriptor)


class TemporaryFile:
    """A file being written under a name that is no backup's; hashed as it grows, gone unless it is placed."""

    def __init__(self, folder: Folder, ext: str) -> None:
        self.folder = folder
        self.name = temporary_name(ext)
        self.needed: int | None = None
        self.bytes = 0
        self._synced = 0
        self._sha256 = hashlib.sha256()
        self._descriptor = -1

    def __enter__(self) -> Self:
        with disk_refusals(self.folder.path):
            self._descriptor = self.folder.open_new(self.name)
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        # What led here is the error to be told; a file that cannot even be removed is swept later.
        with suppress(DiscoRecusou):
            self.folder.unlink(self.name)

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def write(self, data: bytes) -> None:
        self._sha256.update(data)
        self.bytes += len(data)
        with disk_refusals(self.folder.path, needed=max(self.needed or 0, self.bytes)):
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            if self.bytes - self._synced >= SYNC_EVERY:
                os.fdatasync(self._descriptor)
                self._synced = self.bytes

    def finish(self) -> None:
        """On disk, and out of the page cache: whoever reads it next reads what the disk holds."""
        descriptor, self._descriptor = self._descriptor, -1
        try:
            with disk_refusals(self.folder.path, needed=max(self.needed or 0, self.bytes)):
                os.fsync(descriptor)
            drop_cached(descriptor)
        finally:
            os.close(descriptor)

    def describe(self, name: str) -> Conteudo:
        """What was written, under the name that it is about to get."""
        return Conteudo(name, self.bytes, self.sha256)

    def place(self, name: str) -> None:
        """Give it its name, in the place of what had it."""
        self.folder.rename(self.name, name)


class Compressed:
    """A gzip of what is written, one member without name or time: equal bytes in, equal bytes out."""

    def __init__(self, file: TemporaryFile) -> None:
        self.file = file
        # 31: the window of 32 KiB, with gzip's header (whose time zlib leaves at 0).
        self._deflate = zlib.compressobj(6, zlib.DEFLATED, 31)

    def write(self, data: bytes) -> None:
        self.file.write(self._deflate.compress(data))

    def finish(self) -> None:
        self.file.write(self._deflate.flush())
        self.file.finish()


def try_lock_file(descriptor: int) -> bool:
    """Whether it is ours now; so it is where the file system has no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        log.debug("pasta_sem_trava", motivo=error.strerror)
    return True


def temporary_name(ext: str) -> str:
    return f".tmp-backup-{secrets.token_hex(6)}.{ext}"


def drop_cached(descriptor: int) -> None:
    """Forget the pages of a file, so that the next read comes from the disk (where there is one behind it)."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def hash_descriptor(descriptor: int, *, limit: int | None = None) -> tuple[int, str]:
    """How many bytes from where it stands, at most `limit`, and their sha256."""
    sha256, count = hashlib.sha256(), 0
    while chunk := os.read(descriptor, _CHUNK if limit is None else min(_CHUNK, limit - count)):
        sha256.update(chunk)
        count += len(chunk)
    return count, sha256.hexdigest()


def keep_evidence(folder: Folder, name: str, sha256: str) -> None:
    """A file whose name says other bytes than it holds is put aside before a whole one takes the name."""
    if _is_damaged(folder, name, sha256):
        aside = f"{name}.danificado-{secrets.token_hex(4)}"
        folder.rename(name, aside)
        log.error("backup_danificado_guardado", arquivo=aside, pasta=str(folder.path))


def _is_damaged(folder: Folder, name: str, sha256: str) -> bool:
    try:
        with os.fdopen(folder.open_to_read(name), "rb") as file:
            return hash_descriptor(file.fileno())[1] != sha256
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _ensure_folder(path: Path, *, parents: bool) -> None:
    if path.is_dir():
        return
    path.mkdir(mode=0o700, parents=parents, exist_ok=True)
    # A folder that its parent forgets in a power cut takes its files along.
    parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
