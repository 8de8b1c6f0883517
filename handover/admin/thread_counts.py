"""How many threads each view has, in one statement, and never by going through a whole table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import IntegerField, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone

from handover import thread_views
from handover.console.navigation import Count
from handover.models import Thread
from handover.reach import Reach
from handover.thread_views import View

CAP = 1_000
"""What is more than that is "1,000+"."""


class _Counted(Subquery):
    """How many rows a query has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
    empty_result_set_value = 0


def capped(count: int) -> str:
    """A count for people."""
    return f"{CAP:,}+" if count > CAP else f"{count:,}"


def by_view(rows: QuerySet[Thread], user: User, now: datetime) -> Mapping[View, int]:
    """How many of the rows each view has; one more than the cap where there are more."""
    counts = {view.value: _counted(thread_views.of_view(rows, view, user, now)) for view in View}
    row = User.objects.filter(pk=user.pk).values_list(*counts.values()).get()
    return dict(zip(View, row, strict=True))


def _counted(rows: QuerySet[Thread]) -> _Counted:
    return _Counted(rows.order_by().values("pk")[: CAP + 1])


def unattended(user: AbstractBaseUser | AnonymousUser) -> int:
    """How many threads of the user's pages are, one more than the cap where there are more."""
    rows = Reach.of_staff(user).limit(Thread.objects.all())
    return thread_views.unattended(rows, timezone.now()).order_by()[: CAP + 1].count()


def beside_the_entry(request: HttpRequest) -> Count | None:
    """The number in the side bar. The list itself has counted already."""
    known = cast(int | None, getattr(request, "unattended", None))
    count = unattended(request.user) if known is None else known
    return Count(capped(count), "unattended") if count else None
