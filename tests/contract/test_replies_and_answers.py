"""What Facebook may answer to a reply: never lost, never doubled."""

from __future__ import annotations

from typing import Any

import pytest

from channels_fb.channel import MessengerChannel
from handover.models import Reply
from tests.contract.engaging import changed, opened, staged
from tests.contract.replying import answer, answers, later, refresh, said, texts_sent
from tests.contract.test_handover_requests import is_refused
from tests.world import AGENT, MAYA, PAGE, World

pytestmark = pytest.mark.usefixtures("worker_rests")


def graph_error(
    code: int, subcode: int | None = None, text: str = "It says why", **more: Any
) -> dict[str, Any]:
    """An error body of Graph's."""
    error = {
        "message": f"(#{code}) {text}",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "A",
        **more,
    }
    return {"error": error if subcode is None else {**error, "error_subcode": subcode}}


@pytest.fixture
def desk(world: World) -> World:
    """Our app holds Maya's thread, and an intervention is open."""
    desk = staged(world)
    opened(desk)
    return desk


class TestWhatSurelyDidNotHappen:
    @pytest.mark.parametrize("code", [4, 17, 32, 613, 80006])
    def test_is_repeated_by_itself(self, desk: World, code: int) -> None:
        desk.facebook.knobs.fail_next("messages", body=graph_error(code))
        reply = answer(desk, "Hi")
        desk.work()
        assert answers(desk, [reply]) == ["export_pending"]
        assert "It says why" in refresh(desk, reply)["waiting_for"]
        later(5)
        desk.work()
        assert (answers(desk, [reply]), said(desk)) == (["success"], ["Hi"])

    def test_is_left_alone_for_as_long_as_facebook_says(self, desk: World) -> None:
        usage = '{"111": [{"type": "messenger", "estimated_time_to_regain_access": 10}]}'
        headers = {"X-Business-Use-Case-Usage": usage}
        desk.facebook.knobs.fail_next("messages", body=graph_error(80006), headers=headers)
        reply = answer(desk, "Hi")
        desk.work()
        later(590)
        desk.work()
        assert (answers(desk, [reply]), texts_sent(desk)) == (["export_pending"], ["Hi"])
        later(20)
        desk.work()
        assert answers(desk, [reply]) == ["success"]

    def test_waits_longer_each_time_and_fails_in_the_end(self, desk: World) -> None:
        desk.facebook.knobs.fail_next("messages", times=1000, body=graph_error(613))
        reply = answer(desk, "Hi")
        for _ in range(10):
            desk.work()
            later(30)
        assert 3 < len(texts_sent(desk)) < 8
        later(1800)
        desk.work()
        after = refresh(desk, reply)
        assert after["synchronization_error"].startswith("not delivered - ")
        assert "It says why" in after["synchronization_error"]

    def test_holds_back_the_replies_behind_it(self, desk: World) -> None:
        desk.facebook.knobs.fail_next("messages", body=graph_error(613))
        replies = [answer(desk, "First"), answer(desk, "Second")]
        desk.work()
        assert texts_sent(desk) == ["First"]
        later(10)
        desk.work()
        assert (answers(desk, replies), said(desk)) == (["success"] * 2, ["First", "Second"])


class TestWhatFacebookRefusesForGood:
    @pytest.mark.parametrize(
        ("code", "subcode"),
        [(551, 1545041), (10, 2018278), (190, 463), (200, 2018028), (100, 2018001), (368, None)],
    )
    def test_fails_at_once_with_code_and_text(self, desk: World, code: int, subcode: int | None) -> None:
        desk.facebook.knobs.fail_next("messages", body=graph_error(code, subcode))
        reply = answer(desk, "Hi")
        desk.work()
        after = refresh(desk, reply)
        assert after["synchronization_status"] == "export_failure"
        for words in ("facebook_error - ", str(code), "It says why"):
            assert words in after["synchronization_error"]
        later(600)
        desk.work()
        assert texts_sent(desk) == ["Hi"]

    def test_lets_the_next_one_go_out(self, desk: World) -> None:
        desk.facebook.knobs.fail_next("messages", body=graph_error(551, 1545041))
        replies = [answer(desk, "First"), answer(desk, "Second")]
        desk.work()
        assert (answers(desk, replies), said(desk)) == (["export_failure", "success"], ["Second"])

    def test_stands_in_the_history(self, desk: World) -> None:
        desk.facebook.knobs.fail_next("messages", body=graph_error(551, 1545041))
        answer(desk, "Hi")
        desk.work()
        event = desk.thread.events.get(name="content.api_submission_failed")
        assert "It says why" in event.cause

    def test_is_no_reply_any_more(self, desk: World) -> None:
        [record] = desk.get("/1.0/interventions")["records"]
        desk.facebook.knobs.fail_next("messages", body=graph_error(551, 1545041))
        answer(desk, "Hi")
        desk.work()
        assert desk.get(f"/1.0/interventions/{record['id']}")["user_replies_count"] == 0
        assert changed(desk, record, "DELETE", "cancel")["status"] == "cancelled"


