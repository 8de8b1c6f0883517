"""Readings of messages by those who do not answer customers: which are recorded, and which cannot be made."""

from __future__ import annotations

import pytest
from django.test import Client

from handover.models import Thread, ThreadEvent
from tests.handover.admin.conftest import StaffWith
from tests.handover.lines import BOT, NOON, page, thread_on, write

pytestmark = pytest.mark.django_db

EVERYWHERE = "handover.see_all_pages"


@pytest.fixture
def thread() -> Thread:
    return thread_on(page(), "6480217734095512", "Maya")


@pytest.fixture
def asked(thread: Thread) -> ThreadEvent:
    """A line of history with words of somebody's."""
    return write(
        thread, "thread_control.refused", before=BOT, after=BOT, minutes=0.5, texts={"reason": "Asked nicely"}
    )


def shown(client: Client, path: str) -> str:
    """A page as it is read."""
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


class TestReadingsOfMessages:
    AUDITOR = (
        "handover.view_thread",
        "handover.view_content",
        "handover.view_threadeventtext",
        EVERYWHERE,
    )

    @pytest.fixture
    def content(self, thread: Thread) -> str:
        row = thread.contents.create(
            source=thread.source,
            foreign_id="m_1",
            author="customer",
            field="standby",
            body="My name is Elm",
            sent_at=NOON,
            received_at=NOON,
        )
        return f"/admin/handover/content/{row.pk}/change/"

    def readings(self, thread: Thread) -> int:
        return thread.events.filter(name="content_thread.read").count()

    def test_a_threads_page_with_its_messages_is_one(
        self, thread: Thread, content: str, staff_with: StaffWith
    ) -> None:
        client = staff_with(*self.AUDITOR)
        assert "My name is Elm" in shown(client, f"/admin/handover/thread/{thread.pk}/change/")
        assert self.readings(thread) == 1

    def test_each_piece_of_them_is_one_and_what_comes_by_itself_brings_none(
        self, thread: Thread, content: str, staff_with: StaffWith
    ) -> None:
        client, page = staff_with(*self.AUDITOR), f"/admin/handover/thread/{thread.pk}/"
        assert "My name is Elm" in shown(client, f"{page}earlier/")
        assert self.readings(thread) == 1
        live = shown(client, f"{page}live/?since={NOON:%Y-%m-%dT%H:%M:%S%%2B00:00}/0/0")
        assert "My name is Elm" not in live
        assert self.readings(thread) == 1

    def test_a_threads_page_without_them_is_none(
        self, thread: Thread, content: str, staff_with: StaffWith
    ) -> None:
        client = staff_with("handover.view_thread", EVERYWHERE)
        assert "My name is Elm" not in shown(client, f"/admin/handover/thread/{thread.pk}/change/")
        assert self.readings(thread) == 0

    def test_a_messages_own_page_is_one(self, thread: Thread, content: str, staff_with: StaffWith) -> None:
        assert "My name is Elm" in shown(staff_with(*self.AUDITOR), content)
        assert self.readings(thread) == 1

    def test_lists_are_no_way_around(
        self, thread: Thread, content: str, asked: ThreadEvent, staff_with: StaffWith
    ) -> None:
        client = staff_with(*self.AUDITOR)
        assert "My name is Elm" not in shown(client, "/admin/handover/content/")
        assert "Asked nicely" not in shown(client, "/admin/handover/threadeventtext/")
        assert self.readings(thread) == 0

    def test_whoever_answers_customers_reads_the_lists_too(
        self, thread: Thread, content: str, asked: ThreadEvent, staff_with: StaffWith
    ) -> None:
        client = staff_with(*self.AUDITOR, "handover.reply_to_thread")
        assert "My name is Elm" in shown(client, "/admin/handover/content/")
        assert "Asked nicely" in shown(client, "/admin/handover/threadeventtext/")
        shown(client, content)
        assert self.readings(thread) == 0

    def test_no_message_stands_in_a_title(self, content: str, staff: Client) -> None:
        title = shown(staff, content).partition("<title>")[2].partition("</title>")[0]
        assert "Elm" not in title
