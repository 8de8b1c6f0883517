"""Answer a customer, or have a failed reply sent after all: the plan, the question, the answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404

from handover import contents, situations
from handover.actors import Actor
from handover.admin import agents_side, words
from handover.admin.hand_over import CHANGED, find_thread, plan_context
from handover.admin_base import ActionPage, staff_of, text_area
from handover.decision import Answer, Decision, Verb
from handover.errors import ServiceError
from handover.models import Content, Reply, Thread

SHOWN = 5
"""Of the conversation, on the page of the form: the last messages."""

ANY_TEXT = "…"
"""How a reply would go out does not depend on what it says, so it is shown before anything is written."""

ACCEPTED = "The reply is accepted, and goes out in its turn. What becomes of it stands below."
WRITTEN_SINCE = "There are new messages since this page was shown. Please look at them before you send."


class ReplyForm(forms.Form):
    """`planned` is the call that staff were shown, `newest` the last message."""

    planned = forms.CharField(required=False, max_length=16)
    newest = forms.CharField(required=False, max_length=20)
    body = forms.CharField(label="Reply", widget=text_area(rows=5), strip=False)

    def __init__(self, thread: Thread, data: QueryDict | None = None) -> None:
        super().__init__(data)
        longest = thread.source.channel.reply_limits.longest_text
        self.fields["body"].help_text = f"Up to {longest} characters."

    def clean_body(self) -> str:
        """Browsers send line ends as CR and LF; customers' programs show both."""
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")


class ReplyPage(ActionPage):
    """Write a reply, which goes out in its turn."""

    permission = "handover.reply_to_thread"
    template_name = "admin/handover/thread/reply.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The last of the conversation, the plan, and the form if it does not refuse."""
        thread = find_thread(pk)
        return self._ask(request, thread, ReplyForm(thread), contents.plan_reply(thread, ANY_TEXT))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Accept the reply, and tell so on the thread's page. What was written is not lost by a refusal."""
        thread, user = find_thread(pk), staff_of(request)
        form = ReplyForm(thread, request.POST)
        if not form.is_valid():
            return self._ask(request, thread, form, contents.plan_reply(thread, ANY_TEXT))
        why_not = _changed(thread, form.cleaned_data) or _refused(thread, form.cleaned_data["body"], user)
        if why_not:
            messages.warning(request, why_not)
            return self._ask(request, thread, form, contents.plan_reply(thread, form.cleaned_data["body"]))
        messages.success(request, ACCEPTED)
        return self.back_to(thread)

    def _ask(self, request: HttpRequest, thread: Thread, form: ReplyForm, plan: Decision) -> HttpResponse:
        newest = _newest(thread)
        may_read = request.user.has_perm("handover.view_content")
        return self.show(
            request,
            "Reply",
            thread=thread,
            original=thread,
            adminform=self.fields_of(form, "body"),
            engaged=situations.open_intervention(thread),
            messages_shown=newest[::-1] if may_read else [],
            newest=newest[0].pk if newest else "",
            planned=words.move(plan),
            window=agents_side.window(thread),
            **_plan_context(thread, plan, is_written=form.is_bound),
        )


class RetryPage(ActionPage):
    """Have a failed reply sent after all."""

    permission = "handover.reply_to_thread"
    template_name = "admin/handover/content/retry.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What is known of the failure, the plan, and the question if it does not refuse."""
        content = get_object_or_404(Content, pk=pk)
        thread = find_thread(content.thread_id)
        reply, context = _retry_plan(thread, content)
        return self.show(request, "Retry a reply", original=content, thread=thread, reply=reply, **context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue it again, and tell so on the thread's page."""
        content = get_object_or_404(Content.objects.select_related("thread"), pk=pk)
        try:
            contents.retry(content, Actor.for_staff(staff_of(request)))
        except ServiceError as error:
            messages.error(request, f"Refused, nothing was retried. {error.message}")
        else:
            messages.success(request, "The reply is tried again, behind whatever waits already.")
        return self.back_to(content.thread)


def _refused(thread: Thread, body: str, user: User) -> str:
    """Have the reply accepted. Why it was not, in words; empty where it was."""
    try:
        contents.reply(thread, body, user, Actor.for_staff(user))
    except ServiceError as error:
        return f"Refused, nothing was sent. {error.message}"
    return ""


def _changed(thread: Thread, sent: dict[str, Any]) -> str:
    """What has changed since the page was shown, in words; empty where nothing has. Nobody minds a reply that
    goes out sooner than was said. To a form that is sent twice its own first reply is new."""
    plan, newest = contents.plan_reply(thread, sent["body"]), _newest(thread)
    if plan.answer is Answer.REFUSE:
        return ""
    if sent["newest"] != (str(newest[0].pk) if newest else ""):
        return WRITTEN_SINCE
    return CHANGED if words.move(plan) not in (sent["planned"], Verb.SEND) else ""


def _newest(thread: Thread) -> list[Content]:
    return list(thread.contents.order_by("-pk")[:SHOWN])


def _retry_plan(thread: Thread, content: Content) -> tuple[Reply | None, dict[str, Any]]:
    try:
        reply = contents.failed_reply(content)
    except ServiceError as error:
        return None, plan_context(thread, None, error.message)
    return reply, _plan_context(thread, contents.plan_reply(thread, content.body), is_written=True)


def _plan_context(thread: Thread, plan: Decision, *, is_written: bool) -> dict[str, Any]:
    context = plan_context(thread, plan)
    if not is_written:
        context["rules"] = [rule for rule in plan.rules if rule.name != "text_fits"]
    if plan.answer is not Answer.REFUSE:
        context["summary"] = agents_side.way_of_reply(plan, thread)
    return context
