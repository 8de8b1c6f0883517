"""Can control be had on the page, and do its mode and its primary app stand here as at Facebook? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from channels_fb.doctor.facts import Facts, Settings, Trouble
from channels_fb.doctor.finding import Finding, Remedy, State, not_checked
from handover.labels import MODES
from handover.ownership import ControlMode

PRIMARIES = {"agent": "our agent app", "bot": "the bot's app", "none": "no app"}

SWITCH = (
    "Page settings, Page setup, Advanced messaging: the page's administrator lets the agent app take control."
    " There is no API for it."
)


def find(facts: Facts) -> Iterator[Finding]:
    """About roles, mode, requests and takes."""
    answers, settings = facts.answers, facts.settings
    yield _mode(answers.mode, settings)
    yield _primary(answers.is_primary, settings)
    yield _getting_control(_known_mode(answers.mode, settings), settings)
    yield _human_agent(settings)


def _known_mode(told: ControlMode | Trouble, settings: Settings) -> ControlMode:
    return settings.mode if isinstance(told, Trouble) else told


def _mode(told: ControlMode | Trouble, settings: Settings) -> Finding:
    if isinstance(told, Trouble):
        return not_checked("mode", "The page's mode", told.words)
    seen = f"{MODES[told]}."
    if told is ControlMode.UNKNOWN:
        how = "A request is tried before a take."
        return Finding(
            "mode", State.WATCH, "Facebook does not tell the page's mode", seen, "Nothing yet.", how
        )
    if told == settings.mode:
        return Finding("mode", State.FINE, "The page's mode", seen)
    title = "The page's mode has changed"
    seen = f"Facebook says: {seen} We had: {MODES[settings.mode]}."
    how = "Then the mode is read again, and the right calls are made."
    return Finding("mode", State.BROKEN, title, seen, "Check the page at Facebook.", how, Remedy.SUBSCRIBE)


def _primary(told: bool | Trouble | None, settings: Settings) -> Finding:
    ours = PRIMARIES.get(settings.primary, settings.primary)
    if isinstance(told, Trouble) or told is None:
        seen = f"Set here: {ours}."
        why = (
            told.words if isinstance(told, Trouble) else "Facebook does not tell who is primary on this page."
        )
        return not_checked("primary", "Primary app", f"{seen} {why}")
    if told == (settings.primary == "agent"):
        return Finding("primary", State.FINE, "Primary app", f"Set here and at Facebook: {ours}.")
    theirs = "our agent app is primary" if told else "another app than ours is primary"
    title = "The primary app is set wrong"
    seen = f"Set here: {ours}. By Facebook, {theirs}."
    how = "With a wrong one we conclude wrongly from where a message arrives who holds the thread."
    return Finding("primary", State.BROKEN, title, seen, "Set the primary app.", how, Remedy.SETTINGS)


def _getting_control(mode: ControlMode, settings: Settings) -> Finding:
    """By request where the mode has requests, else by take."""
    takes = mode is ControlMode.ROUTING or settings.requests_refused or settings.primary == "agent"
    if mode is ControlMode.UNKNOWN and not settings.requests_refused:
        return not_checked("control", "How control comes to agents", "It depends on the page's mode.")
    return _by_take(settings) if takes and mode is not ControlMode.OPEN else _by_request(settings)


def _by_request(settings: Settings) -> Finding:
    if settings.requests_refused:
        seen = "Facebook refused a request for control, and without a default app nobody may take it."
        how = "A page administrator sets one in the page's Advanced messaging settings."
        return Finding(
            "control", State.BROKEN, "Requests for control are refused", seen, "Set a default app.", how
        )
    seen = f"{settings.app} asks the holder, whose app has to pass control. No request was refused so far."
    return Finding("control", State.FINE, "Control comes by request", seen)


def _by_take(settings: Settings) -> Finding:
    refused = "Requests are refused on this page, so control is taken."
    if settings.can_take:
        return Finding(
            "control", State.FINE, "Control comes by take", f"{refused} Facebook accepted the last take."
        )
    cure = f"Allow {settings.app} to take over."
    if settings.can_take is None:
        seen = f"{refused} Whether the take-over switch is on is told only by the first take."
        return Finding("control", State.WATCH, "The take-over switch is not known", seen, cure, SWITCH)
    seen = (
        f"{refused} Facebook refused the last take: only a bot that passes control by itself gives it to us."
    )
    return Finding("control", State.BROKEN, "The take-over switch is off", seen, cure, SWITCH)


def _human_agent(settings: Settings) -> Finding:
    title = "Human agent tag"
    if not settings.may_tag_human_agent:
        seen = "Not used on this page: agents answer within 24 hours after the customer wrote."
        return not_checked("human_agent", title, seen)
    seen = "Facebook tells only when it is used whether the app was granted it."
    how = "by App Review and business verification. A tagged reply takes control where the switch is on."
    return Finding("human_agent", State.NOT_CHECKED, title, seen, "It has to be granted", how)
