"""The threads: the page that the console starts with, and what keeps it up to date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from handover import thread_search, thread_views
from handover.admin import thread_counts, thread_rows
from handover.admin.thread_counts import CAP, capped
from handover.admin.thread_filters import LAST_PAGE, PAGE_SIZE, Filters, Order
from handover.admin_base import staff_of
from handover.console.pages import ConsolePage
from handover.labels import HOLDERS
from handover.models import Thread
from handover.ownership import Owner
from handover.reach import Reach
from handover.thread_views import View

MOST_SOURCES = 200
"""Pages that are offered as a filter."""

POLLED_EVERY = 5
"""Seconds."""

VIEWS = {
    View.ALL: "All",
    View.MINE: "Mine",
    View.UNATTENDED: "Unattended",
    View.WAITING_FOR_CONTROL: "Waiting for control",
    View.FAILED: "Failed sends",
    View.TALKED_OVER: "Bot talking over",
}
_EPOCH, _MICROSECOND = datetime.fromtimestamp(0, UTC), timedelta(microseconds=1)
_LOOKS = {View.UNATTENDED: "hot", View.FAILED: "bad", View.TALKED_OVER: "hot"}
_ORDERS = {Order.NEWEST: "Newest activity first", Order.LONGEST_WAIT: "Longest wait first"}
_HELD_BY = (Owner.BOT, Owner.AGENT, Owner.INBOX, Owner.OTHER, Owner.IDLE, Owner.UNKNOWN)
_EMPTY = {
    View.ALL: ("No thread yet", "A thread begins when a customer writes to one of your pages."),
    View.MINE: ("Nothing is yours", "You have no intervention that is not over."),
    View.UNATTENDED: ("Nobody waits", "Every customer who wrote is with the bot or an agent."),
    View.WAITING_FOR_CONTROL: ("Nobody waits for control", "No request for control is open."),
    View.FAILED: ("Nothing has failed", "Every reply went out, or somebody has dealt with its failure."),
    View.TALKED_OVER: ("No bot talks over an agent", "No bot wrote last in a thread that our app holds."),
}


@dataclass(frozen=True)
class Tab:
    """A view that can be gone to. `look`: of its number."""

    label: str
    url: str
    count: str
    look: str
    is_current: bool


class ThreadListPage(ConsolePage):
    """The list, narrowed by what its address says; and, asked by the page itself, what is new.

    Last messages are shown, and texts searched, only for whoever may read transcripts and answer: others'
    readings are recorded, a thread at a time, so they read on the thread's page.
    """

    http_method_names = ["get", "head"]
    permission = "handover.view_thread"
    template_name = "console/threads.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page, or the news of it."""
        filters, now = Filters.of(request), timezone.now()
        desk = _Desk(request, filters, now)
        if "shown" in request.GET:
            return TemplateResponse(request, "console/threads_news.html", desk.news(request))
        return self.show(request, "Threads", **desk.page())


