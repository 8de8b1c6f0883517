"""The history as files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from handover import journal
from handover.models import Handover, Thread, ThreadEvent
from handover.wire_ids import wire_id
from tests.handover.admin.conftest import StaffWith
from tests.handover.lines import AGENT, BOT, NOON, page, thread_on, write
from tests.people import shut_out

pytestmark = pytest.mark.django_db

EXPORT = "/admin/handover/threadevent/export"
RIGHTS = ("handover.view_threadevent", "handover.export_history", "handover.see_all_pages")


@pytest.fixture
def thread() -> Thread:
    return thread_on(page(), "6480217734095512", "=HYPERLINK(1)", "Lind")


@pytest.fixture
def line(thread: Thread) -> ThreadEvent:
    handover = Handover.objects.create(
        source=thread.source, thread=thread, from_party="bot", to_party="agent", requested_at=NOON
    )
    return write(
        thread,
        minutes=0.5,
        before=BOT,
        after=AGENT,
        cause='+1 "quoted", and ümlaut',
        handover=handover,
        texts={"reason": "=Wants a person"},
    )


def file(client: Client, path: str) -> str:
    answer = client.get(f"{EXPORT}/{path}")
    assert answer.status_code == 200
    assert isinstance(answer, StreamingHttpResponse)
    return answer.getvalue().decode()


def table(client: Client, query: str = "") -> tuple[str, list[dict[str, str]]]:
    """The first line of a CSV file, and its rows by the names of the columns."""
    text = file(client, f"csv/{query}")
    assert text.startswith("\ufeff")
    first, *rest = csv.reader(io.StringIO(text[1:], newline=""))
    names = rest[0] if rest else []
    return first[0], [dict(zip(names, row, strict=True)) for row in rest[1:]]


def lines(client: Client, query: str = "") -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(file(client, f"json/{query}"))["lines"]
    return records


def test_csv_has_a_row_a_line_with_all_of_it(line: ThreadEvent, staff: Client) -> None:
    _, (row,) = table(staff)
    expected = {
        "recorded_at": "2026-03-01T12:00:30+00:00",
        "name": "thread_control.observed",
        "outcome": "Done",
        "page": "Acme",
        "owner_before": "bot",
        "owner_after": "agent",
        "handover_to": "agent",
        "took_seconds": "30.0",
        "digest": line.digest,
    }
    assert {name: row[name] for name in expected} == expected
    # With an apostrophe where a spreadsheet would take the id for a number.
    assert row["id"].lstrip("'") == wire_id(line.pk)


def test_csv_says_in_its_first_line_what_it_is(line: ThreadEvent, staff: Client) -> None:
    about, _ = table(staff, "?outcome=done&since=2026-03-01&page=999")
    assert "By: lee" in about
    assert "Outcome: Done" in about
    assert "From (UTC): 2026-03-01T00:00:00+00:00" in about
    assert "Page" not in about  # It was ignored.


def test_csv_is_safe_in_a_spreadsheet(line: ThreadEvent, staff: Client) -> None:
    _, (row,) = table(staff)
    assert row["person"] == "'=HYPERLINK(1) Lind"
    assert row["cause"] == '\'+1 "quoted", and ümlaut'
    assert row["person_id"] == "'6480217734095512"


def test_json_has_values_as_they_are(line: ThreadEvent, staff: Client) -> None:
    (record,) = lines(staff)
    assert record["person"] == "=HYPERLINK(1) Lind"
    assert record["person_id"] == "6480217734095512"
    assert (record["sure_before"], record["took_seconds"], record["call"]) == (True, 30.0, None)


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_file_has_a_name_with_a_time_and_is_never_kept(kind: str, line: ThreadEvent, staff: Client) -> None:
    answer = staff.get(f"{EXPORT}/{kind}/")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="history-20')
    assert answer.headers["Content-Disposition"].endswith(f'Z.{kind}"')
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_file_without_lines_can_be_read(staff: Client) -> None:
    assert lines(staff) == []
    assert table(staff)[1] == []


def test_what_is_filtered_is_exported_newest_first_and_all_of_it(
    thread: Thread, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_AT_A_TIME", 2)
    monkeypatch.setattr(journal, "SHOWN", 1)
    for minute in range(5):
        write(thread, minutes=minute)
    write(thread, "thread_control.refused", minutes=9)
    assert [record["seq"] for record in lines(staff, "?outcome=done")] == [5, 4, 3, 2, 1]
    assert len(table(staff, "?outcome=done")[1]) == 5


def test_it_is_read_as_it_is_sent(thread: Thread, staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the history is, no more of it is held than is fetched at a time."""
    monkeypatch.setattr(journal, "_AT_A_TIME", 2)
    for minute in range(6):
        write(thread, minutes=minute)
    read = list[int]()

    def walk(*asked: Any) -> Iterator[list[ThreadEvent]]:
        for batch in _walk(*asked):
            read.append(len(batch))
            yield batch

    _walk = journal.walk
    monkeypatch.setattr(journal, "walk", walk)
    answer = staff.get(f"{EXPORT}/json/")
    assert isinstance(answer, StreamingHttpResponse)
    pieces = iter(answer)
    assert read == []
    next(pieces), next(pieces)
    assert read == [2]
    answer.close()


class TestWhatPeopleWrote:
    def test_is_left_out_unless_asked_for(self, line: ThreadEvent, staff: Client) -> None:
        assert "Wants a person" not in file(staff, "csv/") + file(staff, "json/")

    def test_comes_along_where_it_is_asked_for(self, line: ThreadEvent, staff: Client) -> None:
        (record,) = lines(staff, "?texts=1")
        assert record["texts"] == {"reason": "=Wants a person"}
        assert "=Wants a person" in table(staff, "?texts=1")[1][0]["texts"]

    def test_is_not_for_whoever_may_not_see_messages(self, line: ThreadEvent, staff_with: StaffWith) -> None:
        (record,) = lines(staff_with(*RIGHTS), "?texts=1")
        assert "texts" not in record

    def test_is_recorded_where_readings_are(self, line: ThreadEvent, staff_with: StaffWith) -> None:
        kim = staff_with(*RIGHTS, "handover.view_content")
        (record,) = lines(kim, "?texts=1")
        assert record["texts"] == {"reason": "=Wants a person"}
        (reading,) = line.thread.events.filter(name="content_thread.read")
        assert reading.actor_label == "kim"
        assert reading.correlation_id

    def test_is_not_recorded_where_it_was_not_read(self, line: ThreadEvent, staff_with: StaffWith) -> None:
        lines(staff_with(*RIGHTS, "handover.view_content"))
        assert not line.thread.events.filter(name="content_thread.read").exists()


def test_lines_out_of_reach_are_left_out(line: ThreadEvent, staff_with: StaffWith) -> None:
    client = staff_with(*RIGHTS)
    shut_out("kim")
    assert lines(client) == []


def test_the_log_tells_who_took_what_along(
    line: ThreadEvent, staff: Client, lee: Any, caplog: pytest.LogCaptureFixture
) -> None:
    file(staff, "csv/?person=Lind&cause=quoted")
    (told,) = [
        r.msg for r in caplog.records if isinstance(r.msg, dict) and r.msg["event"] == "history.exported"
    ]
    assert (told["user"], told["format"], told["texts"]) == (lee.pk, "csv", False)
    assert told["filters"] == ["Cause", "Person or PSID"]
    assert told["threads"] == [line.thread_id]
    assert "Lind" not in str(told)
