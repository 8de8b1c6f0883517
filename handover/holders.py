"""Who holds a thread, in words for people: pure. No Django, no ORM, no network."""

from __future__ import annotations

from handover.ownership import Owner, Picture

_HOLDERS = {
    Owner.AGENT: "Our app holds the thread",
    Owner.BOT: "The bot's app holds the thread",
    Owner.INBOX: "The Page Inbox holds the thread",
    Owner.OTHER: "Another app holds the thread",
    Owner.IDLE: "Nobody holds the thread",
    Owner.UNKNOWN: "Who holds the thread is not known",
}


def describe(picture: Picture) -> str:
    """Who holds the thread and since when, as far as is known, in words without a full stop."""
    words = _HOLDERS[picture.owner]
    if picture.owner in (Owner.BOT, Owner.OTHER) and picture.app_id:
        words += f" (app {picture.app_id})"
    if picture.since is not None:
        words += f" since {picture.since:%Y-%m-%dT%H:%M:%SZ}"
    if picture.owner is not Owner.UNKNOWN and not picture.sure:
        words += ", as far as we know"
    return words
