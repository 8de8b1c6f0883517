"""huey's queue in an SQLite file, for doorbells: what the last of them would wait for is not worth it."""

from __future__ import annotations

import sqlite3

from huey.storage import SqliteStorage


class DoorbellStorage(SqliteStorage):  # type: ignore[misc]  # huey ships no types
    """Commits that do not wait for the disk.

    huey offers two ways: wait for it twice a task, longer than all else that is done for a reply takes; or
    `synchronous=OFF`, which may leave a broken file behind after a power cut. With NORMAL, in WAL mode, the
    last bells may be lost in one, and the sweep finds what they rang for.
    """

    def _create_connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = super()._create_connection()
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection
