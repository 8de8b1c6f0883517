"""The timeline picture of a thread: an image of its own, and two smaller ones on the thread's page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from handover.admin.thread.finding import find_thread
from handover.console.pages import ConsolePage
from handover.models import Thread
from handover.timeline import rows
from handover.timeline.drawing import draw
from handover.timeline.excerpt import last_part
from handover.timeline.facts import Facts
from handover.timeline.rows import Span
from handover.timeline.sheet import FULL, NARROW, WIDE, Sheet
from handover.timeline.story import tell

ADDRESS = "handover_thread_timeline"
"""What the picture's address is called, below `admin:`."""

_OF_A_PHONE = 1 / 3
"""Of what the wide drawing shows: more would lie on top of each other on a phone."""
_SPANS = {Span.HOUR: "last hour", Span.DAY: "last day", Span.WEEK: "7 days", Span.ALL: "all"}


class TimelinePicture(ConsolePage):
    """The picture with heading and legend, to look at, keep or print. `?span=` is one of `Span`; anything
    else is as good as none. It holds no text of a message, so it needs no right to read them."""

    http_method_names = ["get", "head"]
    permission = "handover.view_thread"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The picture of a thread within reach."""
        thread = find_thread(pk, request)
        now = timezone.now()
        facts = rows.read(thread, now, _span(request.GET.get("span", ""), thread, now))
        # Opened by itself an image may do what a page may; this one has nothing to do.
        policy = {"Content-Security-Policy": "default-src 'none'; sandbox"}
        return HttpResponse(draw(tell(facts), FULL, "timeline"), content_type="image/svg+xml", headers=policy)


def timeline_context(thread: Thread, now: datetime) -> dict[str, Any]:
    """What `console/timeline.html` needs on the page of a thread, whose `source` and `identity` should have
    been read with it. At most six queries, none of which reads a message's text."""
    span = rows.telling_span(thread, now)
    facts = rows.read(thread, now, span)
    part = last_part(facts, _OF_A_PHONE)
    address = reverse(f"admin:{ADDRESS}", args=[thread.pk])
    return {
        "timeline": {
            "since": facts.days.minute(facts.start),
            "since_on_a_phone": part.days.minute(part.start),
            "until": facts.days.minute(facts.now),
            "is_cut": facts.is_cut,
            "wide": _drawn(facts, WIDE, "tl-wide"),
            "narrow": _drawn(part, NARROW, "tl-narrow"),
            "picture": f"{address}?span={span}",
            "spans": [(f"{address}?span={wanted}", name) for wanted, name in _SPANS.items()],
        }
    }


def _span(asked_for: str, thread: Thread, now: datetime) -> Span:
    return Span(asked_for) if asked_for in list(Span) else rows.telling_span(thread, now)


def _drawn(facts: Facts, sheet: Sheet, name: str) -> SafeString:
    return mark_safe(draw(tell(facts), sheet, name))  # noqa: S308 - every text in it was escaped by `svg`