class _Desk:
    """The threads as somebody sees them at a moment."""

    def __init__(self, request: HttpRequest, filters: Filters, now: datetime) -> None:
        self.filters, self.now, self.user = filters, now, staff_of(request)
        self.reach = Reach.of_staff(self.user)
        self.reads_texts = self.user.has_perms(["handover.view_content", "handover.reply_to_thread"])
        self.narrowed = self._narrowed()
        self.counts = self._counts()
        unattended = self.counts[View.UNATTENDED] if not filters.is_narrowed else None
        self.unattended = thread_counts.unattended(self.user) if unattended is None else unattended
        request.unattended = self.unattended  # type: ignore[attr-defined]

    def _narrowed(self) -> QuerySet[Thread]:
        """The threads of the pages within reach that the filters leave, of whichever view."""
        filters, rows = self.filters, self.reach.limit(Thread.objects.all())
        if filters.source is not None:
            rows = rows.filter(source=filters.source)
        if filters.held is not None:
            rows = rows.filter(thread_views.holders(filters.held, self.now))
        if filters.words:
            found = thread_search.matching(filters.words, self.reach, in_texts=self.reads_texts)
            rows = rows.filter(pk__in=found)
        return rows

    def _counts(self) -> Mapping[View, int]:
        return thread_counts.by_view(self.narrowed, self.user, self.now)

    def _listed(self) -> QuerySet[Thread]:
        """Those of the view, in order.

        Where they are few they are found first and sorted then: in order, the database would go through all
        threads for them.
        """
        rows = thread_views.of_view(self.narrowed, self.filters.view, self.user, self.now)
        if self.counts[self.filters.view] <= CAP:
            rows = Thread.objects.filter(pk__in=list(rows.order_by().values_list("pk", flat=True)))
        if self.filters.order is Order.LONGEST_WAIT:
            return thread_views.waiting(rows, self.now).order_by("waits_since", "pk")
        return rows.order_by("-active_at", "-pk")

    def _lines(self, rows: QuerySet[Thread]) -> list[thread_rows.Line]:
        threads = thread_rows.fetched(rows, with_texts=self.reads_texts)
        return thread_rows.lines(threads, self.user, self.now)

    def page(self) -> dict[str, Any]:
        """What the template of the page needs."""
        first = (self.filters.page - 1) * PAGE_SIZE
        lines = self._lines(self._listed()[first : first + PAGE_SIZE + 1])
        has_more, lines = len(lines) > PAGE_SIZE, lines[:PAGE_SIZE]
        return {
            **self._common(),
            "lines": lines,
            "poll": self._poll(lines, has_more=has_more),
            "polled_every": POLLED_EVERY,
            "filters": self.filters,
            "sources": list(self.reach.sources().order_by("name", "pk")[:MOST_SOURCES]),
            "owners": [(owner.value, HOLDERS[owner]) for owner in _HELD_BY],
            "orders": [(order.value, label) for order, label in _ORDERS.items()],
            "empty": _EMPTY[self.filters.view],
            "clear": Filters(view=self.filters.view).address(),
            "searched": thread_search,
            **self._leafing(first, len(lines), has_more=has_more),
        }

    def _leafing(self, first: int, shown: int, *, has_more: bool) -> dict[str, Any]:
        page, count = self.filters.page, self.counts[self.filters.view]
        is_wait = self.filters.order is Order.LONGEST_WAIT
        return {
            "first": first + 1 if shown else 0,
            "last": first + shown,
            "total": "" if is_wait or count > CAP and first + shown > CAP else capped(count),
            "earlier": self.filters.address(page=page - 1) if page > 1 else "",
            "next": self.filters.address(page=page + 1) if has_more and page < LAST_PAGE else "",
            "is_end": has_more and page == LAST_PAGE,
        }

    def _common(self) -> dict[str, Any]:
        """What both the page and its news show."""
        return {
            "tabs": [self._tab(view, label) for view, label in VIEWS.items()],
            "unattended": self.unattended,
            "reads_texts": self.reads_texts,
            "now": self.now,
        }

    def _tab(self, view: View, label: str) -> Tab:
        count = self.counts[view]
        return Tab(
            label=label,
            url=self.filters.address(view=view, page=1),
            count=capped(count),
            look=_LOOKS.get(view, "") if count else "",
            is_current=view is self.filters.view,
        )

    def _poll(self, lines: list[thread_rows.Line], *, has_more: bool) -> str:
        """The address that the page asks for news: with what it shows, which does not move by itself."""
        shown = ",".join(str(line.thread.pk) for line in lines)
        active = [line.thread.active_at for line in lines]
        since = max(active, default=self.now)
        until = min(active) if has_more else None
        more = {"shown": shown, "since": _written(since), "until": _written(until)}
        return self.filters.address() + "".join(f"&{name}={value}" for name, value in more.items())

    def news(self, request: HttpRequest) -> dict[str, Any]:
        """What has changed for a page that shows these threads: the same lines, and how many wait to be
        shown."""
        shown = [int(key) for key in request.GET["shown"].split(",") if key.isascii() and key.isdigit()]
        shown = [key for key in shown if key < 2**63][:PAGE_SIZE]
        lines = self._lines(self.reach.limit(Thread.objects.filter(pk__in=shown)))
        return {
            **self._common(),
            "lines": lines,
            "fresh": self._fresh(set(shown), _moment(request, "since"), _moment(request, "until")),
            "reload": self.filters.address(),
        }

    def _fresh(self, shown: set[int], since: datetime | None, until: datetime | None) -> int:
        """How many threads would stand on the first page otherwise than they do."""
        if self.filters.page > 1:
            return 0
        rows = list(self._listed().values_list("pk", "active_at")[:PAGE_SIZE])
        if self.filters.order is Order.LONGEST_WAIT:
            return sum(pk not in shown for pk, _ in rows) if until is None else 0
        return sum(
            (since is not None and active > since) or (pk not in shown and (until is None or active > until))
            for pk, active in rows
        )


def _written(at: datetime | None) -> str:
    """A moment as the page's own address has it: microseconds."""
    return "" if at is None else str((at - _EPOCH) // _MICROSECOND)


def _moment(request: HttpRequest, name: str) -> datetime | None:
    try:
        return _EPOCH + int(request.GET.get(name, "")) * _MICROSECOND
    except (ValueError, OverflowError):
        return None
