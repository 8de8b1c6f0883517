"""From a number to the rows behind it, for whoever may see them."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from handover.admin.thread_filters import Filters
from handover.figures.spans import Span
from handover.models import HandoverState, Source
from handover.ownership import Owner, Party
from handover.thread_views import View


class Links:
    """The addresses for one span, and one page or all; empty for who may not follow them."""

    def __init__(self, request: HttpRequest, span: Span, chosen: Source | None) -> None:
        self._sees_threads = request.user.has_perm("handover.view_thread")
        self._sees_handovers = request.user.has_perm("handover.view_handover")
        self._span, self._chosen = span, chosen

    def threads(self, source: Source | None = None, view: View = View.ALL, held: Owner | None = None) -> str:
        """The list of threads, with those that are meant as they are now."""
        page = source or self._chosen
        filters = Filters(view=view, source=page.pk if page else None, held=held)
        if not self._sees_threads:
            return ""
        return reverse("admin:handover_thread_changelist") + filters.address()

    def handovers(
        self,
        source: Source | None = None,
        to_party: Party | None = None,
        state: HandoverState | None = None,
        error: str = "",
    ) -> str:
        """The table of handovers, with those of the span that are meant."""
        page = source or self._chosen
        wanted = {
            "requested_at__gte": self._span.begins.isoformat(),
            "requested_at__lt": self._span.ends.isoformat(),
            "source__id__exact": page.pk if page else None,
            "to_party__exact": to_party,
            "state__exact": state,
            "error__exact": error,
        }
        given = {name: value for name, value in wanted.items() if value}
        if not self._sees_handovers:
            return ""
        return f"{reverse('admin:handover_handover_changelist')}?{urlencode(given)}"
