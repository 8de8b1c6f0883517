"""The threads page: what it lists for whom, what it finds, and what it says is new."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from handover.admin.thread_counts import CAP
from handover.admin.thread_filters import LAST_PAGE, PAGE_SIZE
from handover.models import (
    BotApp,
    Content,
    Handover,
    Identity,
    Intervention,
    Reply,
    Source,
    Thread,
)
from tests.handover.admin.scene import HOSTILE

pytestmark = pytest.mark.django_db

LIST = "/admin/handover/thread/"
READER = (
    "handover.view_thread",
    "handover.see_all_pages",
    "handover.view_content",
    "handover.reply_to_thread",
)
MOST_STATEMENTS = 18
NOW = datetime.now(UTC)


@pytest.fixture
def acme() -> Source:
    return a_page("111", "Acme Home")


def a_page(page_id: str, name: str) -> Source:
    source = Source.objects.create(
        channel_type="messenger", foreign_id=page_id, name=name, agent_app_id="800", primary="bot"
    )
    BotApp.objects.create(source=source, app_id="900", name="Acme bot")
    return source


def a_thread(
    source: Source,
    name: str,
    text: str = "Hello",
    author: str = "customer",
    minutes: float = 5,
    **columns: Any,
) -> Thread:
    """The bot holds it, unless the columns say otherwise, and this message was last, so many minutes ago."""
    at = NOW - timedelta(minutes=minutes)
    identity = Identity.objects.create(
        source=source, foreign_id=f"24{Identity.objects.count():03}", first_name=name
    )
    waits = at if author == "customer" else None
    held = {"owner": "bot", "owner_app_id": "900", "owner_since": at, "owner_sure": True}
    said = {"last_customer_at": at, "last_content_at": at, "active_at": at, "customer_waits_since": waits}
    thread = Thread.objects.create(
        source=source, identity=identity, **{**held, **said, "waits_since": waits, **columns}
    )
    Content.objects.create(
        source=source,
        thread=thread,
        foreign_id=f"m_{thread.pk}",
        author=author,
        field="messaging",
        body=text,
        sent_at=at,
        received_at=at,
    )
    return thread


def engage(thread: Thread, user: User) -> Intervention:
    return Intervention.objects.create(
        source=thread.source, thread=thread, identity=thread.identity, user=user, opened_at=NOW
    )


def shown(client: Client, query: str = "") -> str:
    answer = client.get(LIST + query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def names(text: str) -> list[str]:
    """Who is listed, in order."""
    return re.findall(r'<a id="to-\d+"[^>]*>([^<]+)</a>', text)


def row(text: str, name: str) -> str:
    """The line of somebody's thread, as text."""
    [found] = [line for line in re.findall(r"<tr .*?</tr>", text, re.DOTALL) if f">{name}</a>" in line]
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def counts(text: str) -> dict[str, str]:
    tabs = re.findall(r'<a class="tab"[^>]*>([^<]+) <b[^>]*>([^<]+)</b>', text)
    return dict(tabs)


class TestAView:
    @pytest.fixture(autouse=True)
    def threads(self, acme: Source, lee: User) -> None:
        a_thread(acme, "Bob", minutes=1)
        a_thread(acme, "Ida", owner="idle", owner_app_id="", minutes=2)
        mine = a_thread(acme, "Mia", owner="agent", owner_app_id="800", minutes=3)
        engage(mine, lee)
        a_thread(acme, "Fay", author="bot", failed_sends=1, minutes=4)
        a_thread(
            acme,
            "Tom",
            author="bot",
            owner="agent",
            owner_since=NOW - timedelta(hours=1),
            talked_over_at=NOW,
            last_answer_at=NOW,
            minutes=6,
        )
        asked = a_thread(acme, "Ria", author="bot", minutes=7)
        Handover.objects.create(
            source=acme,
            thread=asked,
            from_party="bot",
            to_party="agent",
            state="requested",
            requested_at=timezone.now() - timedelta(minutes=4),
            deadline_at=timezone.now() + timedelta(minutes=2),
        )

    @pytest.mark.parametrize(
        ("view", "listed"),
        [
            ("all", ["Bob", "Ida", "Mia", "Fay", "Tom", "Ria"]),
            ("mine", ["Mia"]),
            ("unattended", ["Ida"]),
            ("control", ["Ria"]),
            ("failed", ["Fay"]),
            ("over", ["Tom"]),
            ("nonsense", ["Bob", "Ida", "Mia", "Fay", "Tom", "Ria"]),
        ],
    )
    def test_lists_its_threads_the_newest_first(self, staff: Client, view: str, listed: list[str]) -> None:
        text = shown(staff, f"?view={view}")
        assert names(text) == listed
        assert list(counts(text).values()) == ["6", "1", "1", "1", "1", "1"]

    def test_says_in_a_line_what_matters(self, staff: Client) -> None:
        text = shown(staff)
        assert re.search(r"ID Ida Acme Home .*Hello Idle \d min .* Waits \d min unattended", row(text, "Ida"))
        assert "lee, you" in row(text, "Mia") and "Waits" not in row(text, "Mia")
        assert "1 failed" in row(text, "Fay")
        assert "Bot talks over" in row(text, "Tom")
        assert re.search(r"Asked, \d:\d\d left Waits \d min for control", row(text, "Ria"))

    def test_the_title_and_the_side_bar_count_who_is_unattended(self, staff: Client) -> None:
        text = shown(staff, "?q=Bob")
        assert "<title>(1) Threads" in text
        assert 'aria-label="1 unattended">1</b>' in text

    def test_may_be_sorted_by_the_longest_wait(self, staff: Client) -> None:
        assert names(shown(staff, "?order=wait")) == ["Mia", "Ida", "Bob"]

    @pytest.mark.parametrize(
        ("held", "listed"), [("idle", ["Ida"]), ("agent", ["Mia", "Tom"]), ("inbox", [])]
    )
    def test_may_be_narrowed_to_a_holder(self, staff: Client, held: str, listed: list[str]) -> None:
        assert names(shown(staff, f"?held={held}")) == listed

    def test_is_empty_with_words_and_a_way_on(self, staff: Client) -> None:
        assert "Nothing is yours" in shown(superuser("kim"), "?view=mine")
        text = shown(staff, "?q=zebra")
        assert "No thread matches “zebra”" in text and "Clear the search" in text


