"""The form that filters the history. What is wrong in it is told beside its field, and not asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from handover.journal import MOST_PEOPLE, threads_of
from handover.journal_search import CauseKind, Direction, Subject, Wanted
from handover.labels import OUTCOMES, choices
from handover.models import Source, Thread, ThreadEvent
from handover.outcomes import Outcome
from handover.reach import Reach
from handover.text import has_control_characters

SUBJECTS = {
    Subject.CONTROL: "Control",
    Subject.INTERVENTIONS: "Interventions",
    Subject.REPLIES: "Replies",
    Subject.READINGS: "Transcripts read",
    Subject.ALL: "Everything",
}
_DIRECTIONS = {
    Direction.BOT_TO_AGENT: "Bot to agent",
    Direction.AGENT_TO_BOT: "Agent to bot",
    Direction.TO_AGENT: "To agent, from anybody",
    Direction.TO_BOT: "To bot, from anybody",
    Direction.TO_INBOX: "To inbox",
    Direction.TO_OTHER: "To another app",
    Direction.TO_IDLE: "To idle",
    Direction.TO_UNSURE: "To unsure",
}
_CAUSE_KINDS = {
    CauseKind.API: "API call",
    CauseKind.ADMIN: "Staff in the console",
    CauseKind.WEBHOOK: "Webhook",
    CauseKind.MESSAGE: "Message: who spoke, where it came",
    CauseKind.READING: "Owner read",
    CauseKind.DEADLINE: "Deadline",
    CauseKind.SYSTEM: "System",
}


class LineField(forms.CharField):
    """One line of text, searched for as it is."""

    def __init__(self, label: str, placeholder: str = "", **options: Any) -> None:
        attributes = {"class": "field", "placeholder": placeholder, "autocomplete": "off"}
        super().__init__(
            label=label,
            required=False,
            max_length=200,
            widget=forms.TextInput(attributes),
            **options,
        )

    def clean(self, value: Any) -> str:
        """Without what no name and no id has. Raises ValidationError."""
        text: str = super().clean(value)
        if has_control_characters(text):
            raise ValidationError("This holds characters that cannot be searched for.")
        return text


class OneOf(forms.TypedChoiceField):
    """One of some values, or any."""

    def __init__(self, label: str, offered: list[tuple[str, str]], read: Any, anything: str = "Any") -> None:
        super().__init__(
            label=label,
            required=False,
            choices=[("", anything), *offered],
            coerce=read,
            empty_value=None,
            error_messages={"invalid_choice": "This cannot be chosen."},
            widget=forms.Select({"class": "select"}),
        )


class MomentField(forms.DateTimeField):
    """A moment in UTC, or a day: its beginning, or with `is_end` the end of it."""

    def __init__(self, label: str, *, is_end: bool = False, required: bool = False) -> None:
        super().__init__(
            label=label,
            required=required,
            # A browser's own field for times would show them in its language, and nothing that is wrong.
            widget=forms.TextInput(
                {"class": "field", "placeholder": "2026-11-24 15:00", "autocomplete": "off"}
            ),
            error_messages={"invalid": "A time is like 2026-11-24 or 2026-11-24 15:00:30."},
        )
        self.is_end = is_end

    def to_python(self, value: Any) -> datetime | None:
        """The moment. Raises ValidationError, for one that no calendar has in UTC, too."""
        try:
            at: datetime | None = super().to_python(value)
            if at is None:
                return None
            is_a_day = len(str(value).strip()) <= len("2026-11-24")
            return at.astimezone(UTC) + timedelta(days=self.is_end and is_a_day)
        except (OverflowError, ValueError):
            raise ValidationError(self.error_messages["invalid"]) from None


class PersonField(LineField):
    """Whose threads: by foreign id or name, within reach. None where nobody is asked for."""

    reach = Reach(frozenset())

    def clean(self, value: Any) -> frozenset[int] | None:  # type: ignore[override]
        """The keys of the threads. Raises ValidationError where it may be too many people."""
        person = super().clean(value)
        if not person:
            return None
        found = threads_of(person, self.reach)
        if found is None:
            raise ValidationError(f"More than {MOST_PEOPLE} people are called so: give the PSID.")
        return found


class HistoryFilters(forms.Form):
    """What can be asked of the history, by the query of its address."""

    person = PersonField("Person or PSID", "Anybody")
    page = forms.ModelChoiceField(
        Source.objects.none(),
        required=False,
        empty_label="All pages",
        widget=forms.Select({"class": "select"}),
        error_messages={"invalid_choice": "There is no such page, or you do not see it."},
    )
    direction = OneOf("Direction", choices(_DIRECTIONS), Direction)
    outcome = OneOf("Outcome", choices(OUTCOMES), Outcome)
    actor_kind = OneOf("Kind of actor", ThreadEvent.ActorKind.choices, str, "Anybody")
    actor = LineField("Actor", "Name, or a part of it")
    cause_kind = OneOf("Kind of cause", choices(_CAUSE_KINDS), CauseKind)
    cause = LineField("Cause", "Some words of it")
    since = MomentField("From (UTC)")
    until = MomentField("To (UTC)", is_end=True)
    request = LineField("Request id", "In full")
    subject = OneOf("Subject", choices(SUBJECTS), Subject)
    thread = forms.ModelChoiceField(
        Thread.objects.none(),
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "There is no such thread, or you do not see it."},
    )

    def __init__(self, query: QueryDict, reach: Reach) -> None:
        super().__init__(query)
        fields: dict[str, Any] = self.fields
        fields["person"].reach = reach
        fields["page"].queryset = reach.sources().order_by("name", "pk")
        fields["thread"].queryset = reach.limit(Thread.objects.select_related("identity"))

    def wanted(self) -> Wanted:
        """What is asked for, as far as it could be read."""
        return Wanted(
            subject=self._of("subject") or Subject.CONTROL,
            threads=self._threads(),
            source=self._of("page"),
            direction=self._of("direction"),
            outcome=self._of("outcome"),
            actor_kind=self._of("actor_kind") or "",
            actor=self._of("actor") or "",
            cause_kind=self._of("cause_kind"),
            cause=self._of("cause") or "",
            since=self._of("since"),
            until=self._of("until"),
            request_id=self._of("request") or "",
        )

    def told(self) -> dict[str, str]:
        """What is asked for in words, by the names of the fields; what was ignored is not among them."""
        self.is_valid()
        return {str(self[name].label): self._word(name) for name in self.cleaned_data if self._is_given(name)}

    def _of(self, name: str) -> Any:
        self.is_valid()
        return self.cleaned_data.get(name)

    def _threads(self) -> frozenset[int] | None:
        """Those of the person, or the one thread; those that are both."""
        people, thread = self._of("person"), self._of("thread")
        if thread is None:
            return people  # type: ignore[no-any-return]
        return frozenset({thread.pk}) if people is None else people & {thread.pk}

    def _is_given(self, name: str) -> bool:
        return self.cleaned_data[name] not in (None, "")

    def _word(self, name: str) -> str:
        value = self.cleaned_data[name]
        if name == "person":
            return str(self.data[name]).strip()
        if isinstance(value, datetime):
            return value.isoformat()
        words = dict(getattr(self.fields[name], "choices", ())) if isinstance(value, str) else {}
        return str(words.get(value, value))
