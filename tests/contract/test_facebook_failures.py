"""When Facebook refuses, fails, is slow or loses its answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from handover import carrying_out, handovers
from handover.models import ApiToken, Handover, HandoverState, Source, Thread
from tests.contract.test_handover_requests import is_refused
from tests.world import AGENT, BOT, World

REQUEST, TAKE, PASS, READ = (
    "request_thread_control",
    "take_thread_control",
    "pass_thread_control",
    "thread_owner",
)


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError("it never came to be")


def error(code: int, message: str, subcode: int | None = None, **more: Any) -> dict[str, Any]:
    body = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1", **more}
    if subcode is not None:
        body["error_subcode"] = subcode
    return {"error": body}


@pytest.fixture
def world(world: World) -> World:
    """The bot's app is primary, and the thread is the bot's."""
    world.build()
    world.maya_writes()
    return world


@pytest.fixture
def ours(world: World) -> World:
    """The thread is ours."""
    world.bot_passes_to_us()
    return world


class TestARefusalForGood:
    @pytest.mark.parametrize(
        ("code", "text", "subcode"),
        [
            (190, "Invalid OAuth access token.", 460),
            (10, "Application has no permission", None),
            (4711, "?", None),
        ],
    )
    def test_carries_facebooks_code_and_text(
        self, world: World, code: int, text: str, subcode: int | None
    ) -> None:
        world.facebook.knobs.fail_next(REQUEST, body=error(code, text, subcode))
        answer = world.bot_to_agent()
        is_refused(answer, 422, "facebook_error", text)
        assert str(code) in answer.json()["message"]
        assert world.handover_of(answer).state == HandoverState.REFUSED
        assert world.graph_calls() == [REQUEST]

    def test_names_no_secret(self, world: World) -> None:
        world.facebook.knobs.fail_next(REQUEST, body=error(190, "Bad token"))
        assert "page-token" not in world.bot_to_agent().text

    def test_for_a_person_we_know_is_facebooks_error(self, world: World) -> None:
        world.facebook.knobs.fail_next(REQUEST, body=error(100, "(#100) No matching user found", 2018001))
        is_refused(world.bot_to_agent(), 422, "facebook_error")

    def test_because_we_are_not_the_owner_is_a_conflict(self, ours: World) -> None:
        ours.facebook.knobs.webhooks.drop_next(1)
        ours.facebook.app_takes(BOT, "111", "24001")
        is_refused(ours.agent_to_bot(), 409, "control_conflict")
        assert ours.control["owner"] == "other"


class TestWhatIsOursAlready:
    def test_is_a_success_from_which_nothing_is_learnt(self, world: World) -> None:
        body = error(27, "(#27) The requesting app already has control of this thread.", 1893035)
        world.facebook.knobs.fail_next(REQUEST, body=body)
        answer = world.bot_to_agent()
        assert world.handover_of(answer).state == HandoverState.COMPLETED
        assert world.control["owner"] == "agent"
        source = Source.objects.get()
        assert (source.can_take, source.primary) == (None, "bot")
        assert world.thread.events.last().name == "thread_control.unchanged"

    def test_is_no_success_for_a_pass(self, ours: World) -> None:
        body = error(100, "(#100) The app already has control of this thread.")
        ours.facebook.knobs.fail_next(PASS, body=body)
        is_refused(ours.agent_to_bot(), 422, "facebook_error")
        assert ours.control["owner"] == "agent"


class TestSlowDown:
    @pytest.mark.parametrize("code", [4, 17, 32, 341, 613, 80001, 80006])
    def test_is_unavailable(self, world: World, code: int) -> None:
        world.facebook.knobs.fail_next(REQUEST, body=error(code, "Too many calls"))
        answer = world.bot_to_agent()
        is_refused(answer, 503, "facebook_unavailable")
        assert world.handover_of(answer).state == HandoverState.FAILED

    def test_says_when_to_come_back_where_facebook_does(self, world: World) -> None:
        usage = '{"111":[{"type":"messenger","call_count":100,"estimated_time_to_regain_access":3}]}'
        world.facebook.knobs.fail_next(
            REQUEST, body=error(80006, "Too many"), headers={"X-Business-Use-Case-Usage": usage}
        )
        assert world.bot_to_agent().headers["Retry-After"] == "180"


class TestARequestWithoutAnswer:
    def test_is_repeated_once(self, world: World) -> None:
        world.facebook.knobs.lose_answer(REQUEST)
        assert world.bot_to_agent().status_code == 200
        assert world.graph_calls() == [REQUEST, REQUEST]

    def test_twice_is_unknown_and_a_later_grant_settles_it(self, world: World) -> None:
        world.facebook.knobs.lose_answer(REQUEST, times=2)
        answer = world.bot_to_agent()
        is_refused(answer, 503, "facebook_unavailable")
        assert world.handover_of(answer).state == HandoverState.UNKNOWN
        world.bot_passes_to_us()
        assert world.handover_of(answer).state == HandoverState.COMPLETED

    def test_is_settled_by_a_later_grant_even_if_its_repeat_was_refused(self, world: World) -> None:
        world.facebook.knobs.lose_answer(REQUEST)
        world.facebook.knobs.fail_next(REQUEST, body=error(190, "Expired"))
        answer = world.bot_to_agent()
        assert answer.status_code in (200, 422)
        world.bot_passes_to_us()
        assert world.handover_of(answer).state == HandoverState.COMPLETED

    def test_never_shields_a_repeat(self, world: World) -> None:
        world.facebook.knobs.lose_answer(REQUEST, times=2)
        first = world.bot_to_agent()
        second = world.bot_to_agent()
        assert second.status_code == 200
        assert first.headers["Handover-Id"] != second.headers["Handover-Id"]

    def test_is_settled_by_the_grant_of_a_later_one_which_the_history_tells_after_the_grant(
        self, world: World
    ) -> None:
        world.facebook.knobs.lose_answer(REQUEST, times=2)
        world.bot_to_agent()
        world.bot_to_agent()
        world.bot_passes_to_us()
        told = [(e.name, e.owner_before, e.owner_after) for e in world.thread.events.order_by("-seq")[:2]]
        assert told == [
            ("thread_control.unchanged", "agent", "agent"),
            ("thread_control.observed", "bot", "agent"),
        ]

    def test_is_expired_when_the_deadline_passes(self, world: World) -> None:
        world.facebook.knobs.lose_answer(REQUEST, times=2)
        Source.objects.update(handover_deadline=0)
        answer = world.bot_to_agent()
        world.work()
        assert world.handover_of(answer).state == HandoverState.EXPIRED

    @pytest.mark.parametrize("body", [error(1, "unknown"), error(2, "service", is_transient=True), b"<html>"])
    def test_counts_a_failure_that_does_not_tell_as_none(self, world: World, body: Any) -> None:
        world.facebook.knobs.fail_next(REQUEST, times=1, body=body, status=500)
        assert world.bot_to_agent().status_code == 200
        assert world.graph_calls() == [REQUEST, REQUEST]

    def test_a_failure_that_is_not_transient_is_final(self, world: World) -> None:
        world.facebook.knobs.fail_next(REQUEST, body=error(2, "Contact", 2018344, is_transient=False))
        is_refused(world.bot_to_agent(), 422, "facebook_error")


class TestAPassWithoutAnswer:
    def test_that_took_effect_is_completed(self, ours: World) -> None:
        ours.facebook.knobs.lose_answer(PASS)
        answer = ours.agent_to_bot()
        assert answer.status_code == 200
        assert ours.graph_calls() == [PASS, READ]
        assert ours.handover_of(answer).state == HandoverState.COMPLETED

    def test_that_took_effect_leaves_the_bot_as_holder_as_far_as_we_know(self, ours: World) -> None:
        """The bot's app is primary: Facebook tells us only that the thread is not ours."""
        ours.facebook.knobs.lose_answer(PASS)
        ours.agent_to_bot()
        control = ours.control
        assert (control["owner"], control["app_id"], control["sure"]) == ("bot", BOT, False)
        assert (control["how"], ours.truth) == ("owner_read", BOT)
        ours.facebook.app_sends(BOT, "111", "24001", "Here I am again")
        ours.settle()
        assert ours.control["sure"] is True

    def test_that_took_effect_may_be_repeated(self, ours: World) -> None:
        ours.facebook.knobs.lose_answer(PASS)
        ours.agent_to_bot()
        ours.facebook.forget()
        answer = ours.agent_to_bot()
        assert (answer.status_code, ours.graph_calls()) == (200, [READ])
        assert ours.handover_of(answer).state == HandoverState.COMPLETED

    def test_that_took_effect_does_not_let_us_take_the_thread(self, ours: World) -> None:
        """Nothing is taken on a guess."""
        ours.facebook.knobs.lose_answer(PASS)
        ours.agent_to_bot()
        Source.objects.update(requests_refused=True)
        ours.facebook.forget()
        is_refused(ours.bot_to_agent(), 409, "control_conflict")
        assert ours.graph_calls() == [READ]

    def test_that_did_not_take_effect_is_failed(self, ours: World) -> None:
        ours.facebook.knobs.fail_next(PASS, body=b"", status=502)
        answer = ours.agent_to_bot()
        is_refused(answer, 503, "facebook_unavailable")
        assert ours.handover_of(answer).state == HandoverState.FAILED
        assert ours.control["owner"] == "agent"

    def test_that_seems_not_to_have_taken_effect_is_looked_at_once_more(self, ours: World) -> None:
        """The pass may still be under way at Facebook when the owner is read."""
        ours.facebook.knobs.fail_next(PASS, body=b"", status=502)
        ours.agent_to_bot()
        ours.facebook.app_passes(AGENT, "111", "24001", BOT)
        assert ours.thread.owner_check_at is not None
        Thread.objects.update(owner_check_at=timezone.now())
        ours.work()
        assert ours.control["owner"] != "agent"

    def test_leaves_us_unsure_of_the_owner(self, ours: World) -> None:
        ours.facebook.knobs.lose_answer(PASS)
        ours.facebook.knobs.fail_next(READ, body=error(2, "down", is_transient=True), status=500)
        ours.agent_to_bot()
        assert ours.control["sure"] is False

    def test_is_unknown_where_the_owner_cannot_be_read_and_the_worker_settles_it(self, ours: World) -> None:
        ours.facebook.knobs.lose_answer(PASS)
        ours.facebook.knobs.fail_next(READ, body=error(2, "down", is_transient=True), status=500)
        answer = ours.agent_to_bot()
        is_refused(answer, 503, "facebook_unavailable")
        assert ours.handover_of(answer).state == HandoverState.UNKNOWN
        Handover.objects.update(next_attempt_at=timezone.now())
        ours.work()
        assert ours.handover_of(answer).state == HandoverState.COMPLETED
        assert (ours.control["owner"], ours.control["sure"]) == ("bot", False)

    def test_is_settled_first_by_whoever_comes_next(self, ours: World) -> None:
        ours.facebook.knobs.lose_answer(PASS)
        ours.facebook.knobs.fail_next(READ, body=error(2, "down", is_transient=True), status=500)
        first = ours.agent_to_bot()
        ours.facebook.forget()
        assert ours.bot_to_agent().status_code == 200
        assert ours.graph_calls() == [READ, REQUEST]
        assert ours.handover_of(first).state == HandoverState.COMPLETED