def superuser(username: str) -> Client:
    """The browser of one more who may do everything."""
    client = Client()
    client.force_login(User.objects.create_superuser(username))
    return client


class TestWhoSeesWhat:
    def test_only_the_pages_within_reach(self, acme: Source, staff_with: Any) -> None:
        other = a_page("222", "Acme Garden")
        a_thread(acme, "Ann", owner="idle"), a_thread(other, "Gus", "shears", owner="idle")
        client = staff_with("handover.view_thread", "handover.view_content", "handover.reply_to_thread")
        kim = User.objects.get(username="kim")
        kim.user_permissions.remove(Permission.objects.get(codename="see_all_pages"))
        assert names(shown(client)) == []
        acme.staff.add(kim)
        for query in ("", f"?source={other.pk}", "?q=Gus", "?q=shears", "?view=unattended"):
            text = shown(client, query)
            assert "Gus" not in names(text) and "Acme Garden" not in text
        assert counts(shown(client))["All"] == counts(shown(client))["Unattended"] == "1"
        hers = Thread.objects.get(source=other).pk
        assert "Gus" not in shown(client, f"?shown={hers}&since=0&until=")

    def test_no_text_without_the_rights_to_read_and_to_answer(self, acme: Source, staff_with: Any) -> None:
        a_thread(acme, "Ann", "my secret garden")
        assert "my secret garden" in shown(staff_with(*READER))
        for number, missing in enumerate(READER[2:]):
            client = staff_with(*(set(READER) - {missing}), username=f"kim{number}")
            assert "my secret garden" not in shown(client) + shown(client, "?q=secret")
            assert names(shown(client, "?q=secret")) == []

    def test_nobody_without_the_right(self, staff_with: Any) -> None:
        assert staff_with().get(LIST).status_code == 403
        assert Client().get(LIST).status_code == 302

    def test_nothing_that_customers_wrote_is_run(self, acme: Source, staff: Client) -> None:
        a_thread(acme, HOSTILE, HOSTILE)
        assert HOSTILE not in staff.get(LIST).content.decode()


class TestASearch:
    @pytest.mark.parametrize("words", ["Ann", "ann", "nn", "24000", "garden hose", "HOSE"])
    def test_finds_names_foreign_ids_and_texts(self, acme: Source, staff: Client, words: str) -> None:
        a_thread(acme, "Ann", "A garden hose of 20 m")
        a_thread(acme, "Bob", "A saw")
        assert names(shown(staff, f"?q={words}")) == ["Ann"]

    def test_finds_a_full_name(self, acme: Source, staff: Client) -> None:
        thread = a_thread(acme, "Ann Sofie")
        Identity.objects.filter(pk=thread.identity_id).update(last_name="Berg")
        assert names(shown(staff, "?q=sofie+berg")) == ["Ann Sofie Berg"]

    @pytest.mark.parametrize(
        "query",
        [
            "?q=%00",
            "?q=%25",
            "?q='",
            "?source=x",
            f"?source={2**70}",
            "?page=-1",
            "?page=x",
            "?held=me",
            "?order=up",
            f"?page={10**30}",
            "?shown=x,,1&since=never",
            f"?shown={2**70}&since={10**40}",
        ],
    )
    def test_nonsense_is_no_fault(self, acme: Source, staff: Client, query: str) -> None:
        a_thread(acme, "Ann")
        shown(staff, query)

    def test_keeps_the_other_filters_in_its_links(self, acme: Source, staff: Client) -> None:
        text = shown(staff, f"?q=ann&source={acme.pk}&held=bot")
        assert f'href="?view=mine&q=ann&source={acme.pk}&held=bot"' in text


