"""What is filtered, as a file. It is made while it is sent, and the log tells that it was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import structlog
from django.contrib.auth.models import User
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from handover import correlation, journal, transcripts
from handover.admin.history_filters import HistoryFilters
from handover.admin_base import staff_of
from handover.console.pages import ConsolePage
from handover.console.tables import reach_of
from handover.journal_export import as_csv, as_json
from handover.models import ThreadEvent, ThreadEventText

log = structlog.get_logger(__name__)

_FORMATS = {"csv": ("text/csv; charset=utf-8", as_csv), "json": ("application/json", as_json)}


class ExportPage(ConsolePage):
    """A download. `texts` in the query: with what people wrote, for whoever may see messages."""

    permission = "handover.export_history"
    http_method_names = ["get"]
    kind = "csv"

    def allows(self, request: HttpRequest) -> bool:
        """Whoever may export has to be allowed to look."""
        return super().allows(request) and request.user.has_perm("handover.view_threadevent")

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        """All that the filters of the query find."""
        user, reach = staff_of(request), reach_of(request)
        filters = HistoryFilters(request.GET, reach)
        with_texts = "texts" in request.GET and user.has_perm("handover.view_content")
        _log(user, self.kind, filters, with_texts)
        batches = journal.walk(filters.wanted(), reach)
        lines = _with_texts(batches, user) if with_texts else _without(batches)
        content_type, written = _FORMATS[self.kind]
        answer = StreamingHttpResponse(written(lines, _about(user, filters)), content_type=content_type)
        answer["Content-Disposition"] = (
            f'attachment; filename="history-{timezone.now():%Y%m%dT%H%M%SZ}.{self.kind}"'
        )
        return answer


def _about(user: User, filters: HistoryFilters) -> dict[str, str]:
    """What the file says of itself."""
    at = timezone.now().isoformat(timespec="seconds")
    told = filters.told() or {"Filter": "none, changes of control"}
    return {"History exported": at, "By": user.get_username(), **told}


def _log(user: User, kind: str, filters: HistoryFilters, with_texts: bool) -> None:
    """Who took what along. Whom they looked for is told by keys, what they searched for not at all."""
    wanted = filters.wanted()
    log.info(
        "history.exported",
        user=user.pk,
        format=kind,
        filters=sorted(filters.told()),
        page=wanted.source and wanted.source.pk,
        threads=sorted(wanted.threads) if wanted.threads is not None else None,
        texts=with_texts,
    )


def _without(batches: Iterable[list[ThreadEvent]]) -> Iterator[tuple[ThreadEvent, None]]:
    return ((event, None) for events in batches for event in events)


def _with_texts(
    batches: Iterable[list[ThreadEvent]], user: User
) -> Iterator[tuple[ThreadEvent, Mapping[str, str]]]:
    """With the texts, once the thread's history tells who gets them."""
    request_id, noted = correlation.current(), set[int]()
    for events in batches:
        found = {row.event_id: row.body for row in ThreadEventText.objects.filter(event__in=events)}
        with correlation.resumed(request_id):
            for event in events:
                if event.pk in found and event.thread_id not in noted:
                    transcripts.note_reading(event.thread, user)
                    noted.add(event.thread_id)
        for event in events:
            yield event, found.get(event.pk, {})
