"""An action on a thread: on a page of its own, or inside the thread's page where that asks for it."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from handover.admin import lines, words
from handover.admin_base import ActionPage, page_of, staff_of
from handover.decision import Answer, Decision
from handover.meanwhile import done_by_others
from handover.models import Thread
from handover.templatetags.console import span

NEWS = "thread-changed"
"""The event of the browser's by which the thread's page asks for news."""


class ThreadAction(ActionPage):
    """A plan with its question. The thread's page is answered with the plan alone, and then the outcome."""

    template_name = "console/thread_action.html"
    part_name = "console/thread_plan.html"
    outcome_name = "console/thread_outcome.html"

    def show(self, request: HttpRequest, title: str, **context: Any) -> HttpResponse:
        """The page; or the plan alone."""
        if not asks_for_part(request):
            return super().show(request, title, **context)
        return TemplateResponse(request, self.part_name, {"title": title, **context})

    def tell(self, request: HttpRequest, thread: Thread, level: int, text: str) -> HttpResponse:
        """What came of it: in the place of the plan, or on the thread's page."""
        if not asks_for_part(request):
            messages.add_message(request, level, text)
            return self.back_to(thread)
        said = {"level": messages.DEFAULT_TAGS[level], "text": text}
        return TemplateResponse(request, self.outcome_name, said, headers={"HX-Trigger": NEWS})


def asks_for_part(request: HttpRequest) -> bool:
    """Whether the thread's page asks, for a part of itself."""
    return bool(getattr(request, "htmx", False))


def plan_context(thread: Thread, decision: Decision | None, why_not: str = "") -> dict[str, Any]:
    """What the templates of plans show. Without a decision, `why_not` says why there is none."""
    picture = thread.picture.judged(timezone.now())
    context = {
        "picture": picture,
        "facts": words.facts(picture, thread.source),
        "platform": words.platform_of(thread.source),
        "seen": thread.history_length,
        "is_refused": True,
        "summary": why_not,
        "back": page_of(thread),
    }
    if decision is None:
        return context
    return {
        **context,
        "rules": decision.rules,
        "calls": words.calls(decision, thread.source),
        "summary": words.summary(decision, thread.source),
        "planned": words.move(decision),
        "is_refused": decision.answer is Answer.REFUSE,
    }


def who_was_first(thread: Thread, request: HttpRequest) -> str:
    """What somebody else has done since the form that was posted was shown, in a sentence; empty where
    nothing was done, or where the form does not say when it was shown."""
    seen = request.POST.get("seen", "")
    if not re.fullmatch("[0-9]{1,9}", seen):
        return ""
    line = done_by_others(thread, int(seen), staff_of(request))
    if line is None:
        return ""
    before = span((timezone.now() - line.at).total_seconds())
    return (
        f"{lines.who(line)} was first. {lines.what(line)} at {line.at:%H:%M:%S} UTC, {before} before you."
        " Nothing was done; please look at it again."
    )
