"""The queue in which the writers of one SQLite database wait: threads in order, processes by turns.

SQLite lets one writer in at a time and has the others try again after pauses that grow: with many of them
some wait for seconds while latecomers walk in. Here a thread that leaves hands over to the one that has
waited longest.

Processes meet at a lock file beside the database, whose locks end with the process however it ends:
one byte is the place at the database, the other the place in front of it. Who wants in waits in front
first. So a process that has just left cannot pass the one that waits, which makes them alternate.

This is about order only. SQLite's own lock still keeps the data whole, also from programs that know
nothing of the queue.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

SUFFIX = "-writers"
"""Of the lock file, as SQLite's own neighbours end in -wal and -shm."""

TURN_SECONDS = 0.01
"""How long a process that others may be waiting for keeps its turn, handing it from thread to thread.

Passing it to another process costs a pause in which nobody writes, so that is not done for each writer.
"""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.000_2, 0.001
"""Seconds between two looks at the lock file. A blocking lock could not be given up in time."""

_IN_FRONT, _INSIDE = 0, 1


class TimedOut(Exception):
    """The turn did not come in time."""


class WriterQueue:
    """The queue of this process for one database. Enter, write, leave; not twice by the same writer."""

    def __init__(self, database: Path) -> None:
        self._file = _LockFile(database.with_name(database.name + SUFFIX))
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False
        self._turn_ends: float | None = None
        self.is_inherited = False
        """Whether this is the copy that a fork made of the parent's queue: nothing of it holds."""

    def enter(self, timeout: float) -> None:
        """Wait for the turn. Raises `TimedOut`, and then nothing is held."""
        until = time.monotonic() + timeout
        self._wait_for_the_threads_before(timeout)
        try:
            self._have_the_process_in(until)
        except BaseException:
            self._hand_over()
            raise

    def leave(self) -> None:
        """Let the next one in."""
        if self.is_inherited:
            return
        if self._turn_ends is not None and (not self._waiting or time.monotonic() >= self._turn_ends):
            self._turn_ends = None
            self._file.leave()
        self._hand_over()

    def _wait_for_the_threads_before(self, timeout: float) -> None:
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        try:
            came = gate.acquire(timeout=timeout)
        except BaseException:  # A signal's handler: the place must not be given to nobody.
            if not self._gives_up(gate):
                self._hand_over()
            raise
        if not came and self._gives_up(gate):
            raise TimedOut

    def _gives_up(self, gate: threading.Lock) -> bool:
        """False where the turn came at the very moment of going."""
        with self._mutex, suppress(ValueError):
            self._waiting.remove(gate)
            return True
        return False

    def _have_the_process_in(self, until: float) -> None:
        if self._turn_ends is None:
            self._file.enter(until)
            self._turn_ends = time.monotonic() + TURN_SECONDS

    def _hand_over(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False

    def forget_in_child(self) -> None:
        """After a fork: the place is the parent's, whose lock was not inherited."""
        self.is_inherited = True
        self._file.close()


class _LockFile:
    """Two bytes, locked one by one. Used by one thread at a time, as the locks are the process's."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def enter(self, until: float) -> None:
        descriptor = self._open()
        _lock(descriptor, _IN_FRONT, until)
        try:
            _lock(descriptor, _INSIDE, until)
        finally:
            _unlock(descriptor, _IN_FRONT)

    def leave(self) -> None:
        if self._descriptor is not None:
            _unlock(self._descriptor, _INSIDE)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        # Kept open: closing any descriptor of a file ends all locks that the process has on it.
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        return self._descriptor


def _lock(descriptor: int, byte: int, until: float) -> None:
    pause = SHORTEST_PAUSE
    while not _try_to_lock(descriptor, byte):
        left = until - time.monotonic()
        if left <= 0:
            raise TimedOut
        time.sleep(min(pause, left))
        pause = min(2 * pause, LONGEST_PAUSE)


def _try_to_lock(descriptor: int, byte: int) -> bool:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except (BlockingIOError, PermissionError):  # POSIX allows either.
        return False
    return True


def _unlock(descriptor: int, byte: int) -> None:
    fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, byte)


_queues: dict[Path, WriterQueue] = {}
_queues_mutex = threading.Lock()


def of(database: Path) -> WriterQueue:
    """The one queue that this process has for a database."""
    path = database.resolve()
    with _queues_mutex:
        return _queues.get(path) or _queues.setdefault(path, WriterQueue(path))


def _forget_in_child() -> None:
    global _queues, _queues_mutex
    for queue in _queues.values():
        queue.forget_in_child()
    # Both anew: another thread of the parent may have been at work on them.
    _queues, _queues_mutex = {}, threading.Lock()


os.register_at_fork(after_in_child=_forget_in_child)
