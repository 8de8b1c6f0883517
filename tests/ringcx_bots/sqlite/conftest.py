"""One database and its connections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.utils import ConnectionHandler

from ringcx_bots.sqlite import pool
from ringcx_bots.sqlite.base import DatabaseWrapper
from tests.ringcx_bots.sqlite.writers import (
    OPTIONS,
    Connect,
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "writers.sqlite3"


@pytest.fixture
def connect(database: Path, django_db_blocker: Any) -> Iterator[Connect]:
    """Connections to one database, each as a thread of its own would have it."""
    opened: list[DatabaseWrapper] = []

    def open_one(name: Path | str = database, **options: Any) -> DatabaseWrapper:
        settings = {"ENGINE": "ringcx_bots.sqlite", "NAME": name, "OPTIONS": {**OPTIONS, **options}}
        connection: Any = ConnectionHandler({"default": settings})["default"]
        connection.inc_thread_sharing()
        opened.append(connection)
        return connection

    with django_db_blocker.unblock():
        with open_one().cursor() as cursor:
            cursor.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, who TEXT UNIQUE)")
        yield open_one
        for connection in opened:
            connection.close()
    pool.close_all()
