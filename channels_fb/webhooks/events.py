"""From a delivery's bytes to news, item by item. Pure: no database, no clock, and nothing ever raised.

Shapes: Meta's "Webhook events" reference and recorded payloads. An item that cannot be understood comes
out as `Unknown`, with the reason, and takes no other item along.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels_fb.webhooks.values import (
    LONGEST_MID,
    Json,
    RepeatedKeys,
    Unusable,
    clean,
    dump,
    identifier,
    load,
    moment,
    sub_object,
    text,
)
from handover.news import ControlAsked, Message, OwnerChanged, Receipt, ThreadNews
from handover.text import storable

LONGEST_RAW = 100_000
"""Characters of what is not understood that are kept beside the delivery, which has all of it."""


@dataclass(frozen=True)
class RolesTold:
    """Which app has which role on the page: `primary_receiver` or `secondary_receiver`."""

    at: datetime
    roles: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Unknown:
    """Something that we do not understand; `reason` is one clause."""

    reason: str


News = ThreadNews | RolesTold | Unknown


@dataclass(frozen=True)
class Item:
    """One item. `position` counts over the whole delivery; ids are empty where they could not be read.

    `content` is what came, not cleaned: text where it is no JSON.
    """

    position: int
    page_id: str
    psid: str
    news: News
    content: Any

    @property
    def raw(self) -> str:
        """What came, as storable JSON text, cut where it is very long."""
        return text(self.content)[:LONGEST_RAW]


@dataclass(frozen=True)
class _Event:
    """One object of `messaging[]` or `standby[]`; `entry_at` is when Meta sent the entry."""

    page_id: str
    psid: str
    is_standby: bool
    at: datetime | None
    entry_at: datetime | None
    content: Json

    @property
    def time(self) -> datetime:
        found = self.at or self.entry_at
        if found is None:
            raise Unusable("it names no time")
        return found


def parse(body: bytes) -> list[Item]:
    """Every item of a delivery, in order."""
    return [Item(position, *parsed) for position, parsed in enumerate(_items(body))]


_Parsed = tuple[str, str, News, Any]


def _items(body: bytes) -> Iterator[_Parsed]:
    try:
        entries = _entries(load(body))
    except Unusable as error:
        yield "", "", Unknown(str(error)), storable(body.decode(errors="replace"))
        return
    for entry in entries:
        yield from _items_of_entry(entry)


def _entries(document: Any) -> list[Any]:
    if not isinstance(document, dict) or isinstance(document, RepeatedKeys):
        raise Unusable("the delivery is no JSON object, or has the same key twice")
    if document.get("object") != "page":
        raise Unusable(f"the delivery is about {text(document.get('object'))[:50] or 'nothing'}, not a page")
    entries = document.get("entry")
    if not isinstance(entries, list):
        raise Unusable("the delivery has no list of entries")
    return entries


def _items_of_entry(entry: Any) -> Iterator[_Parsed]:
    try:
        page_id, entry_at, streams = _head(entry)
    except Unusable as error:
        yield "", "", Unknown(str(error)), entry
        return
    for name, stream in streams:
        for item in stream:
            yield _item(item, page_id, entry_at, is_standby=name == "standby")


def _head(entry: Any) -> tuple[str, datetime | None, list[tuple[str, list[Any]]]]:
    """Page, time and the lists of an entry. What else it holds, `hop_context` for one, is left aside."""
    if not isinstance(entry, dict) or isinstance(entry, RepeatedKeys):
        raise Unusable("an entry is no object, or has the same key twice")
    streams = [(name, entry[name]) for name in ("messaging", "standby") if name in entry]
    if not streams:
        raise Unusable("an entry has neither messaging nor standby")
    if not all(isinstance(stream, list) for _, stream in streams):
        raise Unusable("an entry's messaging or standby is no list")
    page_id = identifier(entry.get("id"), "the entry's id")
    if not page_id:
        raise Unusable("an entry names no page")
    return page_id, _entry_time(entry), streams


def _entry_time(entry: Json) -> datetime | None:
    """Only looked at where an item has no time of its own, so a bad one spoils nothing."""
    try:
        return moment(entry.get("time"), "time")
    except Unusable:
        return None


def _item(item: Any, page_id: str, entry_at: datetime | None, *, is_standby: bool) -> _Parsed:
    psid = ""
    try:
        content = _content(item)
        psid = _customer(content, page_id)
        kind = _kind(content)
        if not psid and kind != "app_roles":
            raise Unusable("it names no customer")
        at = moment(content.get("timestamp"), "timestamp")
        event = _Event(page_id, psid, is_standby, at, entry_at, content)
        return page_id, psid, _READERS[kind](event), item
    except Unusable as error:
        return page_id, psid, Unknown(str(error)), item


def _content(item: Any) -> Json:
    if not isinstance(item, dict):
        raise Unusable("an item is no object")
    content: Json = clean(item)
    return content


def _kind(item: Json) -> str:
    kinds = [name for name in _READERS if item.get(name) is not None]
    if len(kinds) == 1:
        return kinds[0]
    if kinds:
        raise Unusable(f"it is several events at once: {', '.join(kinds)}")
    others = sorted(name for name in item if name not in ("sender", "recipient", "timestamp", "hop_context"))
    raise Unusable(f"no known kind of event: {', '.join(others)[:200] or 'nothing in it'}")


def _customer(item: Json, page_id: str) -> str:
    """Echoes have sender and recipient swapped; whichever is not the page is the customer. Empty: neither."""
    sides = ["sender", "recipient"]
    if _is_echo(item):
        sides.reverse()
    ids = [identifier(sub_object(item, side).get("id"), f"{side}.id") for side in sides]
    return next((side for side in ids if side and side != page_id), "")


def _is_echo(item: Json) -> bool:
    content = item.get("message")
    return isinstance(content, dict) and content.get("is_echo") is True


def _message(event: _Event) -> Message:
    content = sub_object(event.content, "message")
    if content.get("is_deleted"):
        raise Unusable("a message was deleted")
    quick_reply, reply_to = sub_object(content, "quick_reply"), sub_object(content, "reply_to")
    return Message(
        at=event.time,
        foreign_id=_message_id(event, "message", content),
        is_customers=not _is_the_pages(event),
        is_standby=event.is_standby,
        body=text(content.get("text")),
        app_id=identifier(content.get("app_id"), "app_id"),
        metadata=text(content.get("metadata")),
        payload=text(quick_reply.get("payload")),
        in_reply_to_foreign_id=identifier(reply_to.get("mid"), "reply_to.mid", LONGEST_MID),
        attachments=_attachments(content),
    )


def _is_the_pages(event: _Event) -> bool:
    sender = sub_object(event.content, "sender")
    return _is_echo(event.content) or identifier(sender.get("id"), "sender.id") == event.page_id


def _attachments(content: Json) -> list[Any]:
    attachments = content.get("attachments")
    if attachments is None:
        return []
    return attachments if isinstance(attachments, list) else [attachments]


def _postback(event: _Event) -> Message:
    """On standby it comes without its payload, which belongs to the app that sent the button."""
    content = sub_object(event.content, "postback")
    return Message(
        at=event.time,
        foreign_id=_message_id(event, "postback", content),
        is_customers=True,
        is_standby=event.is_standby,
        body=text(content.get("title")),
        is_postback=True,
        payload=text(content.get("payload")),
    )


def _message_id(event: _Event, kind: str, content: Json) -> str:
    """Meta's id, or one made of the event itself, so that its repetition has the same."""
    given = identifier(content.get("mid"), "mid", LONGEST_MID)
    if given:
        return given
    own = [kind, event.page_id, event.psid, event.time.isoformat(), content]
    return f"derived:{hashlib.sha256(dump(own).encode()).hexdigest()}"


