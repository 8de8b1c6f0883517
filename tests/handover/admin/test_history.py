"""The History page, its records, and who held a thread at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from handover import journal
from handover.actors import SYSTEM, Actor
from handover.channel import CallRecord
from handover.models import Handover, Intervention, Source, Thread, ThreadEvent
from handover.wire_ids import wire_id
from tests.handover.admin.conftest import StaffWith
from tests.handover.admin.scene import HOSTILE
from tests.handover.lines import AGENT, AGENT_APP, BOT, INBOX, NOON, page, thread_on, told, write
from tests.handover.test_history import unguarded
from tests.people import agent_user, shut_out

pytestmark = pytest.mark.django_db

LIST = "/admin/handover/threadevent/"
HTMX = {"HX-Request": "true"}
LOOK, EVERYWHERE = "handover.view_threadevent", "handover.see_all_pages"
MOST_STATEMENTS = 12


@pytest.fixture
def source() -> Source:
    return page()


@pytest.fixture
def thread(source: Source) -> Thread:
    return thread_on(source, "6480217734095512", "Maya", HOSTILE)


@pytest.fixture
def asked(thread: Thread) -> ThreadEvent:
    """A request that was refused, with all that a line can hang on."""
    handover = Handover.objects.create(
        source=thread.source,
        thread=thread,
        from_party="bot",
        to_party="agent",
        state="refused",
        requested_at=NOON,
    )
    intervention = Intervention.objects.create(
        source=thread.source,
        thread=thread,
        identity=thread.identity,
        user=agent_user("ana"),
        opened_at=NOON,
    )
    return write(
        thread,
        "thread_control.refused",
        before=BOT,
        after=BOT,
        minutes=0.5,
        cause=HOSTILE,
        call=CallRecord("request_thread_control", AGENT_APP, "", 400, 190, message=HOSTILE),
        evidence=told("900", 0.4),
        handover=handover,
        intervention=intervention,
        delivery_ref="delivery 12",
        texts={"reason": f"Asked nicely {HOSTILE}"},
    )


def shown(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, path
    return answer.content.decode()


def record_of(event: ThreadEvent) -> str:
    return reverse("admin:handover_threadevent_record", args=[event.pk])


def chain_of(event: ThreadEvent) -> str:
    return reverse("admin:handover_threadevent_chain", args=[event.pk])


class TestTheList:
    def test_says_who_held_it_what_came_of_it_and_why(self, asked: ThreadEvent, staff: Client) -> None:
        text = shown(staff, LIST)
        assert "1 line<" in text
        assert "2026-03-01 12:00:30 UTC" in text
        assert "Maya &lt;script&gt;" in text
        assert "own--bot" in text
        assert 'aimed at </span><span class="own own--agent"' in text
        assert "Refused</span>" in text
        assert "30\N{NO-BREAK SPACE}s" in text

    def test_runs_nothing_that_came_from_outside(self, asked: ThreadEvent, staff: Client) -> None:
        assert HOSTILE not in shown(staff, LIST) + shown(staff, record_of(asked), **HTMX)

    def test_costs_the_same_for_one_line_and_for_a_page_of_them(self, source: Source, staff: Client) -> None:
        write(thread_on(source, "1"))
        shown(staff, LIST)
        few = statements(staff, LIST)
        for number in range(2, 12):
            other = page(f"2{number}")
            for minute in range(6):
                write(thread_on(other, f"{number}{minute}"), minutes=minute)
        assert statements(staff, LIST) == few <= MOST_STATEMENTS
        assert statements(staff, f"{LIST}?actor=platform&direction=bot_agent") <= MOST_STATEMENTS + 2

    def test_leads_from_page_to_page(
        self, thread: Thread, staff: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(journal, "SHOWN", 2)
        lines = [write(thread, minutes=minute) for minute in range(3)]
        assert f"?actor=platform&amp;after={lines[1].pk}" in shown(staff, f"{LIST}?actor=platform")
        text = shown(staff, f"{LIST}?after={lines[1].pk}")
        assert f'id="line-{lines[0].pk}"' in text
        assert f'id="line-{lines[1].pk}"' not in text
        assert "Newest" in text
        assert "Older" not in text

    def test_says_how_far_back_it_looked(
        self, thread: Thread, staff: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(journal, "LOOKED_THROUGH", 1)
        lines = [write(thread, minutes=minute) for minute in range(3)]
        text = shown(staff, f"{LIST}?actor=nobody")
        assert "No line since" in text
        assert "2026-03-01 12:01:00 UTC" in text
        assert "Look further back" in text
        assert f"after={lines[1].pk}" in text

    def test_says_where_nothing_is_to_be_seen(self, staff: Client) -> None:
        assert "Nothing has happened" in shown(staff, LIST)
        assert "Clear the filters" in shown(staff, f"{LIST}?cause=x")

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("page=999", "There is no such page"),
            ("page=x", "There is no such page"),
            ("thread=999", "There is no such thread"),
            ("direction=up", "This cannot be chosen"),
            ("outcome=x", "This cannot be chosen"),
            ("actor_kind=x", "This cannot be chosen"),
            ("cause_kind=x", "This cannot be chosen"),
            ("subject=x", "This cannot be chosen"),
            ("since=yesterday", "A time is like"),
            ("until=2026-02-30", "A time is like"),
            ("until=9999-12-31", "A time is like"),
            ("since=0001-01-01T00:00:00%2B23:00", "A time is like"),
            ("person=%00", "characters"),
            (f"actor={'x' * 201}", "at most 200 characters"),
        ],
    )
    def test_tells_what_is_wrong_beside_the_field_and_ignores_it(
        self, query: str, words: str, asked: ThreadEvent, staff: Client
    ) -> None:
        text = shown(staff, f"{LIST}?{query}")
        assert words in text
        assert "Ignored." in text
        assert f'id="line-{asked.pk}"' in text

    @pytest.mark.parametrize("after", ["x", "0", "999", "-1", "9" * 30, "²", ""])
    def test_begins_at_the_top_where_the_place_is_none(
        self, after: str, asked: ThreadEvent, staff: Client
    ) -> None:
        assert f'id="line-{asked.pk}"' in shown(staff, f"{LIST}?after={after}")

    @pytest.mark.parametrize(
        ("query", "is_found"),
        [
            ("person=6480217734095512", True),
            ("person=maya", True),
            ("person=64802177", False),
            ("person=nobody", False),
            ("outcome=refused", True),
            ("outcome=done", False),
            ("direction=bot_agent", True),
            ("since=2026-03-01", True),
            ("until=2026-03-01", True),
            ("until=2026-02-28", False),
            ("until=2026-03-01 12:00:30", False),
            ("since=2026-03-01 13:00:00%2B01:00", True),
            ("subject=replies", False),
            ("request=nothing", False),
        ],
    )
    def test_filters(self, query: str, is_found: bool, asked: ThreadEvent, staff: Client) -> None:
        assert (f'id="line-{asked.pk}"' in shown(staff, f"{LIST}?{query}")) is is_found

    def test_of_one_thread(self, asked: ThreadEvent, source: Source, staff: Client) -> None:
        other = write(thread_on(source, "1"))
        text = shown(staff, f"{LIST}?thread={other.thread_id}")
        assert f'id="line-{other.pk}"' in text
        assert f'id="line-{asked.pk}"' not in text


class TestARecord:
    def test_tells_all_that_the_line_says(self, asked: ThreadEvent, staff: Client) -> None:
        text = shown(staff, record_of(asked), **HTMX)
        for words in (
            "thread_control.refused",
            "Call: request_thread_control",
            "HTTP status: 400",
            "Error code: 190",
            "This app holds the thread",
            "2026-03-01 12:00:24 UTC",
            wire_id(asked.pk),
            wire_id(asked.handover_id or 0),
            asked.digest,
            asked.text_digest,
            "from bot to agent; by now refused",
            "of ana, opened 2026-03-01 12:00:00 UTC",
            "Asked nicely",
        ):
            assert words in text, words
        assert "/admin/channels_fb/delivery/12/change/" in text
        assert f"/admin/handover/handover/{asked.handover_id}/change/" in text

    def test_opens_in_its_place_and_closes_again(self, asked: ThreadEvent, staff: Client) -> None:
        opened = shown(staff, record_of(asked), **HTMX)
        closed = shown(staff, f"{record_of(asked)}?closed", **HTMX)
        assert 'aria-expanded="true"' in opened
        assert "<html" not in opened
        assert 'aria-expanded="false"' in closed
        assert 'class="record"' not in closed

    def test_is_a_page_of_its_own_without_script(self, asked: ThreadEvent, staff: Client) -> None:
        answer = staff.get(record_of(asked))
        assert answer.headers["Location"] == f"{LIST}{asked.pk}/change/"
        assert "Check the chain" in shown(staff, answer.headers["Location"])

    def test_links_only_to_what_one_may_see(self, asked: ThreadEvent, staff_with: StaffWith) -> None:
        text = shown(staff_with(LOOK, EVERYWHERE), record_of(asked), **HTMX)
        assert "delivery 12" in text
        assert "/admin/channels_fb/" not in text
        assert "/admin/handover/handover/" not in text
        assert "/admin/handover/intervention/" not in text

    def test_keeps_what_was_written_from_whoever_may_not_see_messages(
        self, asked: ThreadEvent, staff_with: StaffWith
    ) -> None:
        text = shown(staff_with(LOOK, EVERYWHERE), record_of(asked), **HTMX)
        assert "Asked nicely" not in text
        assert "You have no right to read it" in text

    def test_leads_auditors_to_what_was_written_where_it_is_recorded(
        self, asked: ThreadEvent, staff_with: StaffWith
    ) -> None:
        kim = staff_with(LOOK, EVERYWHERE, "handover.view_content", "handover.view_threadeventtext")
        text = shown(kim, record_of(asked), **HTMX)
        path = reverse("admin:handover_threadeventtext_change", args=[asked.text.pk])
        assert "Asked nicely" not in text
        assert path in text
        assert "Asked nicely" in shown(kim, path)
        assert asked.thread.events.filter(name="content_thread.read", actor_label="kim").count() == 1

    def test_says_that_a_text_was_erased(self, asked: ThreadEvent, staff: Client) -> None:
        asked.text.delete()
        assert "It was erased." in shown(staff, record_of(asked), **HTMX)


class TestTheChain:
    def test_is_said_to_be_whole(self, asked: ThreadEvent, staff: Client) -> None:
        assert "chain of this thread is whole: 1 line," in shown(staff, chain_of(asked), **HTMX)
        page_of_its_own = shown(staff, chain_of(asked))
        assert "<html" in page_of_its_own
        assert "is whole" in page_of_its_own

    @pytest.fixture
    def changed(self, asked: ThreadEvent) -> Iterator[ThreadEvent]:
        """A line that somebody with the database's password has rewritten."""
        from handover import append_only

        unguarded(connection)
        ThreadEvent.objects.filter(pk=asked.pk).update(cause="something else")
        append_only.guard_updates("default")
        return iter([asked])

    def test_is_said_to_be_broken(self, changed: Iterator[ThreadEvent], staff: Client) -> None:
        text = shown(staff, chain_of(next(changed)), **HTMX)
        assert "is broken. Row 1 was changed." in text


