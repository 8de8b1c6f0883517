"""Does Facebook send us the page's webhooks? The page and the app have to be subscribed, both. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from channels_fb.doctor.facts import Callback, Facts, Settings, Trouble
from channels_fb.doctor.finding import Finding, Remedy, State, not_checked

MEANING: Mapping[str, str] = {
    "messages": "Customers' messages do not come while we hold the thread.",
    "messaging_postbacks": "Tapped buttons do not come.",
    "messaging_handovers": "We learn of a pass only when we ask Facebook who holds the thread.",
    "messaging_referrals": "Where a conversation began is not told.",
    "standby": "Nothing comes while another app holds the thread.",
    "message_echoes": "What bots and the Inbox say does not come.",
    "message_deliveries": "Whether a message has arrived is not told.",
    "message_reads": "Whether a message was read is not told.",
}
"""What is missing where a field is."""

LESSER = frozenset({"messaging_referrals", "message_deliveries", "message_reads"})
"""Nothing about control depends on these."""


def find(facts: Facts) -> Iterator[Finding]:
    """About both subscriptions."""
    yield _page(facts.answers.fields, facts.settings)
    yield from _app(facts.answers.callback, facts.settings)


def _page(told: Mapping[str, frozenset[str]] | Trouble, settings: Settings) -> Finding:
    if isinstance(told, Trouble):
        return not_checked("page_fields", "The page's webhooks", told.words)
    fields = told.get(settings.app_id, frozenset())
    missing = [name for name in settings.wanted_fields if name not in fields]
    seen = _listed(fields, missing)
    if not missing:
        return Finding("page_fields", State.FINE, "The page's webhooks", seen)
    title = f"The page is not subscribed to {_names(missing)} for {settings.app}"
    how = "We can do this with the page's token; the app's dashboard has to list the field, too."
    return Finding("page_fields", _state(missing), title, seen, "Subscribe it.", how, Remedy.SUBSCRIBE)


def _app(told: Callback | Trouble | None, settings: Settings) -> Iterator[Finding]:
    if isinstance(told, Trouble):
        yield not_checked("callback", "The app's callback", told.words)
        return
    if told is None:
        yield _callback("The app has no callback", "No webhooks for pages stand in its dashboard.", settings)
        return
    if not told.is_active:
        yield _callback("The app's webhooks are switched off", f"The callback is {told.url}.", settings)
    elif not _is_ours(told.url, settings.callback_url):
        yield _callback("The app's callback is not ours", f"Facebook calls {told.url}.", settings)
    else:
        yield Finding("callback", State.FINE, "The app's callback", f"Facebook calls {told.url}.")
    yield _dashboard(told.fields, settings)


def _callback(title: str, seen: str, settings: Settings) -> Finding:
    how = f"in the app's dashboard, Webhooks, Page: {settings.callback_url}, with the verify token."
    return Finding("callback", State.BROKEN, title, seen, "Set the callback", how)


def _is_ours(url: str, ours: str) -> bool:
    """Where our own address is not known, the path alone is compared."""
    return url == ours if "://" in ours else urlsplit(url).path == ours


def _dashboard(fields: frozenset[str], settings: Settings) -> Finding:
    missing = [name for name in settings.wanted_fields if name not in fields]
    seen = _listed(fields, missing)
    if not missing:
        return Finding("app_fields", State.FINE, "The app's webhook fields", seen)
    title = f"{settings.app} is not subscribed to {_names(missing)} in its dashboard"
    how = "in the app's dashboard, Webhooks, Page. There is no way for us to do it with a page token."
    return Finding("app_fields", _state(missing), title, seen, "Subscribe it", how)


def _state(missing: list[str]) -> State:
    return State.WATCH if LESSER.issuperset(missing) else State.BROKEN


def _listed(fields: frozenset[str], missing: list[str]) -> str:
    subscribed = f"Subscribed: {', '.join(sorted(fields)) or 'nothing'}."
    lacking = [f"Missing: {', '.join(missing)}."] if missing else []
    return " ".join([subscribed, *lacking, *(MEANING[name] for name in missing[:2] if name in MEANING)])


def _names(missing: list[str]) -> str:
    if len(missing) > 3:
        return f"{len(missing)} of its fields"
    return " and ".join([", ".join(missing[:-1]), missing[-1]] if len(missing) > 1 else missing)
