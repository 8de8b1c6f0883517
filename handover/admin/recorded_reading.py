"""Rows that show what was said in a thread: no way around the record of who read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from handover import transcripts
from handover.admin_base import staff_of
from handover.models import Thread


class RecordsReading(admin.ModelAdmin):
    """Lists leave out the columns `said` for whoever's readings are recorded; a row's page is a reading."""

    said: Sequence[str] = ()

    def thread_of(self, row: Any) -> Thread:
        """The thread that the row tells of."""
        thread: Thread = row.thread
        return thread

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Without what was said, for those who have to open it."""
        columns = list(super().get_list_display(request))
        if not transcripts.is_recorded(staff_of(request)):
            return columns
        return [column for column in columns if column not in self.said]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Recorded before it is shown."""
        if obj is not None:
            transcripts.note_reading(self.thread_of(obj), staff_of(request))
        return super().render_change_form(request, context, add, change, form_url, obj)
