"""Find threads by person and by text, at a cost that does not grow with the history.

What is looked through is bounded by what is newest, and the page says so; a foreign id that is typed in full
is found wherever it is.
"""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Max, Model, Q, QuerySet

from handover.models import Content, Identity
from handover.reach import Reach
from handover.text import storable

Row = TypeVar("Row", bound=Model)

PEOPLE = 20_000
"""So many people, those who came last to any page, are looked through for names."""

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
    return _threads(reach.limit(Identity.objects.filter(foreign_id=words)))


def _threads(people: QuerySet[Identity]) -> list[int]:
    return list(people.order_by().values_list("thread", flat=True).exclude(thread=None)[:MOST])


def _of_people(words: str, reach: Reach) -> list[int]:
    """Each word in the first or the last name, or all of them in the foreign id."""
    named = Q()
    for word in words.split():
        named &= Q(first_name__icontains=word) | Q(last_name__icontains=word)
    people = _newest(Identity, PEOPLE).filter(named | Q(foreign_id__icontains=words))
    return _threads(reach.limit(people))


def _with_text(words: str, reach: Reach) -> list[int]:
    messages = _newest(Content, MESSAGES).filter(body__icontains=words)
    return list(reach.limit(messages).order_by().values_list("thread", flat=True).distinct()[:MOST])


def _newest(model: type[Row], count: int) -> QuerySet[Row]:
    """The rows that were written last. Their keys say so, which every database finds at once."""
    rows = model._default_manager.all()
    last = rows.aggregate(pk=Max("pk"))["pk"] or 0
    return rows.filter(pk__gt=last - count)
