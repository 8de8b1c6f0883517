"""Who is there to answer: the page's bots and its agents. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from channels_fb.doctor.facts import Bot, Facts, Settings
from channels_fb.doctor.finding import Finding, Remedy, State, not_checked, span


def find(facts: Facts) -> Iterator[Finding]:
    """About bots and agents."""
    settings = facts.settings
    if not settings.is_active:
        seen = "Its threads cannot be handed over."
        yield Finding("active", State.WATCH, "The page is switched off", seen, "", "", Remedy.SETTINGS)
    if not settings.bots:
        yield _no_bot()
    subscribed = facts.answers.fields if isinstance(facts.answers.fields, dict) else {}
    for bot in settings.bots:
        yield _bot(bot, bot.app_id in subscribed, facts.at)
    yield _agents(settings)


def _no_bot() -> Finding:
    how = "or threads can be handed to nobody but agents."
    return Finding("bots", State.WATCH, "The page has no bot app", "", "Name one", how, Remedy.CONNECTION)


def _bot(bot: Bot, is_subscribed: bool, now: datetime) -> Finding:
    listed = " Facebook lists it among the page's apps." if is_subscribed else ""
    if bot.spoke_at is not None:
        seen = f"Spoke {span(now - bot.spoke_at)} ago.{listed}"
        return Finding(f"bot:{bot.app_id}", State.FINE, f"Bot app {bot}", seen)
    seen = f"No message of it was seen in the threads that were active last.{listed}"
    how = "A mistyped id makes its messages another app's, and threads cannot be passed to it."
    return Finding(
        f"bot:{bot.app_id}",
        State.WATCH,
        f"Bot app {bot} never spoke",
        seen,
        "Check its id.",
        how,
        Remedy.CONNECTION,
    )


def _agents(settings: Settings) -> Finding:
    title = "Agents and opening hours"
    if settings.absence is None:
        return not_checked("agents", title, "The page does not ask whether agents are there.")
    if not settings.has_agents:
        seen = "The page asks for an agent to be there, and nobody is one."
        how = "Give somebody the role Agent, or do not ask for agents."
        return Finding(
            "agents", State.BROKEN, "There is no agent", seen, "Make an agent.", how, Remedy.SETTINGS
        )
    seen = settings.absence or "The page is open and an agent is available."
    return Finding("agents", State.FINE, title, seen)
