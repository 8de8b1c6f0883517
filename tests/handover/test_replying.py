"""What becomes of an agent's reply, and of control for its sake, without database, framework or network."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handover.decision import Answer, Call, RefusalCode, Situation, Verb
from handover.engagement import Status
from handover.messaging_window import MessageTag, MessagingWindow
from handover.ownership import Owner, Picture
from handover.replying import (
    BUSY_PAUSE,
    CLOSED_PAGE_PAUSE,
    ECHO_WITHIN,
    Attendance,
    Deed,
    Doubt,
    Draft,
    End,
    Step,
    Waiting,
    decide_reply,
    next_step,
)
from tests.handover.test_decision import (
    AGENT,
    BOT,
    BOTS,
    CAST,
    INBOXS,
    NOBODYS,
    NOON,
    NOTHING_KNOWN,
    OURS,
    OURS_PRIMARY,
    REQUEST,
    ROUTING,
    TAKE,
    held_by,
    situation,
)

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
OPEN_WINDOW = MessagingWindow(NOON + HOUR, NOON + 6 * HOUR)
TAGGED_ONLY = MessagingWindow(NOON - HOUR, NOON + HOUR)
CLOSED = MessagingWindow(NOON - HOUR, NOON - SECOND)
DRAFT = Draft("On its way", 2000, OPEN_WINDOW, Status.OPENED)
SEND = Call(Verb.SEND)
UNSURE = held_by(Owner.AGENT, AGENT, sure=False)
STRANGERS = held_by(Owner.OTHER, "950")


class TestAReplyIsAccepted:
    @pytest.mark.parametrize("status", [Status.OPENED, Status.DEFERRED])
    def test_under_a_persons_intervention(self, status: Status) -> None:
        assert decide_reply(replace(DRAFT, intervention=status), situation(OURS)).calls == (SEND,)

    @pytest.mark.parametrize("picture", [OURS, NOBODYS, NOTHING_KNOWN, held_by(Owner.IDLE, sure=False)])
    def test_and_sent_without_more_ado_where_it_may_go_through(self, picture: Picture) -> None:
        assert decide_reply(DRAFT, situation(picture)).calls == (SEND,)

    @pytest.mark.parametrize(
        ("cast", "calls"),
        [(CAST, (REQUEST, SEND)), (OURS_PRIMARY, (TAKE, SEND)), (ROUTING, (TAKE, SEND))],
        ids=["bot primary", "ours primary", "routing"],
    )
    def test_and_the_plan_tells_how_control_would_be_got(self, cast: Any, calls: tuple[Call, ...]) -> None:
        assert decide_reply(DRAFT, situation(BOTS, cast)).calls == calls

    def test_though_nothing_can_be_done_for_it_yet(self) -> None:
        decision = decide_reply(DRAFT, situation(INBOXS, ROUTING))
        assert (decision.answer, decision.calls) == (Answer.CALL, (SEND,))

    def test_past_a_day_under_the_tag(self) -> None:
        decision = decide_reply(replace(DRAFT, window=TAGGED_ONLY), situation(OURS))
        assert "HUMAN_AGENT" in decision.rules[-1].because


class TestAReplyIsRefused:
    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"intervention": None}, "No intervention of a person's is open"),
            ({"intervention": Status.CLOSING}, "is being closed"),
            ({"body": " \n"}, "is empty"),
            ({"body": "x" * 2001}, "2001 characters; 2000 may be sent"),
            ({"window": CLOSED}, "messaging window closed"),
        ],
    )
    def test_where_a_rule_is_broken(self, changed: dict[str, Any], words: str) -> None:
        decision = decide_reply(replace(DRAFT, **changed), situation(OURS))
        assert decision.why_not.code is RefusalCode.CONTENT_REFUSED
        assert words in decision.why_not.message

    def test_on_a_disabled_page_before_all_else(self) -> None:
        decision = decide_reply(replace(DRAFT, body=""), situation(OURS, source_active=False))
        assert decision.why_not.code is RefusalCode.SOURCE_INACTIVE

    def test_but_not_for_its_last_character(self) -> None:
        assert decide_reply(replace(DRAFT, body="x" * 2000), situation(OURS)).answer is Answer.CALL


WAITING = Waiting(due_at=NOON, expires_at=NOON + HOUR)
LATE = replace(WAITING, expires_at=NOON)


def attendance(picture: Picture = OURS, cast: Any = CAST, **facts: Any) -> Attendance:
    """A thread with a reply that is due, under an open intervention, unless `facts` say otherwise."""
    about_the_thread = {name for name in facts if name in Situation.__dataclass_fields__}
    seen = situation(picture, cast, **{name: facts.pop(name) for name in about_the_thread})
    usual: dict[str, Any] = {"window": OPEN_WINDOW, "waiting": WAITING, "intervention": Status.OPENED}
    return Attendance(seen, **{**usual, **facts})


class TestAWaitingReply:
    @pytest.mark.parametrize("picture", [OURS, UNSURE, BOTS, INBOXS, NOBODYS, NOTHING_KNOWN])
    def test_is_sent_whoever_is_thought_to_hold_the_thread(self, picture: Picture) -> None:
        assert next_step(attendance(picture)) == Step(Deed.SEND)

    def test_waits_until_it_is_due(self) -> None:
        step = next_step(attendance(waiting=replace(WAITING, due_at=NOON + SECOND)))
        assert step == Step(Deed.REST, NOON + SECOND)

    def test_waits_no_longer_than_it_may(self) -> None:
        waiting = replace(WAITING, due_at=NOON + 2 * HOUR)
        assert next_step(attendance(waiting=waiting)) == Step(Deed.REST, waiting.expires_at)

    def test_waits_while_the_page_is_disabled(self) -> None:
        assert next_step(attendance(source_active=False)) == Step(Deed.REST, NOON + CLOSED_PAGE_PAUSE)

    def test_fails_once_the_window_has_closed(self) -> None:
        step = next_step(attendance(window=CLOSED))
        assert (step.deed, step.end) == (Deed.FAIL, End.WINDOW_CLOSED)

    @pytest.mark.parametrize("picture", [BOTS, INBOXS, UNSURE, NOTHING_KNOWN])
    def test_waits_while_control_is_sought(self, picture: Picture) -> None:
        step = next_step(attendance(picture, control_due_at=NOON + SECOND))
        assert step == Step(Deed.REST, NOON + SECOND)
        assert next_step(attendance(picture, control_due_at=NOON)) == Step(Deed.SEEK)

    def test_is_sent_as_soon_as_control_has_come(self) -> None:
        assert next_step(attendance(OURS, control_due_at=NOON + SECOND)) == Step(Deed.SEND)

    def test_waits_for_control_no_longer_than_the_closing_of_its_intervention(self) -> None:
        facts = {"picture": BOTS, "intervention": Status.CLOSING, "control_due_at": NOON + HOUR / 2}
        step = next_step(attendance(**facts, closing_until=NOON + SECOND))
        assert step == Step(Deed.REST, NOON + SECOND)
        step = next_step(attendance(**facts, closing_until=NOON))
        assert (step.deed, step.end) == (Deed.FAIL, End.INTERVENTION_ENDED)

    def test_waits_for_the_platform_as_ever_while_its_intervention_is_being_closed(self) -> None:
        later = replace(WAITING, due_at=NOON + SECOND)
        step = next_step(attendance(waiting=later, intervention=Status.CLOSING, closing_until=NOON))
        assert step == Step(Deed.REST, NOON + SECOND)

    def test_goes_first_though_the_intervention_is_being_closed(self) -> None:
        assert next_step(attendance(intervention=Status.CLOSING)) == Step(Deed.SEND)


class TestAReplyInDoubt:
    @pytest.mark.parametrize("doubt", [None, Doubt.UNKNOWN])
    def test_waits_for_its_echo_and_then_fails_as_unknown(self, doubt: Doubt | None) -> None:
        asked = replace(WAITING, asked_at=NOON - ECHO_WITHIN + SECOND, doubt=doubt)
        assert next_step(attendance(waiting=asked)) == Step(Deed.REST, NOON + SECOND)
        step = next_step(attendance(waiting=replace(asked, asked_at=NOON - ECHO_WITHIN)))
        assert (step.deed, step.end) == (Deed.FAIL, End.OUTCOME_UNKNOWN)

    def test_is_unknown_rather_than_late(self) -> None:
        asked = replace(LATE, asked_at=NOON - HOUR, doubt=Doubt.UNKNOWN)
        assert next_step(attendance(waiting=asked)).end is End.OUTCOME_UNKNOWN

    def test_is_repeated_where_the_platform_said_that_it_failed(self) -> None:
        asked = replace(WAITING, asked_at=NOON - ECHO_WITHIN, doubt=Doubt.FAILED)
        assert next_step(attendance(waiting=asked)) == Step(Deed.SEND)
        asked = replace(asked, due_at=NOON + SECOND)
        assert next_step(attendance(waiting=asked)) == Step(Deed.REST, NOON + SECOND)

    def test_is_waited_for_though_it_is_late(self) -> None:
        asked = replace(LATE, asked_at=NOON - ECHO_WITHIN + SECOND, doubt=Doubt.FAILED)
        assert next_step(attendance(waiting=asked)) == Step(Deed.REST, NOON + SECOND)


class TestALateReply:
    @pytest.mark.parametrize(
        ("facts", "end"),
        [
            ({}, End.NOT_DELIVERED),
            ({"picture": BOTS}, End.NOT_DELIVERED),
            ({"picture": BOTS, "control_due_at": NOON + SECOND}, End.CONTROL_NOT_GRANTED),
            ({"control_due_at": NOON + SECOND}, End.NOT_DELIVERED),
            ({"intervention": Status.CLOSING}, End.NOT_DELIVERED),
        ],
    )
    def test_fails_by_what_it_waited_for(self, facts: dict[str, Any], end: End) -> None:
        step = next_step(attendance(waiting=LATE, **facts))
        assert (step.deed, step.end) == (Deed.FAIL, end)

    def test_says_what_it_waited_for_in_the_words_noted_or_by_the_holder(self) -> None:
        noted = replace(LATE, note="Facebook cannot do this now.")
        assert next_step(attendance(waiting=noted)).because == "Facebook cannot do this now."
        assert next_step(attendance(BOTS, waiting=LATE)).because.startswith("The bot's app holds the thread")


class TestATaggedReply:
    """It takes control where our app's take-over switch is on."""

    def step(self, picture: Picture, **facts: Any) -> Step:
        return next_step(attendance(picture, ROUTING, window=TAGGED_ONLY, **facts))

    @pytest.mark.parametrize("picture", [OURS, BOTS, NOBODYS])
    def test_is_sent_where_that_may_be_taken(self, picture: Picture) -> None:
        assert self.step(picture) == Step(Deed.SEND, tag=MessageTag.HUMAN_AGENT)

    @pytest.mark.parametrize("picture", [INBOXS, STRANGERS])
    def test_is_not_sent_into_somebody_elses_thread(self, picture: Picture) -> None:
        assert self.step(picture) == Step(Deed.SEEK)

    @pytest.mark.parametrize(
        "picture",
        [held_by(Owner.BOT, BOT, age=61), held_by(Owner.AGENT, AGENT, age=61), UNSURE, NOTHING_KNOWN],
    )
    def test_has_the_owner_read_before_on_an_old_or_unsure_picture(self, picture: Picture) -> None:
        assert self.step(picture) == Step(Deed.READ)
        assert self.step(picture, just_read=True).deed is not Deed.READ

    def test_takes_control_once(self) -> None:
        assert self.step(BOTS, waiting=replace(WAITING, has_taken=True)) == Step(Deed.SEEK)