class TestWhoMay:
    ADDRESSES = ("", "held/", "export/csv/", "export/json/")

    def test_not_whoever_lacks_the_right_to_look(self, asked: ThreadEvent, staff_with: StaffWith) -> None:
        client = staff_with("handover.view_thread", "handover.export_history", EVERYWHERE)
        for address in (*self.ADDRESSES, f"{asked.pk}/record/", f"{asked.pk}/chain/", f"{asked.pk}/change/"):
            assert client.get(LIST + address).status_code == 403, address

    def test_not_export_without_the_right_to(self, asked: ThreadEvent, staff_with: StaffWith) -> None:
        client = staff_with(LOOK, EVERYWHERE)
        assert client.get(f"{LIST}export/csv/").status_code == 403
        assert client.get(f"{LIST}export/json/").status_code == 403
        assert "export/" not in shown(client, LIST)

    def test_nobody_who_is_not_logged_in(self, asked: ThreadEvent) -> None:
        for address in (*self.ADDRESSES, f"{asked.pk}/record/", f"{asked.pk}/chain/"):
            assert Client().get(LIST + address).status_code == 302, address

    def test_nothing_is_changed_by_a_post(self, asked: ThreadEvent, staff: Client) -> None:
        for address in (*self.ADDRESSES, f"{asked.pk}/record/", f"{asked.pk}/chain/"):
            assert staff.post(LIST + address).status_code == 405, address

    def test_lines_out_of_reach_are_not_there(self, asked: ThreadEvent, staff_with: StaffWith) -> None:
        client = staff_with(LOOK)
        shut_out("kim")
        for address in (f"{asked.pk}/record/", f"{asked.pk}/chain/", f"{asked.pk}/change/", "999/record/"):
            assert client.get(LIST + address).status_code == 404, address
        text = shown(client, LIST)
        assert f'id="line-{asked.pk}"' not in text
        assert "0 lines" in text
        assert "Acme" not in text

    def test_a_page_that_was_given_is_seen(self, asked: ThreadEvent, staff_with: StaffWith) -> None:
        client = staff_with(LOOK)
        shut_out("kim")
        asked.thread.source.staff.add(agent_user("kim"))
        assert f'id="line-{asked.pk}"' in shown(client, LIST)
        assert "Acme" in shown(client, record_of(asked), **HTMX)


