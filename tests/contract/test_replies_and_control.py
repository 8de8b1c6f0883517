"""Control before sending: an agent answers while somebody else holds the thread."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from handover.models import Handover, Thread
from tests.contract.engaging import change, changed, opened, staged
from tests.contract.replying import answer, answers, later, refresh, said, set_page, texts_sent
from tests.contract.test_handover_requests import is_refused
from tests.world import AGENT, BOT, INBOX, MAYA, PAGE, World

pytestmark = pytest.mark.usefixtures("worker_rests")
GIVEN_UP = "control not granted - "


class TestWhereTheBotIsPrimary:
    @pytest.fixture
    def desk(self, world: World) -> World:
        """The bot holds Maya's thread."""
        desk = staged(world, held_by=BOT)
        opened(desk)
        return desk

    def test_control_is_asked_for_and_the_same_reply_goes_out_once_it_is_granted(self, desk: World) -> None:
        replies = [answer(desk, "First"), answer(desk, "Second")]
        desk.work()
        assert desk.graph_calls() == ["request_thread_control"]
        assert answers(desk, replies) == ["export_pending", "export_pending"]
        desk.bot_passes_to_us()
        desk.work()
        assert answers(desk, replies) == ["success", "success"]
        assert said(desk) == ["First", "Second"]
        assert texts_sent(desk) == ["First", "First", "Second"]

    def test_one_request_is_made_however_many_replies_wait_and_however_long(self, desk: World) -> None:
        answer(desk, "First")
        desk.work()
        for text in ("Second", "Third"):
            answer(desk, text)
            desk.work()
            later(60)
            desk.work()
        assert desk.graph_calls("request_thread_control") == ["request_thread_control"]
        assert said(desk) == []

    def test_what_it_waits_for_is_shown(self, desk: World) -> None:
        reply = answer(desk, "First")
        desk.work()
        assert "requested" in refresh(desk, reply)["waiting_for"]

    def test_a_grant_whose_webhook_is_lost_is_found_by_reading_the_owner(self, desk: World) -> None:
        reply = answer(desk, "First")
        desk.work()
        desk.facebook.knobs.webhooks.drop_next(10)
        desk.bot_passes_to_us()
        desk.facebook.knobs.webhooks.drop_next(0)
        desk.work()
        assert answers(desk, [reply]) == ["export_pending"]
        later(10)
        desk.work()
        assert answers(desk, [reply]) == ["success"]

    def test_the_request_is_repeated_after_its_deadline_and_the_reply_waits_on(self, desk: World) -> None:
        set_page(desk, handover_deadline=60)
        reply = answer(desk, "First")
        desk.work()
        later(61)
        desk.work()
        later(10)
        desk.work()
        assert desk.graph_calls("request_thread_control") == ["request_thread_control"] * 2
        assert answers(desk, [reply]) == ["export_pending"]
        assert sorted(Handover.objects.values_list("state", flat=True)) == ["expired", "requested"]

    def test_past_the_pages_longest_wait_it_has_failed_with_a_reason(self, desk: World) -> None:
        replies = [answer(desk, "First"), answer(desk, "Second")]
        desk.work()
        later(1801)
        desk.work()
        for reply in replies:
            after = refresh(desk, reply)
            assert after["synchronization_status"] == "export_failure"
            assert after["synchronization_error"].startswith(GIVEN_UP)
        assert said(desk) == []

    def test_the_longest_wait_is_the_pages(self, desk: World) -> None:
        set_page(desk, reply_max_age=60)
        reply = answer(desk, "First")
        desk.work()
        later(61)
        desk.work()
        assert answers(desk, [reply]) == ["export_failure"]

    def test_what_has_failed_can_be_retried_by_hand_and_goes_out(self, desk: World) -> None:
        reply = answer(desk, "First")
        desk.work()
        later(1801)
        desk.work()
        retried = desk.ask("PUT", f"/1.0/contents/{reply['id']}/retry")
        assert retried.json()["synchronization_status"] == "export_pending"
        desk.work()
        desk.bot_passes_to_us()
        desk.work()
        assert (answers(desk, [reply]), said(desk)) == (["success"], ["First"])

    def test_a_grant_that_comes_after_all_requests_have_expired_still_sends_what_waits(
        self, desk: World
    ) -> None:
        set_page(desk, handover_deadline=5)
        reply = answer(desk, "First")
        desk.work()
        later(6)
        desk.work()
        assert Handover.objects.filter(state="expired").exists()
        desk.bot_passes_to_us()
        desk.work()
        assert answers(desk, [reply]) == ["success"]

    def test_a_request_of_the_bots_own_is_joined(self, desk: World) -> None:
        desk.bot_to_agent()
        answer(desk, "First")
        desk.work()
        assert desk.graph_calls("request_thread_control") == ["request_thread_control"]
        desk.bot_passes_to_us()
        desk.work()
        assert said(desk) == ["First"]

    def test_facebook_that_is_out_of_reach_only_delays_it(self, desk: World) -> None:
        reply = answer(desk, "First")
        desk.facebook.knobs.fail_next("request_thread_control", body=TOO_MANY, status=400)
        desk.work()
        assert answers(desk, [reply]) == ["export_pending"]
        later(10)
        desk.work()
        desk.bot_passes_to_us()
        desk.work()
        assert said(desk) == ["First"]

    def test_the_inbox_is_never_asked_and_the_reply_waits(self, desk: World) -> None:
        desk.facebook.inbox_replies(PAGE, MAYA, "A colleague here")
        desk.settle()
        reply = answer(desk, "First")
        for _ in range(3):
            desk.work()
            later(60)
        assert desk.graph_calls("request_thread_control", "take_thread_control") == []
        assert answers(desk, [reply]) == ["export_pending"]

    def test_closing_gives_up_what_waits_when_a_request_would_expire(self, desk: World) -> None:
        record = opened_again(desk)
        reply = answer(desk, "First")
        desk.work()
        changed(desk, record, "PUT", "close")
        desk.work()
        assert desk.get(f"/1.0/interventions/{record['id']}")["status"] == "closing"
        later(301)
        desk.work()
        after = refresh(desk, reply)
        assert after["synchronization_error"].startswith("intervention ended - ")
        assert desk.get(f"/1.0/interventions/{record['id']}")["status"] == "closed"

    def test_the_bot_gets_the_thread_no_sooner(self, desk: World) -> None:
        answer(desk, "First")
        desk.work()
        is_refused(desk.agent_to_bot(), 422, "intervention_engaged", "ana")


