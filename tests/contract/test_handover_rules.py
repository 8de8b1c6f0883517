"""What a handover does at Facebook, under each of its modes, and what follows for the thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone

from handover import interventions, tokens
from handover.actors import SYSTEM
from handover.models import Handover, HandoverState, Source, Thread
from tests.contract.test_handover_requests import is_refused
from tests.people import agent_user
from tests.world import AGENT, BOT, INBOX, MAYA, PAGE, World


def stale(world: World) -> None:
    """Two minutes have gone by since we last heard who holds the thread."""
    Thread.objects.update(owner_confirmed_at=timezone.now() - timedelta(minutes=2))


class TestBotToAgentUnderTheOldProtocol:
    @pytest.fixture
    def world(self, world: World) -> World:
        world.build("receivers", "bot")
        world.maya_writes()
        return world

    def test_asks_facebook_and_means_asked_not_granted(self, world: World) -> None:
        handover = world.handover_of(world.bot_to_agent())
        assert world.graph_calls() == ["request_thread_control"]
        assert handover.state == HandoverState.REQUESTED
        assert world.control["owner"] == "bot"

    def test_the_bot_is_asked_with_the_reason(self, world: World) -> None:
        world.bot_to_agent(reason="Wants a refund")
        world.settle()
        (asked,) = [e.event for e in world.facebook.events(BOT) if "request_thread_control" in e.event]
        assert asked["request_thread_control"]["requested_owner_app_id"] == AGENT
        assert asked["request_thread_control"]["metadata"] == "Wants a refund"

    def test_is_completed_when_the_bot_passes_control(self, world: World) -> None:
        answer = world.bot_to_agent()
        world.bot_passes_to_us()
        assert world.handover_of(answer).state == HandoverState.COMPLETED
        control = world.control
        assert (control["owner"], control["app_id"], control["sure"]) == ("agent", AGENT, True)
        assert control["how"] == "handover_event"

    def test_a_repeat_while_it_is_requested_answers_with_the_first(self, world: World) -> None:
        first, second = world.bot_to_agent(), world.bot_to_agent()
        assert first.headers["Handover-Id"] == second.headers["Handover-Id"]
        assert world.graph_calls() == ["request_thread_control"]
        assert world.handover_of(first).repeats == 1

    def test_expires_at_the_pages_deadline(self, world: World) -> None:
        Source.objects.update(handover_deadline=0)
        answer = world.bot_to_agent()
        handover = world.get(f"/1.0/bots/handovers/{answer.headers['Handover-Id']}")
        assert handover["state"] == "expired"

    def test_a_new_request_can_be_made_after_the_deadline(self, world: World) -> None:
        Source.objects.update(handover_deadline=0)
        first, second = world.bot_to_agent(), world.bot_to_agent()
        assert first.headers["Handover-Id"] != second.headers["Handover-Id"]
        assert world.graph_calls() == ["request_thread_control"] * 2

    def test_a_grant_taken_back_at_once_still_settles_it(self, world: World) -> None:
        answer = world.bot_to_agent()
        world.facebook.knobs.webhooks.hold()
        world.facebook.app_passes(BOT, PAGE, MAYA, AGENT)
        world.facebook.advance(1)
        world.facebook.inbox_takes(PAGE, MAYA)
        world.facebook.knobs.webhooks.batch(10)
        world.facebook.knobs.webhooks.release()
        world.settle()
        assert world.handover_of(answer).state == HandoverState.COMPLETED
        assert world.control["owner"] == "inbox"

    def test_a_pass_to_the_bot_ends_an_older_request(self, world: World) -> None:
        first = world.bot_to_agent()
        world.facebook.knobs.webhooks.drop_next(1)
        world.facebook.app_passes(BOT, PAGE, MAYA, AGENT)
        world.maya_writes("Anybody there?")
        Thread.objects.update(owner_check_at=None)
        world.agent_to_bot()
        second = world.bot_to_agent()
        assert first.headers["Handover-Id"] != second.headers["Handover-Id"]
        assert world.graph_calls("request_thread_control") == ["request_thread_control"] * 2

    def test_an_unseen_grant_is_found_by_reading_the_owner(self, world: World) -> None:
        answer = world.bot_to_agent()
        world.facebook.knobs.webhooks.drop_next(1)
        world.facebook.app_passes(BOT, PAGE, MAYA, AGENT)
        world.maya_writes("Anybody there?")
        world.work()
        assert world.handover_of(answer).state == HandoverState.COMPLETED

    def test_the_categories_are_set_once_it_succeeds(self, world: World) -> None:
        world.bot_to_agent(**{"thread_category_ids[]": ["a", "b"]})
        assert world.thread.thread_category_ids == []
        world.bot_passes_to_us()
        assert world.thread.thread_category_ids == ["a", "b"]

    def test_asks_the_inbox_too_as_asking_is_harmless(self, world: World) -> None:
        world.facebook.inbox_takes(PAGE, MAYA)
        assert world.bot_to_agent().status_code == 200

    def test_is_done_at_once_where_the_thread_is_ours_already(self, world: World) -> None:
        world.bot_passes_to_us()
        answer = world.bot_to_agent()
        assert world.handover_of(answer).state == HandoverState.COMPLETED
        assert world.graph_calls() == []

    def test_reads_the_owner_where_ours_was_not_confirmed_lately(self, world: World) -> None:
        world.bot_passes_to_us()
        stale(world)
        assert world.handover_of(world.bot_to_agent()).state == HandoverState.COMPLETED
        assert world.graph_calls() == ["thread_owner"]

    def test_goes_on_to_ask_where_the_reading_says_that_it_is_no_longer_ours(self, world: World) -> None:
        world.bot_passes_to_us()
        world.facebook.knobs.webhooks.drop_next(1)
        world.facebook.app_takes(BOT, PAGE, MAYA)
        stale(world)
        assert world.handover_of(world.bot_to_agent()).state == HandoverState.REQUESTED
        assert world.graph_calls() == ["thread_owner", "request_thread_control"]


class TestBotToAgentWhereRequestsAreRefused:
    def test_our_primary_app_learns_it_and_takes_in_the_same_call(self, world: World) -> None:
        world.build("receivers", "agent")
        world.maya_writes()
        world.facebook.app_passes(AGENT, PAGE, MAYA, BOT)
        stale(world)
        answer = world.bot_to_agent()
        assert world.handover_of(answer).state == HandoverState.COMPLETED
        assert world.graph_calls() == ["thread_owner", "request_thread_control", "take_thread_control"]
        assert (world.truth, world.control["owner"]) == (AGENT, "agent")

    def test_what_was_learnt_is_remembered(self, world: World) -> None:
        self.test_our_primary_app_learns_it_and_takes_in_the_same_call(world)
        world.agent_to_bot()
        world.facebook.forget()
        world.bot_to_agent()
        assert world.graph_calls() == ["take_thread_control"]

    def test_a_take_that_only_the_primary_app_may_make_corrects_what_was_set(self, world: World) -> None:
        world.build_facebook("receivers", AGENT)
        world.connect_page("bot")
        world.token = tokens.issue("test bot")
        world.maya_writes()
        world.facebook.app_passes(AGENT, PAGE, MAYA, BOT)
        stale(world)
        assert world.bot_to_agent().status_code == 200
        source = Source.objects.get()
        assert source.primary == "agent"
        assert "only the primary app" in source.primary_note

    def test_conversation_routing_takes_without_asking(self, world: World) -> None:
        world.build("routing", "bot", take_over=True)
        world.maya_writes()
        answer = world.bot_to_agent()
        assert world.handover_of(answer).state == HandoverState.COMPLETED
        assert world.graph_calls() == ["take_thread_control"]
        assert world.truth == AGENT
        assert Source.objects.get().can_take is True

    def test_without_the_take_over_switch_facebook_refuses_and_we_learn_it(self, world: World) -> None:
        world.build("routing", "bot", take_over=False)
        world.maya_writes()
        answer = world.bot_to_agent()
        is_refused(answer, 422, "facebook_error", "27")
        assert Source.objects.get().can_take is False
        assert world.truth == BOT

    def test_a_take_that_is_refused_is_one_line_of_history(self, world: World) -> None:
        world.build("routing", "bot", take_over=False)
        world.maya_writes()
        answer = world.bot_to_agent()
        (refused,) = world.thread.events.filter(name="thread_control.refused")
        assert (refused.handover, refused.call["code"]) == (world.handover_of(answer), 27)

    def test_a_request_that_is_refused_and_the_take_after_it_are_a_line_each(self, world: World) -> None:
        self.test_our_primary_app_learns_it_and_takes_in_the_same_call(world)
        names = world.thread.events.filter(call__isnull=False).values_list("name", "call__edge")
        assert list(names)[-3:] == [
            ("thread_control.observed", "thread_owner"),
            ("thread_control.refused", "request_thread_control"),
            ("thread_control.taken", "take_thread_control"),
        ]

    def test_where_neither_is_offered_each_call_is_one_line(self, world: World) -> None:
        world.build("receivers", "bot")
        world.maya_writes()
        world.facebook.set_mode(PAGE, "routing", BOT)
        is_refused(world.bot_to_agent(), 422, "facebook_error")
        refused = world.thread.events.filter(name="thread_control.refused")
        assert [event.call["edge"] for event in refused] == [
            "request_thread_control",
            "take_thread_control",
        ]

    def test_nothing_is_taken_from_the_inbox(self, world: World) -> None:
        world.build("routing", "agent", take_over=True)
        world.maya_writes()
        world.facebook.inbox_takes(PAGE, MAYA)
        world.settle()
        answer = world.bot_to_agent()
        is_refused(answer, 409, "control_conflict", "Page Inbox")
        assert "since" in answer.json()["message"]
        assert (world.truth, world.graph_calls()) == (INBOX, [])

    def test_an_inbox_that_took_the_thread_unseen_is_found_by_reading_first(self, world: World) -> None:
        world.build("routing", "agent", take_over=True)
        world.maya_writes()
        world.agent_to_bot()
        world.facebook.inbox_takes(PAGE, MAYA)
        stale(world)
        world.facebook.forget()
        is_refused(world.bot_to_agent(), 409, "control_conflict", "Page Inbox")
        assert world.graph_calls() == ["thread_owner"]

    def test_nothing_is_taken_where_facebook_does_not_say_who_holds_it(self, world: World) -> None:
        world.build("routing", "bot", take_over=True)
        world.maya_writes()
        stale(world)
        is_refused(world.bot_to_agent(), 409, "control_conflict")
        assert world.graph_calls() == ["thread_owner"]

    def test_a_request_that_is_possible_again_is_made_again(self, world: World) -> None:
        self.test_our_primary_app_learns_it_and_takes_in_the_same_call(world)
        world.agent_to_bot()
        world.facebook.set_mode(PAGE, "open")
        world.facebook.forget()
        assert world.bot_to_agent().status_code == 200
        assert world.graph_calls() == ["take_thread_control", "request_thread_control"]

    def test_the_bots_next_word_shows_again_that_it_holds_the_thread(self, world: World) -> None:
        world.build("routing", "bot", take_over=True)
        world.maya_writes()
        stale(world)
        assert world.bot_to_agent().status_code == 409
        world.facebook.app_sends(BOT, PAGE, MAYA, "One moment")
        world.settle()
        assert world.bot_to_agent().status_code == 200
        assert world.truth == AGENT

    def test_a_mode_that_facebook_contradicts_is_read_again(self, world: World) -> None:
        world.build("routing", "bot", take_over=True)
        world.maya_writes()
        world.facebook.set_mode(PAGE, "open")
        world.bot_to_agent()
        assert world.graph_calls() == ["take_thread_control", "request_thread_control"]
        world.work()
        assert Source.objects.get().control_mode == "receivers"


class TestWithNoDefaultApp:
    @pytest.fixture
    def world(self, world: World) -> World:
        world.build("open", "none")
        world.maya_writes()
        return world

    def test_an_idle_thread_is_given_at_once(self, world: World) -> None:
        answer = world.bot_to_agent()
        world.settle()
        assert world.handover_of(answer).state == HandoverState.COMPLETED
        assert (world.truth, world.control["owner"]) == (AGENT, "agent")

    def test_a_bots_thread_is_asked_for(self, world: World) -> None:
        world.facebook.app_requests(BOT, PAGE, MAYA)
        answer = world.bot_to_agent()
        assert world.handover_of(answer).state == HandoverState.REQUESTED
        world.bot_passes_to_us()
        assert world.handover_of(answer).state == HandoverState.COMPLETED

    def test_who_got_a_message_says_nothing(self, world: World) -> None:
        assert world.control["owner"] == "unknown"

    def test_the_line_about_a_pass_comes_before_that_about_the_request_it_ends(self, world: World) -> None:
        world.facebook.knobs.webhooks.hold()
        world.bot_to_agent()
        world.agent_to_bot()
        passed, expired = world.thread.events.order_by("-seq")[:2][::-1]
        assert (passed.name, expired.name) == ("thread_control.passed", "thread_control.expired")
        assert (passed.owner_before, passed.owner_after, expired.owner_before) == ("unknown", "bot", "bot")

    def test_an_idle_thread_is_passed_to_the_bot(self, world: World) -> None:
        assert world.agent_to_bot().status_code == 200
        assert world.truth == BOT


class TestAgentToBot:
    @pytest.fixture
    def world(self, world: World) -> World:
        world.build()
        world.maya_writes()
        world.bot_passes_to_us()
        return world

    @pytest.mark.parametrize("app_id", [BOT, ""])
    def test_passes_control_to_the_bot(self, world: World, app_id: str) -> None:
        answer = world.agent_to_bot(app_id=app_id)
        assert answer.content == b'{"status":200,"message":"Success"}'
        assert world.graph_calls() == ["pass_thread_control"]
        assert world.truth == BOT
        control = world.control
        assert (control["owner"], control["app_id"], control["how"]) == ("bot", BOT, "our_call")
        assert world.handover_of(answer).state == HandoverState.COMPLETED

    def test_makes_no_call_where_the_bot_holds_the_thread(self, world: World) -> None:
        world.agent_to_bot()
        world.facebook.forget()
        assert world.agent_to_bot().status_code == 200
        assert world.graph_calls() == []

    def test_reads_the_owner_where_the_bots_was_not_confirmed_lately(self, world: World) -> None:
        world.agent_to_bot()
        stale(world)
        world.facebook.forget()
        assert world.agent_to_bot().status_code == 200
        assert world.graph_calls() == ["thread_owner"]

    def test_is_passed_to_the_bot_that_is_named_not_to_another(self, world: World) -> None:
        world.facebook.add_app("901", "s", "Second bot")
        world.facebook.connect(PAGE, "901", "second-token")
        Source.objects.get().bot_apps.create(app_id="901")
        assert world.agent_to_bot(app_id="901").status_code == 200
        assert world.truth == "901"

    def test_is_refused_for_an_app_that_is_no_bot_of_the_page(self, world: World) -> None:
        for app_id in (AGENT, "901"):
            is_refused(world.agent_to_bot(app_id=app_id), 422, "invalid_bot_app", app_id)

    def test_needs_the_bot_named_where_there_are_several(self, world: World) -> None:
        Source.objects.get().bot_apps.create(app_id="901")
        is_refused(world.agent_to_bot(app_id=""), 400, "missing_parameter", "app_id")

    def test_is_refused_while_an_intervention_is_engaged(self, world: World) -> None:
        opened = interventions.open_intervention(world.thread, agent_user("ana"), SYSTEM)
        is_refused(world.agent_to_bot(), 422, "intervention_engaged", "ana")
        assert world.graph_calls() == []
        interventions.close_intervention(opened, SYSTEM)
        assert world.agent_to_bot().status_code == 200

    @pytest.mark.parametrize("status", ["deferred", "closing"])
    def test_deferred_and_closing_count_as_engaged(self, world: World, status: str) -> None:
        opened = interventions.open_intervention(world.thread, agent_user("ana"), SYSTEM)
        opened.status = status
        opened.save()
        is_refused(world.agent_to_bot(), 422, "intervention_engaged")

    def test_the_bots_own_intervention_is_no_obstacle(self, world: World) -> None:
        interventions.open_intervention(world.thread, agent_user("bot"), SYSTEM, is_bots=True)
        assert world.agent_to_bot().status_code == 200

    def test_is_refused_where_the_inbox_holds_the_thread(self, world: World) -> None:
        world.facebook.inbox_takes(PAGE, MAYA)
        world.settle()
        world.facebook.forget()
        is_refused(world.agent_to_bot(), 409, "control_conflict", "Page Inbox")
        assert world.graph_calls() == []

    def test_repeated_refusals_are_counted_on_one_record(self, world: World) -> None:
        interventions.open_intervention(world.thread, agent_user("ana"), SYSTEM)
        answers = [world.agent_to_bot() for _ in range(3)]
        assert len({answer.headers["Handover-Id"] for answer in answers}) == 1
        assert world.handover_of(answers[0]).repeats == 2
        assert world.thread.events.filter(name="thread_control.refused").count() == 1


class TestTwoAtOnce:
    def test_many_callers_make_one_call(self, world: World) -> None:
        world.build()
        world.maya_writes()
        world.facebook.knobs.delay("request_thread_control", 0.5)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: world.bot_to_agent(), range(8)))
        assert sorted({answer.status_code for answer in answers}) == [200, 409]
        for answer in answers:
            if answer.status_code == 409:
                is_refused(answer, 409, "handover_in_progress")
        assert world.graph_calls() == ["request_thread_control"]
        assert Handover.objects.count() == 1

    def test_no_intervention_opens_while_control_is_being_passed(self, world: World) -> None:
        world.build()
        world.maya_writes()
        world.bot_passes_to_us()
        Handover.objects.create(
            source=world.thread.source,
            thread=world.thread,
            from_party="agent",
            to_party="bot",
            requested_at=timezone.now(),
            lease_until=timezone.now() + timedelta(seconds=20),
        )
        with pytest.raises(interventions.ServiceError) as refused:
            interventions.open_intervention(world.thread, agent_user("ana"), SYSTEM)
        assert refused.value.code == "handover_in_progress"
