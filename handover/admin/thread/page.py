"""The thread's page, what it asks for while it is open, and earlier pieces of its transcript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from handover import conversation_rows, looking, situations, transcripts
from handover.admin import lines
from handover.admin.thread.entries import in_words
from handover.admin.thread.finding import find_thread
from handover.admin.thread.reply_box import box_of
from handover.admin.thread.side import side_of
from handover.admin.timeline import timeline_context
from handover.admin_base import staff_of
from handover.console.pages import ConsolePage
from handover.conversation_rows import Cursor, Read
from handover.meanwhile import done_by_others
from handover.models import Intervention, Thread

TEMPLATE = "console/thread.html"

RENEWED_EVERY = 15
"""Seconds, where nothing has happened: what the page says of times goes out of date."""


class EarlierPage(ConsolePage):
    """The piece of a transcript before a place, for the page to put above what it has."""

    permission = "handover.view_thread"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The newest piece for a place that makes no sense."""
        thread, place = find_thread(pk, request), _place(request, "before")
        return TemplateResponse(request, "console/thread_earlier.html", _transcript(request, thread, place))


class LivePage(ConsolePage):
    """What has changed on a page that is open, part by part; 204 where nothing has.

    Whoever's readings are recorded opens the page again to read on, as each reading is to be somebody's deed.
    """

    permission = "handover.view_thread"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """`since`: where the transcript on the page begins. `version`: of the page. `seen`: the last line of
        history that it knows of."""
        thread, now = find_thread(pk, request), timezone.now()
        looking.look(thread, staff_of(request))
        version = _version(thread, now)
        if request.GET.get("version") == version:
            return HttpResponse(status=204)
        place = _place(request, "since")
        context = _parts(request, thread, now, version)
        if place is not None and not _is_on_record(request):
            context |= _transcript(request, thread, place, conversation_rows.since)
        context["news"] = _news(request, thread)
        return TemplateResponse(request, "console/thread_live.html", context)


def show(request: HttpRequest, thread: Thread, site: AdminSite, **box: Any) -> HttpResponse:
    """The page, with what was written in the reply box and why it was not accepted. `?before=` shows an
    earlier piece of the transcript in place of the newest."""
    now, place = timezone.now(), _place(request, "before")
    looking.look(thread, staff_of(request))
    context = {
        **site.each_context(request),
        "title": thread.identity.display_name,
        **_parts(request, thread, now, _version(thread, now), **box),
        **_transcript(request, thread, place),
        "is_earlier": place is not None,
        **timeline_context(thread, now),
    }
    return TemplateResponse(request, TEMPLATE, context)


def reply_context(request: HttpRequest, thread: Thread, **box: Any) -> dict[str, Any]:
    """What the reply box shows by itself."""
    return {"box": box_of(request, thread, situations.open_intervention(thread), **box)}


def _parts(request: HttpRequest, thread: Thread, now: datetime, version: str, **box: Any) -> dict[str, Any]:
    engaged: Intervention | None = situations.open_intervention(thread)
    return {
        "thread": thread,
        "version": version,
        "seen": thread.history_length,
        "box": box_of(request, thread, engaged, **box),
        **side_of(request, thread, engaged, now),
    }


def _transcript(
    request: HttpRequest,
    thread: Thread,
    place: Cursor | None,
    reading: Callable[..., Read] = conversation_rows.before,
) -> dict[str, Any]:
    """The newest piece, or the one at a place. Messages are only for who may read them."""
    user = staff_of(request)
    may_read = user.has_perm("handover.view_content")
    if may_read:
        transcripts.note_reading(thread, user)
    if place is None:
        read = conversation_rows.last(thread, with_messages=may_read)
    else:
        read = reading(thread, place, with_messages=may_read)
    return {
        "thread": thread,
        "entries": list(in_words(read.piece.entries, thread, user)),
        "begins": str(read.begins),
        "has_earlier": read.piece.has_earlier,
        "may_read": may_read,
    }


def _is_on_record(request: HttpRequest) -> bool:
    user = staff_of(request)
    return user.has_perm("handover.view_content") and transcripts.is_recorded(user)


def _place(request: HttpRequest, name: str) -> Cursor | None:
    """A place that was asked for; None where there is none, or none that makes sense."""
    try:
        return Cursor.read(request.GET.get(name, ""))
    except ValueError:
        return None


def _version(thread: Thread, now: datetime) -> str:
    """Changes whenever a service has written to the thread, and now and then by itself."""
    return f"{thread.updated_at.timestamp()}-{int(now.timestamp()) // RENEWED_EVERY}"


def _news(request: HttpRequest, thread: Thread) -> str:
    """What somebody else has just done, in a sentence."""
    seen = request.GET.get("seen", "")
    if not seen.isdecimal() or len(seen) > 9:
        return ""
    line = done_by_others(thread, int(seen), staff_of(request))
    return f"{lines.who(line)}: {lines.what(line)}, {line.at:%H:%M:%S} UTC." if line is not None else ""
