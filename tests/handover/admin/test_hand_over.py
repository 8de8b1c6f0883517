"""Handing over in the admin: the plan, the question, and Facebook's answer in words."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from handover import interventions
from handover.actors import SYSTEM
from handover.models import BotApp, Handover, Source, Thread, ThreadEvent
from tests.handover.admin.reading import words_of
from tests.people import agent_user
from tests.world import AGENT, BOT, MAYA, PAGE, World

pytestmark = pytest.mark.django_db(transaction=True)

CONFIRM = "btn--primary"


@pytest.fixture
def world(world: World) -> World:
    world.build()
    world.maya_writes()
    return world


def path(world: World, to_party: str) -> str:
    return reverse(f"admin:handover_thread_hand_over_to_{to_party}", args=[world.thread.pk])


def plan(client: Client, world: World, to_party: str, query: str = "") -> str:
    answer = client.get(path(world, to_party) + query)
    assert answer.status_code == 200
    return words_of(answer)


def hand_over(client: Client, world: World, to_party: str, **sent: Any) -> str:
    """Post, and what is then said on the thread's page."""
    answer = client.post(path(world, to_party), sent)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/admin/handover/thread/{world.thread.pk}/change/"
    (said,) = get_messages(client.get(answer.headers["Location"]).wsgi_request)
    return f"{said.level_tag}: {said.message}"


class TestThePlan:
    def test_shows_rules_calls_and_who_holds_the_thread(self, world: World, staff: Client) -> None:
        text = plan(staff, world, "agent")
        assert 'data-rule="source_active"' in staff.get(path(world, "agent")).content.decode()
        for words in (
            "Holds: The page is active.",
            "request_thread_control",
            f"our app ({AGENT})",
            f"Bot: Acme bot ({BOT})",
            "Asked is not granted",
            "by where Facebook delivered",
            CONFIRM,
        ):
            assert words in text

    def test_changes_nothing_and_asks_nothing(self, world: World, staff: Client) -> None:
        events = ThreadEvent.objects.count()
        plan(staff, world, "agent")
        plan(staff, world, "bot")
        assert (Handover.objects.count(), ThreadEvent.objects.count()) == (0, events)
        assert world.graph_calls() == []

    def test_says_why_it_refuses_and_does_not_ask(self, world: World, staff: Client) -> None:
        world.bot_passes_to_us()
        interventions.open_intervention(world.thread, agent_user("ana"), SYSTEM)
        text = plan(staff, world, "bot")
        assert "Refused. An intervention is currently engaged with this identity: ana has it" in text
        assert "Broken: An intervention is currently engaged" in text
        assert CONFIRM not in text

    def test_does_not_ask_for_agents_where_one_asks_in_person(self, world: World, staff: Client) -> None:
        Source.objects.update(needs_agent=True)
        text = plan(staff, world, "agent")
        assert "A member of staff asks, so somebody is there." in text
        assert CONFIRM in text
        assert hand_over(staff, world, "agent").startswith("warning: Asked, not granted yet.")

    def test_of_a_pass_names_the_bots_app(self, world: World, staff: Client) -> None:
        world.bot_passes_to_us()
        text = plan(staff, world, "bot")
        assert "pass_thread_control" in text
        assert f"Give control to Acme bot ({BOT})." in text

    def test_of_what_is_so_already_calls_nobody(self, world: World, staff: Client) -> None:
        assert "The asked-for side holds the thread already." in plan(staff, world, "bot")

    def test_of_a_thread_that_nobody_has_vouched_for_on_a_disabled_page(
        self, world: World, staff: Client
    ) -> None:
        Source.objects.update(is_active=False)
        thread = world.thread
        thread.identity.is_known = False
        thread.identity.save()
        text = plan(staff, world, "agent")
        assert "Refused. Nobody with this foreign id is known." in text
        assert CONFIRM not in text

    def test_has_a_page_of_its_own_for_each_bot_app(self, world: World, staff: Client) -> None:
        BotApp.objects.create(source=world.thread.source, app_id="901", name="Night bot")
        world.bot_passes_to_us()
        text = plan(staff, world, "bot")
        assert "?app_id=901" in text and f"?app_id={BOT}" in text
        assert CONFIRM not in text
        chosen = plan(staff, world, "bot", "?app_id=901")
        assert "Give control to Night bot (901)." in chosen
        assert 'name="app_id" value="901"' in chosen

    def test_of_an_app_that_is_none_of_the_pages_refuses(self, world: World, staff: Client) -> None:
        text = plan(staff, world, "bot", "?app_id=%3Cb%3E")
        assert "App <b> is not a bot app of this page." in text


