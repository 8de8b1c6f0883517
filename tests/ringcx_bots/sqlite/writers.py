"""What tests of the SQLite backend have in common: writers of one database."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ringcx_bots.sqlite import queue
from ringcx_bots.sqlite.base import DatabaseWrapper
from ringcx_bots.sqlite.queue import TimedOut

OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 5,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    "durable": True,
}

Connect = Callable[..., DatabaseWrapper]


def begin(connection: DatabaseWrapper) -> None:
    connection.ensure_connection()
    connection._start_transaction_under_autocommit()


def insert(connection: DatabaseWrapper, who: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO line (who) VALUES (%s)", [who])


def lines(connection: DatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT who FROM line ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def until(holds: Callable[[], bool]) -> None:
    """Wait for another thread to come so far."""
    for _ in range(1000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about")


def is_free(database: Path) -> bool:
    """Whether a writer gets in at once."""
    mine = queue.of(database)
    try:
        mine.enter(0)
    except TimedOut:
        return False
    mine.leave()
    return True


def from_another_process(database: Path, code: str) -> subprocess.Popen[str]:
    """A Python process that has a `queue` for the database."""
    head = "import sys, time, pathlib\nfrom ringcx_bots.sqlite.queue import WriterQueue, TimedOut\n"
    head += "queue = WriterQueue(pathlib.Path(sys.argv[1]))\n"
    return subprocess.Popen(
        [sys.executable, "-c", head + code, str(database)],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
