"""The backend: a connection takes its place in the queue before it writes, and leaves it with the commit.

A transaction begins as a writer (`transaction_mode` IMMEDIATE), so it waits at its BEGIN and holds its place
until COMMIT, ROLLBACK or the end of the connection; savepoints change nothing. A single statement outside
of a transaction waits for itself alone. Closing a connection gives its handle to the pool. A database in
memory has neither queue nor pool.

With the option `durable` whoever has written waits for the disk once the next writer has been let in. It
wants `PRAGMA journal_mode=WAL` and `synchronous=NORMAL`.
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

from ringcx_bots.sqlite import disk, pool, queue
from ringcx_bots.sqlite.queue import TimedOut, WriterQueue

USUAL_TIMEOUT = 5.0
"""Seconds, where OPTIONS name no `timeout`: that of the sqlite3 module."""

_WRITES = re.compile(
    r"\s*(BEGIN\s+(IMMEDIATE|EXCLUSIVE)|INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP)\b", re.IGNORECASE
)
_RETURNS_ROWS = re.compile(r"\bRETURNING\b", re.IGNORECASE)


class Place:
    """The place of one connection in the queue of its database, or none."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._database: str | Path = ""
        self._queue: WriterQueue | None = None
        self._held: WriterQueue | None = None

    @property
    def is_held(self) -> bool:
        return self._held is not None

    def take(self, database: str | Path) -> None:
        """Wait for the turn. Raises what SQLite raises where a lock is not given in time."""
        if self._held is not None and not self._held.is_inherited:
            return
        mine = self._queue_of(database)
        try:
            mine.enter(self._timeout)
        except TimedOut:
            raise sqlite3.OperationalError(
                f"database is locked: no turn to write within {self._timeout:g} seconds"
            ) from None
        self._held = mine

    def _queue_of(self, database: str | Path) -> WriterQueue:
        """Kept from one time to the next; tests give a connection another database."""
        if self._queue is None or self._queue.is_inherited or database != self._database:
            self._database, self._queue = database, queue.of(Path(database))
        return self._queue

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
        self.place = Place(timeout)
        self._cursors: weakref.WeakSet[QueueingCursor] = weakref.WeakSet()
        self._pool_key: tuple[Any, ...] | None = None
        self._is_durable = bool(self.settings_dict["OPTIONS"].get("durable", False))

    def get_connection_params(self) -> dict[str, Any]:
        parameters = super().get_connection_params()
        parameters.pop("durable", None)
        return dict(parameters)

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
        self._refuse_what_cannot_be_flushed(handle)
        self._pool_key = self._key(conn_params)  # The file may be there only now.
        return handle

    def _refuse_what_cannot_be_flushed(self, handle: sqlite3.Connection) -> None:
        (journal,) = handle.execute("PRAGMA journal_mode").fetchone()
        if self._is_durable and journal != "wal":
            handle.close()
            raise sqlite3.OperationalError(
                f"the journal of {self.settings_dict['NAME']} is {journal}, not WAL, as the option durable"
                " needs it; is the file on a local disk?"
            )

    def create_cursor(self, name: str | None = None) -> Any:
        if self.connection is None or self.is_in_memory_db():
            return super().create_cursor(name)
        cursor = self.connection.cursor(factory=QueueingCursor)
        cursor.wrapper = self
        self._cursors.add(cursor)
        return cursor

    @contextmanager
    def without_waiting_for_the_disk(self) -> Iterator[None]:
        """Commits of this block may be lost in a power cut, the last ones first; never whole and never torn.

        Only where what was written can be made again. Not inside of a transaction.
        """
        was_durable, self._is_durable = self._is_durable, self._is_durable and self.in_atomic_block
        try:
            yield
        finally:
            self._is_durable = was_durable

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            # A commit that fails, as for a foreign key, leaves the transaction open: a rollback follows.
            self.leave_unless_in_transaction()
        with self.wrap_database_errors:
            self.wait_for_the_disk()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self.leave_unless_in_transaction()

    def _close(self) -> None:
        try:
            if not self._give_to_the_pool():
                super()._close()  # type: ignore[misc]
        finally:
            self.place.leave()

    def _give_to_the_pool(self) -> bool:
        """Only a handle as it came and at rest: unread rows would go on reading the database as it was."""
        handle, key = self.connection, self._pool_key
        if handle is None or key is None or self.errors_occurred:
            return False
        for cursor in list(self._cursors):
            cursor.close()
        return not handle.in_transaction and pool.give(key, handle)

    def leave_unless_in_transaction(self) -> bool:
        """Let the next writer in. False where a transaction is still open."""
        if self.connection is not None and self.connection.in_transaction:
            return False
        self.place.leave()
        return True

    def wait_for_the_disk(self) -> None:
        """Return when what was committed is on the disk, if that is wanted.

        Raises what SQLite would. Unlike there, the transaction stands, but may not outlive a power cut.
        """
        if not self._is_durable or self.is_in_memory_db():
            return
        try:
            disk.of(self.settings_dict["NAME"]).wait()
        except OSError as error:
            raise sqlite3.OperationalError(f"disk I/O error: {error}") from error

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

    wrapper: DatabaseWrapper
    _is_unfinished = False

    def execute(self, query: str, params: Any = None) -> Any:
        with self._turn(query):
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        with self._turn(query):
            return super().executemany(query, param_list)

    def convert_query(self, query: str, *, param_names: Any = None) -> Any:
        if param_names is not None:
            return super().convert_query(query, param_names=param_names)
        return _with_question_marks(query)

    def close(self) -> None:
        super().close()
        if self._is_unfinished:
            self._is_unfinished = False
            self._leave()

    @contextmanager
    def _turn(self, query: str) -> Iterator[None]:
        """A statement that returns rows writes until the last is read: Django closes the cursor then."""
        if not _WRITES.match(query):
            yield
            return
        self.wrapper.place.take(self.wrapper.settings_dict["NAME"])
        try:
            yield
        except BaseException:
            self.wrapper.leave_unless_in_transaction()
            raise
        if _RETURNS_ROWS.search(query):
            self._is_unfinished = True
        else:
            self._leave()

    def _leave(self) -> None:
        """Django keeps to itself what goes wrong when a cursor is closed. A flush that failed is told by the
        next commit."""
        if self.wrapper.leave_unless_in_transaction():
            self.wrapper.wait_for_the_disk()
