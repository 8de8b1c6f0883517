"""Beside the transcript: who holds the thread, until when it may be answered, what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from handover import situations
from handover.admin import agents_side, words
from handover.admin.engage import OpenPage
from handover.admin.hand_over import HandOverPage
from handover.admin.intervention_changes import CHANGES, TakeOverPage
from handover.admin.thread.entries import name_of
from handover.admin.thread.moves import moves_of
from handover.admin.thread.reason import asked_for_agent
from handover.admin.thread.window_clock import clock_of
from handover.admin_base import staff_of
from handover.models import Intervention, InterventionComment, Thread
from handover.ownership import Owner

MOST_NOTES = 5


@dataclass(frozen=True)
class Offer:
    """Something that may be done with the intervention; it asks first."""

    label: str
    url: str


def side_of(
    request: HttpRequest, thread: Thread, engaged: Intervention | None, now: datetime
) -> dict[str, Any]:
    """What the side column shows to whoever asks."""
    user, picture = staff_of(request), thread.picture.judged(now)
    shown = {
        "picture": picture,
        "holder_app": _app(thread, picture.owner, picture.app_id),
        "how": words.how(picture, thread.source),
        "clock": clock_of(situations.window(thread), thread.source.channel.reply_limits, now),
        "control_due": agents_side.control_due(thread) if thread.control_due_at else "",
        "reason": asked_for_agent(thread) if user.has_perm("handover.view_handover") else None,
    }
    if user.has_perm("handover.view_intervention"):
        shown |= {
            "shows_engaged": True,
            "engaged": engaged,
            "engaged_name": name_of(engaged.user, user) if engaged else "",
            "offers": _offers(request, thread, engaged),
            "notes": _notes(engaged),
        }
    if user.has_perm(HandOverPage.permission):
        shown["moves"] = moves_of(thread, engaged, now)
    return shown


def _app(thread: Thread, owner: Owner, app_id: str) -> str:
    """The holder's app. The Inbox has a number that nobody knows it by."""
    return words.app_name(app_id, thread.source) if app_id and owner is not Owner.INBOX else ""


def _offers(request: HttpRequest, thread: Thread, engaged: Intervention | None) -> list[Offer]:
    """Taking over stands with the moves of control."""
    if engaged is None:
        may_open = request.user.has_perm(OpenPage.permission)
        url = reverse("admin:handover_thread_open_intervention", args=[thread.pk])
        return [Offer("Open", url)] if may_open else []
    return [
        Offer(page.label(), reverse(f"admin:handover_intervention_{page.name}", args=[engaged.pk]))
        for page in reversed(CHANGES)
        if page is not TakeOverPage and page.is_offered(engaged, request)
    ]


def _notes(engaged: Intervention | None) -> list[InterventionComment]:
    """The last ones, oldest first."""
    if engaged is None:
        return []
    return list(engaged.comments.select_related("user").order_by("-pk")[:MOST_NOTES])[::-1]
