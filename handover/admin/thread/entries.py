"""Entries of a conversation in words: who said it, how far it came, what became of control."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from django.contrib.auth.models import User

from handover.admin import lines, words
from handover.channel import Attachment
from handover.conversation import Day, Entry, Message, Turn, with_days
from handover.labels import HOLDERS
from handover.models import Author, Content, Reply, Synchronization, Thread, ThreadEvent
from handover.ownership import How
from handover.templatetags.console import span


@dataclass(frozen=True)
class State:
    """How far an outgoing message has come."""

    icon: str
    words: str
    note: str = ""


@dataclass(frozen=True)
class Said:
    """A message. `look`: of the console's style. `failure`: why it was not sent, in words."""

    kind: Literal["said"]
    row: Content
    look: str
    icon: str
    who: str
    label: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    state: State | None = None
    is_pending: bool = False
    is_out_of_turn: bool = False
    failure: str = ""


@dataclass(frozen=True)
class Changed:
    """A change of control, or what came of an attempt. `moved`: show the holders before and after."""

    kind: Literal["changed"]
    row: ThreadEvent
    at: datetime
    what: str
    rest: str
    icon: str
    moved: bool
    is_bad: bool


@dataclass(frozen=True)
class Dated:
    """A day begins."""

    kind: Literal["dated"]
    day: date


Line = Said | Changed | Dated

_LOOKS = {
    Author.CUSTOMER: ("customer", "person"),
    Author.BOT: ("bot", "bot"),
    Author.AGENT: ("agent", "agent"),
    Author.INBOX: ("inbox", "inbox"),
    Author.OTHER: ("other", "other"),
}
_ICONS = {
    "thread_control.expired": "hour",
    "thread_control.refused": "stop",
    "thread_control.failed": "stop",
    "thread_control.unknown": "unsure",
    "thread_control.requested": "hand",
    "thread_control.asked": "hand",
}
_BAD = frozenset(
    {
        "thread_control.expired",
        "thread_control.refused",
        "thread_control.failed",
        "thread_control.unknown",
    }
)


def in_words(entries: Iterable[Entry], thread: Thread, user: User) -> Iterator[Line]:
    """The entries as the page shows them, with a mark where a day begins."""
    for entry in with_days(entries):
        if isinstance(entry, Day):
            yield Dated("dated", entry.day)
        elif isinstance(entry, Turn):
            yield _changed(entry, thread)
        else:
            yield _said(entry, thread, user)


def name_of(person: User, user: User) -> str:
    """A member of staff, as another one reads it."""
    name = person.get_full_name() or person.get_username()
    return f"{name}, you" if person.pk == user.pk else name


def _said(entry: Message, thread: Thread, user: User) -> Said:
    row: Content = entry.row
    reply = getattr(row, "reply", None)
    look, icon = _LOOKS[Author(row.author)]
    return Said(
        "said",
        row,
        look,
        icon,
        who=_who(row, reply, thread, user),
        label=_label(row),
        attachments=[thread.source.channel.attachment(raw) for raw in row.attachments],
        state=_state(row, reply, thread) if look != "customer" else None,
        is_pending=row.synchronization_status == Synchronization.EXPORT_PENDING,
        is_out_of_turn=entry.is_out_of_turn,
        failure=_failure(row, thread),
    )


def _who(row: Content, reply: Reply | None, thread: Thread, user: User) -> str:
    if row.author == Author.CUSTOMER:
        return thread.identity.display_name
    if reply is not None:
        return name_of(reply.user, user)
    if row.author == Author.INBOX:
        return "Page Inbox"
    if row.author == Author.AGENT:
        return "Agent"
    named = {bot.app_id: bot.name for bot in thread.source.bot_apps.all()}
    return named.get(row.app_id) or (f"App {row.app_id}" if row.app_id else row.get_author_display())


def _label(row: Content) -> str:
    """What a message is, where it is more than a text."""
    if row.kind == Content.Kind.POSTBACK:
        return "Tapped a button"
    return "Chose a quick reply" if row.payload else ""


