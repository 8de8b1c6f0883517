"""What people do while the platform is being asked for something on the same thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from channels_fb.channel import MessengerChannel
from handover import interventions, reply_queue, tokens
from tests.contract.engaging import change, changed, opened, post, staged, thread_id
from tests.contract.replying import answer, answers, later, refresh, said, set_page
from tests.contract.test_handover_requests import is_refused
from tests.contract.test_replies import wrote
from tests.contract.test_replies_and_answers import graph_error
from tests.world import AGENT, BOT, MAYA, PAGE, World

pytestmark = pytest.mark.usefixtures("worker_rests")
RELEASE = "release_thread_control"
During = Callable[[str, Callable[[], object]], None]


@pytest.fixture
def during(monkeypatch: pytest.MonkeyPatch) -> During:
    """Have something happen while the next call of this kind is under way, before it takes effect."""

    def arrange(call: str, happening: Callable[[], object]) -> None:
        real = getattr(MessengerChannel, call)

        def call_while_it_happens(*given: Any) -> Any:
            monkeypatch.setattr(MessengerChannel, call, real)
            happening()
            return real(*given)

        monkeypatch.setattr(MessengerChannel, call, call_while_it_happens)

    return arrange


def at_rest(desk: World) -> None:
    """Some minutes pass, and the worker has done all there was to do."""
    for _ in range(5):
        desk.work()
        later(120)


class TestWhileControlIsTaken:
    @pytest.fixture
    def desk(self, world: World) -> World:
        """Ours is the primary app, and the bot holds Maya's thread."""
        return staged(world, primary="agent", held_by=BOT)

    def test_for_an_opening_a_cancelling_has_it_given_back(self, desk: World, during: During) -> None:
        set_page(desk, asks_on_opening=True)
        desk.agent_to_bot()
        record = opened(desk)
        during("take_control", lambda: changed(desk, record, "DELETE", "cancel"))
        at_rest(desk)
        assert (desk.graph_calls("take_thread_control", RELEASE), desk.truth) == (
            ["take_thread_control", RELEASE],
            None,
        )

    def test_by_hand_a_cancelling_has_it_given_back(self, desk: World, during: During) -> None:
        desk.agent_to_bot()
        record = opened(desk)

        def cancel() -> None:
            changed(desk, record, "DELETE", "cancel")
            desk.work()

        during("take_control", cancel)
        change(desk, record, "PUT", "take_over")
        at_rest(desk)
        assert desk.truth is None


class TestWhileControlIsReleased:
    @pytest.fixture
    def desk(self, world: World) -> World:
        """Our app holds Maya's thread."""
        return staged(world)

    def test_an_opening_has_it_asked_for_again(self, desk: World, during: During) -> None:
        set_page(desk, asks_on_opening=True)
        changed(desk, opened(desk), "DELETE", "cancel")
        during("release_control", lambda: opened(desk))
        at_rest(desk)
        assert desk.graph_calls(RELEASE, "request_thread_control") == [RELEASE, "request_thread_control"]

    def test_a_handover_to_the_bot_goes_through(self, desk: World, during: During) -> None:
        changed(desk, opened(desk), "DELETE", "cancel")
        during("release_control", lambda: desk.agent_to_bot())
        at_rest(desk)
        assert desk.truth == BOT

    def test_a_handover_to_the_agent_waits_until_that_is_over(self, desk: World, during: During) -> None:
        changed(desk, opened(desk), "DELETE", "cancel")
        with ThreadPoolExecutor(1) as pool:
            asked: list[Any] = []

            def ask() -> None:
                asked.append(pool.submit(desk.bot_to_agent))

            during("release_control", ask)
            desk.work()
            assert asked[0].result().status_code == 200
        assert desk.graph_calls("request_thread_control") == ["request_thread_control"]


class TestAReadingThatFails:
    @pytest.mark.parametrize("owner", ["bot", "idle", "unknown", "other"])
    def test_leaves_control_to_be_given_back_later(self, world: World, owner: str) -> None:
        desk = staged(world)
        record = opened(desk)
        type(desk.thread).objects.update(owner=owner, owner_sure=False)
        desk.facebook.knobs.fail_next("thread_owner", body=graph_error(2), status=500)
        changed(desk, record, "DELETE", "cancel")
        at_rest(desk)
        assert desk.truth is None


class TestARetryUnderALaterIntervention:
    @pytest.fixture
    def desk(self, world: World) -> World:
        """A reply has failed, its intervention was cancelled, and it is retried under another one."""
        desk = staged(world)
        first = opened(desk)
        desk.facebook.knobs.fail_next("messages", body=graph_error(551, 1545041))
        self.reply = answer(desk, "Hi")
        desk.work()
        changed(desk, first, "DELETE", "cancel")
        self.second = opened(desk)
        desk.ask("PUT", f"/1.0/contents/{self.reply['id']}/retry")
        return desk

    def test_counts_there(self, desk: World) -> None:
        desk.work()
        assert answers(desk, [self.reply]) == ["success"]
        assert changed(desk, self.second, "PUT", "close")["status"] == "closed"

    def test_keeps_it_from_being_cancelled(self, desk: World) -> None:
        assert change(desk, self.second, "DELETE", "cancel").status_code == 403


