"""`next_step` leads somewhere, whatever a thread is like: nothing is asked of the platform without need,
nothing waits without end, and what is done at once comes to an end.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from handover.decision import Situation
from handover.engagement import Status
from handover.messaging_window import MessageTag, MessagingWindow
from handover.ownership import Cast, ControlMode, How, Owner, Party, Picture
from handover.replying import ECHO_WITHIN, Attendance, Deed, Doubt, Step, Waiting, next_step
from tests.property.profiles import often

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
AT_ONCE = (Deed.FAIL, Deed.FINISH, Deed.KEEP)
MOMENTS = st.sampled_from([-3600, -61, -10, -9, -1, 0, 1, 9, 10, 61, 3600]).map(
    lambda seconds: NOW + timedelta(seconds=seconds)
)
NEVER_OR_SOON = st.none() | MOMENTS
HOLDERS = [(Owner.AGENT, "800"), (Owner.BOT, "900"), (Owner.INBOX, "263"), (Owner.OTHER, "950")]
HOLDERS += [(Owner.OTHER, ""), (Owner.IDLE, ""), (Owner.UNKNOWN, "")]


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    owner, app_id = draw(st.sampled_from(HOLDERS))
    is_sure = owner is not Owner.UNKNOWN and draw(st.booleans())
    return Picture(owner, app_id, confirmed_at=draw(NEVER_OR_SOON), how=How.OWNER_READ, sure=is_sure)


CASTS = st.builds(
    Cast,
    agent_app_id=st.just("800"),
    bot_app_ids=st.just(frozenset({"900"})),
    default=st.sampled_from([*Party, None]),
    mode=st.sampled_from(ControlMode),
)
SITUATIONS = st.builds(
    Situation,
    now=st.just(NOW),
    picture=pictures(),
    cast=CASTS,
    source_active=st.sampled_from([True, True, False]),
    in_progress=st.sampled_from(["", "", "Another handover"]),
    is_requested=st.booleans(),
    just_read=st.booleans(),
)
WAITING = st.builds(
    Waiting,
    due_at=MOMENTS,
    expires_at=MOMENTS,
    asked_at=NEVER_OR_SOON,
    doubt=st.sampled_from([None, *Doubt]),
    has_taken=st.booleans(),
    note=st.sampled_from(["", "The bot was asked."]),
)
ATTENDANCES = st.builds(
    Attendance,
    situation=SITUATIONS,
    window=st.builds(MessagingWindow, NEVER_OR_SOON, NEVER_OR_SOON),
    waiting=st.none() | WAITING,
    intervention=st.sampled_from([None, Status.OPENED, Status.DEFERRED, Status.CLOSING]),
    control_due_at=NEVER_OR_SOON,
    is_to_give_back=st.booleans(),
    passes_back=st.booleans(),
)


def is_in_doubt(waiting: Waiting) -> bool:
    return waiting.asked_at is not None and waiting.doubt is not Doubt.FAILED


def holds(attendance: Attendance) -> bool:
    picture = attendance.situation.picture
    return picture.owner is Owner.AGENT and picture.sure


@often(4)
@given(ATTENDANCES)
def test_a_thread_rests_without_end_only_if_nothing_is_wanted(attendance: Attendance) -> None:
    step = next_step(attendance)
    is_idle = (attendance.waiting, attendance.control_due_at) == (None, None)
    if step.deed is not Deed.REST:
        assert step.until is None
    elif step.until is None:
        assert is_idle and attendance.intervention is not Status.CLOSING
    else:
        assert step.until > NOW


@often(4)
@given(ATTENDANCES, WAITING)
def test_nobody_rests_past_the_end_of_a_reply(attendance: Attendance, waiting: Waiting) -> None:
    """But for the seconds in which it may yet turn out to have gone."""
    assume(not is_in_doubt(waiting))
    step = next_step(replace(attendance, waiting=waiting))
    told_by = waiting.expires_at if waiting.asked_at is None else waiting.asked_at + ECHO_WITHIN
    assert step.until is None or step.until <= max(waiting.expires_at, told_by)


@often(4)
@given(ATTENDANCES)
def test_the_owner_is_not_read_twice_for_one_step(attendance: Attendance) -> None:
    read = replace(attendance, situation=replace(attendance.situation, just_read=True))
    assert next_step(read).deed is not Deed.READ


@often(4)
@given(ATTENDANCES, WAITING)
def test_a_reply_is_sent_only_when_it_may_be(attendance: Attendance, waiting: Waiting) -> None:
    attendance = replace(attendance, waiting=waiting)
    step = next_step(attendance)
    if step.deed is not Deed.SEND:
        return
    assert not is_in_doubt(waiting)
    assert waiting.due_at <= NOW < waiting.expires_at
    assert attendance.situation.source_active
    assert step.tag is attendance.window.tag_at(NOW)
    assert attendance.control_due_at is None or holds(attendance)


@often(4)
@given(ATTENDANCES, WAITING)
def test_what_takes_control_is_sent_only_where_that_may_be_taken(
    attendance: Attendance, waiting: Waiting
) -> None:
    attendance = replace(attendance, waiting=waiting)
    step, situation = next_step(attendance), attendance.situation
    if (step.deed, step.tag) != (Deed.SEND, MessageTag.HUMAN_AGENT):
        return
    assert situation.just_read or situation.picture.is_fresh(NOW)
    if not holds(attendance):
        assert situation.picture.sure and situation.picture.owner in (Owner.BOT, Owner.IDLE)
        assert not waiting.has_taken


@often(4)
@given(ATTENDANCES)
def test_control_is_given_back_only_once_nobody_needs_it(attendance: Attendance) -> None:
    if next_step(attendance).deed not in (Deed.RELEASE, Deed.PASS_BACK):
        return
    assert attendance.is_to_give_back and attendance.intervention is None
    assert attendance.waiting is None
    assert not attendance.situation.in_progress
    assert attendance.control_due_at is not None and attendance.control_due_at <= NOW
    assert attendance.situation.picture.owner is Owner.AGENT


@often(4)
@given(ATTENDANCES, st.lists(WAITING, max_size=4))
def test_what_is_done_at_once_comes_to_an_end(attendance: Attendance, behind: list[Waiting]) -> None:
    queue, steps = list(behind), []
    while (step := next_step(attendance)).deed in AT_ONCE:
        steps.append(step)
        attendance = _after(step, attendance, queue)
        assert len(steps) <= 1 + len(behind) + len((Deed.FINISH, Deed.KEEP, Deed.KEEP))
    assert all(step.end and step.because for step in steps if step.deed is Deed.FAIL)


def _after(step: Step, attendance: Attendance, queue: list[Waiting]) -> Attendance:
    """What the deed makes of the thread, as `attending` and `interventions.finish_closing` do it."""
    if step.deed is Deed.FAIL:
        assert attendance.waiting is not None
        return replace(attendance, waiting=queue.pop(0) if queue else None)
    if step.deed is Deed.FINISH:
        assert (attendance.waiting, attendance.intervention) == (None, Status.CLOSING)
        return replace(attendance, intervention=None, is_to_give_back=True, control_due_at=NOW)
    return replace(attendance, control_due_at=None, is_to_give_back=False)
