"""Control goes back once the intervention that it was held for is over."""

from __future__ import annotations

from typing import Any

import pytest

from handover import history
from handover.models import Thread
from tests.contract.engaging import changed, content_id, opened, post, staged
from tests.contract.replying import answer, later, said, set_page
from tests.contract.test_handover_requests import is_refused
from tests.contract.test_replies_and_answers import graph_error
from tests.world import AGENT, BOT, INBOX, MAYA, PAGE, World

pytestmark = pytest.mark.usefixtures("worker_rests")
RELEASE = "release_thread_control"


@pytest.fixture
def desk(world: World) -> World:
    """Our app holds Maya's thread, and ana's token calls."""
    return staged(world)


def closed(desk: World, text: str = "Bye") -> dict[str, Any]:
    """An intervention with a reply that has gone out, just closed; the worker has not been about it."""
    record = opened(desk)
    answer(desk, text)
    desk.work()
    return changed(desk, record, "PUT", "close")


def status_of(desk: World, record: dict[str, Any]) -> str:
    return str(desk.get(f"/1.0/interventions/{record['id']}")["status"])


class TestClosing:
    def test_releases_control(self, desk: World) -> None:
        assert closed(desk)["status"] == "closed"
        desk.work()
        assert (desk.truth, desk.control["owner"]) == (None, "idle")
        [event] = desk.thread.events.filter(name="thread_control.released")
        assert (event.owner_before, event.owner_after, event.call["edge"]) == ("agent", "idle", RELEASE)
        assert list(history.breaks(desk.thread)) == []

    def test_sends_what_waits_first(self, desk: World) -> None:
        record = opened(desk)
        answer(desk, "One")
        answer(desk, "Two")
        after = changed(desk, record, "PUT", "close")
        assert (after["status"], after["closed"]) == ("closing", False)
        desk.work()
        assert status_of(desk, record) == "closed"
        assert desk.graph_calls("messages", RELEASE) == ["messages", "messages", RELEASE]
        assert said(desk) == ["One", "Two"]

    def test_a_second_time_while_replies_wait_is_told_so(self, desk: World) -> None:
        record = opened(desk)
        answer(desk, "Bye")
        changed(desk, record, "PUT", "close")
        again = desk.ask("PUT", f"/1.0/interventions/{record['id']}/close")
        is_refused(again, 409, "intervention_in_progress")

    def test_counts_as_engaged_while_replies_wait(self, desk: World) -> None:
        record = opened(desk)
        answer(desk, "Bye")
        changed(desk, record, "PUT", "close")
        is_refused(desk.agent_to_bot(), 422, "intervention_engaged")

    def test_tells_whoever_gets_the_thread_the_outcome_and_who_closed(self, desk: World) -> None:
        closed(desk)
        desk.work()
        [call] = [call for call in desk.facebook.calls if call.edge == RELEASE]
        assert call.parameters["metadata"] == "Intervention closed by desk; replies sent: 1, failed: 0"

    def test_needs_no_release_where_the_thread_is_the_bots(self, world: World) -> None:
        desk = staged(world, held_by=BOT)
        record = opened(desk)
        changed(desk, record, "DELETE", "cancel")
        desk.work()
        assert desk.graph_calls() == []

    def test_needs_no_release_where_somebody_has_taken_the_thread(self, desk: World) -> None:
        record = opened(desk)
        answer(desk, "Bye")
        desk.work()
        desk.facebook.inbox_takes(PAGE, MAYA)
        desk.settle()
        changed(desk, record, "PUT", "close")
        desk.work()
        assert (desk.graph_calls(RELEASE), desk.truth) == ([], INBOX)

    def test_finds_out_where_we_are_not_sure_to_hold_the_thread(self, desk: World) -> None:
        record = opened(desk)
        Thread.objects.update(owner_sure=False)
        changed(desk, record, "DELETE", "cancel")
        desk.work()
        assert desk.graph_calls() == ["thread_owner", RELEASE]

    def test_of_the_bots_own_releases_nothing(self, desk: World) -> None:
        engaged = post(desk, "bots/engage", params={"content_id": content_id(desk)}).json()
        post(desk, "bots/complete", params={"intervention_id": engaged["id"]})
        desk.work()
        assert desk.graph_calls() == []


