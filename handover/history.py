"""Append to a thread's history, and prove that nobody has changed it since.

Each row's digest covers the row, the salted digest of its personal text, and the digest before it;
the thread keeps how many rows there are and the last digest. So a change, a gap and a cut-off tail
are all found, while the personal text itself may be erased.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from handover import correlation
from handover.actors import Actor
from handover.channel import CallRecord
from handover.models import Content, Handover, Intervention, Thread, ThreadEvent, ThreadEventText
from handover.ownership import Evidence, Picture
from handover.prepared import insert
from handover.text import storable

_UNCHAINED = frozenset({"id", "digest"})
_ADDED_LATER = frozenset({"content_id"})
"""Left out of the digest where they are empty, as they were of rows from before there were such columns."""


@dataclass(frozen=True)
class Entry:
    """What happened. `texts` is what people wrote; it is kept aside. `cause` is one clause of ours."""

    name: str
    actor: Actor
    cause: str
    before: Picture
    after: Picture
    call: CallRecord | None = None
    evidence: Evidence | None = None
    evidence_key: str | None = None
    handover: Handover | None = None
    intervention: Intervention | None = None
    content: Content | None = None
    delivery_ref: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)


def append(thread: Thread, entry: Entry) -> ThreadEvent:
    """Append one row. The thread must be locked, and saved by the caller: its head moves."""
    event, text = chained(thread, entry, timezone.now())
    insert(event)
    if text is not None:
        text.event = event
        text.save(force_insert=True)
    return event


def chained(thread: Thread, entry: Entry, at: datetime) -> tuple[ThreadEvent, ThreadEventText | None]:
    """The thread's next row and its text, neither of them stored: the thread's head has moved already."""
    texts = {name: storable(text) for name, text in entry.texts.items() if text}
    salt = secrets.token_hex(16) if texts else ""
    event = _event(thread, entry, at, _text_digest(salt, texts) if texts else "")
    event.digest = digest_of(event)
    thread.history_length, thread.history_digest = event.seq, event.digest
    return event, ThreadEventText(event=event, salt=salt, body=texts) if texts else None


def append_unchanged(thread: Thread, name: str, actor: Actor, cause: str, **more: Any) -> ThreadEvent:
    """Append one row about something that left the picture of control as it was. `more`: of `Entry`."""
    picture = thread.picture
    return append(thread, Entry(name, actor, cause, picture, picture, **more))


def _event(thread: Thread, entry: Entry, at: datetime, text_digest: str) -> ThreadEvent:
    before, after = entry.before, entry.after
    return ThreadEvent(
        thread=thread,
        seq=thread.history_length + 1,
        prev=thread.history_digest,
        at=at,
        name=entry.name,
        actor_kind=entry.actor.kind,
        actor_id=entry.actor.id,
        actor_label=storable(entry.actor.label),
        owner_before=before.owner,
        app_id_before=before.app_id,
        sure_before=before.sure,
        owner_after=after.owner,
        app_id_after=after.app_id,
        sure_after=after.sure,
        cause=storable(entry.cause)[:300],
        call=None if entry.call is None else _call(entry.call),
        evidence_key=entry.evidence_key,
        handover=entry.handover,
        intervention=entry.intervention,
        content=entry.content,
        delivery_ref=entry.delivery_ref,
        correlation_id=correlation.current(),
        text_digest=text_digest,
        **_evidence(entry.evidence),
    )


def _call(call: CallRecord) -> dict[str, Any]:
    return {**asdict(call), "message": storable(call.message)[:500]}


def _evidence(evidence: Evidence | None) -> dict[str, Any]:
    if evidence is None:
        return {}
    return {
        "evidence_kind": evidence.kind,
        "evidence_how": evidence.how,
        "evidence_at": evidence.at,
        "evidence_app_id": evidence.app_id,
        "evidence_previous_app_id": evidence.previous_app_id,
        "evidence_expires_at": evidence.expires_at,
    }


def digest_of(event: ThreadEvent) -> str:
    """The chained SHA-256 of a row, in hex."""
    facts = {
        column.attname: _plain(getattr(event, column.attname))
        for column in event._meta.concrete_fields
        if column.attname not in _UNCHAINED
    }
    for name in _ADDED_LATER:
        if facts[name] is None:
            del facts[name]
    return hashlib.sha256(_canonical(facts)).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _text_digest(salt: str, texts: Mapping[str, str]) -> str:
    return hashlib.sha256(salt.encode() + _canonical(dict(texts))).hexdigest()


def breaks(thread: Thread) -> Iterator[str]:
    """What is wrong with a thread's history, a sentence each; nothing where it is whole."""
    prev, seq = "", 0
    for event in thread.events.select_related("text").order_by("seq"):
        seq += 1
        yield from _breaks_of(event, seq, prev)
        seq, prev = event.seq, event.digest
    if (seq, prev) != (thread.history_length, thread.history_digest):
        yield f"The history ends at row {seq}, the thread says {thread.history_length}."


def _breaks_of(event: ThreadEvent, seq: int, prev: str) -> Iterator[str]:
    if event.seq != seq:
        yield f"Row {seq} is missing."
    if event.prev != prev:
        yield f"Row {event.seq} does not follow from the row before it."
    if event.digest != digest_of(event):
        yield f"Row {event.seq} was changed."
    text = getattr(event, "text", None)
    if text is not None and event.text_digest != _text_digest(text.salt, text.body):
        yield f"The text of row {event.seq} was changed."
