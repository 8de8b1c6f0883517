"""The journal of webhooks in the admin: what it tells of each, and how one is processed again."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels_fb.admin import process_again
from channels_fb.admin.deliveries import SHOWN_TIMES
from channels_fb.admin.delivery_contents import LONGEST_READ, MOST_ITEMS
from channels_fb.models import Delivery, DeliveryItem, Page
from channels_fb.webhooks import processing
from handover.models import Content, Source
from tests.channels_fb.stage import BOT, PAGE, PSID, connected_page, delivery, echo, from_customer, message
from tests.channels_fb.test_processing import POISON, refused_by_the_database

pytestmark = pytest.mark.django_db(transaction=True)

LIST, ITEMS = "/admin/channels_fb/delivery/", "/admin/channels_fb/deliveryitem/"
READING = ("view_content", "reply_to_thread")
AGAIN = "Process again</button>"


@pytest.fixture
def staff() -> Client:
    """May do everything."""
    client = Client()
    client.force_login(User.objects.create_superuser("lee"))
    return client


def looks(*more: str) -> Client:
    """The browser of somebody who may look at deliveries, and has the rights named besides."""
    user = User.objects.create_user("kim", is_staff=True)
    names = ("see_all_pages", "view_delivery", "view_deliveryitem", *more)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def received(page: Page) -> Delivery:
    """A delivery of two items, of which one is not understood."""
    hostile = from_customer(reaction="<script>alert(1)</script>")
    return processed(page, hostile, message("m_2", "<b>bold</b>"))


@pytest.fixture
def failed(page: Page) -> Delivery:
    """One whose message the database has refused; it would not now."""
    with refused_by_the_database(*POISON):
        return processed(page, message("m_1", "poison"))


@pytest.fixture
def nobody_hears_the_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """In tests the worker is there at once; here it is not."""
    monkeypatch.setattr("handover.doorbell.ring", lambda: None)


def processed(page: Page, *items: Any, page_id: str = PAGE) -> Delivery:
    row = processing.receive(page.app, delivery(*items, page_id=page_id))
    processing.process(row)
    row.refresh_from_db()
    return row


def form_of(row: Delivery) -> str:
    return f"{LIST}{row.pk}/change/"


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def press(client: Client, row: Delivery) -> str:
    """What is said on the delivery's page after its button."""
    answer = client.post(reverse("admin:channels_fb_delivery_process_again", args=[row.pk]))
    assert (answer.status_code, answer.headers["Location"]) == (302, form_of(row))
    return said(client, answer.headers["Location"])[0]


def choose(client: Client, *rows: Delivery) -> list[str]:
    """What is said above the list after its action."""
    chosen = {"action": "process_again", "_selected_action": [row.pk for row in rows]}
    return said(client, client.post(LIST, chosen).headers["Location"])


def said(client: Client, path: str) -> list[str]:
    answer = client.get(path)
    return [f"{message.level_tag}: {message.message}" for message in get_messages(answer.wsgi_request)]