def _state(row: Content, reply: Reply | None, thread: Thread) -> State | None:
    if row.synchronization_status == Synchronization.EXPORT_FAILURE:
        return None
    if row.synchronization_status == Synchronization.EXPORT_PENDING:
        return _on_its_way(reply)
    if thread.read_until is not None and row.sent_at <= thread.read_until:
        return State("checks", "Seen")
    if thread.delivered_until is not None and row.sent_at <= thread.delivered_until:
        return State("checks", "Delivered")
    return State("check", "Sent")


def _on_its_way(reply: Reply | None) -> State:
    if reply is None or not reply.attempts:
        return State("clock", "Waits to be sent", reply.note if reply is not None else "")
    if reply.asked_at is not None and not reply.doubt:
        return State("clock", f"Sending, attempt {reply.attempts}")
    return State("clock", f"Waits after attempt {reply.attempts}", reply.note)


def _failure(row: Content, thread: Thread) -> str:
    """Why, in words; the identifier that it begins with is for programs."""
    if row.synchronization_status != Synchronization.EXPORT_FAILURE:
        return ""
    identifier, _, text = row.synchronization_error.partition(" - ")
    vendors_own = identifier == f"{thread.source.channel.vendor}_error"
    if vendors_own:
        return f"{words.platform_of(thread.source)} says: {text}"
    return f"{identifier.capitalize()}: {text}" if text else identifier


def _changed(entry: Turn, thread: Thread) -> Changed:
    row: ThreadEvent = entry.row
    moved = (row.owner_before, row.app_id_before) != (row.owner_after, row.app_id_after)
    return Changed(
        "changed",
        row,
        entry.at,
        _what(row, moved, thread),
        _rest(row, thread),
        _ICONS.get(row.name, "users" if row.name.startswith("intervention") else "hand"),
        moved,
        row.name in _BAD,
    )


def _what(row: ThreadEvent, moved: bool, thread: Thread) -> str:
    if not moved or row.name not in ("thread_control.observed", "thread_control.inferred"):
        return lines.what(row)
    before, after = HOLDERS[row.owner_before], HOLDERS[row.owner_after]  # type: ignore[index]
    if row.evidence_how != How.HANDOVER_EVENT:
        return f"{after} has control, as it seems"
    return f"Control went from {before} to {after}"


def _rest(row: ThreadEvent, thread: Thread) -> str:
    """By whom, after how long, why not, and what the platform said."""
    parts = [_by(row, thread), _after(row), _why_not(row), _answer(row, thread)]
    return "; ".join(part for part in parts if part)


def _by(row: ThreadEvent, thread: Thread) -> str:
    """Our own words about the platform have its name in them."""
    platform = words.platform_of(thread.source)
    if row.actor_kind in (ThreadEvent.ActorKind.STAFF, ThreadEvent.ActorKind.TOKEN):
        token = "token " if row.actor_kind == ThreadEvent.ActorKind.TOKEN else ""
        return f"by {token}{row.actor_label}"
    if row.evidence_how == How.HANDOVER_EVENT:
        return f"{platform} told of it"
    return row.cause.replace("the platform", platform)


def _why_not(row: ThreadEvent) -> str:
    """The reason that was answered, unless the platform's own text stands there."""
    has_words = row.name in _BAD and row.handover is not None and not (row.call or {}).get("message")
    return row.handover.outcome.rstrip(".") if has_words and row.handover is not None else ""


def _after(row: ThreadEvent) -> str:
    handover = row.handover
    if handover is None or row.name == "thread_control.requested" or row.at <= handover.requested_at:
        return ""
    seconds = (row.at - handover.requested_at).total_seconds()
    return f"{span(seconds)} after it was asked for" if seconds >= 1 else ""


def _answer(row: ThreadEvent, thread: Thread) -> str:
    """The platform's own text, where it did not do what was asked."""
    call = row.call or {}
    message, code = call.get("message"), call.get("code")
    if not message:
        return ""
    numbered = f", code {code}" if code else ""
    return f"{words.platform_of(thread.source)}{numbered}: “{message}”"
