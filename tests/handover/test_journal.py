"""The history read: newest first, filtered, a page at a time, and never further than it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from handover import journal, labels
from handover.actors import SYSTEM, Actor
from handover.journal_search import CauseKind, Direction, Subject, Wanted
from handover.models import Handover, Source, Thread, ThreadEvent
from handover.outcomes import OF_LINES, Outcome, took
from handover.ownership import How
from handover.reach import Reach
from tests.handover.lines import AGENT, AGENT_APP, BOT, INBOX, NOON, page, thread_on, told, write

pytestmark = pytest.mark.django_db

ALL = Reach(None)


@pytest.fixture
def source() -> Source:
    return page()


@pytest.fixture
def thread(source: Source) -> Thread:
    return thread_on(source, "24001", "Maya", "Lind")


def found(wanted: Wanted, reach: Reach = ALL) -> list[str]:
    """The names of what a page shows."""
    return [event.name for event in journal.page(wanted, reach).rows]


def seqs(wanted: Wanted, reach: Reach = ALL) -> list[int]:
    return [event.seq for event in journal.page(wanted, reach).rows]


def test_every_line_about_control_has_an_outcome() -> None:
    about_control = {name for name in labels.EVENTS if name.startswith("thread_control.")}
    assert set(OF_LINES) == about_control
    assert set(labels.OUTCOMES) == set(Outcome) == set(OF_LINES.values())


def test_lines_come_newest_first_whatever_their_thread(source: Source, thread: Thread) -> None:
    other = thread_on(source, "24002")
    first, second, third = (write(row, minutes=n) for n, row in enumerate([thread, other, thread]))
    assert journal.page(Wanted(), ALL).rows == [third, second, first]


def test_control_is_shown_and_other_things_when_asked_for(thread: Thread) -> None:
    for name in ("thread_control.taken", "intervention.opened", "content.replied", "content_thread.read"):
        write(thread, name, before=AGENT)
    assert found(Wanted()) == ["thread_control.taken"]
    assert found(Wanted(subject=Subject.INTERVENTIONS)) == ["intervention.opened"]
    assert found(Wanted(subject=Subject.REPLIES)) == ["content.replied"]
    assert found(Wanted(subject=Subject.READINGS)) == ["content_thread.read"]
    assert len(found(Wanted(subject=Subject.ALL))) == 4


class TestAFilter:
    def test_by_page(self, thread: Thread) -> None:
        other = page("112", "Other")
        write(thread, minutes=1)
        line = write(thread_on(other), minutes=2)
        assert journal.page(Wanted(source=other), ALL).rows == [line]

    def test_by_time_takes_the_beginning_and_leaves_the_end(self, thread: Thread) -> None:
        for minute in range(4):
            write(thread, minutes=minute)
        wanted = Wanted(since=NOON + timedelta(minutes=1), until=NOON + timedelta(minutes=3))
        assert seqs(wanted) == [3, 2]

    @pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.DONE])
    def test_by_outcome(self, thread: Thread, outcome: Outcome) -> None:
        for name in OF_LINES:
            write(thread, name)
        assert [OF_LINES[name] for name in found(Wanted(outcome=outcome))] == [outcome]

    def test_by_an_outcome_that_several_lines_tell_of(self, thread: Thread) -> None:
        for name in OF_LINES:
            write(thread, name)
        names = [name for name, outcome in OF_LINES.items() if outcome is Outcome.DONE]
        assert sorted(found(Wanted(outcome=Outcome.DONE))) == sorted(names)

    def test_by_an_outcome_finds_nothing_among_what_has_none(self, thread: Thread) -> None:
        write(thread, "thread_control.refused")
        write(thread, "intervention.opened")
        assert found(Wanted(subject=Subject.INTERVENTIONS, outcome=Outcome.REFUSED)) == []
        assert found(Wanted(subject=Subject.INTERVENTIONS, outcome=Outcome.DONE)) == []

    def test_by_direction_looks_at_who_held_it(self, thread: Thread) -> None:
        write(thread, before=BOT, after=AGENT)
        write(thread, before=AGENT, after=INBOX)
        write(thread, before=INBOX, after=INBOX)
        assert seqs(Wanted(direction=Direction.BOT_TO_AGENT)) == [1]
        assert seqs(Wanted(direction=Direction.TO_AGENT)) == [1]
        assert seqs(Wanted(direction=Direction.TO_INBOX)) == [2]
        assert seqs(Wanted(direction=Direction.AGENT_TO_BOT)) == []

    def test_by_direction_looks_at_what_the_handover_was_to_do(self, thread: Thread) -> None:
        write(thread, before=BOT, after=BOT)
        asked = Handover.objects.create(
            source=thread.source, thread=thread, from_party="bot", to_party="agent", requested_at=NOON
        )
        write(thread, "thread_control.requested", before=BOT, after=BOT, handover=asked)
        assert seqs(Wanted(direction=Direction.BOT_TO_AGENT)) == [2]
        assert seqs(Wanted(direction=Direction.AGENT_TO_BOT)) == []

    def test_by_actor(self, thread: Thread) -> None:
        lee = User.objects.create_user("lee")
        write(thread, actor=SYSTEM)
        write(thread, actor=Actor.for_staff(lee))
        assert seqs(Wanted(actor_kind="staff")) == [2]
        assert seqs(Wanted(actor="LE")) == [2]
        assert seqs(Wanted(actor="nobody")) == []

    def test_by_cause_in_its_own_words(self, thread: Thread) -> None:
        write(thread, cause="refused by rule: control_conflict")
        write(thread, cause="100% sure")
        assert seqs(Wanted(cause="CONTROL_CONFLICT")) == [1]
        assert seqs(Wanted(cause="0%")) == [2]

    def test_by_the_kind_of_cause(self, thread: Thread) -> None:
        lee = Actor.for_staff(User.objects.create_user("lee"))
        write(thread, "thread_control.observed")
        write(thread, "thread_control.inferred")
        write(thread, "thread_control.expired", actor=SYSTEM)
        write(thread, "thread_control.observed", actor=SYSTEM, evidence=told(AGENT_APP, 0, How.OWNER_READ))
        write(thread, "thread_control.taken", actor=lee)
        kinds = {kind: seqs(Wanted(cause_kind=kind)) for kind in CauseKind}
        assert kinds == {
            CauseKind.API: [],
            CauseKind.ADMIN: [5],
            CauseKind.WEBHOOK: [1],
            CauseKind.MESSAGE: [2],
            CauseKind.READING: [4],
            CauseKind.DEADLINE: [3],
            CauseKind.SYSTEM: [4],
        }


class TestWhoIsMeant:
    def test_by_the_psid_in_full_before_any_name(self, source: Source, thread: Thread) -> None:
        thread_on(source, "999", "24001")
        assert journal.threads_of("24001", ALL) == {thread.pk}
        assert journal.threads_of("99", ALL) == set()

    def test_by_words_of_the_name_in_any_order(self, source: Source, thread: Thread) -> None:
        thread_on(source, "24002", "Maya", "Moss")
        assert journal.threads_of("lind may", ALL) == {thread.pk}
        assert len(journal.threads_of("maya", ALL) or ()) == 2

    def test_but_nobody_on_a_page_out_of_reach(self, thread: Thread) -> None:
        assert journal.threads_of("24001", Reach(frozenset())) == set()

    def test_but_not_a_crowd(self, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(journal, "MOST_PEOPLE", 2)
        for number in range(3):
            thread_on(source, f"300{number}", "Maya")
        assert journal.threads_of("maya", ALL) is None

    def test_nobody_found_shows_nothing(self, thread: Thread) -> None:
        write(thread)
        assert found(Wanted(threads=frozenset())) == []


def test_a_page_out_of_reach_is_not_read(thread: Thread) -> None:
    write(thread)
    assert found(Wanted(), Reach(frozenset())) == []
    assert found(Wanted(source=thread.source), Reach(frozenset())) == []
    assert journal.count(Wanted(), Reach(frozenset())).number == 0
    assert list(journal.walk(Wanted(), Reach(frozenset()))) == []
    assert not journal.within(Reach(frozenset())).exists()


class TestPaging:
    @pytest.fixture(autouse=True)
    def lines(self, thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
        """Seven, of which three share a moment; two on a page."""
        monkeypatch.setattr(journal, "SHOWN", 2)
        monkeypatch.setattr(journal, "_AT_A_TIME", 2)
        for minute in (0, 1, 2, 2, 2, 3, 4):
            write(thread, minutes=minute)

    def leafed_through(self, wanted: Wanted) -> list[int]:
        shown, after = list[int](), None
        while True:
            page = journal.page(wanted, ALL, after)
            shown += [event.seq for event in page.rows]
            if page.next_key is None:
                return shown
            after = ThreadEvent.objects.get(pk=page.next_key)

    def test_shows_each_line_once(self) -> None:
        assert self.leafed_through(Wanted()) == [7, 6, 5, 4, 3, 2, 1]

    def test_is_not_disturbed_by_new_lines(self, thread: Thread) -> None:
        first = journal.page(Wanted(), ALL)
        write(thread, minutes=9)
        second = journal.page(Wanted(), ALL, ThreadEvent.objects.get(pk=first.next_key))
        assert [event.seq for event in second.rows] == [5, 4]

    def test_goes_through_all_of_it_to_export_it(self) -> None:
        batches = list(journal.walk(Wanted(), ALL))
        assert [len(batch) for batch in batches] == [2, 2, 2, 1]
        assert [event.seq for batch in batches for event in batch] == [7, 6, 5, 4, 3, 2, 1]

    def test_looks_only_so_far_for_what_is_rare(
        self, thread: Thread, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(journal, "LOOKED_THROUGH", 3)
        rare = replace(Wanted(), actor="nobody")
        page = journal.page(rare, ALL)
        assert page.rows == []
        assert page.looked_back_to == NOON + timedelta(minutes=2)
        assert self.leafed_through(rare) == []
        assert self.leafed_through(Wanted(actor="platform")) == [7, 6, 5, 4, 3, 2, 1]

    def test_counts_only_so_far(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert journal.count(Wanted(), ALL) == journal.Count(7, False)
        monkeypatch.setattr(journal, "COUNTED", 5)
        assert journal.count(Wanted(), ALL) == journal.Count(5, True)

    def test_a_count_says_so_where_not_all_was_looked_at(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(journal, "LOOKED_THROUGH", 3)
        assert journal.count(Wanted(actor="platform"), ALL) == journal.Count(5, True)


def plan_of(wanted: Wanted) -> str:
    """How the database finds a page, in its own words."""
    with CaptureQueriesContext(connection) as queries:
        journal.page(wanted, ALL)
    query = next(q["sql"] for q in queries if "ORDER BY" in q["sql"] and "LIMIT 51" in q["sql"])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # It reads a table from end to end, and sorts it, where there is little in it.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + query)
        return "\n".join(str(row) for row in cursor.fetchall())


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(), "event_by_time"),
        (Wanted(outcome=Outcome.DONE), "event_by_time"),
        (Wanted(outcome=Outcome.REFUSED), "event_by_name"),
        (Wanted(direction=Direction.BOT_TO_AGENT), "event_by_time"),
        (Wanted(actor="x", cause="y", cause_kind=CauseKind.API), "event_by_time"),
        (Wanted(subject=Subject.REPLIES), "event_by_time"),
        (Wanted(request_id="x"), "event_by_request"),
        (Wanted(since=NOON, until=NOON + timedelta(days=9)), "event_by_time"),
    ],
)
def test_a_page_is_found_by_an_index(wanted: Wanted, index: str) -> None:
    plan = plan_of(wanted)
    # PostgreSQL chooses among the indexes by what a table holds, and there is nothing in this one.
    assert (index if connection.vendor == "sqlite" else "Index Scan using event_by_") in plan


def test_a_handover_took_until_the_line_that_ended_it() -> None:
    asked = timezone.now()
    ended = asked + timedelta(seconds=39)
    assert took("thread_control.observed", ended, asked) == timedelta(seconds=39)
    assert took("thread_control.requested", ended, asked) is None
    assert took("intervention.opened", ended, asked) is None
    assert took("thread_control.observed", ended, None) is None