def _delivered(event: _Event) -> Receipt:
    return _receipt(event, sub_object(event.content, "delivery"), is_read=False)


def _read(event: _Event) -> Receipt:
    return _receipt(event, sub_object(event.content, "read"), is_read=True)


def _receipt(event: _Event, content: Json, *, is_read: bool) -> Receipt:
    """Deliveries may come without a timestamp; `watermark` is the time up to which all has arrived."""
    until = moment(content.get("watermark"), "watermark") or event.time
    return Receipt(at=event.at or until, until=until, is_read=is_read)


def _passed(event: _Event) -> OwnerChanged:
    return _owner_changed(event, "pass_thread_control")


def _taken(event: _Event) -> OwnerChanged:
    return _owner_changed(event, "take_thread_control")


def _owner_changed(event: _Event, verb: str) -> OwnerChanged:
    """`previous_owner_app_id` is null or absent where the thread was idle."""
    content = sub_object(event.content, verb)
    new_owner = identifier(content.get("new_owner_app_id"), "new_owner_app_id")
    if not new_owner:
        raise Unusable(f"{verb} names no new owner")
    return OwnerChanged(
        at=event.time,
        app_id=new_owner,
        previous_app_id=identifier(content.get("previous_owner_app_id"), "previous_owner_app_id"),
        verb=verb,
        metadata=text(content.get("metadata")),
    )


def _asked(event: _Event) -> ControlAsked:
    content = sub_object(event.content, "request_thread_control")
    app_id = identifier(content.get("requested_owner_app_id"), "requested_owner_app_id")
    if not app_id:
        raise Unusable("request_thread_control names no app")
    return ControlAsked(event.time, app_id, text(content.get("metadata")))


def _roles(event: _Event) -> RolesTold:
    """`{"<app id>": ["primary_receiver"]}`: the one event without a sender."""
    content = sub_object(event.content, "app_roles")
    roles = {identifier(app_id, "app_roles"): frozenset(_names(names)) for app_id, names in content.items()}
    return RolesTold(event.time, roles)


def _names(names: Any) -> list[str]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Unusable("app_roles is no list of names")
    return names


_READERS: Mapping[str, Callable[[_Event], News]] = {
    "message": _message,
    "postback": _postback,
    "delivery": _delivered,
    "read": _read,
    "pass_thread_control": _passed,
    "take_thread_control": _taken,
    "request_thread_control": _asked,
    "app_roles": _roles,
}