class TestWhereFacebookFails:
    """Codes 1 and 2: it may have sent the message all the same."""

    @pytest.mark.parametrize("code", [1, 2])
    def test_it_is_repeated_once_ten_seconds_have_shown_no_echo(self, desk: World, code: int) -> None:
        desk.facebook.knobs.fail_next("messages", body=graph_error(code), status=500)
        reply = answer(desk, "Hi")
        desk.work()
        later(9)
        desk.work()
        assert (answers(desk, [reply]), texts_sent(desk)) == (["export_pending"], ["Hi"])
        later(2)
        desk.work()
        assert (answers(desk, [reply]), said(desk)) == (["success"], ["Hi"])

    def test_an_echo_settles_it(self, desk: World) -> None:
        desk.facebook.knobs.fail_next("messages", body=graph_error(2), status=500)
        reply = answer(desk, "Hi")
        desk.work()
        desk.facebook.app_sends(AGENT, PAGE, MAYA, "Hi", metadata=reply["id"])
        desk.settle()
        assert answers(desk, [reply]) == ["success"]
        later(60)
        desk.work()
        assert texts_sent(desk) == ["Hi"]


class TestWhereNoAnswerCame:
    def test_an_echo_settles_it_as_sent(self, desk: World) -> None:
        desk.facebook.knobs.lose_answer("messages")
        reply = answer(desk, "Hi")
        desk.work()
        desk.settle()
        assert (answers(desk, [reply]), said(desk)) == (["success"], ["Hi"])
        later(60)
        desk.work()
        assert texts_sent(desk) == ["Hi"]

    def test_without_an_echo_it_ends_as_unknown_and_is_not_repeated(self, desk: World) -> None:
        reply = self.given_up(desk)
        assert refresh(desk, reply)["synchronization_error"].startswith("outcome unknown - ")
        later(3600)
        desk.work()
        assert texts_sent(desk) == ["Hi"]

    def test_it_counts_as_a_reply_as_the_customer_may_have_got_it(self, desk: World) -> None:
        self.given_up(desk)
        [record] = desk.get("/1.0/interventions")["records"]
        assert record["user_replies_count"] == 1
        assert changed(desk, record, "PUT", "close")["status"] == "closed"

    def test_the_replies_behind_it_wait_until_it_is_settled(self, desk: World) -> None:
        desk.facebook.knobs.webhooks.hold()
        desk.facebook.knobs.lose_answer("messages")
        replies = [answer(desk, "First"), answer(desk, "Second")]
        desk.work()
        assert texts_sent(desk) == ["First"]
        later(11)
        desk.work()
        assert answers(desk, replies) == ["export_failure", "success"]

    def test_a_late_echo_settles_what_was_given_up(self, desk: World) -> None:
        desk.facebook.knobs.webhooks.hold()
        desk.facebook.knobs.lose_answer("messages")
        reply = answer(desk, "Hi")
        desk.work()
        later(11)
        desk.work()
        assert answers(desk, [reply]) == ["export_failure"]
        desk.facebook.knobs.webhooks.release()
        desk.settle()
        after = refresh(desk, reply)
        assert (after["synchronization_status"], after["synchronization_error"]) == ("success", None)

    def test_a_retry_by_hand_sends_it_again_and_the_history_says_that_it_may_come_twice(
        self, desk: World
    ) -> None:
        reply = self.given_up(desk)
        assert desk.ask("PUT", f"/1.0/contents/{reply['id']}/retry").status_code == 200
        desk.work()
        assert (answers(desk, [reply]), texts_sent(desk)) == (["success"], ["Hi", "Hi"])
        assert "twice" in desk.thread.events.get(name="content.retried_synchronization").cause

    def test_an_answer_that_is_no_graph_error_is_none(self, desk: World) -> None:
        desk.facebook.knobs.fail_next("messages", body=b"<html>Bad gateway", status=502)
        reply = answer(desk, "Hi")
        desk.work()
        later(11)
        desk.work()
        assert refresh(desk, reply)["synchronization_error"].startswith("outcome unknown - ")
        assert texts_sent(desk) == ["Hi"]

    def test_another_apps_echo_with_our_metadata_settles_nothing(self, desk: World) -> None:
        desk.facebook.knobs.fail_next("messages", body=b"", status=502)
        reply = answer(desk, "Hi")
        desk.work()
        desk.facebook.knobs.reset()
        forged = {"metadata": reply["id"]}
        desk.facebook.app_passes(AGENT, PAGE, MAYA, "900")
        desk.facebook.app_sends("900", PAGE, MAYA, "Hi", **forged)
        desk.settle()
        assert answers(desk, [reply]) == ["export_pending"]

    def given_up(self, desk: World) -> dict[str, Any]:
        desk.facebook.knobs.webhooks.drop_next(10)
        desk.facebook.knobs.lose_answer("messages")
        reply = answer(desk, "Hi")
        desk.work()
        desk.facebook.knobs.webhooks.drop_next(0)
        later(11)
        desk.work()
        return reply


