"""Until when a customer may be answered: a pure rule. No Django, no ORM, no network.

Meta, "Send messages": within 24 hours of the customer's last action anything may be answered, and until 7
days after it what a person wrote, under the tag HUMAN_AGENT, where Meta has granted that to the app. The
clock is the customer's: it goes on whoever holds the thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class MessageTag(StrEnum):
    """As what a reply is sent."""

    RESPONSE = "response"
    HUMAN_AGENT = "human_agent"


@dataclass(frozen=True)
class ReplyLimits:
    """What a channel accepts of an agent. `longest_text`: characters."""

    longest_text: int
    response_within: timedelta
    by_hand_within: timedelta


@dataclass(frozen=True)
class MessagingWindow:
    """When it closes. Both are None while no action of the customer's is known: then the platform has to say.

    `by_hand_until` is None, too, where the page does not use the tag.
    """

    response_until: datetime | None = None
    by_hand_until: datetime | None = None

    def tag_at(self, now: datetime) -> MessageTag | None:
        """As what a person's reply may be sent at `now`; None where it may not."""
        if self.response_until is None or now < self.response_until:
            return MessageTag.RESPONSE
        if self.by_hand_until is not None and now < self.by_hand_until:
            return MessageTag.HUMAN_AGENT
        return None


def window_of(last_customer_at: datetime | None, limits: ReplyLimits, *, may_tag: bool) -> MessagingWindow:
    """The window that the customer's last known action opened."""
    if last_customer_at is None:
        return MessagingWindow()
    by_hand_until = last_customer_at + limits.by_hand_within if may_tag else None
    return MessagingWindow(last_customer_at + limits.response_within, by_hand_until)


def describe_closing(window: MessagingWindow) -> str:
    """Why nothing may be sent any more, as one sentence."""
    until = window.by_hand_until or window.response_until
    closed = f" on {until:%Y-%m-%d at %H:%M} UTC" if until else ""
    return f"The messaging window closed{closed}: nothing may be sent until the customer writes again."
