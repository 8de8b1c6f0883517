"""Wait until what was committed is on the disk: one flush for all threads that wait for one.

SQLite's own way, `PRAGMA synchronous=FULL`, flushes the log inside of each commit, while everybody else waits
to write. With NORMAL a commit only writes to the log, and SQLite flushes before it copies the log into the
database. So here the next writer is let in first, and the log is flushed then, before anybody is told that
the commit is done. A flush covers all that was written to the log before it, whoever wrote it.

Where the flush fails, the commit is an error for whoever made it, though others see what was written: it may
be gone after a power cut. From then on each commit of this process is an error, until it is started again.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path


class Disk:
    """The log of one database, as this process flushes it."""

    def __init__(self, database: Path) -> None:
        database = database.resolve()  # SQLite, too, keeps the log beside the file itself.
        self._log = database.with_name(database.name + "-wal")
        self._descriptor: int | None = None
        self._changed = threading.Condition()
        self._is_flushing = self._is_broken = False
        self._asked = self._flushed = 0
        """How many have asked to wait, and up to which of them all is on the disk."""

    def wait(self) -> None:
        """Return when all that was committed before is on the disk. Raises OSError where that failed."""
        with self._changed:
            self._asked += 1
            mine = self._asked
            self._changed.wait_for(lambda: not self._is_flushing or self._flushed >= mine)
            if self._flushed >= mine:
                return
            # The system tells of lost pages once: another flush would say that all is well.
            if self._is_broken:
                raise OSError("the log could not be written to the disk")
            self._is_flushing, upto = True, self._asked
        self._flush(upto)

    def _flush(self, upto: int) -> None:
        flushed = self._flushed
        try:
            descriptor = self._open()
            self._is_broken = True
            os.fsync(descriptor)
            self._is_broken, flushed = False, upto
        finally:
            with self._changed:
                self._is_flushing, self._flushed = False, flushed
                self._changed.notify_all()

    def _open(self) -> int:
        """The log that there is now: SQLite makes a new one when the last connection has gone."""
        if self._descriptor is not None and not self._is_current(self._descriptor):
            os.close(self._descriptor)
            self._descriptor = None
        if self._descriptor is None:
            self._descriptor = os.open(self._log, os.O_RDONLY)
        return self._descriptor

    def _is_current(self, descriptor: int) -> bool:
        mine, there = os.fstat(descriptor), self._log.stat()
        return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)


_disks: dict[str | Path, Disk] = {}


def of(database: str | Path) -> Disk:
    """The `Disk` that this process has for a database of this name."""
    return _disks.get(database) or _disks.setdefault(database, Disk(Path(database)))


def _forget_in_child() -> None:
    """Another thread of the parent may have been flushing."""
    global _disks
    _disks = {}


os.register_at_fork(after_in_child=_forget_in_child)
