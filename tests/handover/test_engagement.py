"""The rules of what may be done with an intervention, without database, framework or network."""

from dataclasses import replace

import pytest

from handover.decision import Answer, RefusalCode, decide_opening
from handover.engagement import Change, Engagement, Status, decide_change
from tests.handover.test_decision import BOTS, situation

FORBIDDEN = RefusalCode.FORBIDDEN
OPENED = Engagement(Status.OPENED, Status.OPENED)
ANSWERED = replace(OPENED, replies=2)
THE_BOTS = replace(OPENED, is_bots=True)


def as_of(status: Status) -> Engagement:
    return Engagement(status, status, replies=1)


class TestClosing:
    def test_is_for_what_has_a_reply(self) -> None:
        assert decide_change(Change.CLOSE, replace(ANSWERED, needs_reply=True)).answer is Answer.RECORD

    def test_without_a_reply_is_refused_where_one_is_needed(self) -> None:
        decision = decide_change(Change.CLOSE, replace(OPENED, needs_reply=True))
        assert decision.why_not.code is FORBIDDEN
        assert "cancel it" in decision.why_not.message

    def test_needs_none_by_staffs_hand(self) -> None:
        assert decide_change(Change.CLOSE, OPENED).answer is Answer.RECORD

    def test_is_for_what_was_deferred_too(self) -> None:
        assert decide_change(Change.CLOSE, as_of(Status.DEFERRED)).answer is Answer.RECORD

    def test_of_one_that_is_being_closed_is_the_same_operation_once_more(self) -> None:
        decision = decide_change(Change.CLOSE, as_of(Status.CLOSING))
        assert decision.why_not.code is RefusalCode.INTERVENTION_IN_PROGRESS


class TestCancelling:
    def test_is_for_what_has_no_reply(self) -> None:
        assert decide_change(Change.CANCEL, OPENED).answer is Answer.RECORD

    def test_with_replies_is_refused(self) -> None:
        decision = decide_change(Change.CANCEL, ANSWERED)
        assert decision.why_not.code is FORBIDDEN
        assert "2 replies" in decision.why_not.message


class TestCompleting:
    def test_is_for_the_bots_own_without_a_reply(self) -> None:
        assert decide_change(Change.COMPLETE, THE_BOTS).answer is Answer.RECORD

    def test_a_persons_is_refused_whatever_its_state(self) -> None:
        for status in Status:
            decision = decide_change(Change.COMPLETE, as_of(status))
            assert decision.why_not.message.startswith("This intervention is a person's")


class TestWhatIsOver:
    @pytest.mark.parametrize("status", [Status.CLOSED, Status.CANCELLED])
    @pytest.mark.parametrize("change", [change for change in Change if change is not Change.COMPLETE])
    def test_is_changed_no_more(self, change: Change, status: Status) -> None:
        decision = decide_change(change, as_of(status))
        assert decision.why_not.code is FORBIDDEN
        assert decision.why_not.message == f"This intervention is {status} already."

    @pytest.mark.parametrize(
        ("change", "end"), [(Change.CLOSE, Status.CLOSED), (Change.CANCEL, Status.CANCELLED)]
    )
    def test_was_ended_by_another_call_where_it_was_open_a_moment_ago(
        self, change: Change, end: Status
    ) -> None:
        decision = decide_change(change, replace(OPENED, status=end))
        assert decision.why_not.code is RefusalCode.INTERVENTION_IN_PROGRESS

    def test_in_another_way_a_moment_ago_is_just_over(self) -> None:
        decision = decide_change(Change.CANCEL, replace(OPENED, status=Status.CLOSED))
        assert decision.why_not.code is FORBIDDEN


class TestPuttingAside:
    @pytest.mark.parametrize("change", [Change.DEFER, Change.REACTIVATE, Change.REASSIGN])
    def test_is_for_a_persons_only(self, change: Change) -> None:
        assert decide_change(change, OPENED).answer is Answer.RECORD
        assert decide_change(change, THE_BOTS).why_not.code is FORBIDDEN

    @pytest.mark.parametrize("change", [Change.DEFER, Change.REACTIVATE, Change.REASSIGN, Change.CANCEL])
    def test_comes_too_late_while_it_is_being_closed(self, change: Change) -> None:
        decision = decide_change(change, replace(OPENED, status=Status.CLOSING))
        assert decision.why_not.code is FORBIDDEN

    def test_changes_nothing_where_it_is_so_already(self) -> None:
        decision = decide_change(Change.REASSIGN, replace(OPENED, is_so_already=True))
        assert decision.answer is Answer.NOTHING_TO_DO


class TestOpening:
    def test_waits_for_a_handover_that_is_being_carried_out(self) -> None:
        decision = decide_opening(situation(BOTS, in_progress="Another handover"))
        assert decision.why_not.code is RefusalCode.HANDOVER_IN_PROGRESS

    def test_the_bots_own_waits_for_none_as_it_keeps_none_back(self) -> None:
        decision = decide_opening(situation(BOTS, in_progress="Another handover"), is_bots=True)
        assert decision.answer is Answer.RECORD

    @pytest.mark.parametrize("is_bots", [True, False])
    def test_is_refused_while_a_person_is_engaged(self, is_bots: bool) -> None:
        decision = decide_opening(situation(BOTS, engagement="ana has it since noon"), is_bots=is_bots)
        assert decision.why_not.code is RefusalCode.INTERVENTION_ENGAGED
        assert "ana has it since noon" in decision.why_not.message
