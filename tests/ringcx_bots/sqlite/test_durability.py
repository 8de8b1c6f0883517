"""The SQLite backend: what a commit waits for, and what becomes of a disk that fails."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import OperationalError

from ringcx_bots.sqlite import disk, pool
from tests.ringcx_bots.sqlite.writers import (
    Connect,
    begin,
    insert,
    lines,
    until,
)


class Flushes:
    """Stands before `os.fsync`: counts flushes of the log, and may hold one up or have it fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.error: OSError | None = None
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()
        self._fsync = os.fsync
        monkeypatch.setattr(os, "fsync", self)

    def __call__(self, descriptor: int) -> None:
        self.begun.set()
        assert self.go_on.wait(10)
        self.count += 1
        if self.error is not None:
            raise self.error
        self._fsync(descriptor)


@pytest.fixture
def flushes(monkeypatch: pytest.MonkeyPatch, connect: Connect) -> Flushes:
    return Flushes(monkeypatch)


class TestDurability:
    def test_a_commit_waits_for_the_disk(self, connect: Connect, flushes: Flushes) -> None:
        connection = connect()
        begin(connection)
        insert(connection, "a")
        assert flushes.count == 0
        connection._commit()
        assert flushes.count == 1

    def test_so_does_a_statement_outside_of_a_transaction(self, connect: Connect, flushes: Flushes) -> None:
        connection = connect()
        insert(connection, "a")
        assert flushes.count == 1
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO line (who) VALUES ('b') RETURNING id")
            cursor.fetchone()
        assert flushes.count == 2
        assert lines(connection) == ["a", "b"]
        assert flushes.count == 2

    def test_the_next_writer_is_let_in_before(self, connect: Connect, flushes: Flushes) -> None:
        one, two = connect(), connect()
        flushes.go_on.clear()
        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(insert, one, "a")
            assert flushes.begun.wait(10)
            begin(two)
            insert(two, "b")
            assert not first.done()
            flushes.go_on.set()
            first.result(10)
        two._commit()
        assert lines(one) == ["a", "b"]

    def test_one_flush_is_for_all_who_wait(self, connect: Connect, database: Path, flushes: Flushes) -> None:
        connections, asked = [connect() for _ in range(6)], disk.of(database)._asked
        flushes.go_on.clear()
        with ThreadPoolExecutor(6) as threads:
            first = threads.submit(insert, connections[0], "0")
            assert flushes.begun.wait(10)
            others = [threads.submit(insert, each, str(n)) for n, each in enumerate(connections[1:], 1)]
            until(lambda: len(lines(connect())) == 6)
            until(lambda: disk.of(database)._asked == asked + 6)
            flushes.go_on.set()
            for each in (first, *others):
                each.result(10)
        assert flushes.count == 2

    def test_a_flush_that_fails_is_an_error_of_the_commit_and_of_all_after_it(
        self, connect: Connect, flushes: Flushes
    ) -> None:
        """The system tells of lost pages once: what comes later must not believe that all is well."""
        connection = connect()
        flushes.error = OSError(5, "Input/output error")
        with pytest.raises(OperationalError, match="disk I/O error"):
            insert(connection, "a")
        flushes.error = None
        with pytest.raises(OperationalError, match="disk I/O error"):
            insert(connection, "b")
        begin(connection)
        with pytest.raises(OperationalError, match="disk I/O error"):
            connection._commit()

    def test_trouble_before_the_flush_is_over_when_it_is_over(
        self, connect: Connect, flushes: Flushes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connection, open_file = connect(), os.open
        with monkeypatch.context() as trouble:
            trouble.setattr(disk.Disk, "_open", lambda self: open_file("/nothing/here", os.O_RDONLY))
            with pytest.raises(OperationalError, match="disk I/O error"):
                insert(connection, "a")
        insert(connection, "b")
        assert flushes.count == 1

    def test_the_log_of_a_linked_database_is_beside_the_file_itself(
        self, connect: Connect, database: Path, flushes: Flushes
    ) -> None:
        folder = database.parent / "elsewhere"
        folder.mkdir()
        link = folder / "link.sqlite3"
        link.symlink_to(database)
        insert(connect(link), "a")
        assert flushes.count == 1

    def test_a_journal_that_cannot_be_flushed_is_refused_at_once(
        self, connect: Connect, tmp_path: Path
    ) -> None:
        other = connect(tmp_path / "other.sqlite3", init_command="PRAGMA journal_mode=DELETE")
        with pytest.raises(OperationalError, match="not WAL"):
            other.ensure_connection()

    def test_what_can_be_made_again_does_not_wait(self, connect: Connect, flushes: Flushes) -> None:
        connection = connect()
        with pytest.raises(ZeroDivisionError), connection.without_waiting_for_the_disk():
            insert(connection, "a")
            raise ZeroDivisionError
        assert flushes.count == 0
        insert(connection, "b")
        assert flushes.count == 1

    def test_a_new_log_is_found(self, connect: Connect, flushes: Flushes) -> None:
        """SQLite removes its log when the last connection closes."""
        connection = connect()
        insert(connection, "a")
        connection.close()
        pool.close_all()
        insert(connection, "b")
        assert flushes.count == 2