class TestControlForAnOpening:
    def step(self, picture: Picture, **facts: Any) -> Step:
        return next_step(attendance(picture, waiting=None, **facts))

    def test_is_sought_when_it_is_due(self) -> None:
        assert self.step(BOTS, control_due_at=NOON) == Step(Deed.SEEK)
        assert self.step(BOTS, control_due_at=NOON + SECOND) == Step(Deed.REST, NOON + SECOND)

    def test_is_not_sought_where_nobody_wants_it(self) -> None:
        assert self.step(BOTS) == Step(Deed.REST)

    def test_is_not_sought_where_it_is_here_or_the_intervention_is_over(self) -> None:
        assert self.step(OURS, control_due_at=NOON) == Step(Deed.KEEP)
        assert self.step(BOTS, control_due_at=NOON, intervention=None) == Step(Deed.KEEP)

    def test_waits_while_another_handover_is_carried_out(self) -> None:
        step = self.step(BOTS, control_due_at=NOON, in_progress="Another handover")
        assert step == Step(Deed.REST, NOON + BUSY_PAUSE)


class TestGivingControlBack:
    def step(self, picture: Picture = OURS, **facts: Any) -> Step:
        usual = {"waiting": None, "intervention": None, "is_to_give_back": True, "control_due_at": NOON}
        return next_step(attendance(picture, **{**usual, **facts}))

    def test_follows_the_last_reply_of_an_intervention_that_is_being_closed(self) -> None:
        closing = attendance(waiting=None, intervention=Status.CLOSING)
        assert next_step(closing) == Step(Deed.FINISH)

    def test_releases_it_or_passes_it_to_the_bot_as_the_page_is_set(self) -> None:
        assert self.step() == Step(Deed.RELEASE)
        assert self.step(passes_back=True) == Step(Deed.PASS_BACK)

    @pytest.mark.parametrize("picture", [BOTS, INBOXS, STRANGERS, NOBODYS])
    def test_leaves_alone_what_is_surely_not_ours(self, picture: Picture) -> None:
        assert self.step(picture) == Step(Deed.KEEP)

    @pytest.mark.parametrize("picture", [UNSURE, held_by(Owner.BOT, BOT, sure=False), NOTHING_KNOWN])
    def test_reads_who_holds_it_where_that_is_not_sure(self, picture: Picture) -> None:
        assert self.step(picture) == Step(Deed.READ)
        expected = Deed.RELEASE if picture.owner is Owner.AGENT else Deed.KEEP
        assert self.step(picture, just_read=True) == Step(expected)

    @pytest.mark.parametrize("status", [Status.OPENED, Status.DEFERRED, Status.CLOSING])
    @pytest.mark.parametrize("waiting", [None, WAITING])
    def test_is_called_off_by_the_next_intervention(self, status: Status, waiting: Waiting | None) -> None:
        assert self.step(intervention=status, waiting=waiting) == Step(Deed.KEEP)

    def test_waits_until_it_is_due_and_nothing_else_is_carried_out(self) -> None:
        assert self.step(control_due_at=NOON + SECOND) == Step(Deed.REST, NOON + SECOND)
        assert self.step(in_progress="Another handover") == Step(Deed.REST, NOON + BUSY_PAUSE)