class TestWhereOursIsPrimary:
    @pytest.fixture
    def desk(self, world: World) -> World:
        """We passed Maya's thread to the bot."""
        desk = staged(world, primary="agent", held_by=BOT)
        opened(desk)
        return desk

    def test_control_is_taken_and_the_same_reply_goes_out(self, desk: World) -> None:
        replies = [answer(desk, "First"), answer(desk, "Second")]
        desk.work()
        calls = desk.graph_calls("take_thread_control", "request_thread_control")
        assert calls == ["take_thread_control"]
        assert answers(desk, replies) == ["success", "success"]
        assert texts_sent(desk) == ["First", "First", "Second"]
        assert said(desk) == ["First", "Second"]

    def test_nothing_is_taken_from_a_person_in_the_inbox(self, desk: World) -> None:
        desk.facebook.inbox_takes(PAGE, MAYA)
        desk.settle()
        reply = answer(desk, "First")
        for _ in range(3):
            desk.work()
            later(120)
        assert desk.graph_calls("take_thread_control") == []
        assert (answers(desk, [reply]), desk.truth) == (["export_pending"], INBOX)
        assert "Inbox" in refresh(desk, reply)["waiting_for"]

    def test_a_person_may_say_take_over(self, desk: World) -> None:
        record = opened_again(desk)
        desk.facebook.inbox_takes(PAGE, MAYA)
        desk.settle()
        answer(desk, "First")
        desk.work()
        taken = change(desk, record, "PUT", "take_over")
        assert (taken.status_code, bool(taken.headers["Handover-Id"])) == (200, True)
        assert desk.truth == AGENT
        desk.work()
        assert said(desk) == ["First"]

    def test_control_is_taken_once_for_a_reply(self, desk: World) -> None:
        """Somebody takes it back between the take and the message."""
        reply = answer(desk, "First")
        desk.facebook.knobs.fail_next("messages", times=2, body=ANOTHER_APP)
        desk.work()
        assert desk.graph_calls("take_thread_control") == ["take_thread_control"]
        desk.facebook.app_passes(AGENT, PAGE, MAYA, BOT)
        desk.settle()
        for _ in range(3):
            later(120)
            desk.work()
        assert desk.graph_calls("take_thread_control") == ["take_thread_control"]
        assert answers(desk, [reply]) == ["export_pending"]