class TestCancelling:
    def test_releases_control_too(self, desk: World) -> None:
        changed(desk, opened(desk), "DELETE", "cancel")
        desk.work()
        assert (desk.graph_calls(), desk.truth) == ([RELEASE], None)


class TestAReleaseThatFails:
    @pytest.mark.parametrize("code", [2, 4, 10, 190])
    def test_is_recorded_and_retried_and_reopens_nothing(self, desk: World, code: int) -> None:
        record = closed(desk)
        desk.facebook.knobs.fail_next(RELEASE, body=graph_error(code), status=500)
        desk.work()
        assert status_of(desk, record) == "closed"
        failures = desk.thread.events.filter(name__in=["thread_control.failed", "thread_control.unknown"])
        assert "It says why" in failures.get().cause
        later(10)
        desk.work()
        assert desk.truth is None
        assert desk.thread.events.filter(name="thread_control.released").exists()

    def test_whose_answer_is_lost_is_settled_by_reading_the_owner(self, desk: World) -> None:
        closed(desk)
        desk.facebook.knobs.lose_answer(RELEASE)
        desk.work()
        later(60)
        desk.work()
        assert desk.graph_calls(RELEASE) == [RELEASE]
        assert desk.control["owner"] == "idle"

    def test_of_unknown_outcome_leaves_us_unsure_until_the_owner_can_be_read(self, desk: World) -> None:
        closed(desk)
        desk.facebook.knobs.lose_answer(RELEASE)
        desk.facebook.knobs.fail_next("thread_owner")
        desk.work()
        assert (desk.truth, desk.control["owner"], desk.control["sure"]) == (None, "agent", False)
        later(10)
        desk.work()
        assert (desk.control["owner"], desk.control["sure"]) == ("idle", True)
        assert desk.graph_calls(RELEASE) == [RELEASE]

    def test_as_the_thread_is_not_ours_is_the_end_of_it(self, desk: World) -> None:
        """The Inbox has taken it, and the platform's word of that was lost."""
        desk.facebook.knobs.webhooks.drop_next(10)
        desk.facebook.inbox_takes(PAGE, MAYA)
        desk.facebook.knobs.webhooks.drop_next(0)
        record = opened(desk)
        changed(desk, record, "DELETE", "cancel")
        desk.work()
        later(60)
        desk.work()
        assert desk.graph_calls(RELEASE) == [RELEASE]
        assert desk.control["owner"] != "agent"

    def test_is_no_longer_wanted_once_the_bot_asks_for_an_agent(self, desk: World) -> None:
        closed(desk)
        desk.facebook.knobs.fail_next(RELEASE, body=graph_error(4))
        desk.work()
        assert desk.bot_to_agent().status_code == 200
        later(600)
        desk.work()
        assert (desk.graph_calls(RELEASE), desk.truth) == ([RELEASE], AGENT)

    def test_is_no_longer_needed_once_the_thread_was_passed_to_the_bot(self, desk: World) -> None:
        closed(desk)
        desk.facebook.knobs.fail_next(RELEASE, body=graph_error(4))
        desk.work()
        assert desk.agent_to_bot().status_code == 200
        later(600)
        desk.work()
        assert (desk.graph_calls(RELEASE), desk.truth) == ([RELEASE], BOT)

    def test_of_what_was_released_already_says_of_nobody_that_they_hold_it(self, desk: World) -> None:
        """As after a worker that died: Facebook says only that the thread is not ours, and cannot be read."""
        closed(desk)
        desk.facebook.app_releases(AGENT, PAGE, MAYA)
        desk.facebook.knobs.fail_next("thread_owner")
        desk.work()
        assert desk.graph_calls(RELEASE) == [RELEASE]
        assert (desk.control["owner"], desk.control["sure"]) == ("other", False)
        assert list(history.breaks(desk.thread)) == []

    def test_keeps_nobody_from_opening_the_next_intervention(self, desk: World) -> None:
        closed(desk)
        desk.facebook.knobs.fail_next(RELEASE, times=100, body=graph_error(4))
        desk.work()
        opened(desk)
        later(600)
        desk.work()
        assert (desk.graph_calls(RELEASE), desk.truth) == ([RELEASE], AGENT)


