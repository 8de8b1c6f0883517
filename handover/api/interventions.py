"""`/1.0/interventions`: an agent's engagement in a thread, in the name of the token's user.

The right to reply is enough to work with somebody else's too, as the right to update interventions is in
Engage Digital: a token is often an agents' desk, not an agent. The history says whose token it was.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from handover import interventions, replies, seeking
from handover.actors import Actor
from handover.api.errors import naming, on_the_wire
from handover.api.intervention_request import (
    condition,
    note_body,
    order,
    required,
    thread_and_content,
    until,
)
from handover.api.lists import Collection, ListView, RecordView, find
from handover.api.serializers import InterventionCommentSerializer, InterventionSerializer
from handover.errors import ServiceError
from handover.models import Intervention, InterventionStatus


class Interventions(Collection):
    """Those on the token's pages, but for cancelled ones: as in Engage Digital they are gone."""

    rights: ClassVar[dict[str, tuple[str, ...]]] = {
        "get": ("read",),
        "post": ("reply",),
        "put": ("reply",),
        "delete": ("reply",),
    }
    serializer_class = InterventionSerializer

    def rows(self) -> QuerySet[Any]:
        """The visible rows, with their replies and notes."""
        rows = Intervention.objects.filter(source__in=self.token.allowed_sources())
        return _with_all(rows.exclude(status=InterventionStatus.CANCELLED))

    def shown(self, row: Intervention) -> Response:
        """A row as it is now, cancelled or not."""
        return Response(InterventionSerializer(_with_all(Intervention.objects.filter(pk=row.pk)).get()).data)


def _with_all(rows: QuerySet[Intervention]) -> QuerySet[Any]:
    return replies.counted(rows).prefetch_related("comments__intervention")


class InterventionListView(Interventions, ListView):
    """`GET /1.0/interventions`: newest first; `POST`: engage the token's user."""

    def filtered(self) -> QuerySet[Any]:
        """The rows that the filters leave, in the order that `sort` says."""
        return self.rows().filter(condition(self.parameters)).order_by(*order(self.parameters))

    def post(self, request: Request) -> Response:
        """Open one on a message or a thread."""
        thread, content = thread_and_content(self.parameters, self.token)
        actor = Actor.for_token(self.token)
        try:
            row = interventions.open_intervention(thread, self.token.user, actor, content=content)
        except ServiceError as error:
            raise on_the_wire(error) from error
        return self.shown(row)


class InterventionRecordView(Interventions, RecordView):
    """`GET /1.0/interventions/{id}`."""


class _ChangeView(Interventions):
    """A change of one intervention."""

    def change(self, row: Intervention, actor: Actor) -> None:
        """Make it. May raise `ServiceError` or `ApiError`."""
        raise NotImplementedError

    def changed(self, record_id: str) -> Response:
        """The intervention after the change."""
        row = find(self.rows(), record_id)
        try:
            self.change(row, Actor.for_token(self.token))
        except ServiceError as error:
            raise on_the_wire(error) from error
        return self.shown(row)


class _PutView(_ChangeView):
    def put(self, request: Request, record_id: str) -> Response:
        """Change it."""
        return self.changed(record_id)


class CloseView(_PutView):
    """`PUT /1.0/interventions/{id}/close`."""

    def change(self, row: Intervention, actor: Actor) -> None:
        """End it, once there is a reply."""
        interventions.close_intervention(row, actor, needs_reply=True)


class CancelView(_ChangeView):
    """`DELETE /1.0/interventions/{id}/cancel`."""

    def delete(self, request: Request, record_id: str) -> Response:
        """Undo it."""
        return self.changed(record_id)

    def change(self, row: Intervention, actor: Actor) -> None:
        """Undo it, while there is no reply."""
        interventions.cancel(row, actor)


class DeferView(_PutView):
    """`PUT /1.0/interventions/{id}/defer`."""

    def change(self, row: Intervention, actor: Actor) -> None:
        """Put it aside."""
        interventions.defer(row, actor, until(self.parameters))


class ReactivateView(_PutView):
    """`PUT /1.0/interventions/{id}/reactivate`."""

    def change(self, row: Intervention, actor: Actor) -> None:
        """Take it up again."""
        interventions.reactivate(row, actor)


class ReassignView(_PutView):
    """`PUT /1.0/interventions/{id}/reassign`."""

    def change(self, row: Intervention, actor: Actor) -> None:
        """Make it the named user's."""
        user = find(User.objects.filter(is_active=True), required(self.parameters, "user_id"))
        interventions.reassign(row, user, actor)


class TakeOverView(_ChangeView):
    """`PUT /1.0/interventions/{id}/take_over`."""

    def put(self, request: Request, record_id: str) -> Response:
        """Take control of the thread, or ask for it, whoever holds it; named by `Handover-Id`."""
        row = find(self.rows().select_related("thread__source", "thread__identity"), record_id)
        try:
            handover = seeking.take_over(row, Actor.for_token(self.token))
        except ServiceError as error:
            raise on_the_wire(error) from error
        return Response(self.shown(row).data, headers=naming(handover))


class NotesView(Interventions):
    """`POST /1.0/interventions/{id}/notes`."""

    def post(self, request: Request, record_id: str) -> Response:
        """Leave a note in the name of the token's user."""
        row, body = find(self.rows(), record_id), note_body(self.parameters)
        note = interventions.comment(row, self.token.user, body, Actor.for_token(self.token))
        return Response(InterventionCommentSerializer(note).data)
