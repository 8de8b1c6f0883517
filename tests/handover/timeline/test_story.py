"""What a timeline shows, in moments and lanes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from handover.ownership import Owner, Party
from handover.timeline.facts import Asked, Engagement, Fate, Holder, Lane, Message, Outcome, WindowRule
from handover.timeline.marks import Mark, MarkKind
from handover.timeline.story import Story, tell
from tests.handover.timeline.stories import (
    AGENT,
    BOT,
    GRANTED,
    IDLE,
    INBOX,
    REFUSED,
    about,
    at,
    eventful,
    facts,
    moved,
)


def _marks(story: Story, kind: MarkKind) -> list[Mark]:
    return [mark for mark in story.marks if mark.kind is kind]


def test_lanes_that_are_not_needed_are_left_out() -> None:
    plain = (Lane.CUSTOMER, Lane.BOT, Lane.AGENT, Lane.INBOX, Lane.IDLE, Lane.INTERVENTION, Lane.WINDOW)
    assert tell(facts()).lanes == plain
    unsure = tell(
        facts(events=(moved(at("09:40"), BOT, Holder(Owner.OTHER)), moved(at("09:50"), BOT, Holder())))
    )
    assert set(unsure.lanes) - set(plain) == {Lane.OTHER, Lane.UNKNOWN}


def test_a_bot_that_writes_while_the_agent_holds_the_thread_is_out_of_turn() -> None:
    (mark,) = _marks(tell(eventful()), MarkKind.OUT_OF_TURN)
    assert (mark.at, mark.lane) == (at("09:58"), Lane.BOT)
    assert mark.title == "09:58:00 Bot (Acme bot) wrote while the holder was Agent"


@pytest.mark.parametrize("holder", [Holder(Owner.AGENT, False), IDLE, Holder()])
def test_a_bot_is_not_blamed_where_nobody_surely_holds_the_thread(holder: Holder) -> None:
    story = tell(facts(held=holder, messages=(Message(at("09:50"), Lane.BOT),)))
    assert not _marks(story, MarkKind.OUT_OF_TURN)


def test_the_inbox_takes_control_by_writing_so_it_is_never_out_of_turn() -> None:
    story = tell(facts(held=AGENT, messages=(Message(at("09:50"), Lane.INBOX),)))
    assert not _marks(story, MarkKind.OUT_OF_TURN)


def test_messages_say_what_became_of_them_and_not_what_is_in_them() -> None:
    story = tell(eventful())
    assert [mark.title for mark in _marks(story, MarkKind.FAILED)] == [
        "10:11:00 Agent (robin): not sent, another app controls the thread"
    ]
    assert [mark.title for mark in _marks(story, MarkKind.PENDING)] == ["10:18:00 Agent (robin): to be sent"]


def test_a_failure_without_a_reason_is_told_without_one() -> None:
    story = tell(facts(messages=(Message(at("09:50"), Lane.AGENT, Fate.FAILED),)))
    assert [mark.title for mark in _marks(story, MarkKind.FAILED)] == ["09:50:00 Agent: not sent"]


def test_requests_point_at_the_holder_and_say_what_came_of_them() -> None:
    expired, granted = _marks(tell(eventful()), MarkKind.REQUESTED)
    assert (expired.lane, expired.to_lane) == (Lane.AGENT, Lane.BOT)
    assert (
        expired.title
        == "09:47:31 Control requested by token Acme bot while the holder was Bot; expired after 5 min"
    )
    assert granted.title.endswith("completed after 39 s")


def test_a_request_that_is_open_reaches_until_now() -> None:
    asked = Asked(at("10:18"), Party.AGENT, Outcome.REQUESTED)
    story = tell(facts(events=(about(at("10:18"), "thread_control.requested", BOT, "asked", asked=asked),)))
    (mark,) = _marks(story, MarkKind.REQUESTED)
    assert mark.until == story.now
    assert mark.title.endswith("not granted yet")


def test_an_expired_request_begins_where_it_was_made() -> None:
    (mark,) = _marks(tell(eventful()), MarkKind.EXPIRED)
    assert (mark.since, mark.at) == (at("09:47:31"), at("09:52:31"))


def test_a_grant_says_how_long_it_took() -> None:
    titles = [mark.title for mark in _marks(tell(eventful()), MarkKind.MOVED)]
    assert any(title.endswith("39 s after it was asked for") for title in titles)
    assert sum("after it was asked for" in title for title in titles) == 1


def test_a_pass_to_the_bot_answers_no_request_for_the_agent() -> None:
    story = tell(facts(held=AGENT, events=(moved(at("09:50"), AGENT, BOT, GRANTED),)))
    assert "asked for" not in story.marks[0].title


def test_a_refusal_quotes_the_platform() -> None:
    (mark,) = _marks(tell(eventful()), MarkKind.REFUSED)
    assert (mark.lane, mark.to_lane) == (Lane.AGENT, Lane.INBOX)
    assert "HTTP 400, code 27: not supported" in mark.title


def test_a_refused_pass_points_at_whom_it_was_for() -> None:
    to_bot = replace(REFUSED, to_party=Party.BOT)
    story = tell(
        facts(held=AGENT, events=(about(at("09:50"), "thread_control.refused", AGENT, "no", asked=to_bot),))
    )
    assert story.marks[0].to_lane is Lane.BOT


def test_a_release_that_failed_points_at_nobody() -> None:
    story = tell(facts(held=AGENT, events=(about(at("09:50"), "thread_control.failed", AGENT, "no"),)))
    assert story.marks[0].to_lane is Lane.IDLE


def test_an_unsure_move_looks_unsure() -> None:
    story = tell(facts(events=(moved(at("09:50"), BOT, Holder(Owner.INBOX)),)))
    (mark,) = _marks(story, MarkKind.MOVED_UNSURELY)
    assert "as far as we know" in mark.title
    assert not story.bars[-1].is_sure


def test_one_app_after_another_in_the_same_lane_is_marked() -> None:
    second = Holder(Owner.BOT, True, "Second bot")
    story = tell(facts(events=(moved(at("09:50"), BOT, second),)))
    assert _marks(story, MarkKind.STAYED)[0].title.startswith("09:50:00 Bot (Acme bot) to Bot (Second bot)")


def test_an_intervention_is_open_until_it_is_over() -> None:
    over = Engagement("kim", at("09:00"), "closed", closed_at=at("09:50"))
    still_open = Engagement("robin", at("10:00"), "opened")
    first, second = tell(facts(engagements=(over, still_open))).lines
    assert (first.start, first.end, first.is_over) == (at("09:36"), at("09:50"), True)
    assert (second.end, second.is_over) == (at("10:19:04"), False)
    assert first.title == "Intervention of kim, 09:00 until 09:50: closed"


def test_the_window_is_open_for_a_day_after_each_message() -> None:
    story = tell(
        facts(window=WindowRule(timedelta(hours=24)), messages=(Message(at("09:40"), Lane.CUSTOMER),))
    )
    (window,) = story.windows
    assert (window.start, window.end, window.goes_on) == (at("09:40"), story.end, True)
    assert window.title == "Messaging window open since 09:40, until 23 Nov 09:40"


def test_then_only_a_person_may_answer_where_the_page_has_the_tag() -> None:
    told = tell(facts(start=at("09:00", 20), messages=(Message(at("09:30", 20), Lane.CUSTOMER),))).windows
    assert [window.is_by_hand for window in told] == [False, True]
    assert told[1].title == "Only a person may answer since 21 Nov 09:30, until 27 Nov 09:30"
    untagged = replace(
        facts(start=at("09:00", 20), wrote_before=at("08:00", 20)), window=WindowRule(timedelta(hours=24))
    )
    assert [window.is_by_hand for window in tell(untagged).windows] == [False]


def test_a_window_that_had_closed_before_is_not_drawn() -> None:
    assert tell(facts(wrote_before=at("08:00", 10))).windows == ()


def test_the_description_tells_what_the_picture_shows() -> None:
    description = tell(eventful()).description
    assert (
        "Idle until 09:41, Bot until 09:55, Agent until 10:09, Inbox until 10:14, Agent since 10:14."
        in description
    )
    assert "2 requests for control. 1 request expired. 1 refusal or failure." in description
    assert "Intervention of robin since 09:55, opened." in description


def test_a_picture_that_was_cut_says_so() -> None:
    assert tell(facts(is_cut=True)).description.startswith(
        "Only what happened since 22 Nov 2026, 09:36 is drawn"
    )


def test_moments_have_their_day_only_where_there_are_several() -> None:
    assert tell(facts()).bars[0].title == "Bot (Acme bot): 09:36 to now"
    assert tell(facts(start=at("09:36", 21), wrote_before=at("09:36", 21), held=INBOX)).bars[0].title == (
        "Inbox: 21 Nov 09:36 to 22 Nov 09:36"
    )


def test_a_thread_that_has_just_begun_has_room_around_it() -> None:
    story = tell(facts(start=at("10:19:04")))
    assert story.end - story.start > timedelta(seconds=30)
