"""Find threads by person and by text, at a cost that does not grow with the history.

What is looked through is bounded by what is newest, and the page says so; a foreign id that is typed in full
is found wherever it is.
"""

from __future__ import annotations

from django.db.models import Max, Q

from handover.models import Content, Thread
from handover.reach import Reach
from handover.text import storable

THREADS = 20_000
"""Of so many threads, those that were active last, the names are looked through."""

MESSAGES = 20_000
"""So many messages, the newest of all pages, are looked through."""

MOST = 1_000
"""Threads that a search finds."""

LONGEST = 100
"""Characters of a search; the rest is left out."""


def words_of(typed: str) -> str:
    """What is looked for: one line, not too long."""
    return " ".join(storable(typed).split())[:LONGEST]


def matching(words: str, reach: Reach, *, in_texts: bool) -> set[int]:
    """The keys of threads of these pages whose person, or with `in_texts` a message, matches."""
    found = {*_with_foreign_id(words, reach), *_of_people(words, reach)}
    return found | set(_with_text(words, reach)) if in_texts else found


def _with_foreign_id(words: str, reach: Reach) -> list[int]:
    rows = reach.limit(Thread.objects.filter(identity__foreign_id=words))
    return list(rows.values_list("pk", flat=True)[:MOST])


def _of_people(words: str, reach: Reach) -> list[int]:
    """Each word in the first or the last name, or all of them in the foreign id."""
    newest = reach.limit(Thread.objects.order_by("-active_at", "-pk")).values("pk")[:THREADS]
    named = Q()
    for word in words.split():
        named &= Q(identity__first_name__icontains=word) | Q(identity__last_name__icontains=word)
    rows = Thread.objects.filter(named | Q(identity__foreign_id__icontains=words), pk__in=newest)
    return list(rows.order_by().values_list("pk", flat=True)[:MOST])


def _with_text(words: str, reach: Reach) -> list[int]:
    newest = Content.objects.aggregate(pk=Max("pk"))["pk"] or 0
    rows = Content.objects.filter(pk__gt=newest - MESSAGES, body__icontains=words)
    return list(reach.limit(rows).order_by().values_list("thread", flat=True).distinct()[:MOST])