class TestPassingToTheBotInstead:
    def test_is_a_setting_of_the_page(self, desk: World) -> None:
        set_page(desk, after_closing="pass_to_bot")
        closed(desk)
        desk.work()
        assert desk.graph_calls("pass_thread_control", RELEASE) == ["pass_thread_control"]
        assert (desk.truth, desk.control["owner"]) == (BOT, "bot")
        [call] = [call for call in desk.facebook.calls if call.edge == "pass_thread_control"]
        assert call.parameters["metadata"] == "Intervention closed by desk; replies sent: 1, failed: 0"

    def test_is_retried_where_it_fails(self, desk: World) -> None:
        set_page(desk, after_closing="pass_to_bot")
        closed(desk)
        desk.facebook.knobs.fail_next("pass_thread_control", body=graph_error(4))
        desk.work()
        later(10)
        desk.work()
        assert desk.truth == BOT

    def test_is_a_release_where_there_is_no_one_bot(self, desk: World) -> None:
        set_page(desk, after_closing="pass_to_bot")
        desk.thread.source.bot_apps.create(app_id="901")
        closed(desk)
        desk.work()
        assert desk.graph_calls("pass_thread_control", RELEASE) == [RELEASE]


class TestControlThatComesTooLate:
    @pytest.fixture
    def desk(self, world: World) -> World:
        """The bot holds Maya's thread, an agent has asked for it, and given up."""
        desk = staged(world, held_by=BOT)
        set_page(desk, asks_on_opening=True)
        record = opened(desk)
        desk.work()
        changed(desk, record, "DELETE", "cancel")
        desk.work()
        assert desk.graph_calls() == ["request_thread_control"]
        return desk

    def test_goes_back(self, desk: World) -> None:
        desk.bot_passes_to_us()
        desk.work()
        assert (desk.graph_calls(RELEASE), desk.truth) == ([RELEASE], None)

    def test_goes_back_after_the_request_has_expired_too(self, desk: World) -> None:
        later(301)
        desk.work()
        desk.bot_passes_to_us()
        desk.work()
        assert (desk.graph_calls(RELEASE), desk.truth) == ([RELEASE], None)

    def test_goes_to_the_bot_where_the_page_is_set_so(self, desk: World) -> None:
        set_page(desk, after_closing="pass_to_bot")
        desk.bot_passes_to_us()
        desk.work()
        assert desk.truth == BOT

    def test_stays_where_the_bot_has_asked_for_an_agent_meanwhile(self, desk: World) -> None:
        desk.bot_to_agent()
        desk.bot_passes_to_us()
        desk.work()
        assert (desk.graph_calls(RELEASE), desk.truth) == ([], AGENT)

    def test_stays_where_another_intervention_is_open(self, desk: World) -> None:
        set_page(desk, asks_on_opening=False)
        opened(desk)
        desk.bot_passes_to_us()
        desk.work()
        assert (desk.graph_calls(RELEASE), desk.truth) == ([], AGENT)

    def test_stays_where_the_customer_has_written_since(self, desk: World) -> None:
        """Then the bot has a reason of its own to pass the thread."""
        later(301)
        desk.work()
        desk.maya_writes("A human, please")
        desk.bot_passes_to_us()
        desk.work()
        assert (desk.graph_calls(RELEASE), desk.truth) == ([], AGENT)