class TestATakeWithoutAnswer:
    @pytest.fixture
    def routed(self, transactional_db: None, live_server: Any, facebook: Any, settings: Any) -> Any:
        settings.GRAPH_API_URL = facebook.url
        routed = World(live_server.url, facebook).build("routing", "bot", take_over=True)
        routed.maya_writes()
        yield routed
        routed.http.close()

    def test_that_took_effect_is_completed(self, routed: World) -> None:
        routed.facebook.knobs.lose_answer(TAKE)
        assert routed.bot_to_agent().status_code == 200
        assert routed.graph_calls() == [TAKE, READ]
        assert (routed.truth, routed.control["owner"]) == (AGENT, "agent")


class TestASlowFacebook:
    def test_is_given_up_within_its_read_timeout(self, ours: World, settings: Any) -> None:
        settings.GRAPH_READ_TIMEOUT = 0.3
        ours.facebook.knobs.delay(PASS, 1.0, times=1)
        answer = ours.agent_to_bot()
        assert answer.status_code in (200, 503)
        assert ours.graph_calls(READ) == [READ]

    def test_that_is_not_there_is_unavailable_and_nothing_happened(self, ours: World, settings: Any) -> None:
        settings.GRAPH_API_URL = "http://127.0.0.1:9"
        answer = ours.agent_to_bot()
        is_refused(answer, 503, "facebook_unavailable")
        assert ours.handover_of(answer).state == HandoverState.FAILED


