"""The SQLite backend: writers queue, across threads and processes, and nobody keeps the place for good."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, transaction

from ringcx_bots.sqlite import pool, queue
from ringcx_bots.sqlite.base import DatabaseWrapper
from ringcx_bots.sqlite.queue import TimedOut, WriterQueue
from tests.ringcx_bots.sqlite.writers import (
    Connect,
    begin,
    from_another_process,
    insert,
    is_free,
    lines,
    said,
)


class TestThePlace:
    def test_is_held_from_begin_to_commit(self, connect: Connect, database: Path) -> None:
        connection = connect()
        begin(connection)
        assert not is_free(database)
        insert(connection, "a")
        connection._commit()
        assert is_free(database)

    def test_is_left_with_a_rollback(self, connect: Connect, database: Path) -> None:
        connection = connect()
        begin(connection)
        connection._rollback()
        assert is_free(database)

    def test_is_left_when_the_connection_is_closed_in_a_transaction(
        self, connect: Connect, database: Path
    ) -> None:
        connection, other = connect(), connect()
        begin(connection)
        insert(connection, "lost")
        connection.close()
        assert is_free(database)
        insert(other, "kept")
        assert lines(other) == ["kept"]

    def test_is_held_across_savepoints(self, connect: Connect, database: Path) -> None:
        connection = connect()
        begin(connection)
        for statement in ("SAVEPOINT s", "RELEASE SAVEPOINT s", "SAVEPOINT s", "ROLLBACK TO SAVEPOINT s"):
            connection.cursor().execute(statement)
            assert not is_free(database)
        connection._rollback()

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO line (who) VALUES ('a')",
            "INSERT INTO line (who) VALUES ('a') RETURNING id",
            "  update line SET who = 'b'",
            "DELETE FROM line",
        ],
    )
    def test_is_taken_for_a_single_statement_and_left_after_it(
        self, connect: Connect, database: Path, statement: str
    ) -> None:
        connection, mine = connect(timeout=0.05), queue.of(database)
        mine.enter(1)
        with connection.cursor() as cursor, pytest.raises(OperationalError, match="database is locked"):
            cursor.execute(statement)
        mine.leave()
        with connection.cursor() as cursor:
            cursor.execute(statement)
        assert is_free(database)

    def test_is_kept_until_returned_rows_are_read(self, connect: Connect, database: Path) -> None:
        with connect().cursor() as cursor:
            cursor.execute("INSERT INTO line (who) VALUES ('a'), ('b') RETURNING id")
            assert not is_free(database)
            assert cursor.fetchall() == [(1,), (2,)]
        assert is_free(database)

    def test_is_left_after_a_statement_that_fails(self, connect: Connect, database: Path) -> None:
        connection = connect()
        insert(connection, "a")
        with pytest.raises(DatabaseError, match="UNIQUE"):
            insert(connection, "a")
        assert is_free(database)

    def test_is_not_needed_to_read(self, connect: Connect, database: Path) -> None:
        connection, mine = connect(timeout=0), queue.of(database)
        mine.enter(1)
        assert lines(connection) == []
        mine.leave()

    def test_a_database_in_memory_has_none(self, connect: Connect) -> None:
        connection = connect(":memory:")
        connection.cursor().execute("CREATE TABLE line (id INTEGER PRIMARY KEY, who TEXT)")
        begin(connection)
        insert(connection, "a")
        connection._commit()
        assert lines(connection) == ["a"]
        assert not Path(":memory:-writers").exists()

    def test_whoever_gets_none_in_time_is_told_so_and_holds_nothing(
        self, connect: Connect, database: Path
    ) -> None:
        holder, waiter = connect(), connect(timeout=0.1)
        begin(holder)
        begun = time.monotonic()
        with pytest.raises(OperationalError, match="database is locked"):
            begin(waiter)
        assert 0.1 <= time.monotonic() - begun < 2
        holder._commit()
        begin(waiter)
        waiter._commit()
        assert is_free(database)


class TestTheQueue:
    def test_serves_threads_in_the_order_they_came(self, database: Path) -> None:
        mine, order = WriterQueue(database), []

        def write(number: int) -> None:
            mine.enter(10)
            order.append(number)
            mine.leave()

        mine.enter(1)
        threads = []
        for number in range(20):
            threads.append(threading.Thread(target=write, args=[number]))
            threads[-1].start()
            while len(mine._waiting) <= number:
                time.sleep(0.001)
        mine.leave()
        for thread in threads:
            thread.join()
        assert order == list(range(20))

    def test_one_who_gave_up_holds_back_nobody_behind_it(self, database: Path) -> None:
        mine = WriterQueue(database)
        mine.enter(1)
        with ThreadPoolExecutor(2) as threads:
            impatient = threads.submit(mine.enter, 0.05)
            assert isinstance(impatient.exception(), TimedOut)
            patient = threads.submit(mine.enter, 5)
            mine.leave()
            patient.result(5)
        mine.leave()
        mine.enter(0)

    def test_no_two_are_ever_in_it(self, database: Path) -> None:
        """Threads of two processes add to a number in a file; a single lost addition shows."""
        number = database.with_name("number")
        number.write_text("0")
        code = (
            "import threading\n"
            "number = pathlib.Path(sys.argv[1]).with_name('number')\n"
            "def add():\n"
            "    for _ in range(25):\n"
            "        queue.enter(30)\n"
            "        number.write_text(str(int(number.read_text()) + 1))\n"
            "        queue.leave()\n"
            "threads = [threading.Thread(target=add) for _ in range(4)]\n"
            "[t.start() for t in threads]\n"
            "[t.join() for t in threads]\n"
        )
        processes = [from_another_process(database, code) for _ in range(2)]
        for process in processes:
            process.communicate(timeout=60)
        assert number.read_text() == "200"

    def test_another_process_is_waited_for_and_only_so_long(self, database: Path) -> None:
        other = from_another_process(
            database, "queue.enter(1); print('in', flush=True); sys.stdin.readline(); queue.leave()"
        )
        assert said(other) == "in"
        mine = WriterQueue(database)
        with pytest.raises(TimedOut):
            mine.enter(0.1)
        other.communicate("leave\n", timeout=10)
        mine.enter(5)
        mine.leave()

    def test_a_process_that_waits_comes_before_one_that_has_just_been_in(self, database: Path) -> None:
        mine = WriterQueue(database)
        mine.enter(1)
        other = from_another_process(
            database,
            "print('waits', flush=True); queue.enter(10); print(time.monotonic(), flush=True); queue.leave()",
        )
        assert said(other) == "waits"
        time.sleep(0.5)
        entered = []
        for _ in range(100):
            mine.leave()
            mine.enter(10)
            entered.append(time.monotonic())
        mine.leave()
        its_turn = float(said(other))
        other.communicate(timeout=10)
        assert its_turn < entered[0]

    def test_a_killed_process_leaves_no_place_behind(self, database: Path) -> None:
        other = from_another_process(database, "queue.enter(1); print('in', flush=True); time.sleep(60)")
        assert said(other) == "in"
        other.kill()
        other.communicate(timeout=10)
        mine = WriterQueue(database)
        mine.enter(5)
        mine.leave()

    def test_a_fork_inherits_neither_the_place_nor_a_handle(self, connect: Connect, database: Path) -> None:
        """The child waits like anybody else, and its end takes nothing from the parent."""
        connection = connect()
        begin(connection)
        insert(connection, "parent")
        child = os.fork()
        if child == 0:
            held = 0 if not is_free(database) and not any(pool._idle.handles.values()) else 1
            connection.place.leave()
            os._exit(held if not is_free(database) else 2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert not is_free(database)
        connection._commit()
        assert is_free(database)
        assert lines(connection) == ["parent"]


class TestThePool:
    def test_a_closed_connection_gives_its_handle_to_the_next(self, connect: Connect) -> None:
        one, two = connect(), connect()
        one.ensure_connection()
        handle = one.connection
        one.close()
        assert one.connection is None
        two.ensure_connection()
        assert two.connection is handle

    def test_unread_rows_do_not_keep_the_old_state_alive(self, connect: Connect) -> None:
        one, two = connect(), connect()
        for who in ("a", "b", "c"):
            insert(two, who)
        unread = one.cursor()
        unread.execute("SELECT who FROM line")
        unread.fetchone()
        one.close()
        insert(two, "d")
        assert len(lines(one)) == 4

    def test_another_file_of_the_same_name_is_another_database(
        self, connect: Connect, database: Path
    ) -> None:
        connection = connect()
        insert(connection, "old")
        connection.close()
        for path in database.parent.glob("writers.sqlite3*"):
            path.unlink()
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, who TEXT)")
        assert lines(connection) == []

    def test_it_keeps_only_so_many(self, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pool, "MOST_IDLE", 1)
        pool.close_all()
        opened = [connect() for _ in range(3)]
        for connection in opened:
            connection.ensure_connection()
        for connection in opened:
            connection.close()
        assert [len(handles) for handles in pool._idle.handles.values()] == [1]


@pytest.mark.django_db
def test_it_is_the_backend_of_the_service() -> None:
    connection: Any = transaction.get_connection()
    if connection.vendor == "sqlite":
        assert isinstance(connection, DatabaseWrapper)
        assert connection.place.is_held
        # The test's own database, which took the place of the configured one.
        assert not is_free(Path(connection.settings_dict["NAME"]))
