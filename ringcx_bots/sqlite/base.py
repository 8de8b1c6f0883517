"""The backend: a connection takes its place in the queue before it writes, and leaves it with the commit.

A transaction begins as a writer (`transaction_mode` IMMEDIATE), so it waits at its BEGIN and holds its place
until COMMIT, ROLLBACK or the end of the connection; savepoints change nothing. A single statement outside
of a transaction waits for itself alone. Closing a connection gives its handle to the pool. A database in
memory has neither queue nor pool.
"""

from __future__ import annotations

import re
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base

from ringcx_bots.sqlite import pool, queue
from ringcx_bots.sqlite.queue import TimedOut, WriterQueue

USUAL_TIMEOUT = 5.0
"""Seconds, where OPTIONS name no `timeout`: that of the sqlite3 module."""

SYNCHRONOUS_NORMAL = 1

_WRITES = re.compile(
    r"\s*(BEGIN\s+(IMMEDIATE|EXCLUSIVE)|INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP)\b", re.IGNORECASE
)
_RETURNS_ROWS = re.compile(r"\bRETURNING\b", re.IGNORECASE)


class Place:
    """The place of one connection in the queue of its database, or none."""

    def __init__(self, database: str | Path, timeout: float) -> None:
        self._database = database
        self._timeout = timeout
        self._queue: WriterQueue | None = None
        self._held: WriterQueue | None = None

    @property
    def is_held(self) -> bool:
        return self._held is not None

    def take(self) -> None:
        """Wait for the turn. Raises what SQLite raises where a lock is not given in time."""
        if self._held is not None and not self._held.is_inherited:
            return
        mine = self._queue
        if mine is None or mine.is_inherited:
            mine = self._queue = queue.of(Path(self._database))
        try:
            mine.enter(self._timeout)
        except TimedOut:
            raise sqlite3.OperationalError(
                f"database is locked: no turn to write within {self._timeout:g} seconds"
            ) from None
        self._held = mine

    def leave(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.leave()


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite, with writers that queue."""

    connection: sqlite3.Connection | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        timeout = float(self.settings_dict["OPTIONS"].get("timeout", USUAL_TIMEOUT))
        self.place = Place(self.settings_dict["NAME"], timeout)
        self._cursors: weakref.WeakSet[QueueingCursor] = weakref.WeakSet()
        self._pool_key: tuple[Any, ...] | None = None
        self._is_relaxed = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self.is_in_memory_db():
            return super().get_new_connection(conn_params)
        self._pool_key = self._key(conn_params)
        handle = pool.take(self._pool_key) if self._pool_key is not None else None
        if handle is not None:
            # A schema change that was broken off may have left it off.
            handle.execute("PRAGMA foreign_keys = ON")
            return handle
        handle = super().get_new_connection(conn_params)
        self._pool_key = self._key(conn_params)  # The file may be there only now.
        return handle

    def create_cursor(self, name: str | None = None) -> Any:
        if self.connection is None or self.is_in_memory_db():
            return super().create_cursor(name)
        cursor = self.connection.cursor(factory=QueueingCursor)
        cursor.place = self.place
        self._cursors.add(cursor)
        return cursor

    @contextmanager
    def without_waiting_for_the_disk(self) -> Iterator[None]:
        """Commits of this block may be lost in a power cut, the last ones first; never whole and never torn.

        Only where what was written can be made again. Not inside of a transaction.
        """
        self.ensure_connection()
        handle = self.connection
        if handle is None or self.in_atomic_block:
            yield
            return
        level = handle.execute("PRAGMA synchronous").fetchone()[0]
        if level <= SYNCHRONOUS_NORMAL:
            yield
            return
        handle.execute(f"PRAGMA synchronous = {SYNCHRONOUS_NORMAL}")
        self._is_relaxed = True
        try:
            yield
        finally:
            self._is_relaxed = False
            if self.connection is handle:  # It was not closed meanwhile.
                handle.execute(f"PRAGMA synchronous = {level}")

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            # A commit that fails, as for a foreign key, leaves the transaction open: a rollback follows.
            self._leave_unless_in_transaction()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave_unless_in_transaction()

    def _close(self) -> None:
        try:
            if not self._give_to_the_pool():
                super()._close()  # type: ignore[misc]
        finally:
            self.place.leave()

    def _give_to_the_pool(self) -> bool:
        """Only a handle as it came and at rest: unread rows would go on reading the database as it was."""
        handle, key = self.connection, self._pool_key
        if handle is None or key is None or self.errors_occurred or self._is_relaxed:
            return False
        for cursor in list(self._cursors):
            cursor.close()
        return not handle.in_transaction and pool.give(key, handle)

    def _leave_unless_in_transaction(self) -> None:
        if self.connection is None or not self.connection.in_transaction:
            self.place.leave()

    def _key(self, parameters: dict[str, Any]) -> tuple[Any, ...] | None:
        try:
            return pool.key_of(Path(self.settings_dict["NAME"]), parameters)
        except OSError:  # There is no such file yet.
            return None


@lru_cache(maxsize=500)
def _with_question_marks(query: str) -> str:
    """As Django does it at each call, though it takes as long as SQLite takes to run most statements."""
    return str(base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%"))


class QueueingCursor(base.SQLiteCursorWrapper):
    """A cursor that waits for its turn before a statement that writes."""

    place: Place
    _is_unfinished = False

    def execute(self, query: str, params: Any = None) -> Any:
        self._queue(query)
        try:
            return super().execute(query, params)
        finally:
            self._leave_if_done(query)

    def executemany(self, query: str, param_list: Any) -> Any:
        self._queue(query)
        try:
            return super().executemany(query, param_list)
        finally:
            self._leave_if_done(query)

    def convert_query(self, query: str, *, param_names: Any = None) -> Any:
        if param_names is not None:
            return super().convert_query(query, param_names=param_names)
        return _with_question_marks(query)

    def close(self) -> None:
        super().close()
        if self._is_unfinished:
            self._is_unfinished = False
            self._leave_unless_in_transaction()

    def _queue(self, query: str) -> None:
        if _WRITES.match(query):
            self.place.take()

    def _leave_if_done(self, query: str) -> None:
        """A statement that returns rows writes until the last is read: Django closes the cursor then."""
        if not self.place.is_held or self.connection.in_transaction:
            return
        if _RETURNS_ROWS.search(query):
            self._is_unfinished = True
        else:
            self._leave_unless_in_transaction()

    def _leave_unless_in_transaction(self) -> None:
        if not self.connection.in_transaction:
            self.place.leave()