class TestHandingOver:
    def test_asked_is_not_granted(self, world: World, staff: Client, lee: User) -> None:
        said = hand_over(staff, world, "agent", reason="She asks for a person")
        assert said.startswith("warning: Asked, not granted yet.")
        assert "The request expires at" in said
        assert world.graph_calls() == ["request_thread_control"]
        handover = Handover.objects.get()
        assert (handover.user, handover.reason) == (lee, "She asks for a person")
        event = ThreadEvent.objects.get(name="thread_control.requested")
        assert (event.actor_kind, event.actor_id, event.actor_label) == ("staff", str(lee.pk), "lee")

    def test_a_repeat_asks_facebook_once(self, world: World, staff: Client) -> None:
        hand_over(staff, world, "agent")
        assert "Control was asked for already" in plan(staff, world, "agent")
        assert hand_over(staff, world, "agent").startswith("warning: Asked, not granted yet.")
        assert world.graph_calls() == ["request_thread_control"]

    def test_a_pass_is_done_at_once(self, world: World, staff: Client) -> None:
        world.bot_passes_to_us()
        assert hand_over(staff, world, "bot").startswith("success: Handed over to bot.")
        assert world.truth == BOT

    def test_the_chosen_bot_app_gets_the_thread(self, world: World, staff: Client) -> None:
        world.facebook.add_app("901", "night-secret", "Night bot")
        world.facebook.connect(PAGE, "901", "night-token")
        BotApp.objects.create(source=world.thread.source, app_id="901", name="Night bot")
        world.bot_passes_to_us()
        hand_over(staff, world, "bot", app_id="901")
        assert world.truth == "901"

    def test_a_refusal_by_rule_is_told_and_recorded(self, world: World, staff: Client) -> None:
        world.bot_passes_to_us()
        interventions.open_intervention(world.thread, agent_user("ana"), SYSTEM)
        said = hand_over(staff, world, "bot")
        assert said.startswith(
            "error: Refused, nothing was handed over. An intervention is currently engaged"
        )
        assert Handover.objects.get().state == "refused"
        assert world.graph_calls() == []

    def test_facebooks_own_refusal_is_told_in_its_words(self, world: World, staff: Client) -> None:
        fault = {"error": {"message": "(#200) Permissions error", "type": "OAuthException", "code": 200}}
        world.facebook.knobs.fail_next("request_thread_control", body=fault)
        said = hand_over(staff, world, "agent")
        assert said.startswith("error: Refused, nothing was handed over.")
        assert "Permissions error" in said

    def test_somebody_else_holds_it(self, world: World, staff: Client) -> None:
        world.bot_passes_to_us()
        world.facebook.inbox_takes(PAGE, MAYA)
        world.settle()
        text = plan(staff, world, "bot")
        assert "Refused. The Page Inbox holds the thread since" in text
        assert "Holder Inbox" in text
        said = hand_over(staff, world, "bot")
        assert said.startswith("error: Refused, nothing was handed over. The Page Inbox holds the thread")
        assert world.graph_calls() == []

    def test_a_long_reason_is_refused_before_anything_is_asked(self, world: World, staff: Client) -> None:
        answer = staff.post(path(world, "agent"), {"reason": "x" * 501})
        assert answer.status_code == 200
        assert "at most 500 characters" in answer.content.decode()
        assert Handover.objects.count() == 0

    def test_what_was_shown_is_what_is_done(self, world: World, staff: Client) -> None:
        answer = staff.post(path(world, "agent"), {"planned": "take"})
        assert "What would happen has changed since" in answer.content.decode()
        assert 'name="planned" value="request"' in answer.content.decode()
        assert Handover.objects.count() == 0
        assert hand_over(staff, world, "agent", planned="request").startswith("warning: Asked")

    def test_a_picture_that_only_grew_old_is_no_change(self, world: World, staff: Client) -> None:
        """The owner is then read first, which moves nothing."""
        world.bot_passes_to_us()
        Thread.objects.update(owner_confirmed_at=None)
        assert hand_over(staff, world, "bot", planned="pass").startswith("success")

    def test_on_another_page_the_same_person_is_left_alone(self, world: World, staff: Client) -> None:
        world.add_page("222", "receivers", BOT)
        world.connect_page("bot", "222")
        world.facebook.add_person("222", MAYA, "Maya", "Lind")
        world.facebook.customer_writes("222", MAYA, "Hi")
        world.settle()
        first, second = Thread.objects.order_by("pk")
        staff.post(reverse("admin:handover_thread_hand_over_to_agent", args=[second.pk]))
        assert (first.handovers.count(), second.handovers.count()) == (0, 1)


class TestFacebookOutOfReach:
    def test_no_answer_leaves_it_unknown(self, world: World, staff: Client) -> None:
        world.facebook.knobs.lose_answer("request_thread_control", times=2)
        said = hand_over(staff, world, "agent")
        assert said.startswith("warning: Whether control moved is not known yet.")
        assert Handover.objects.get().state == "unknown"

    def test_no_connection_is_a_failure_that_may_pass(
        self, world: World, staff: Client, settings: Any
    ) -> None:
        settings.GRAPH_API_URL = "http://127.0.0.1:9"
        said = hand_over(staff, world, "agent")
        assert said.startswith("error: Not handed over.")
        assert said.endswith("It may work later.")
