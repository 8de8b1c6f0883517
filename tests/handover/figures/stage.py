"""Pages, threads and handovers as rows, for tests of what is counted of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from handover.models import BotApp, Content, Handover, HandoverState, Identity, Source, Thread

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
"""A Tuesday."""


def page(name: str = "Acme") -> Source:
    """A page with one bot."""
    foreign_id = str(1000 + Source.objects.count())
    source = Source.objects.create(
        channel_type="messenger", foreign_id=foreign_id, name=name, agent_app_id="800"
    )
    BotApp.objects.create(source=source, app_id="900", name="Acme bot")
    return source


def thread(source: Source, **columns: Any) -> Thread:
    """A thread with somebody on the page."""
    identity = Identity.objects.create(source=source, foreign_id=str(24000 + Identity.objects.count()))
    return Thread.objects.create(source=source, identity=identity, **columns)


def asked(
    source: Source,
    at: datetime = NOW - timedelta(hours=1),
    *,
    to: str = "agent",
    state: str = HandoverState.COMPLETED,
    took: float = 1,
    holder: str = "900",
    **columns: Any,
) -> Handover:
    """A handover that was asked for at that time and, if it is over, settled so many seconds later."""
    is_open = state in (HandoverState.REQUESTED, HandoverState.UNKNOWN)
    usual = {
        "thread": columns.pop("thread", None) or thread(source),
        "from_party": "bot" if to == "agent" else "agent",
        "verb": "request" if to == "agent" else "pass",
        "settled_at": None if is_open else at + timedelta(seconds=took),
    }
    return Handover.objects.create(
        source=source, to_party=to, state=state, holder_app_id=holder, requested_at=at, **{**usual, **columns}
    )


def spoke_over(source: Source, app_id: str, at: datetime) -> None:
    """A thread in which a bot's app spoke at that time, while an agent held it."""
    row = thread(source, owner="agent", talked_over_at=at)
    message = {"source": source, "thread": row, "field": "messaging", "sent_at": at, "received_at": at}
    Content.objects.create(author="bot", app_id=app_id, **message)