class TestASlowAnswer:
    def test_does_not_hide_what_facebook_told_meanwhile(self, ours: World) -> None:
        """The pass takes effect, the bot passes back, and only then does the answer to the pass come."""
        ours.facebook.knobs.delay(PASS, 1.5, times=1, when="after")
        with ThreadPoolExecutor(1) as pool:
            passing = pool.submit(ours.agent_to_bot)
            wait_until(lambda: ours.truth == BOT)
            ours.facebook.app_passes(BOT, "111", "24001", AGENT)
            ours.settle()
            assert passing.result().status_code == 200
        assert ours.truth == AGENT
        assert ours.control["owner"] == "agent"

    def test_of_several_calls_ends_with_the_whole_budget(self, world: World, monkeypatch: Any) -> None:
        monkeypatch.setattr("handover.carrying_out.WHOLE_CALL_SECONDS", 0.4)
        world.facebook.knobs.delay(REQUEST, 0.6)
        answer = world.bot_to_agent()
        is_refused(answer, 503, "facebook_unavailable")
        assert world.graph_calls() in ([], [REQUEST])

    def test_is_waited_for_no_longer_than_the_contract_says(self) -> None:
        assert carrying_out.WHOLE_CALL_SECONDS == 15
        assert timedelta(seconds=20) == handovers.LEASE


