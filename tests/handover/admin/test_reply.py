"""Writing a reply and retrying one in the admin: what is shown first, what is sent, what is told."""

from __future__ import annotations

import re
from datetime import timedelta
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
from tests.handover.admin.reading import words_in, words_of
from tests.people import agent_user
from tests.world import AGENT, BOT, MAYA, PAGE, World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker_rests")]

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
    return words_of(answer)


def box(client: Client, world: World) -> str:
    """What stands in the reply box."""
    page = client.get(thread_page(world)).content.decode()
    found = re.search(r'<form class="reply".*?</form>', page, re.DOTALL)
    assert found is not None
    return words_in(found.group())


def form_of(client: Client, world: World) -> dict[str, str]:
    """What the browser sends besides the text."""
    sent = r'name="(planned|newest|seen|one_time_key)" value="([^"]*)"'
    return dict(re.findall(sent, box(client, world)))


def told(client: Client, answer: Any) -> str:
    """What is said of a reply that was accepted, or why it was not."""
    if answer.status_code != 302:
        return f"{answer.context['box'].tone}: {answer.context['box'].note}"
    (message,) = get_messages(client.get(answer.headers["Location"]).wsgi_request)
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


class TestWhatTheBoxSays:
    def test_is_that_control_will_be_requested_first(self, world: World, staff: Client) -> None:
        text = box(staff, world)
        assert "The bot holds this thread. The intervention is ana's, not yours; control is requested" in text
        assert "your reply waits until the bot passes it, 30 minutes at most." in text
        assert "Request control and send" in text
        assert world.graph_calls() == []

    def test_is_that_control_will_be_taken_where_our_app_is_primary(
        self, world: World, staff: Client
    ) -> None:
        set_page(world, primary="agent")
        assert "control is taken first, then your reply goes out." in box(staff, world)
        assert "Take control and send" in box(staff, world)

    def test_of_a_thread_that_is_ours_is_that_it_goes_out_at_once(
        self, world: World, staff: Client, lee: User
    ) -> None:
        let_us_hold_it(world)
        interventions.reassign(Intervention.objects.get(), lee, SYSTEM)
        assert "You hold this thread. Your reply goes out at once." in box(staff, world)
        write(staff, world, "First")
        assert "after 1 that is still being sent" in box(staff, world)

    def test_is_that_it_waits_where_control_was_asked_for_already(self, world: World, staff: Client) -> None:
        write(staff, world, "First")
        world.work()
        assert "your reply waits until the bot passes it, 30 minutes at most." in box(staff, world)
        assert "Send once control comes" in box(staff, world)

    def test_is_that_an_intervention_is_opened_where_nobody_is_engaged(
        self, world: World, staff: Client
    ) -> None:
        interventions.close_intervention(Intervention.objects.get(), SYSTEM)
        assert "An intervention is opened in your name; control is requested first" in box(staff, world)

    def test_is_that_nobody_holds_the_thread(self, world: World, staff: Client) -> None:
        let_us_hold_it(world)
        interventions.close_intervention(Intervention.objects.get(), SYSTEM)
        world.work()
        text = box(staff, world)
        assert "Nobody holds this thread. An intervention is opened in your name; your reply goes" in text
        assert "Open and send" in text

    def test_is_who_holds_it_in_the_inbox(self, world: World, staff: Client) -> None:
        let_us_hold_it(world)
        world.facebook.inbox_takes(PAGE, MAYA)
        world.settle()
        text = box(staff, world)
        assert "Somebody in the Page Inbox holds this thread." in text
        assert "your reply waits until they give it up" in text

    def test_is_that_nothing_can_be_sent_once_the_messaging_window_is_closed(
        self, world: World, staff: Client
    ) -> None:
        Thread.objects.update(last_customer_at=timezone.now() - timedelta(days=2))
        text = box(staff, world)
        assert "Nothing can be sent. The messaging window closed on" in text
        assert 'aria-disabled="true"' in text

    def test_is_that_it_goes_out_with_the_tag_where_the_page_has_it(
        self, world: World, staff: Client
    ) -> None:
        set_page(world, may_tag_human_agent=True)
        Thread.objects.update(last_customer_at=timezone.now() - timedelta(days=2))
        text = box(staff, world)
        assert "This reply goes out with the human agent tag, allowed until" in text
        assert "Send with tag" in text

    def test_is_not_for_whoever_may_not_reply(self, world: World, staff_with: Any) -> None:
        looker = staff_with("handover.view_thread", "handover.view_content")
        assert reply_page(world) not in looker.get(thread_page(world)).content.decode()

    def test_to_whoever_may_open_no_intervention_is_that_one_is_missing(
        self, world: World, staff_with: Any
    ) -> None:
        interventions.close_intervention(Intervention.objects.get(), SYSTEM)
        client = staff_with("handover.view_thread", "handover.reply_to_thread")
        assert "Nothing can be sent. No intervention of a person's is open" in box(client, world)
        assert "No intervention" in told(client, write(client, world, "Hello"))
        assert not Reply.objects.exists()

    def test_is_on_the_threads_page_wherever_one_comes_from(self, world: World, staff: Client) -> None:
        assert staff.get(reply_page(world)).headers["Location"] == f"{thread_page(world)}#reply"


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
        assert told(staff, answer).startswith("warn: Refused, nothing was sent. The reply has 2001")
        assert f">\n{text}</textarea>" in answer.content.decode()
        assert not Reply.objects.exists()

    def test_blanks_are_no_reply(self, world: World, staff: Client) -> None:
        assert "The reply is empty" in told(staff, write(staff, world, "  \n"))
        assert told(staff, write(staff, world, "")) == "warn: Write something first."
        assert not Reply.objects.exists()

    def test_a_form_that_is_sent_twice_makes_one_reply_and_is_answered_the_same(
        self, world: World, staff: Client
    ) -> None:
        form = form_of(staff, world)
        first, again = (told(staff, write(staff, world, "Once", form)) for _ in range(2))
        assert first == again and first.startswith("success: ")
        assert Reply.objects.count() == 1

    def test_whoever_comes_second_is_told_who_was_first(
        self, world: World, staff: Client, staff_with: Any
    ) -> None:
        form = form_of(staff, world)
        robin = staff_with("handover.view_thread", "handover.reply_to_thread", username="robin")
        told(robin, write(robin, world, "I have it"))
        second = write(staff, world, "Mine", form)
        assert told(staff, second).startswith("warn: Staff: robin was first. Reply written at ")
        assert ">\nMine</textarea>" in second.content.decode()
        assert [reply.content.body for reply in Reply.objects.all()] == ["I have it"]
        again = form_of(staff, world)
        assert told(staff, write(staff, world, "Mine", again)).startswith("success: ")

    def test_what_the_customer_wrote_meanwhile_is_shown_before_the_reply_goes_out(
        self, world: World, staff: Client
    ) -> None:
        form = form_of(staff, world)
        world.maya_writes("Never mind, it is here.")
        answer = write(staff, world, "It comes tomorrow", form)
        assert told(staff, answer).startswith("warn: There are new messages")
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
        first = Reply.objects.earliest("queued_at")
        assert first.note in text
        assert first.note in shown(staff, reverse("admin:handover_content_change", args=[first.content_id]))
        assert "Waits to be sent" in text
        assert "sought for the agent; looked into next at" in text
        assert "Open until" in text

    def test_tells_why_a_reply_has_failed_and_offers_to_retry_it(
        self, world: World, staff: Client, staff_with: Any
    ) -> None:
        content = failed(world, staff)
        text = shown(staff, thread_page(world))
        why_not = content.synchronization_error.partition(" - ")[2]
        assert f"Not sent. Control not granted: {why_not}" in text
        assert retry_page(content) in text
        assert retry_page(content) in shown(
            staff, reverse("admin:handover_content_change", args=[content.pk])
        )
        looker = staff_with("handover.view_thread", "handover.view_content")
        text = shown(looker, thread_page(world))
        assert why_not in text and retry_page(content) not in text

    def test_tells_that_control_is_to_be_given_back(self, world: World, staff: Client) -> None:
        let_us_hold_it(world)
        interventions.close_intervention(Intervention.objects.get(), SYSTEM)
        assert "to be given back, as the intervention is closed; next at" in shown(staff, thread_page(world))
        world.work()
        text = shown(staff, thread_page(world))
        assert "to be given back" not in text

    def test_tells_when_nothing_may_be_sent_any_more(self, world: World, staff: Client) -> None:
        Thread.objects.update(last_customer_at=timezone.now() - timedelta(days=2))
        assert "Closed Since" in shown(staff, thread_page(world))
        Source.objects.update(may_tag_human_agent=True)
        assert "Only with the human agent tag, until" in shown(staff, thread_page(world))


class TestRetrying:
    def test_a_reply_that_could_not_go_out_goes_out_after_all(self, world: World, staff: Client) -> None:
        content = failed(world, staff)
        text = shown(staff, retry_page(content))
        assert "your reply waits until the bot passes it" in text
        assert TWICE not in text
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
        assert "btn--primary" not in text
        assert told(staff, staff.post(retry_page(content))).startswith("error: Refused, nothing was retried.")

    def test_is_refused_while_nobody_is_engaged(self, world: World, staff: Client) -> None:
        content = failed(world, staff)
        interventions.cancel(Intervention.objects.get(), SYSTEM)
        assert "Refused. No intervention of a person's is open" in shown(staff, retry_page(content))
