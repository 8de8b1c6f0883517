"""Writing a reply and retrying one in the admin: what is shown first, what is sent, what is told."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from handover import interventions
from handover.actors import SYSTEM
from handover.models import Content, Intervention, Reply, Source, Thread, ThreadEvent
from tests.contract.replying import later, said, set_page, texts_sent
from tests.people import agent_user
from tests.world import AGENT, BOT, MAYA, PAGE, World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker_rests")]

SEND = 'value="Send the reply"'
TWICE = "the customer may get it twice"


@pytest.fixture
def world(world: World) -> World:
    """The bot holds Maya's thread, and ana is engaged in it."""
    world.build()
    world.maya_writes("Where is my parcel?")
    interventions.open_intervention(world.thread, agent_user("ana"), SYSTEM)
    return world


def reply_page(world: World) -> str:
    return reverse("admin:handover_thread_reply", args=[world.thread.pk])


def thread_page(world: World) -> str:
    return reverse("admin:handover_thread_change", args=[world.thread.pk])


def retry_page(content: Content) -> str:
    return reverse("admin:handover_content_retry", args=[content.pk])


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def form_of(client: Client, world: World) -> dict[str, str]:
    """What the browser sends besides the text."""
    return dict(re.findall(r'name="(planned|newest)" value="([^"]*)"', shown(client, reply_page(world))))


def told(client: Client, answer: Any) -> str:
    page = client.get(answer.headers["Location"]) if answer.status_code == 302 else answer
    (message,) = get_messages(page.wsgi_request) if answer.status_code == 302 else page.context["messages"]
    return f"{message.level_tag}: {message.message}"


def write(client: Client, world: World, text: str, form: dict[str, str] | None = None) -> Any:
    return client.post(reply_page(world), {**(form or form_of(client, world)), "body": text})


def let_us_hold_it(world: World) -> None:
    world.facebook.app_passes(BOT, PAGE, MAYA, AGENT)
    world.settle()


def failed(world: World, client: Client, text: str = "On its way") -> Content:
    """A reply that has waited for control for too long."""
    write(client, world, text)
    world.work()
    later(1801)
    world.work()
    return Content.objects.get(body=text, synchronization_status="export_failure")


class TestThePlan:
    def test_says_that_control_will_be_requested_first(self, world: World, staff: Client) -> None:
        text = shown(staff, reply_page(world))
        assert "Control will be requested first; the reply goes out once it is granted." in text
        assert "request_thread_control" in text and SEND in text
        assert "Where is my parcel?" in text
        assert world.graph_calls() == []

    def test_says_that_control_will_be_taken_where_our_app_is_primary(
        self, world: World, staff: Client
    ) -> None:
        set_page(world, primary="agent")
        assert "Control will be taken first" in shown(staff, reply_page(world))

    def test_of_a_thread_that_is_ours_is_the_message_alone(self, world: World, staff: Client) -> None:
        let_us_hold_it(world)
        text = shown(staff, reply_page(world))
        assert "The reply goes out in its turn" in text
        assert "<code>messages</code>" in text and "request_thread_control" not in text

    def test_says_that_it_waits_where_control_was_asked_for_already(
        self, world: World, staff: Client
    ) -> None:
        write(staff, world, "First")
        world.work()
        assert f"waits until control has come: Bot: Acme bot ({BOT})" in shown(staff, reply_page(world))

    def test_of_somebody_elses_intervention_names_whose_it_is(
        self, world: World, staff: Client, lee: User
    ) -> None:
        assert "Under the intervention of ana: <strong>it is not yours" in shown(staff, reply_page(world))
        interventions.reassign(Intervention.objects.get(), lee, SYSTEM)
        assert "it is not yours" not in shown(staff, reply_page(world))

    def test_refuses_before_anything_is_written_where_nobody_is_engaged(
        self, world: World, staff: Client
    ) -> None:
        interventions.close_intervention(Intervention.objects.get(), SYSTEM)
        text = shown(staff, reply_page(world))
        assert "Refused. No intervention of a person's is open on this thread" in text
        assert SEND not in text

    def test_refuses_once_the_messaging_window_is_closed(self, world: World, staff: Client) -> None:
        Thread.objects.update(last_customer_at=timezone.now() - timedelta(days=2))
        text = shown(staff, reply_page(world))
        assert "Refused. The messaging window closed on" in text
        assert SEND not in text

    def test_does_not_show_messages_to_whoever_may_not_read_them(self, world: World, staff_with: Any) -> None:
        client = staff_with("handover.view_thread", "handover.reply_to_thread")
        text = shown(client, reply_page(world))
        assert SEND in text and "Where is my parcel?" not in text


