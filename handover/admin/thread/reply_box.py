"""The box in which a reply is written: what sending does, the form, and saved replies to put into it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from handover import answering, contents, situations
from handover.actors import Actor
from handover.admin import words
from handover.admin.thread.says import Before, Says, says
from handover.admin_base import staff_of
from handover.decision import Answer, Decision, Verb
from handover.models import Intervention, SavedReply, Thread

ANY_TEXT = "…"
"""How a reply would go out does not depend on what it says, so it is shown before anything is written."""

MOST_SAVED = 50

LATE = 20
"""Of the newest messages the one that was stored last may be any, as the channel tells of some late."""

WRITTEN_SINCE = "There are new messages since this page was shown. Please look at them before you send."


class ReplyForm(forms.Form):
    """`planned` is the call that staff were shown, `newest` the last message then; `one_time_key` is this
    form's own."""

    planned = forms.CharField(required=False, max_length=16)
    newest = forms.CharField(required=False, max_length=20)
    one_time_key = forms.CharField(required=False, max_length=64)
    body = forms.CharField(
        strip=False, error_messages={"required": "Write something first."}, widget=forms.Textarea
    )

    def clean_body(self) -> str:
        """Browsers send line ends as CR and LF; customers' programs show both."""
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")


@dataclass(frozen=True)
class ReplyBox:
    """The box as the page shows it. `note`: why what was sent with it was not accepted, or that it was."""

    says: Says
    planned: str
    newest: int | str
    seen: int
    key: str
    longest: int
    saved: list[SavedReply]
    body: str = ""
    note: str = ""
    tone: str = "warn"


def box_of(
    request: HttpRequest,
    thread: Thread,
    engaged: Intervention | None,
    *,
    body: str = "",
    note: str = "",
    tone: str = "warn",
) -> ReplyBox | None:
    """The box for whoever asks; None where they may not reply."""
    user = staff_of(request)
    if not user.has_perm("handover.reply_to_thread"):
        return None
    plan = plan_for(user, thread, ANY_TEXT)
    return ReplyBox(
        says(_before(thread, plan, engaged, user)),
        words.move(plan),
        newest_of(thread),
        thread.history_length,
        secrets.token_urlsafe(24),
        thread.source.channel.reply_limits.longest_text,
        _saved(thread),
        body,
        note,
        tone,
    )


def plan_for(user: User, thread: Thread, body: str) -> Decision:
    """What would become of a reply of theirs: an intervention is opened for it where they may open one."""
    if user.has_perm("handover.open_intervention"):
        return answering.plan(thread, body, user)
    return contents.plan_reply(thread, body, user)


def accept(user: User, thread: Thread, body: str, one_time_key: str) -> None:
    """Have their reply accepted, by the same rule. Raises `ServiceError`."""
    actor = Actor.for_staff(user)
    if user.has_perm("handover.open_intervention"):
        answering.answer(thread, body, user, actor, one_time_key)
    else:
        contents.reply(thread, body, user, actor, one_time_key=one_time_key)


def what_has_changed(thread: Thread, sent: dict[str, Any], user: User) -> str:
    """What has changed since the form was shown, in words; empty where nothing has. Nobody minds a reply that
    goes out sooner than was said."""
    plan = plan_for(user, thread, sent["body"])
    if plan.answer is Answer.REFUSE:
        return ""
    if sent["newest"] != str(newest_of(thread)):
        return WRITTEN_SINCE
    return words.CHANGED if words.move(plan) not in (sent["planned"], Verb.SEND) else ""


def newest_of(thread: Thread) -> int | str:
    """The key of the last message that was stored, among the newest; empty where there is none."""
    newest = thread.contents.order_by("-sent_at", "-pk").values_list("pk", flat=True)
    return max(newest[:LATE], default="")


def sentence(thread: Thread, plan: Decision, user: User) -> str:
    """What sending does by a plan, as one sentence."""
    told = says(_before(thread, plan, situations.open_intervention(thread), user))
    return f"{told.lead} {told.rest}"


def _before(thread: Thread, plan: Decision, engaged: Intervention | None, user: User) -> Before:
    now = timezone.now()
    return Before(
        thread,
        thread.picture.judged(now),
        plan,
        situations.window(thread, user),
        engaged,
        user,
        now,
        thread.replies.filter(is_pending=True).count(),
    )


def _saved(thread: Thread) -> list[SavedReply]:
    """Those of the page and those of all pages."""
    rows = SavedReply.objects.filter(Q(source=None) | Q(source=thread.source_id))
    return list(rows[:MOST_SAVED])
