"""`/1.0/bots/...`: the Bots API itself."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from handover import channel, handovers, interventions, settling
from handover.actors import Actor
from handover.api import handover_request
from handover.api.errors import ApiError, naming, on_the_wire
from handover.api.intervention_request import content_of, required
from handover.api.interventions import Interventions
from handover.api.lists import Collection, ListView, RecordView, find
from handover.api.serializers import HandoverSerializer
from handover.api.views import ApiView
from handover.decision import Decision
from handover.errors import ServiceError
from handover.handovers import HandoverRequest
from handover.models import Handover, Intervention
from handover.reach import Reach

_SUCCESS = {"status": 200, "message": "Success"}


class HandoverView(ApiView):
    """`POST /1.0/bots/handover`: move a thread between bot and agent."""

    rights: ClassVar[dict[str, tuple[str, ...]]] = {"post": ("handover",)}

    def post(self, request: Request) -> Response:
        """Parse, hand over, answer."""
        asked, is_dry = handover_request.read(self.parameters)
        if is_dry:
            return self._explain(asked)
        actor = Actor.for_token(self.token)
        try:
            handover = handovers.hand_over(asked, actor, Reach.of(self.token))
        except ServiceError as error:
            raise on_the_wire(error) from error
        return Response(_SUCCESS, headers=naming(handover))

    def _explain(self, asked: HandoverRequest) -> Response:
        try:
            decision = handovers.plan(asked, Reach.of(self.token))
        except ServiceError as error:
            raise on_the_wire(error, extra={"plan": _unresolved(error)}) from error
        plan = {"plan": _plan(decision, asked)}
        if decision.refusal is not None:
            raise ApiError(decision.refusal.code, decision.refusal.message, extra=plan)
        return Response({**_SUCCESS, **plan})


def _unresolved(error: ServiceError) -> dict[str, Any]:
    return {"rules": [{"name": "identity_known", "holds": False, "because": error.message}], "calls": []}


def _plan(decision: Decision, asked: HandoverRequest) -> dict[str, Any]:
    port = channel.get(asked.channel_type)
    known = {"name": "identity_known", "holds": True, "because": "One page is meant."}
    rules = [{"name": rule.name, "holds": rule.holds, "because": rule.because} for rule in decision.rules]
    calls = [
        {
            "edge": port.edge(call.verb),
            "as_app_id": decision.agent_app_id,
            "target_app_id": call.target_app_id or None,
        }
        for call in decision.calls
    ]
    return {"rules": [known, *rules], "calls": calls}


class _Handovers(Collection):
    """The handovers that a token may see: those on its sources."""

    rights: ClassVar[dict[str, tuple[str, ...]]] = {"get": ("handover", "read")}
    serializer_class = HandoverSerializer

    def rows(self) -> QuerySet[Handover]:
        """The visible rows. What is overdue is expired first, so that no answer lags behind the clock."""
        settling.expire_all_overdue(timezone.now())
        rows = Handover.objects.filter(source__in=self.token.allowed_sources())
        return rows.select_related("thread__identity")


class HandoverListView(_Handovers, ListView):
    """`GET /1.0/bots/handovers`: newest first; filter `identity_foreign_id`."""

    def filtered(self) -> QuerySet[Handover]:
        """The rows that the filters leave."""
        rows = self.rows().order_by("-requested_at", "-pk")
        foreign_id = handover_request.foreign_id_of(self.parameters, "identity_foreign_id")
        return rows.filter(thread__identity__foreign_id=foreign_id) if foreign_id else rows


class HandoverRecordView(_Handovers, RecordView):
    """`GET /1.0/bots/handovers/{id}`: what became of one."""


class EngageView(Interventions):
    """`POST /1.0/bots/engage`: open the bot's own intervention on a message."""

    rights: ClassVar[dict[str, tuple[str, ...]]] = {"post": ("handover",)}

    def post(self, request: Request) -> Response:
        """Open it, or find it open."""
        content, actor = content_of(self.parameters, self.token), Actor.for_token(self.token)
        try:
            row = interventions.open_intervention(
                content.thread, self.token.user, actor, content=content, is_bots=True
            )
        except ServiceError as error:
            raise on_the_wire(error) from error
        return self.shown(row)


class CompleteView(Interventions):
    """`POST /1.0/bots/complete`: close the bot's own intervention."""

    rights: ClassVar[dict[str, tuple[str, ...]]] = {"post": ("handover",)}

    def post(self, request: Request) -> Response:
        """Close it, and add categories to its thread."""
        row: Intervention = find(self.rows(), required(self.parameters, "intervention_id"))
        self.parameters.flag("close_thread")  # Looked at for its form alone: threads are not closed here.
        added = handover_request.categories(self.parameters) or ()
        try:
            interventions.complete(row, Actor.for_token(self.token), added)
        except ServiceError as error:
            raise on_the_wire(error) from error
        return Response(_SUCCESS)