class TestSending:
    def test_a_reply_goes_out_in_the_name_of_whoever_wrote_it(self, world: World, staff: Client) -> None:
        let_us_hold_it(world)
        assert told(staff, write(staff, world, "It comes tomorrow.\r\nBye!")).startswith("success: ")
        world.work()
        assert said(world) == ["It comes tomorrow.\nBye!"]
        event = ThreadEvent.objects.get(name="content.replied")
        assert (event.actor_kind, event.actor_label) == ("staff", "lee")

    def test_a_text_that_is_refused_is_not_lost(self, world: World, staff: Client) -> None:
        text = "x" * 2001
        answer = write(staff, world, text)
        assert told(staff, answer).startswith("warning: Refused, nothing was sent. The reply has 2001")
        assert text in answer.content.decode() and SEND in answer.content.decode()
        assert not Reply.objects.exists()

    def test_blanks_are_no_reply(self, world: World, staff: Client) -> None:
        assert "The reply is empty" in told(staff, write(staff, world, "  \n"))
        assert "This field is required" in write(staff, world, "").content.decode()
        assert not Reply.objects.exists()

    def test_a_form_that_is_sent_twice_makes_one_reply(self, world: World, staff: Client) -> None:
        form = form_of(staff, world)
        told(staff, write(staff, world, "Once", form))
        assert told(staff, write(staff, world, "Once", form)).startswith("warning: There are new messages")
        assert Reply.objects.count() == 1

    def test_what_the_customer_wrote_meanwhile_is_shown_before_the_reply_goes_out(
        self, world: World, staff: Client
    ) -> None:
        form = form_of(staff, world)
        world.maya_writes("Never mind, it is here.")
        answer = write(staff, world, "It comes tomorrow", form)
        assert told(staff, answer).startswith("warning: There are new messages")
        text = answer.content.decode()
        assert "Never mind, it is here." in text and ">\nIt comes tomorrow</textarea>" in text
        assert not Reply.objects.exists()

    def test_control_is_not_taken_where_a_request_was_shown(self, world: World, staff: Client) -> None:
        form = form_of(staff, world)
        set_page(world, primary="agent")
        assert "has changed since this page was shown" in told(staff, write(staff, world, "Hello", form))
        assert not Reply.objects.exists()

    def test_a_reply_that_goes_out_sooner_than_was_said_is_not_asked_about_again(
        self, world: World, staff: Client
    ) -> None:
        form = form_of(staff, world)
        let_us_hold_it(world)
        assert told(staff, write(staff, world, "Hello", form)).startswith("success: ")


class TestTheThreadsPage:
    def test_tells_what_waits_and_why_and_what_is_due(self, world: World, staff: Client) -> None:
        for text in ("First", "Second"):
            write(staff, world, text)
        world.work()
        text = shown(staff, thread_page(world))
        assert "Replies that wait or have failed" in text
        first = Reply.objects.earliest("queued_at")
        assert first.note in text
        assert first.note in shown(staff, reverse("admin:handover_content_change", args=[first.content_id]))
        assert "waits for those before it" in text
        assert "sought for the agent; looked into next at" in text
        assert "open until" in text
        assert "To be sent" in text

    def test_tells_why_a_reply_has_failed_and_offers_to_retry_it(
        self, world: World, staff: Client, staff_with: Any
    ) -> None:
        content = failed(world, staff)
        text = shown(staff, thread_page(world))
        assert content.synchronization_error in text
        assert retry_page(content) in text
        assert retry_page(content) in shown(
            staff, reverse("admin:handover_content_change", args=[content.pk])
        )
        looker = staff_with("handover.view_thread", "handover.view_content")
        text = shown(looker, thread_page(world))
        assert content.synchronization_error in text and retry_page(content) not in text

    def test_tells_that_control_is_to_be_given_back(self, world: World, staff: Client) -> None:
        let_us_hold_it(world)
        interventions.close_intervention(Intervention.objects.get(), SYSTEM)
        assert "to be given back, as the intervention is closed; next at" in shown(staff, thread_page(world))
        world.work()
        text = shown(staff, thread_page(world))
        assert "nothing is due" in text and "Replies that wait" not in text

    def test_tells_when_nothing_may_be_sent_any_more(self, world: World, staff: Client) -> None:
        Thread.objects.update(last_customer_at=timezone.now() - timedelta(days=2))
        assert "The messaging window closed on" in shown(staff, thread_page(world))
        Source.objects.update(may_tag_human_agent=True)
        assert "for people only, under the human agent tag" in shown(staff, thread_page(world))

    def test_offers_a_reply_to_whoever_may(self, world: World, staff: Client, staff_with: Any) -> None:
        assert reply_page(world) in shown(staff, thread_page(world))
        assert reply_page(world) not in shown(staff_with("handover.view_thread"), thread_page(world))


class TestRetrying:
    def test_a_reply_that_could_not_go_out_goes_out_after_all(self, world: World, staff: Client) -> None:
        content = failed(world, staff)
        text = shown(staff, retry_page(content))
        assert content.synchronization_error in text and TWICE not in text
        assert told(staff, staff.post(retry_page(content))).startswith("success: The reply is tried again")
        let_us_hold_it(world)
        world.work()
        assert said(world) == ["On its way"]

    def test_one_of_unknown_outcome_is_retried_only_after_a_warning(
        self, world: World, staff: Client
    ) -> None:
        let_us_hold_it(world)
        write(staff, world, "On its way")
        world.facebook.knobs.lose_answer("messages")
        world.facebook.knobs.webhooks.drop_next(10)
        world.work()
        later(11)
        world.work()
        content = Content.objects.get(body="On its way", author="agent")
        assert content.synchronization_error.startswith("outcome unknown")
        assert TWICE in shown(staff, retry_page(content))
        staff.post(retry_page(content))
        world.work()
        assert texts_sent(world) == ["On its way", "On its way"]

    def test_is_refused_for_what_has_not_failed(self, world: World, staff: Client) -> None:
        content = Content.objects.get(author="customer")
        text = shown(staff, retry_page(content))
        assert "Refused. Only a reply that has failed can be retried." in text
        assert 'type="submit" class="default"' not in text
        assert told(staff, staff.post(retry_page(content))).startswith("error: Refused, nothing was retried.")

    def test_is_refused_while_nobody_is_engaged(self, world: World, staff: Client) -> None:
        content = failed(world, staff)
        interventions.cancel(Intervention.objects.get(), SYSTEM)
        assert "Refused. No intervention of a person's is open" in shown(staff, retry_page(content))