class TestUnderConversationRouting:
    def test_control_is_taken(self, world: World) -> None:
        desk = staged(world, "routing", "bot", held_by=BOT, take_over=True)
        opened(desk)
        reply = answer(desk, "First")
        desk.work()
        assert desk.graph_calls("take_thread_control") == ["take_thread_control"]
        assert (answers(desk, [reply]), said(desk)) == (["success"], ["First"])

    def test_what_may_be_neither_asked_for_nor_taken_ends_at_once_with_facebooks_words(
        self, world: World
    ) -> None:
        desk = staged(world, "routing", "bot", held_by=BOT, take_over=False)
        opened(desk)
        reply = answer(desk, "First")
        desk.work()
        after = refresh(desk, reply)
        assert after["synchronization_status"] == "export_failure"
        assert after["synchronization_error"].startswith(GIVEN_UP)
        assert "Facebook refused" in after["synchronization_error"]

    def test_a_tagged_reply_takes_control_and_is_shown_as_a_take(self, world: World) -> None:
        desk = staged(world, "routing", "bot", held_by=BOT, take_over=True)
        set_page(desk, may_tag_human_agent=True)
        opened(desk)
        reply = answer(desk, "First")
        make_it_old(desk)
        desk.work()
        assert (answers(desk, [reply]), desk.truth) == (["success"], AGENT)
        taken = desk.thread.events.get(name="thread_control.taken")
        assert "HUMAN_AGENT" in taken.cause
        assert desk.control["owner"] == "agent"

    def test_a_tagged_reply_does_not_take_from_the_inbox(self, world: World) -> None:
        desk = staged(world, "routing", "agent", held_by=BOT, take_over=True)
        set_page(desk, may_tag_human_agent=True)
        opened(desk)
        desk.facebook.inbox_takes(PAGE, MAYA)
        desk.settle()
        reply = answer(desk, "First")
        make_it_old(desk)
        later(120)
        desk.work()
        assert (answers(desk, [reply]), desk.truth) == (["export_pending"], INBOX)
        assert texts_sent(desk) == []


class TestAskingOnOpening:
    def test_is_an_option_of_the_page(self, world: World) -> None:
        desk = staged(world, held_by=BOT)
        set_page(desk, asks_on_opening=True)
        opened(desk)
        desk.work()
        assert desk.graph_calls() == ["request_thread_control"]
        desk.bot_passes_to_us()
        answer(desk, "First")
        desk.work()
        assert texts_sent(desk) == ["First"]

    def test_is_not_done_where_we_hold_the_thread(self, world: World) -> None:
        desk = staged(world)
        set_page(desk, asks_on_opening=True)
        opened(desk)
        desk.work()
        assert desk.graph_calls() == []

    def test_is_off_unless_set(self, world: World) -> None:
        desk = staged(world, held_by=BOT)
        opened(desk)
        desk.work()
        assert desk.graph_calls() == []


ANOTHER_APP = {
    "error": {
        "message": "(#10) Message failed to send because another app is controlling this thread now.",
        "type": "OAuthException",
        "code": 10,
        "error_subcode": 2018300,
        "fbtrace_id": "A",
    }
}
TOO_MANY = {"error": {"message": "(#613) Too many", "type": "OAuthException", "code": 613, "fbtrace_id": "A"}}


def opened_again(desk: World) -> dict[str, object]:
    """The intervention that is open."""
    [record] = desk.get("/1.0/interventions", status="opened")["records"]
    return dict(record)


def make_it_old(desk: World) -> None:
    """More than a day has passed since the customer wrote, by our rows and by Facebook's clock."""
    Thread.objects.update(last_customer_at=F("last_customer_at") - timedelta(hours=25))
