"""The neighbouring resources: pages, people and threads, for reading; threads' categories."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from rest_framework.request import Request
from rest_framework.response import Response

from handover import categories
from handover.actors import Actor
from handover.api import handover_request, search
from handover.api.errors import ApiError
from handover.api.lists import Collection, ListView, RecordView, find, key_parameter
from handover.api.serializers import (
    IdentitySerializer,
    SourceSerializer,
    ThreadSerializer,
)
from handover.models import Content, Identity, Intervention, InterventionStatus, Source, Thread

PERMISSIONS = ("read", "initiate_discussion")


class _Sources(Collection):
    serializer_class = SourceSerializer

    def rows(self) -> QuerySet[Source]:
        """The pages of the token."""
        return self.token.allowed_sources()


class SourceListView(_Sources, ListView):
    """`GET /1.0/content_sources`: oldest first; filters `active`, `permission`."""

    def filtered(self) -> QuerySet[Source]:
        """The rows that the filters leave."""
        rows = self.rows().order_by("pk")
        if self.parameters.text("permission") not in ("", *PERMISSIONS):
            raise ApiError("invalid_parameter", f"Parameter permission must be {' or '.join(PERMISSIONS)}.")
        if self.parameters.text("permission") == "initiate_discussion":
            return rows.none()  # A page cannot write first on Messenger.
        if not self.parameters.text("active"):
            return rows
        return rows.filter(is_active=self.parameters.flag("active"))


class SourceRecordView(_Sources, RecordView):
    """`GET /1.0/content_sources/{id}`."""


class _Identities(Collection):
    serializer_class = IdentitySerializer

    def rows(self) -> QuerySet[Identity]:
        """The people on the token's pages whom the platform has vouched for."""
        rows = Identity.objects.filter(is_known=True, source__in=self.token.allowed_sources())
        return rows.select_related("source")


class IdentityListView(_Identities, ListView):
    """`GET /1.0/identities`: newest first; filters `foreign_id`, `source_id`."""

    def filtered(self) -> QuerySet[Identity]:
        """The rows that the filters leave."""
        rows = self.rows().order_by("-created_at", "-pk")
        foreign_id, source = (
            handover_request.foreign_id_of(self.parameters, "foreign_id"),
            key_parameter(self.parameters, "source_id"),
        )
        if foreign_id:
            rows = rows.filter(foreign_id=foreign_id)
        return rows if source is None else rows.filter(source=source)


class IdentityRecordView(_Identities, RecordView):
    """`GET /1.0/identities/{id}`."""


class _Threads(Collection):
    serializer_class = ThreadSerializer

    def rows(self) -> QuerySet[Thread]:
        """The threads on the token's pages, with their counts."""
        rows = Thread.objects.filter(identity__is_known=True, source__in=self.token.allowed_sources())
        return rows.select_related("identity", "source").annotate(
            contents_count=_count(Content.objects.all()),
            interventions_count=_count(Intervention.objects.exclude(status=InterventionStatus.CANCELLED)),
        )


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many rows a thread has; asked for the threads of one page only, unlike a join."""
    counted = rows.filter(thread=OuterRef("pk")).order_by().values("thread").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n")), 0)


class ThreadListView(_Threads, ListView):
    """`GET /1.0/content_threads`: latest activity first; `q` as in `search`."""

    def filtered(self) -> QuerySet[Thread]:
        """The rows that the search leaves."""
        return (
            self.rows()
            .filter(search.threads(self.parameters.text("q")))
            .order_by(F("last_content_at").desc(nulls_last=True), "-pk")
        )


class ThreadRecordView(_Threads, RecordView):
    """`GET /1.0/content_threads/{id}`."""


class ThreadCategoriesView(_Threads):
    """`PUT /1.0/content_threads/{id}/update_categories`."""

    rights: ClassVar[dict[str, tuple[str, ...]]] = {"put": ("reply", "handover")}

    def put(self, request: Request, record_id: str) -> Response:
        """Replace the thread's categories; an empty list takes them all off."""
        thread = find(self.rows(), record_id)
        if not self.parameters.has_array("thread_category_ids"):
            raise ApiError("missing_parameter", "Parameter thread_category_ids[] is missing.")
        ids = handover_request.categories(self.parameters) or []
        categories.replace(thread, ids, Actor.for_token(self.token))
        return Response(self.serializer_class(find(self.rows(), record_id)).data)
