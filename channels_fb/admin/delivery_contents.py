"""What stands in a delivery, item by item and in words, and what became of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from channels_fb.models import Delivery, DeliveryItem
from channels_fb.webhooks import events, values
from channels_fb.webhooks.events import Item, News, RolesTold, Unknown
from handover.news import ControlAsked, Message, OwnerChanged
from handover.text import first_line, storable

MOST_ITEMS = 100
"""Of a delivery's items that are put on a page."""

LONGEST_SHOWN = 100_000
"""Characters of a delivery that are put on a page; it may have ten million."""

LONGEST_READ = 1024 * 1024
"""Bytes. What is longer is not taken apart to be shown."""


@dataclass(frozen=True)
class Line:
    """One item. `outcome` is None where nothing is to be said but that it is recorded."""

    position: int
    page_id: str
    psid: str
    what: str
    outcome: str
    is_kept: bool


def lines(delivery: Delivery) -> list[Line]:
    """The first items. None of a delivery that is too long to be taken apart, except those kept."""
    kept = {item.position: item for item in delivery.items.order_by("position")[:MOST_ITEMS]}
    body = bytes(delivery.body)
    if len(body) > LONGEST_READ:
        return [_kept_line(item) for item in kept.values()]
    return [_line(item, kept, delivery) for item in islice(events.parse(body), MOST_ITEMS)]


def pretty(body: bytes) -> str:
    """The JSON, indented and cut; what cannot be read is shown as it came."""
    if len(body) > LONGEST_READ:
        return _cut(body[: 4 * LONGEST_SHOWN].decode(errors="replace"))
    try:
        return _cut(json.dumps(values.load(body), ensure_ascii=False, indent=2))
    except (values.Unusable, RecursionError):
        return _cut(body.decode(errors="replace"))


def _cut(text: str) -> str:
    return storable(text[:LONGEST_SHOWN])


def _line(item: Item, kept: Mapping[int, DeliveryItem], delivery: Delivery) -> Line:
    row = kept.get(item.position)
    outcome = _outcome(row) if row else _outcome_of_the_others(delivery)
    return Line(item.position, item.page_id, item.psid, what(item.news), outcome, row is not None)


def _kept_line(row: DeliveryItem) -> Line:
    return Line(row.position, row.page_id, row.psid, "An item", _outcome(row), is_kept=True)


def _outcome(row: DeliveryItem) -> str:
    failed = row.kind == DeliveryItem.Kind.FAILED
    return f"{'Failed' if failed else 'Not understood'}: {first_line(row.note)}"


def _outcome_of_the_others(delivery: Delivery) -> str:
    """Of a delivery that has been looked at, only what failed or was not understood is kept."""
    return "To be processed" if delivery.state == Delivery.State.RECEIVED else "Recorded"


def what(news: News) -> str:
    """What an item tells, without a word of what anybody wrote."""
    if isinstance(news, Message):
        return _message(news)
    if isinstance(news, OwnerChanged):
        return f"Control moved to app {news.app_id}" if news.app_id else "Control was released"
    if isinstance(news, ControlAsked):
        return f"App {news.app_id} asked for control"
    if isinstance(news, RolesTold):
        return "Roles of the apps"
    if isinstance(news, Unknown):
        return "Unknown"
    return "The customer read" if news.is_read else "The customer received"


def _message(news: Message) -> str:
    kind = "postback" if news.is_postback else "message"
    whose = f"The customer's {kind}" if news.is_customers else f"A {kind} of the page's"
    app = f", sent by app {news.app_id}" if news.app_id else ""
    return f"{whose}{app}{', on standby' if news.is_standby else ''}"
