"""Until when a customer may be answered."""

from datetime import UTC, datetime, timedelta

import pytest

from handover.messaging_window import MessageTag, MessagingWindow, ReplyLimits, describe_closing, window_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMITS = ReplyLimits(2000, response_within=timedelta(hours=24), by_hand_within=timedelta(days=7))
TAGGED = window_of(NOON, LIMITS, may_tag=True)
UNTAGGED = window_of(NOON, LIMITS, may_tag=False)
A_MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("later", "tagged", "untagged"),
    [
        (timedelta(0), MessageTag.RESPONSE, MessageTag.RESPONSE),
        (timedelta(hours=24) - A_MOMENT, MessageTag.RESPONSE, MessageTag.RESPONSE),
        (timedelta(hours=24), MessageTag.HUMAN_AGENT, None),
        (timedelta(days=7) - A_MOMENT, MessageTag.HUMAN_AGENT, None),
        (timedelta(days=7), None, None),
    ],
)
def test_the_tag_depends_on_when_the_customer_wrote_last(
    later: timedelta, tagged: MessageTag | None, untagged: MessageTag | None
) -> None:
    assert (TAGGED.tag_at(NOON + later), UNTAGGED.tag_at(NOON + later)) == (tagged, untagged)


@pytest.mark.parametrize("may_tag", [True, False])
def test_where_the_customer_is_not_known_to_have_written_the_platform_has_to_say(may_tag: bool) -> None:
    window = window_of(None, LIMITS, may_tag=may_tag)
    assert window == MessagingWindow()
    assert window.tag_at(NOON) is MessageTag.RESPONSE


def test_the_closing_is_told_by_the_end_of_the_longer_window() -> None:
    assert "closed on 2026-11-29 at 12:00 UTC" in describe_closing(TAGGED)
    assert "closed on 2026-11-23 at 12:00 UTC" in describe_closing(UNTAGGED)
