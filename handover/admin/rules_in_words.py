"""What is decided about a page comes to this: its rules in words, as they are stored."""

from __future__ import annotations

from collections.abc import Iterator

from handover.admin import agents_side
from handover.models import Source
from handover.templatetags.console import span


def rules(source: Source) -> Iterator[str]:
    """A sentence for each thing that happens by itself. Two queries at most."""
    by_setting = " (as set for all pages)" if source.handover_deadline is None else ""
    yield (
        "A request for control that the holder does not grant expires after"
        f" {span(source.deadline_seconds)}{by_setting}."
    )
    opening = "as soon as an intervention opens" if source.asks_on_opening else "with an agent's first reply"
    yield f"Control is asked for {opening}."
    waits = span(source.reply_max_age)
    yield f"A reply that cannot go out within {waits} has failed; it can be retried by hand."
    longest = "7 days, by the human agent tag" if source.may_tag_human_agent else "24 hours"
    yield f"Agents can answer up to {longest} after the customer wrote last."
    yield f"When an intervention is over, control is {agents_side.goes_back(source)}."
    yield _asking_for_agents(source)


def _asking_for_agents(source: Source) -> str:
    if not source.needs_agent:
        return "A bot that asks for an agent is not refused for want of one, whatever the opening hours."
    outside = "outside the opening hours, and " if source.opening_hours else ""
    return f"A bot that asks for an agent is refused {outside}while no agent is available."