class TestAWorkerThatWasAwayForTooLong:
    """It comes back with the platform's answer after another has taken over its thread."""

    @pytest.fixture
    def replies(self, desk: World, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
        """The first of two replies was sent by it; the other one found that in doubt, and went on."""
        desk.facebook.knobs.webhooks.hold()
        send = MessengerChannel.send_message

        def send_and_be_away(*given: Any) -> Any:
            monkeypatch.setattr(MessengerChannel, "send_message", send)
            sent = send(*given)
            later(25)
            desk.work()
            return sent

        monkeypatch.setattr(MessengerChannel, "send_message", send_and_be_away)
        replies = [answer(desk, "First"), answer(desk, "Second")]
        desk.work()
        return replies

    def test_says_what_is_true_and_sends_nothing_more(
        self, desk: World, replies: list[dict[str, Any]]
    ) -> None:
        assert answers(desk, replies) == ["success", "success"]
        assert texts_sent(desk) == ["First", "Second"]

    def test_leaves_the_history_of_both(self, desk: World, replies: list[dict[str, Any]]) -> None:
        names = desk.thread.events.filter(name__startswith="content.").order_by("seq")
        assert list(names.values_list("name", flat=True)) == [
            *("content.replied", "content.replied"),
            *("content.api_submission_failed", "content.exported"),
        ]


class TestRetryingByHand:
    @pytest.fixture
    def failed(self, desk: World) -> dict[str, Any]:
        """A reply that Facebook has refused."""
        desk.facebook.knobs.fail_next("messages", body=graph_error(551, 1545041))
        reply = answer(desk, "Hi")
        desk.work()
        return reply

    def test_puts_it_behind_what_waits_by_then(self, desk: World, failed: dict[str, Any]) -> None:
        answer(desk, "Later")
        desk.ask("PUT", f"/1.0/contents/{failed['id']}/retry")
        desk.work()
        assert said(desk) == ["Later", "Hi"]

    def test_needs_an_open_intervention(self, desk: World, failed: dict[str, Any]) -> None:
        [record] = desk.get("/1.0/interventions")["records"]
        changed(desk, record, "DELETE", "cancel")
        is_refused(self.retry(desk, failed), 422, "content_refused", "No intervention")
        opened(desk)
        assert self.retry(desk, failed).status_code == 200
        desk.work()
        assert said(desk) == ["Hi"]

    def test_is_for_what_has_failed(self, desk: World, failed: dict[str, Any]) -> None:
        self.retry(desk, failed)
        is_refused(self.retry(desk, failed), 422, "content_refused", "failed")
        desk.work()
        is_refused(self.retry(desk, failed), 422, "content_refused", "failed")
        assert said(desk) == ["Hi"]

    def test_is_not_for_a_customers_message(self, desk: World) -> None:
        [message] = [m for m in desk.get("/1.0/contents")["records"] if m["author"] == "customer"]
        is_refused(self.retry(desk, message), 422, "content_refused")

    def test_counts(self, desk: World, failed: dict[str, Any]) -> None:
        self.retry(desk, failed)
        assert Reply.objects.get().retries == 1

    def retry(self, desk: World, reply: dict[str, Any]) -> Any:
        return desk.ask("PUT", f"/1.0/contents/{reply['id']}/retry")
