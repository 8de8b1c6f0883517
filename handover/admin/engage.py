"""Open and close an intervention: the plan, the question, the answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from handover import interventions
from handover.actors import Actor
from handover.admin.hand_over import find_thread, plan_context
from handover.admin_base import ActionPage, staff_of
from handover.errors import ServiceError
from handover.models import Intervention


class OpenPage(ActionPage):
    """Engage whoever is logged in in a thread."""

    permission = "handover.open_intervention"
    template_name = "admin/handover/thread/open_intervention.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The plan, and the question if it does not refuse."""
        thread = find_thread(pk)
        context = plan_context(thread, interventions.plan_opening(thread))
        return self.show(request, "Open an intervention", thread=thread, original=thread, **context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open it, and tell so on the thread's page."""
        thread, user = find_thread(pk), staff_of(request)
        try:
            interventions.open_intervention(thread, user, Actor.for_staff(user))
        except ServiceError as error:
            messages.error(request, f"Refused, no intervention was opened. {error.message}")
        else:
            messages.success(
                request,
                f"An intervention of {user.get_username()} is open. Until it is closed, the thread is not"
                " handed over to the bot.",
            )
        return self.back_to(thread)


class ClosePage(ActionPage):
    """End an engagement, one's own or somebody else's."""

    permission = "handover.close_intervention"
    template_name = "admin/handover/intervention/close.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The plan, and the question if it does not refuse."""
        row = _intervention(pk)
        context = plan_context(find_thread(row.thread_id), interventions.plan_closing(row))
        return self.show(request, "Close an intervention", intervention=row, original=row, **context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close it, and tell so on its page."""
        row = _intervention(pk)
        try:
            interventions.close_intervention(row, Actor.for_staff(staff_of(request)))
        except ServiceError as error:
            messages.error(request, f"Refused, nothing was closed. {error.message}")
        else:
            messages.success(request, f"The intervention of {row.user.get_username()} is closed.")
        return self.back_to(row)


def _intervention(pk: int) -> Intervention:
    rows = Intervention.objects.select_related("user", "thread__identity", "source")
    return get_object_or_404(rows, pk=pk)
