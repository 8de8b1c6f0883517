"""Open an intervention: the plan, the question, the answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from handover import interventions
from handover.actors import Actor
from handover.admin.hand_over import find_thread, plan_context
from handover.admin_base import ActionPage, staff_of
from handover.errors import ServiceError

ASKED_FOR = "The intervention is opened, and control is asked for right afterwards: the page is set so."


class OpenPage(ActionPage):
    """Engage whoever is logged in in a thread."""

    permission = "handover.open_intervention"
    template_name = "admin/handover/thread/open_intervention.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The plan, and the question if it does not refuse."""
        thread = find_thread(pk)
        context = plan_context(thread, interventions.plan_opening(thread))
        if thread.source.asks_on_opening and not context["is_refused"]:
            context["summary"] = ASKED_FOR
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
