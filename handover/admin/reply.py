"""Answer a customer from the box on the thread's page, or have a failed reply sent after all."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from handover import contents
from handover.actors import Actor
from handover.admin.thread import page, reply_box
from handover.admin.thread.action import NEWS, ThreadAction, asks_for_part, plan_context, who_was_first
from handover.admin.thread.finding import find_content, find_thread
from handover.admin.thread.reply_box import ReplyForm
from handover.admin_base import page_of, staff_of
from handover.decision import Answer
from handover.errors import ServiceError
from handover.models import Content, Thread

ACCEPTED = "The reply is accepted, and goes out in its turn. What becomes of it stands beside it."
TWICE = "It may have reached the customer all the same. If you retry it, the customer may get it twice."


class ReplyPage(ThreadAction):
    """What the box is sent to."""

    permission = "handover.reply_to_thread"
    part_name = "console/thread_reply.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The box is on the thread's page."""
        return HttpResponseRedirect(f"{page_of(find_thread(pk, request))}#reply")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Accept the reply, and tell so. What was written is not lost by a refusal."""
        user = staff_of(request)
        thread, form = find_thread(pk, request), ReplyForm(request.POST)
        why_not = _why_not(request, thread, form, user)
        if why_not:
            return self._again(request, thread, body=request.POST.get("body", ""), note=why_not)
        if asks_for_part(request):
            answer = self._again(request, find_thread(pk, request), note=ACCEPTED, tone="info")
            answer.headers["HX-Trigger"] = NEWS
            return answer
        messages.success(request, ACCEPTED)
        return self.back_to(thread)

    def _again(self, request: HttpRequest, thread: Thread, **box: Any) -> HttpResponse:
        """The box once more; without htmx, the page around it."""
        if not asks_for_part(request):
            return page.show(request, thread, self.site, **box)
        context = page.reply_context(request, thread, **box)
        return self.show(request, "Reply", thread=thread, **context)


class RetryPage(ThreadAction):
    """Have a failed reply sent after all."""

    permission = "handover.reply_to_thread"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What is known of the failure, the plan, and the question if it does not refuse."""
        user = staff_of(request)
        content = find_content(pk, request)
        thread = find_thread(content.thread_id, request)
        context = _retry_context(thread, content, user)
        return self.show(request, "Retry a reply", thread=thread, button="Retry the reply", **context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue it again, and tell so."""
        user = staff_of(request)
        content = find_content(pk, request)
        return self.tell(request, content.thread, *_retry(content, user))


def _why_not(request: HttpRequest, thread: Thread, form: ReplyForm, user: User) -> str:
    """Have the reply accepted. Why it was not, in words; empty where it was, by this post or one before."""
    if not form.is_valid():
        return " ".join(str(error) for errors in form.errors.values() for error in errors)
    sent = form.cleaned_data
    if contents.written_with(thread, sent["one_time_key"]) is not None:
        return ""
    return (
        who_was_first(thread, request)
        or reply_box.what_has_changed(thread, sent, user)
        or _refused(thread, sent, user)
    )


def _refused(thread: Thread, sent: dict[str, Any], user: User) -> str:
    try:
        reply_box.accept(user, thread, sent["body"], sent["one_time_key"])
    except ServiceError as error:
        return f"Refused, nothing was sent. {error.message}"
    return ""


def _retry_context(thread: Thread, content: Content, user: User) -> dict[str, Any]:
    try:
        reply = contents.failed_reply(content)
    except ServiceError as error:
        return plan_context(thread, None, error.message)
    plan = contents.plan_reply(thread, content.body)
    context = plan_context(thread, plan)
    if plan.answer is Answer.REFUSE:
        return context
    lead = TWICE if reply.doubt else ""
    return {**context, "summary": reply_box.sentence(thread, plan, user), "warning": lead}


def _retry(content: Content, user: User) -> tuple[int, str]:
    try:
        contents.retry(content, Actor.for_staff(user))
    except ServiceError as error:
        return messages.ERROR, f"Refused, nothing was retried. {error.message}"
    return messages.SUCCESS, "The reply is tried again, behind whatever waits already."