class TestALongList:
    def test_is_leafed_through(self, acme: Source, staff: Client) -> None:
        for number in range(PAGE_SIZE + 3):
            a_thread(acme, f"P{number}", minutes=number)
        first, second = shown(staff), shown(staff, "?page=2")
        assert names(first) + names(second) == [f"P{number}" for number in range(PAGE_SIZE + 3)]
        assert f"1 to {PAGE_SIZE} of {PAGE_SIZE + 3} threads" in first
        assert 'rel="next"' in first and 'rel="next"' not in second and 'rel="prev"' in second

    def test_is_counted_up_to_a_cap_and_leafed_through_so_far(self, acme: Source, staff: Client) -> None:
        count = PAGE_SIZE * LAST_PAGE + 1
        people = Identity.objects.bulk_create(
            Identity(source=acme, foreign_id=f"p{number}") for number in range(count)
        )
        Thread.objects.bulk_create(Thread(source=acme, identity=person) for person in people)
        assert counts(shown(staff))["All"] == f"{CAP:,}+"
        assert "Older threads are found by search." in shown(staff, f"?page={LAST_PAGE}")

    def test_costs_the_same_number_of_statements_however_long(self, acme: Source, staff_with: Any) -> None:
        client = staff_with(*READER, username="mara")
        mara = User.objects.get(username="mara")

        def grow(number: int) -> None:
            thread = a_thread(acme, f"P{number}", owner="agent", failed_sends=1)
            intervention = engage(thread, mara)
            content = Content.objects.create(
                source=acme, thread=thread, author="agent", field="messaging", sent_at=NOW, received_at=NOW
            )
            Reply.objects.create(
                content=content,
                thread=thread,
                intervention=intervention,
                user=mara,
                queued_at=NOW,
                due_at=NOW,
                expires_at=NOW,
            )

        def cost(query: str) -> int:
            shown(client, query)
            with CaptureQueriesContext(connection) as statements:
                shown(client, query)
            return len(statements)

        grow(0)
        queries = ("", "?view=mine", "?view=unattended", f"?shown={Thread.objects.get().pk}&since=0")
        few = [cost(query) for query in queries]
        for number in range(1, 12):
            grow(number)
        assert [cost(query) for query in queries] == few
        assert max(few) <= MOST_STATEMENTS


class TestNews:
    def polled(self, client: Client, page: str) -> str:
        """What the page is answered when it asks for news."""
        [address] = re.findall(r'hx-get="([^"]+)"', page)
        return shown(client, address)

    def test_renews_the_lines_and_the_counts_in_place(self, acme: Source, staff: Client) -> None:
        thread = a_thread(acme, "Ann")
        page = shown(staff)
        Thread.objects.update(owner="idle", owner_app_id="")
        news = self.polled(staff, page)
        assert re.findall(r'id="(thread-\d+)"', news) == [f"thread-{thread.pk}"]
        assert "Waits" in row(news, "Ann") and counts(news)["Unattended"] == "1"
        assert "<title>(1) Threads" in news
        assert "<html" not in news and "Show" not in news

    def test_tells_of_threads_that_would_stand_elsewhere(self, acme: Source, staff: Client) -> None:
        old = a_thread(acme, "Ann")
        page = shown(staff)
        a_thread(acme, "Bob", minutes=1)
        assert "1 thread has new activity. Show it" in self.polled(staff, page)
        Thread.objects.filter(pk=old.pk).update(active_at=NOW)
        news = self.polled(staff, page)
        assert "2 threads have new activity. Show them" in news
        assert names(news) == ["Ann"]

    def test_of_a_thread_that_has_left_the_view_says_so_in_its_line(
        self, acme: Source, staff: Client
    ) -> None:
        a_thread(acme, "Ann", owner="idle")
        page = shown(staff, "?view=unattended")
        Thread.objects.update(waits_since=None, customer_waits_since=None)
        news = self.polled(staff, page)
        assert names(news) == ["Ann"] and "Waits" not in row(news, "Ann")
        assert counts(news)["Unattended"] == "0"

    def test_is_not_made_up_where_only_older_threads_move_up(self, acme: Source, staff: Client) -> None:
        for number in range(PAGE_SIZE + 1):
            a_thread(acme, f"P{number}", minutes=number, owner="idle")
        page = shown(staff, "?view=unattended")
        Thread.objects.filter(identity__first_name="P0").update(waits_since=None)
        assert "new activity" not in self.polled(staff, page)
