"""The messaging window as a clock: a ring that empties, and the words beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import pi

from handover.admin_base import moment
from handover.messaging_window import MessageTag, MessagingWindow, ReplyLimits

RADIUS = 24
"""Of the ring, in the units of its picture."""

_ROUND = 2 * pi * RADIUS


@dataclass(frozen=True)
class WindowClock:
    """`dash` draws what is left of the ring; empty where nothing is. `tone`: of the console's style."""

    lead: str
    rest: str
    inside: str = ""
    dash: str = ""
    tone: str = "on"


def clock_of(window: MessagingWindow, limits: ReplyLimits, now: datetime) -> WindowClock:
    """The clock at `now`."""
    tag = window.tag_at(now)
    if window.response_until is None:
        return WindowClock(
            "Not known", "The customer's last message is not known: the platform decides.", "?"
        )
    if tag is MessageTag.RESPONSE:
        return _open(window, window.response_until, limits.response_within, now)
    if tag is MessageTag.HUMAN_AGENT and window.by_hand_until is not None:
        return _tagged(window.by_hand_until, limits.by_hand_within, now)
    closed = window.by_hand_until or window.response_until
    return WindowClock("Closed", f"Since {moment(closed)}. The customer has to write first.", "0")


def _open(window: MessagingWindow, until: datetime, length: timedelta, now: datetime) -> WindowClock:
    tagged = (
        f" Then only with the human agent tag, until {moment(window.by_hand_until)}."
        if window.by_hand_until
        else ""
    )
    left = until - now
    return WindowClock(
        f"{_words(left)} left", f"Open until {moment(until)}.{tagged}", _unit(left), _dash(left / length)
    )


def _tagged(until: datetime, length: timedelta, now: datetime) -> WindowClock:
    left = until - now
    rest = f"Only with the human agent tag, until {moment(until)}."
    return WindowClock(f"{_words(left)} left", rest, _unit(left), _dash(left / length), "tag")


def _dash(share: float) -> str:
    return f"{_ROUND * min(share, 1):.1f} {_ROUND:.1f}"


def _words(left: timedelta) -> str:
    """The two largest units."""
    minutes = int(left.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _unit(left: timedelta) -> str:
    """The largest unit, rounded up."""
    seconds = left.total_seconds()
    for unit, length in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds > length * 2 or (unit == "h" and seconds > length):
            return f"{-(-int(seconds) // length)} {unit}"
    return "1 m"