class TestAKilledProcess:
    def left_behind(self, world: World, verb: str, to_party: str, app_id: str) -> Handover:
        """What a handover looks like whose process died while Facebook was being asked."""
        now = timezone.now()
        return Handover.objects.create(
            source=world.thread.source,
            thread=world.thread,
            from_party="agent" if to_party == "bot" else "bot",
            to_party=to_party,
            app_id=app_id,
            verb=verb,
            requested_at=now - timedelta(seconds=30),
            lease_until=now - timedelta(seconds=10),
        )

    def test_frees_the_thread_after_its_lease_and_is_settled_by_the_next(self, ours: World) -> None:
        ours.facebook.app_passes(AGENT, "111", "24001", BOT)
        handover = self.left_behind(ours, "pass", "bot", BOT)
        assert ours.bot_to_agent().status_code == 200
        handover.refresh_from_db()
        assert handover.state == HandoverState.COMPLETED
        assert ours.graph_calls() == [READ, REQUEST]

    @pytest.mark.parametrize(
        ("app_id", "to_party", "state"), [(AGENT, "agent", "completed"), (BOT, "bot", "failed")]
    )
    def test_that_had_only_read_the_owner_is_settled_too(
        self, ours: World, app_id: str, to_party: str, state: str
    ) -> None:
        handover = self.left_behind(ours, "read_owner", to_party, app_id)
        ours.work()
        handover.refresh_from_db()
        assert handover.state == state

    def test_is_settled_by_the_worker_where_nobody_comes(self, ours: World) -> None:
        handover = self.left_behind(ours, "pass", "bot", BOT)
        ours.work()
        handover.refresh_from_db()
        assert (handover.state, handover.lease_until) == (HandoverState.FAILED, None)

    def test_stands_in_the_history_with_who_wanted_it(self, ours: World) -> None:
        handover = self.left_behind(ours, "pass", "bot", BOT)
        Handover.objects.filter(pk=handover.pk).update(token=ApiToken.objects.get(), reason="Done")
        ours.work()
        event = ours.thread.events.get(name="thread_control.settled")
        assert (event.handover, event.actor_label) == (handover, "test bot")
        assert event.text.body == {"reason": "Done"}

    def test_is_not_expired_while_its_lease_lasts(self, ours: World) -> None:
        handover = self.left_behind(ours, "request", "agent", AGENT)
        now = timezone.now()
        Handover.objects.update(deadline_at=now, lease_until=now + timedelta(seconds=5))
        ours.work()
        handover.refresh_from_db()
        assert handover.state == HandoverState.UNKNOWN

    def test_blocks_the_thread_while_its_lease_lasts(self, ours: World) -> None:
        handover = self.left_behind(ours, "pass", "bot", BOT)
        Handover.objects.filter(pk=handover.pk).update(lease_until=timezone.now() + timedelta(seconds=5))
        is_refused(ours.agent_to_bot(), 409, "handover_in_progress")


def test_a_grant_that_comes_before_the_answer_is_not_lost(world: World) -> None:
    """Facebook may tell of the pass while its answer to the request is still on the way."""
    Thread.objects.update(owner="unknown", owner_app_id="", owner_sure=False)
    world.facebook.app_releases(BOT, "111", "24001")
    world.facebook.knobs.delay(REQUEST, 0.5, when="after")
    answer = world.bot_to_agent()
    assert world.handover_of(answer).state == HandoverState.COMPLETED
    assert world.control["owner"] == "agent"
