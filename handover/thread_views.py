"""The views of the list of threads: `attention` in SQL, so that threads need not be fetched to be counted.

Each view begins at an index that has few rows, and ends where enough were found.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from operator import or_

from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from handover import channel
from handover.attention import ANSWERING
from handover.models import Handover, HandoverState, Intervention, Source, Thread
from handover.models.interventions import NOT_OVER
from handover.ownership import HELD, Owner, Party


class View(StrEnum):
    """What staff look for among the threads."""

    ALL = "all"
    MINE = "mine"
    UNATTENDED = "unattended"
    WAITING_FOR_CONTROL = "control"
    FAILED = "failed"
    TALKED_OVER = "over"


def of_view(rows: QuerySet[Thread], view: View, user: User, now: datetime) -> QuerySet[Thread]:
    """Those of the threads that belong to a view, as `user` has it at `now`."""
    if view is View.ALL:
        return rows
    if view is View.MINE:
        return rows.filter(pk__in=_engaged().filter(user=user).values("thread"))
    if view is View.UNATTENDED:
        return unattended(rows, now)
    if view is View.WAITING_FOR_CONTROL:
        return rows.filter(pk__in=requested(now).values("thread"))
    if view is View.FAILED:
        return rows.filter(failed_sends__gt=0)
    return _talked_over(rows, now)


def unattended(rows: QuerySet[Thread], now: datetime) -> QuerySet[Thread]:
    """Somebody waits, may still be answered, and nobody who answers surely holds the thread."""
    engaged = Exists(_engaged().filter(thread=OuterRef("pk")))
    answers = Q(owner__in=ANSWERING) | (Q(owner=Owner.AGENT) & engaged)
    return waiting(rows, now).exclude(_has_not_lapsed(now) & answers, owner_sure=True)


def waiting(rows: QuerySet[Thread], now: datetime) -> QuerySet[Thread]:
    """Somebody waits, for whomever, and may still be answered."""
    return rows.filter(_is_answerable(now), waits_since__isnull=False)


def _is_answerable(now: datetime) -> Q:
    """The messaging window is open, or not known.

    The pages are read first, and named only where they differ: by a join, or a list of them, the database
    would begin with the pages and go through all of their threads.
    """
    pages, everywhere = _pages_by_window()
    if not pages:
        return Q(pk__in=[])
    fits = _since(now - max(pages))
    if len(pages) > 1 or not everywhere:
        fits &= reduce(or_, (Q(source__in=keys) & _since(now - within) for within, keys in pages.items()))
    return fits


def _pages_by_window() -> tuple[dict[timedelta, list[int]], bool]:
    """The keys of the pages for each length of the messaging window, and whether these are all pages: nobody
    can answer where the channel is not installed."""
    limits = {port.type: port.reply_limits for port in channel.registered()}
    pages: dict[timedelta, list[int]] = {}
    rows = list(Source.objects.values_list("pk", "channel_type", "may_tag_human_agent"))
    for key, kind, may_tag in rows:
        if kind in limits:
            within = limits[kind].by_hand_within if may_tag else limits[kind].response_within
            pages.setdefault(within, []).append(key)
    return pages, sum(map(len, pages.values())) == len(rows)


def _since(at: datetime) -> Q:
    return Q(last_customer_at__isnull=True) | Q(last_customer_at__gt=at)


def holders(owner: Owner, now: datetime) -> Q:
    """The threads that somebody holds at `now`, surely or not, as `Picture.judged` has it."""
    if owner is Owner.IDLE:
        return Q(owner=owner) | (Q(owner__in=HELD) & Q(owner_expires_at__lte=now))
    return Q(owner=owner) & _has_not_lapsed(now) if owner in HELD else Q(owner=owner)


def _has_not_lapsed(now: datetime) -> Q:
    return Q(owner_expires_at__isnull=True) | Q(owner_expires_at__gt=now)


def _talked_over(rows: QuerySet[Thread], now: datetime) -> QuerySet[Thread]:
    is_last = Q(last_answer_at__isnull=True) | Q(talked_over_at__gte=F("last_answer_at"))
    return rows.filter(
        holders(Owner.AGENT, now), is_last, talked_over_at__isnull=False, talked_over_at__gt=F("owner_since")
    )


def _engaged() -> QuerySet[Intervention]:
    """People's interventions that are not over."""
    return Intervention.objects.filter(is_bots=False, status__in=NOT_OVER)


def requested(now: datetime) -> QuerySet[Handover]:
    """The requests for control that have neither been granted nor expired."""
    in_time = Q(deadline_at__isnull=True) | Q(deadline_at__gt=now)
    return Handover.objects.filter(in_time, state=HandoverState.REQUESTED, to_party=Party.AGENT)
