"""The History page: what happened in all threads, filtered, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from handover import journal
from handover.admin.history_filters import SUBJECTS, HistoryFilters
from handover.admin.history_rows import row_of
from handover.console.pages import ConsolePage
from handover.console.tables import reach_of, sees_no_page
from handover.journal import Count
from handover.journal_search import Subject
from handover.models import ThreadEvent
from handover.reach import Reach

_PAGING = "after"
_LONGEST_KEY = 18
"""Digits; a longer one is no key."""


@dataclass(frozen=True)
class Tab:
    """A subject that can be chosen."""

    label: str
    query: str
    is_current: bool


class HistoryPage(ConsolePage):
    """One line an event, each of which opens to its record."""

    permission = "handover.view_threadevent"
    template_name = "console/history.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The first page, or the one after a line."""
        reach = reach_of(request)
        filters = HistoryFilters(request.GET, reach)
        wanted, after = filters.wanted(), _line(request, reach)
        page = journal.page(wanted, reach, after)
        return self.show(
            request,
            "History",
            filters=filters,
            told=filters.told(),
            tabs=_tabs(request.GET, wanted.subject),
            rows=[row_of(event) for event in page.rows],
            looked_back_to=page.looked_back_to,
            older=_query(request.GET, **{_PAGING: page.next_key}) if page.next_key else "",
            newest=_query(request.GET) if after else "",
            counted=None if after else _in_words(journal.count(wanted, reach)),
            query=_query(request.GET),
            sees_no_page=sees_no_page(request),
            **_allowed(request),
        )


def _allowed(request: HttpRequest) -> dict[str, Any]:
    return {
        "may_export": request.user.has_perm("handover.export_history"),
        "may_export_texts": request.user.has_perm("handover.view_content"),
    }


def _line(request: HttpRequest, reach: Reach) -> ThreadEvent | None:
    """The line after which the page begins; None for what is none, and the page is the first."""
    key = request.GET.get(_PAGING, "")
    if not (key.isascii() and key.isdecimal() and len(key) <= _LONGEST_KEY):
        return None
    return ThreadEvent.objects.only("pk", "at").filter(pk=key).first()


def _query(given: QueryDict, **changes: Any) -> str:
    """The filters as the query of an address; with the place in the list only if it is among the changes."""
    query = given.copy()
    query.pop(_PAGING, None)
    for name, value in changes.items():
        query[name] = str(value)
    return "?" + QueryDict.urlencode(query)


def _tabs(given: QueryDict, current: Subject) -> list[Tab]:
    return [
        Tab(label, _query(given, subject=subject), subject is current) for subject, label in SUBJECTS.items()
    ]


def _in_words(count: Count) -> str:
    number = f"{count.number:,}{'+' if count.is_more else ''}"
    return f"{number} line" if number == "1" else f"{number} lines"
