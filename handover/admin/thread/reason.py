"""Why the bot handed the thread over: what agents should read first."""

from __future__ import annotations

from handover.models import Handover, HandoverState, Thread
from handover.ownership import Party

_OVER = (HandoverState.REFUSED, HandoverState.FAILED)


def asked_for_agent(thread: Thread) -> Handover | None:
    """The last handover that somebody asked for, if it was to the agent, was not refused, and says why."""
    asked = thread.handovers.filter(sought_for=None).exclude(state__in=_OVER)
    last = asked.select_related("token", "user").order_by("-requested_at", "-pk").first()
    if last is None or last.to_party != Party.AGENT or not last.reason:
        return None
    return last
