"""Who held a thread at a given time: the question, and the answer with what it rests on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

from handover.admin import words
from handover.admin.history_filters import MomentField, PersonField
from handover.admin.history_rows import row_of
from handover.console.pages import ConsolePage
from handover.console.tables import reach_of
from handover.holding import held_at
from handover.models import Source, Thread
from handover.reach import Reach


class HeldForm(forms.Form):
    """Whose thread, and when."""

    person = PersonField("Person or PSID", "Name or PSID")
    page = forms.ModelChoiceField(
        Source.objects.none(),
        required=False,
        empty_label="Any page",
        widget=forms.Select({"class": "select"}),
        error_messages={"invalid_choice": "There is no such page, or you do not see it."},
    )
    at = MomentField("Time (UTC)", required=True)

    def __init__(self, query: QueryDict, reach: Reach) -> None:
        super().__init__(query if query else None)
        fields: dict[str, Any] = self.fields
        fields["person"].reach, fields["person"].required = reach, True
        fields["page"].queryset = reach.sources().order_by("name", "pk")

    def clean_person(self) -> frozenset[int]:
        """Somebody, at least."""
        found: frozenset[int] = self.cleaned_data["person"]
        if not found:
            raise forms.ValidationError("Nobody is called so, or has this PSID, on the pages that you see.")
        return found

    def clean_at(self) -> Any:
        """Nobody knows the future."""
        if self.cleaned_data["at"] > timezone.now():
            raise forms.ValidationError("This time has not come yet.")
        return self.cleaned_data["at"]

    def threads(self) -> list[Thread]:
        """Those that can be meant: several, where several people are called so."""
        rows = Thread.objects.filter(pk__in=self.cleaned_data["person"])
        if self.cleaned_data["page"] is not None:
            rows = rows.filter(source=self.cleaned_data["page"])
        with_all = rows.select_related("source", "identity").prefetch_related("source__bot_apps")
        return list(with_all.order_by("source__name", "pk"))


class HeldPage(ConsolePage):
    """A form and its answer."""

    permission = "handover.view_threadevent"
    template_name = "console/history_held.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form; with an answer where it could be read and one thread is meant."""
        form = HeldForm(request.GET, reach_of(request))
        threads = form.threads() if form.is_valid() else []
        answer = _answer(threads[0], form.cleaned_data["at"]) if len(threads) == 1 else {}
        return self.show(request, "Who held a thread at…", form=form, threads=threads, **answer)


def _answer(thread: Thread, at: Any) -> dict[str, Any]:
    held = held_at(thread, at)
    return {
        "thread": thread,
        "held": held,
        "how": words.how(held.picture, thread.source),
        "holder": words.holder(held.picture, thread.source),
        "line": _row(held.line, thread),
        "recorded": _row(held.recorded, thread) if held.is_told_otherwise else None,
    }


def _row(line: Any, thread: Thread) -> Any:
    if line is None:
        return None
    line.thread = thread
    return row_of(line)