class TestWhatIsShown:
    def test_is_text_and_cannot_be_edited(self, received: Delivery, staff: Client) -> None:
        text = shown(staff, form_of(received))
        assert "<script>alert(1)" not in text and "<b>bold" not in text
        assert "&lt;b&gt;bold" in text
        assert staff.get(f"{LIST}add/").status_code == 403
        assert staff.post(f"{LIST}{received.pk}/delete/", {"post": "yes"}).status_code == 403
        assert "<script>alert(1)" not in shown(staff, f"{ITEMS}{DeliveryItem.objects.get().pk}/change/")

    def test_says_of_each_item_what_it_was_and_what_became_of_it(self, page: Page, staff: Client) -> None:
        row = processed(page, message(), echo("m_2"), from_customer(reaction={}), from_customer(read={}))
        text = unescape(shown(staff, form_of(row)))
        for words in (
            "The customer's message</td>",
            f"A message of the page's, sent by app {BOT}</td>",
            "Not understood: no known kind of event: reaction",
            "The customer read</td>",
            "Recorded</td>",
        ):
            assert words in text

    def test_is_the_json_line_by_line(self, received: Delivery, staff: Client) -> None:
        assert '      "id": "111",\n' in unescape(shown(staff, form_of(received)))

    @pytest.mark.parametrize(
        "body",
        [b"", b"\xff\xfe", b'{"a": "\\ud800\\u0000"}', b"[" * 100_000, b"[" * 900 + b"]" * 900, b"7" * 9000],
    )
    def test_is_as_it_came_where_it_is_no_json(self, page: Page, staff: Client, body: bytes) -> None:
        row = processing.receive(page.app, body)
        processing.process(row)
        assert "As it came" in shown(staff, form_of(row))

    def test_is_cut_where_it_is_huge(self, page: Page, staff: Client) -> None:
        one = processing.receive(page.app, delivery(message(text="x" * 900_000)))
        many = processing.receive(page.app, delivery(*(message(f"m_{number}") for number in range(400))))
        longest = processing.receive(page.app, b"[" + b" " * LONGEST_READ + b"]")
        for row in (one, many, longest):
            text = shown(staff, form_of(row))
            assert len(text) < 400_000
            assert text.count("The customer&#x27;s message") <= MOST_ITEMS

    @pytest.mark.parametrize(
        ("columns", "words"),
        [
            ({"state": "received"}, "to be processed"),
            ({"state": "received", "lease_until": timezone.now().replace(year=2999)}, "being processed"),
            ({"state": "processed"}, "processed"),
            (
                {"state": "failed", "attempts": 20, "next_attempt_at": None},
                "failed, given up after 20 attempts",
            ),
            ({"state": "failed", "next_attempt_at": timezone.now()}, "failed, tried again at "),
        ],
    )
    def test_has_the_state_in_words(
        self, received: Delivery, staff: Client, columns: dict[str, Any], words: str
    ) -> None:
        Delivery.objects.update(**columns)
        assert f'<td class="field-state_now">{words}' in shown(staff, LIST)
        assert f'<div class="readonly">{words}' in shown(staff, form_of(received))

    def test_costs_the_same_however_much_is_in_it(self, page: Page, staff: Client) -> None:
        def statements(row: Delivery) -> int:
            shown(staff, form_of(row))
            with CaptureQueriesContext(connection) as queries:
                shown(staff, form_of(row))
            return len(queries)

        few = statements(processed(page, message()))
        row = processed(page, *(from_customer(reaction=number) for number in range(90)))
        for _ in range(SHOWN_TIMES + 1):
            press(staff, row)
        assert statements(row) == few <= 12


class TestWhatCustomersWrote:
    @pytest.mark.parametrize("rights", [(), READING[:1], READING[1:]])
    def test_is_not_for_whoever_may_not_read_it(self, received: Delivery, rights: tuple[str, ...]) -> None:
        client, item = looks(*rights), DeliveryItem.objects.get()
        text = shown(client, form_of(received)) + shown(client, f"{ITEMS}{item.pk}/change/")
        assert "Not shown: it holds what customers wrote." in text
        assert "bold" not in text and "alert" not in text
        assert "no known kind of event: reaction" in text

    def test_is_for_whoever_reads_and_answers(self, received: Delivery) -> None:
        client, item = looks(*READING), DeliveryItem.objects.get()
        assert "bold" in shown(client, form_of(received))
        assert "alert(1)" in shown(client, f"{ITEMS}{item.pk}/change/")

    def test_is_not_in_an_error_either(self, received: Delivery) -> None:
        error = "CheckViolation: refused\nDETAIL:  Failing row contains (1, Elm Street)."
        Delivery.objects.update(error=error, state="failed")
        DeliveryItem.objects.update(note=error, kind="failed")
        client, item = looks(), DeliveryItem.objects.get()
        for path in (LIST, ITEMS, form_of(received), f"{ITEMS}{item.pk}/change/"):
            text = shown(client, path)
            assert "CheckViolation: refused" in text and "Elm Street" not in text


