"""Open handles of SQLite databases that nobody uses at the moment, for whoever connects next.

Opening one costs more than most of what is done with it, and when the last one on a database closes, SQLite
copies its log into the file and waits for the disk, which without a pool happens at the end of every
request that has no company. A handle in here is in no transaction, reads nothing and holds no lock.
"""

from __future__ import annotations

import atexit
import os
import sqlite3
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MOST_IDLE = 32
"""Handles that are kept for a database; those given back on top of that are closed."""

_Key = tuple[Any, ...]


@dataclass
class _Idle:
    handles: dict[_Key, list[sqlite3.Connection]] = field(default_factory=dict)
    mutex: threading.Lock = field(default_factory=threading.Lock)


_idle = _Idle()
_of_the_parent: list[_Idle] = []
"""SQLite's handles must be neither used nor closed in a child: they are kept here, out of reach."""


def key_of(database: Path, parameters: dict[str, Any]) -> _Key:
    """What two handles must have in common to stand for each other: the very file, not only its name."""
    file = database.stat()
    return (file.st_dev, file.st_ino, *sorted((name, str(value)) for name, value in parameters.items()))


def take(key: _Key) -> sqlite3.Connection | None:
    """An idle handle, the one used last, or None."""
    with _idle.mutex:
        handles = _idle.handles.get(key)
        return handles.pop() if handles else None


def give(key: _Key, handle: sqlite3.Connection) -> bool:
    """Keep a handle for the next one. False where there are enough, and it is the caller's to close."""
    with _idle.mutex:
        handles = _idle.handles.setdefault(key, [])
        if len(handles) >= MOST_IDLE:
            return False
        handles.append(handle)
        return True


def close_all() -> None:
    """Close what is idle; the last one out has SQLite tidy up its log."""
    with _idle.mutex:
        handles = [handle for kept in _idle.handles.values() for handle in kept]
        _idle.handles.clear()
    for handle in handles:
        handle.close()


def _leave_to_the_parent() -> None:
    global _idle
    _of_the_parent.append(_idle)
    _idle = _Idle()


atexit.register(close_all)
os.register_at_fork(after_in_child=_leave_to_the_parent)
