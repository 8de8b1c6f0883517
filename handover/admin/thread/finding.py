"""Threads as their page and the pages of their actions look them up."""

from __future__ import annotations

from django.db.models import Prefetch
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from handover.console.tables import reach_of
from handover.models import BotApp, Content, Intervention, Thread


def find_thread(pk: int, request: HttpRequest) -> Thread:
    """A thread of a page that whoever asks may see, with all that its plans name. 404 where there is none."""
    bots = Prefetch("source__bot_apps", queryset=BotApp.objects.order_by("name", "pk"))
    rows = Thread.objects.select_related("source", "identity", "give_back_for").prefetch_related(bots)
    return get_object_or_404(reach_of(request).limit(rows), pk=pk)


def find_intervention(pk: int, request: HttpRequest) -> Intervention:
    """An intervention on such a page. 404 where there is none."""
    rows = Intervention.objects.select_related("user", "thread__identity", "thread__source", "source")
    return get_object_or_404(reach_of(request).limit(rows), pk=pk)


def find_content(pk: int, request: HttpRequest) -> Content:
    """A message on such a page. 404 where there is none."""
    rows = Content.objects.select_related("thread")
    return get_object_or_404(reach_of(request).limit(rows), pk=pk)