class TestControlWantedForAReply:
    @pytest.fixture
    def desk(self, world: World) -> World:
        """The bot is primary and holds Maya's thread."""
        desk = staged(world, held_by=BOT)
        self.record = opened(desk)
        return desk

    def test_twice_by_hand_is_still_nobody_elses(self, desk: World) -> None:
        for _ in range(2):
            assert change(desk, self.record, "PUT", "take_over").status_code == 200
        changed(desk, self.record, "DELETE", "cancel")
        desk.work()
        desk.bot_passes_to_us()
        at_rest(desk)
        assert desk.truth is None

    def test_is_asked_for_again_where_the_bot_has_let_go_instead_of_passing(self, desk: World) -> None:
        reply = answer(desk, "Hi")
        desk.work()
        desk.facebook.app_releases(BOT, PAGE, MAYA)
        later(10)
        desk.work()
        desk.settle()
        desk.work()
        assert (answers(desk, [reply]), said(desk)) == (["success"], ["Hi"])

    def test_is_wanted_no_longer_once_the_reply_has_failed(self, desk: World) -> None:
        answer(desk, "Hi")
        desk.work()
        later(1801)
        desk.work()
        assert desk.thread.control_due_at is None
        assert desk.thread.attend_at is None


class TestClosing:
    def test_waits_for_facebook_as_long_as_a_reply_may_wait(self, world: World) -> None:
        """The shorter limit is for control alone."""
        desk = staged(world)
        record = opened(desk)
        headers = {"Retry-After": "600"}
        desk.facebook.knobs.fail_next("messages", body=graph_error(4), headers=headers)
        reply = answer(desk, "Bye")
        desk.work()
        changed(desk, record, "PUT", "close")
        later(400)
        desk.work()
        assert answers(desk, [reply]) == ["export_pending"]
        later(300)
        desk.work()
        assert (answers(desk, [reply]), said(desk)) == (["success"], ["Bye"])

    def test_of_one_that_was_deferred_is_not_undone_when_it_falls_due(self, world: World) -> None:
        desk = staged(world)
        record = opened(desk)
        answer(desk, "Bye")
        soon = datetime.now(UTC) + timedelta(hours=1)
        changed(desk, record, "PUT", "defer", params={"until": soon.isoformat()})
        after = changed(desk, record, "PUT", "close")
        assert (after["status"], after["deferred_until"]) == ("closing", None)
        interventions.reactivate_due(soon + timedelta(hours=1))
        assert desk.get(f"/1.0/interventions/{record['id']}")["status"] == "closing"


class TestAnAnswerOfDoubtfulOutcome:
    def test_is_waited_for_though_the_reply_has_grown_old(self, world: World) -> None:
        desk = staged(world)
        set_page(desk, reply_max_age=60)
        opened(desk)
        reply = answer(desk, "Hi")
        later(58)
        desk.facebook.knobs.fail_next("messages", body=graph_error(2), status=500)
        desk.work()
        later(5)
        desk.work()
        assert answers(desk, [reply]) == ["export_pending"]
        later(6)
        desk.work()
        assert answers(desk, [reply]) == ["export_failure"]
        desk.ask("PUT", f"/1.0/contents/{reply['id']}/retry")
        assert "twice" in desk.thread.events.get(name="content.retried_synchronization").cause


class TestPassingBack:
    def test_that_facebook_refuses_for_good_is_a_release(self, world: World) -> None:
        desk = staged(world)
        set_page(desk, after_closing="pass_to_bot")
        desk.facebook.knobs.fail_next("pass_thread_control", body=graph_error(100, 2018164))
        changed(desk, opened(desk), "DELETE", "cancel")
        desk.work()
        assert (desk.graph_calls(RELEASE), desk.truth) == ([RELEASE], None)


class TestTheTagForPeople:
    def test_is_not_used_for_what_a_service_user_writes(self, world: World) -> None:
        desk = staged(world)
        set_page(desk, may_tag_human_agent=True)
        opened(desk)
        wrote(desk, hours_ago=25)
        program = tokens.issue("a program")
        reply = post(desk, "contents", token=program, json={"body": "Hi", "thread_id": thread_id(desk)})
        is_refused(reply, 422, "content_refused", "messaging window")


def test_a_database_that_fails_for_a_moment_does_not_lose_an_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = staged(world)
    opened(desk)
    reply = answer(desk, "Hi")
    succeed = reply_queue.succeed

    def fail_once(*given: Any) -> None:
        monkeypatch.setattr(reply_queue, "succeed", succeed)
        succeed(*given)  # All of it is undone.
        raise OperationalError("for a moment")

    monkeypatch.setattr(reply_queue, "succeed", fail_once)
    desk.facebook.knobs.webhooks.hold()
    desk.work()
    assert refresh(desk, reply)["synchronization_status"] == "success"
    assert refresh(desk, reply)["app_id"] == AGENT
