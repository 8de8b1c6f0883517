"""Writers of one SQLite database: how long each waits for its turn, with our backend and with the stock one.

    python -m tests.bench.writers DATABASE ENGINE THREADS SECONDS

prints as JSON how long each transaction took, for one process; a measurement starts two.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

from django.conf import settings

OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
}


def write_for(seconds: float, times: list[float]) -> None:
    """One writer: read, decide, write, as services do."""
    from django.db import connection, transaction

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        begun = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count FROM counter WHERE id = 1")
            (count,) = cursor.fetchone()
            cursor.execute("UPDATE counter SET count = %s WHERE id = 1", [count + 1])
            cursor.execute("INSERT INTO line (body) VALUES (%s)", ["x" * 200])
        times.append(time.perf_counter() - begun)
    connection.close()


def prepare() -> None:
    """The two tables."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE counter (id INTEGER PRIMARY KEY, count INTEGER)")
        cursor.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, body TEXT)")
        cursor.execute("INSERT INTO counter VALUES (1, 0)")


def main(database: str, engine: str, threads: int, seconds: float) -> None:
    """Write, and print the times. No threads: make the tables."""
    settings.configure(DATABASES={"default": {"ENGINE": engine, "NAME": Path(database), "OPTIONS": OPTIONS}})
    if not threads:
        prepare()
        return
    times: list[list[float]] = [[] for _ in range(threads)]
    writers = [threading.Thread(target=write_for, args=[seconds, mine]) for mine in times]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    json.dump([each for mine in times for each in mine], sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
