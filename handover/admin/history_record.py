"""A line of history opened: all that its row says, what it was about, and whether its chain holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from handover import history, journal, transcripts
from handover.admin import lines, words
from handover.admin.history_rows import row_of
from handover.admin_base import moment, page_of, staff_of
from handover.console import references
from handover.console.pages import ConsolePage
from handover.console.tables import reach_of
from handover.models import ThreadEvent
from handover.ownership import Owner
from handover.wire_ids import wire_id


@dataclass(frozen=True)
class Told:
    """One fact of a record. `url`: where more of it is, for whoever may look there."""

    name: str
    value: str
    url: str = ""


class RecordPage(ConsolePage):
    """A line of the table with its record below it, or closed again. Without htmx, its own page."""

    permission = "handover.view_threadevent"
    template_name = "console/history_line.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The line as part of the table."""
        event = the_line(request, pk)
        if not request.htmx:  # type: ignore[attr-defined]
            return HttpResponseRedirect(page_of(event))
        is_open = "closed" not in request.GET
        return self.show(
            request, str(event), row=row_of(event), record=record(event, request) if is_open else None
        )


class ChainPage(ConsolePage):
    """Whether anybody has changed a thread's history since it was written."""

    permission = "handover.view_threadevent"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The answer: beside the record where it was asked for there, else on a page of its own."""
        event = the_line(request, pk)
        self.template_name = "console/history_chain.html"
        if request.htmx:  # type: ignore[attr-defined]
            self.template_name = "console/history_chain_told.html"
        breaks = list(history.breaks(event.thread))
        return self.show(
            request,
            "The chain of a history",
            event=event,
            thread=event.thread,
            breaks=breaks,
            length=event.thread.history_length,
        )


def the_line(request: HttpRequest, pk: int) -> ThreadEvent:
    """The line, if it is within the user's reach. Raises Http404."""
    rows = journal.with_all(journal.within(reach_of(request)))
    return get_object_or_404(rows.select_related("intervention__user", "text"), pk=pk)


def record(event: ThreadEvent, request: HttpRequest) -> dict[str, Any]:
    """What the template of a record shows, in its sections."""
    return {
        "before": _app(event, event.owner_before, event.app_id_before),
        "after": _app(event, event.owner_after, event.app_id_after),
        "what": list(_what(event, request)),
        "calls": lines.call(event) if event.call else "",
        "is_asked": event.name == "thread_control.requested",
        "evidence": list(_evidence(event)),
        "origin": list(_origin(event, request)),
        "chain": list(_chain(event)),
        "texts": _texts(event, request),
    }


def _app(event: ThreadEvent, owner: str, app_id: str) -> str:
    """The app that held the thread; nobody knows the Inbox by its number."""
    return words.app_name(app_id, event.thread.source) if app_id and owner != Owner.INBOX else ""


def _what(event: ThreadEvent, request: HttpRequest) -> Iterator[Told]:
    yield Told("What", f"{lines.what(event)} ({event.name})")
    yield Told("Cause", event.cause)
    handover = event.handover
    if handover is not None:
        yield Told("Handover", f"from {handover.from_party} to {handover.to_party}; by now {handover.state}")
        yield Told("Asked for", moment(handover.requested_at))
        yield Told("Deadline", moment(handover.deadline_at, "none"))
    if event.intervention is not None:
        whose = f"of {event.intervention.user}, opened {moment(event.intervention.opened_at)}"
        yield Told("Intervention", whose, _link(event.intervention, request))


def _evidence(event: ThreadEvent) -> Iterator[Told]:
    if not event.evidence_kind:
        return
    source = event.thread.source
    yield Told("Says", event.get_evidence_kind_display())
    yield Told("Known by", event.get_evidence_how_display())
    yield Told("At, by the platform's clock", moment(event.evidence_at))
    yield Told(
        "App", words.app_name(event.evidence_app_id, source) if event.evidence_app_id else "none named"
    )
    if event.evidence_previous_app_id:
        yield Told("App before", words.app_name(event.evidence_previous_app_id, source))
    if event.evidence_expires_at:
        yield Told("Control expires", moment(event.evidence_expires_at))


def _origin(event: ThreadEvent, request: HttpRequest) -> Iterator[Told]:
    yield Told("Line", wire_id(event.pk), page_of(event))
    yield Told("Written, by our clock", moment(event.at))
    yield Told("Actor", lines.who(event))
    if event.handover is not None:
        yield Told("Handover", wire_id(event.handover.pk), _link(event.handover, request))
    if event.content_id is not None:
        yield Told("Reply", wire_id(event.content_id))
    if event.delivery_ref:
        yield Told("Came with", event.delivery_ref, references.url_of(event.delivery_ref, request))
    if event.correlation_id:
        # Whatever else was written for the same request.
        found = reverse("admin:handover_threadevent_changelist")
        yield Told("Request id", event.correlation_id, f"{found}?subject=all&request={event.correlation_id}")


def _chain(event: ThreadEvent) -> Iterator[Told]:
    yield Told("No.", f"{event.seq} of {event.thread.history_length} in this thread")
    yield Told("Digest", event.digest)
    yield Told("Digest before", event.prev or "none, as it is the first")
    if event.text_digest:
        yield Told("Digest of the text", event.text_digest)


def _texts(event: ThreadEvent, request: HttpRequest) -> dict[str, Any] | None:
    """What people wrote with it: shown to whoever sees messages and answers them, a link for whoever's
    reading is recorded. None where nothing was written."""
    if not event.text_digest:
        return None
    user, text = staff_of(request), getattr(event, "text", None)
    if text is None:
        return {"note": "It was erased."}
    if user.has_perm("handover.view_content") and not transcripts.is_recorded(user):
        return {"written": dict(text.body)}
    url = _link(text, request)
    recorded = "Reading it is recorded in the thread's history."
    return {"url": url, "note": recorded} if url else {"note": "You have no right to read it."}


def _link(row: Model, request: HttpRequest) -> str:
    permission = f"{row._meta.app_label}.view_{row._meta.model_name}"
    return page_of(row) if request.user.has_perm(permission) else ""
