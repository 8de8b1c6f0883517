"""`/1.0/events`: the journal, every change of control and of interventions, for reading."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Case, Exists, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Cast

from handover.api import event_search
from handover.api.event_serializers import EventSerializer
from handover.api.lists import Collection, ListView, RecordView
from handover.models import ApiToken, Thread, ThreadEvent


class _Events(Collection):
    serializer_class = EventSerializer

    def rows(self) -> QuerySet[Any]:
        """The lines of history on the token's pages, of people whom the platform has vouched for.

        A page of them is found by walking the index by time. With joins SQLite would begin at the threads:
        read every line there is, and sort.
        """
        threads = Thread.objects.filter(identity__is_known=True, source__in=self.token.allowed_sources())
        rows = ThreadEvent.objects.filter(Exists(threads.filter(pk=OuterRef("thread"))))
        return rows.prefetch_related("thread__identity").annotate(user_id=_user())


def _user() -> Case:
    """Whom the actor acts as: a member of staff as themselves, a token as its user, all others as nobody."""
    number = BigIntegerField()
    tokens = ApiToken.objects.filter(pk=Cast(OuterRef("actor_id"), number))
    return Case(
        When(actor_kind=ThreadEvent.ActorKind.STAFF, then=Cast("actor_id", number)),
        When(actor_kind=ThreadEvent.ActorKind.TOKEN, then=Subquery(tokens.values("user"))),
        output_field=number,
    )


class EventListView(_Events, ListView):
    """`GET /1.0/events`: newest first; `q` as in `event_search`."""

    def filtered(self) -> QuerySet[Any]:
        """The rows that the search leaves, in its order."""
        wanted, order = event_search.events(self.parameters.text("q"))
        return self.rows().filter(wanted).order_by(*order)


class EventRecordView(_Events, RecordView):
    """`GET /1.0/events/{id}`."""