class TestProcessingAgain:
    def test_records_what_had_failed_and_says_so(self, failed: Delivery, staff: Client) -> None:
        assert failed.state == "failed"
        assert press(staff, failed) == "success: Processed: everything in it is recorded."
        failed.refresh_from_db()
        assert (failed.state, failed.attempts, failed.error) == ("processed", 1, "")
        assert Content.objects.get().body == "poison"
        assert not DeliveryItem.objects.exists()

    def test_says_that_it_failed_once_more(self, failed: Delivery, staff: Client) -> None:
        with refused_by_the_database(*POISON):
            words = press(staff, failed)
        assert words.startswith("error: It failed, tried again at ")
        assert "IntegrityError" in words

    def test_says_that_something_in_it_is_not_understood(self, received: Delivery, staff: Client) -> None:
        words = press(staff, received)
        assert words.startswith("warning: Processed, but 1 item was not understood")

    def test_does_nothing_twice(self, received: Delivery, staff: Client) -> None:
        before = list(Content.objects.values())
        events = Content.objects.get().thread.events.count()
        press(staff, received)
        press(staff, received)
        assert list(Content.objects.values()) == before
        assert Content.objects.get().thread.events.count() == events

    def test_leaves_alone_what_somebody_is_about(self, failed: Delivery, staff: Client) -> None:
        Delivery.objects.update(lease_until=timezone.now().replace(year=2999))
        assert press(staff, failed) == f"warning: {process_again.IN_HAND}"
        assert not Content.objects.exists()

    @pytest.mark.usefixtures("nobody_hears_the_bell")
    def test_leaves_a_long_one_to_the_worker(self, page: Page, staff: Client) -> None:
        items = [message(f"m_{number}") for number in range(processing.PROCESSED_AT_ONCE + 1)]
        row = processing.receive(page.app, delivery(*items))
        assert press(staff, row).startswith("warning: It is not processed yet")
        row.refresh_from_db()
        assert row.next_attempt_at is not None and row.next_attempt_at <= timezone.now()

    def test_works_where_the_secrets_are_lost(self, failed: Delivery, staff: Client, settings: Any) -> None:
        settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
        assert press(staff, failed).startswith("success: ")
        assert Content.objects.count() == 1

    def test_works_where_the_page_was_disabled_meanwhile(self, failed: Delivery, staff: Client) -> None:
        Source.objects.update(is_active=False)
        assert press(staff, failed).startswith("success: ")
        assert Content.objects.count() == 1

    def test_records_what_came_for_a_page_before_it_was_connected(self, page: Page, staff: Client) -> None:
        row = processed(page, message(), page_id="222")
        assert not Content.objects.exists()
        connected_page("222")
        assert press(staff, row).startswith("success: ")
        assert Content.objects.get().source.foreign_id == "222"

    def test_is_on_record_with_who_did_it(self, failed: Delivery, staff: Client) -> None:
        press(staff, failed)
        entry = LogEntry.objects.get()
        assert (entry.user.username, entry.object_id) == ("lee", str(failed.pk))
        text = shown(staff, form_of(failed))
        assert "Processed again. Processed: everything in it is recorded." in text
        assert "lee</td>" in text

    def test_is_offered_to_whoever_may_and_done_for_nobody_else(
        self, failed: Delivery, staff: Client
    ) -> None:
        assert AGAIN in shown(staff, form_of(failed))
        client = looks("change_delivery")
        assert AGAIN not in shown(client, form_of(failed))
        path = reverse("admin:channels_fb_delivery_process_again", args=[failed.pk])
        assert client.post(path).status_code == 403
        assert staff.get(path).status_code == 405
        assert not Content.objects.exists()


class TestFromTheList:
    def test_tells_what_came_of_each(self, failed: Delivery, received: Delivery, staff: Client) -> None:
        words = choose(staff, failed, received)
        assert sorted(word.split(": ")[0] for word in words) == ["success", "warning"]
        assert all(any(str(row) in word for word in words) for row in (failed, received))
        assert set(Content.objects.values_list("body", flat=True)) >= {"poison"}
        assert LogEntry.objects.count() == 2

    @pytest.mark.usefixtures("nobody_hears_the_bell")
    def test_leaves_many_to_the_worker(self, failed: Delivery, staff: Client, monkeypatch: Any) -> None:
        monkeypatch.setattr(process_again, "AT_ONCE", 0)
        (words,) = choose(staff, failed)
        assert words == "warning: To be processed again by the worker, within seconds: 1."
        failed.refresh_from_db()
        assert failed.state == "received"

    def test_takes_no_more_than_can_be_looked_at(
        self, failed: Delivery, staff: Client, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(process_again, "MOST", 0)
        (words,) = choose(staff, failed)
        assert words.startswith("error: Nothing was done")
        failed.refresh_from_db()
        assert failed.state == "failed"

    def test_is_not_offered_to_whoever_may_only_look(self, failed: Delivery) -> None:
        client = looks()
        assert "process_again" not in shown(client, LIST)
        client.post(LIST, {"action": "process_again", "_selected_action": [failed.pk]})
        failed.refresh_from_db()
        assert failed.state == "failed"


def test_the_list_costs_the_same_however_many(
    page: Page, staff: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        processing.receive(page.app, delivery(message(f"m_{number}", psid=PSID)))
    with django_assert_max_num_queries(9):
        shown(staff, LIST)
