"""The page: which pages and which span are asked for, and what is shown of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

from handover.admin.overview import charts, tables
from handover.admin.overview.links import Links
from handover.console.pages import ConsolePage
from handover.figures import spans
from handover.figures.overview import look
from handover.figures.spans import Span, SpanKind
from handover.models import Source
from handover.reach import Reach

USUAL = SpanKind.WEEK


class OverviewPage(ConsolePage):
    """Figures of all pages that one sees, or of one of them."""

    http_method_names = ["get", "head"]
    permission = "handover.view_figures"
    template_name = "console/overview.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The figures of the span asked for. `source` is a page's key; one out of reach is not found."""
        now = timezone.now()
        sources = list(Reach.of_staff(request.user).sources().order_by("name", "pk"))
        chosen = _chosen(sources, request.GET.get("source", ""))
        span, complaint = _span(request.GET, now)
        overview = look([chosen] if chosen else sources, span, now)
        links = Links(request, span, chosen)
        return self.show(
            request,
            "Overview",
            sources=sources,
            chosen=chosen,
            kinds=spans.WORDS.items(),
            days=_days(request.GET, span),
            complaint=complaint,
            span_words=spans.in_words(span),
            overview=overview,
            charts=charts.of(overview),
            tables=tables.of(overview, sources, links),
        )


def _days(query: QueryDict, span: Span) -> dict[str, str]:
    """What stands in the fields for the first and the last day: what was asked, else those of the span."""
    last = span.ends - timedelta(microseconds=1)
    asked_first, asked_last = query.get("from", ""), query.get("to", "")
    return {
        "first": asked_first or span.begins.date().isoformat(),
        "last": asked_last or last.date().isoformat(),
    }


def _chosen(sources: Sequence[Source], key: str) -> Source | None:
    if not key:
        return None
    for source in sources:
        if str(source.pk) == key:
            return source
    raise Http404


def _span(query: QueryDict, now: datetime) -> tuple[Span, str]:
    """The span, and what is wrong with the one asked for: the usual one stands in for it then."""
    try:
        kind = SpanKind(query.get("span", USUAL))
        return spans.choose(kind, now, query.get("from", ""), query.get("to", "")), ""
    except ValueError as error:
        return spans.choose(USUAL, now), _in_words(query.get("span", ""), error)


def _in_words(asked: str, error: ValueError) -> str:
    return str(error) if asked in set(SpanKind) else "There is no such span."
