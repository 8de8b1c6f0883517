"""Open an intervention: the plan, the question, the answer."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from handover import interventions
from handover.actors import Actor
from handover.admin.thread.action import ThreadAction, plan_context, who_was_first
from handover.admin.thread.finding import find_thread
from handover.admin_base import staff_of
from handover.errors import ServiceError
from handover.models import Thread

LEAD = (
    "Until you close the intervention, the thread is not handed over to the bot. An intervention of the bot's"
    " own is closed."
)
ASKED_FOR = "The intervention is opened, and control is asked for right afterwards: the page is set so."


class OpenPage(ThreadAction):
    """Engage whoever is logged in in a thread."""

    permission = "handover.open_intervention"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The plan, and the question if it does not refuse."""
        return self._ask(request, find_thread(pk, request))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open it, and tell so."""
        user = staff_of(request)
        thread = find_thread(pk, request)
        why_not = who_was_first(thread, request)
        if why_not:
            return self._ask(request, thread, why_not)
        return self.tell(request, thread, *_open(thread, user))

    def _ask(self, request: HttpRequest, thread: Thread, note: str = "") -> HttpResponse:
        context = plan_context(thread, interventions.plan_opening(thread))
        if thread.source.asks_on_opening and not context["is_refused"]:
            context["summary"] = ASKED_FOR
        button = "Open the intervention"
        title = "Open an intervention"
        return self.show(request, title, thread=thread, note=note, lead=LEAD, button=button, **context)


def _open(thread: Thread, user: User) -> tuple[int, str]:
    try:
        interventions.open_intervention(thread, user, Actor.for_staff(user))
    except ServiceError as error:
        return messages.ERROR, f"Refused, no intervention was opened. {error.message}"
    return messages.SUCCESS, (
        f"An intervention of {user.get_username()} is open. Until it is closed, the thread is not"
        " handed over to the bot."
    )