class TestWhoHeldItAt:
    PATH = f"{LIST}held/"

    @pytest.fixture
    def held(self, thread: Thread) -> Thread:
        write(thread, minutes=5, before=BOT, after=AGENT, evidence=told(AGENT_APP, 5), actor=SYSTEM)
        write(thread, minutes=9, before=AGENT, after=INBOX, evidence=told("263902037430900", 9))
        return thread

    def test_asks_first(self, held: Thread, staff: Client) -> None:
        assert "Whose thread, and when?" in shown(staff, self.PATH)

    def test_names_holder_since_and_the_line(self, held: Thread, staff: Client) -> None:
        text = shown(staff, f"{self.PATH}?person=maya&at=2026-03-01 12:07:00")
        assert "own--agent own--big" in text
        assert "2026-03-01 12:05:00 UTC" in text
        assert f"{LIST}{held.events.get(seq=1).pk}/change/" in text
        assert "said otherwise" not in text

    def test_says_where_the_record_of_the_time_differs(self, held: Thread, staff: Client) -> None:
        write(held, minutes=60, before=INBOX, after=BOT, evidence=told("900", 20))
        text = shown(staff, f"{self.PATH}?person=maya&at=2026-03-01 12:30:00")
        assert "own--bot own--big" in text
        assert "said otherwise" in text

    def test_says_honestly_that_nothing_was_known(self, held: Thread, staff: Client) -> None:
        text = shown(staff, f"{self.PATH}?person=maya&at=2026-02-01")
        assert "Nothing was known" in text
        assert "own--unsure own--big" in text

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("person=maya", "This field is required"),
            ("at=2026-03-01", "This field is required"),
            ("person=nobody&at=2026-03-01", "Nobody is called so"),
            ("person=maya&at=noon", "A time is like"),
            ("person=maya&at=2999-01-01", "has not come yet"),
            ("person=maya&at=2026-03-01&page=999", "There is no such page"),
        ],
    )
    def test_tells_what_is_wrong(self, query: str, words: str, held: Thread, staff: Client) -> None:
        assert words in shown(staff, f"{self.PATH}?{query}")

    def test_asks_which_of_several_people(self, held: Thread, staff: Client) -> None:
        thread_on(page("112", "Other"), "777", "Maya")
        text = shown(staff, f"{self.PATH}?person=maya&at=2026-03-01 12:07:00")
        assert "Which of them?" in text
        assert "?person=777" in text
        chosen = shown(staff, f"{self.PATH}?person=maya&page={held.source_id}&at=2026-03-01 12:07:00")
        assert "own--agent own--big" in chosen

    def test_knows_nobody_out_of_reach(self, held: Thread, staff_with: StaffWith) -> None:
        client = staff_with(LOOK)
        shut_out("kim")
        text = shown(client, f"{self.PATH}?person=6480217734095512&at=2026-03-01 12:07:00")
        assert "Nobody is called so" in text
        assert "own--agent" not in text


def statements(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        shown(client, path)
    return len(queries)


def test_staff_are_named_with_what_they_did(thread: Thread, staff: Client) -> None:
    write(thread, "thread_control.taken", actor=Actor.for_staff(agent_user("ana")))
    assert "Staff: ana" in shown(staff, LIST)
