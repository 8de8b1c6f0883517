"""`/1.0/status`: which agents are there. Bots are told to look here before they hand a thread over."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from handover import agents, availability
from handover.actors import Actor
from handover.agents import AgentStatus
from handover.api.errors import ApiError, on_the_wire
from handover.api.intervention_request import required
from handover.api.serializers import AgentStatusSerializer
from handover.api.views import ApiView
from handover.errors import ServiceError
from handover.models import AvailabilityState


class StatusView(ApiView):
    """`GET /1.0/status`: all agents, oldest account first, in no envelope; `PUT`: the token's user."""

    rights: ClassVar[dict[str, tuple[str, ...]]] = {"get": ("handover", "read"), "put": ("reply",)}

    def get(self, request: Request) -> Response:
        """Every agent on each of the token's pages."""
        return Response(AgentStatusSerializer(self._of(agents.agents(timezone.now())), many=True).data)

    def put(self, request: Request) -> Response:
        """Make the token's user available or away."""
        state, user = self._state(), self.token.user
        try:
            availability.set_state(user, state, Actor.for_token(self.token))
        except ServiceError as error:
            raise on_the_wire(error) from error
        (status,) = self._of(User.objects.filter(pk=user.pk))
        return Response(AgentStatusSerializer(status).data)

    def _of(self, users: QuerySet[User]) -> list[AgentStatus]:
        return agents.statuses(users, self.token.allowed_sources().order_by("pk"))

    def _state(self) -> AvailabilityState:
        name = required(self.parameters, "status")
        if name not in AvailabilityState.values:
            names = " or ".join(AvailabilityState.values)
            raise ApiError("invalid_parameter", f"Parameter status must be {names}.")
        return AvailabilityState(name)
