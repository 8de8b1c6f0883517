"""What a thread is about, in the words of whoever calls: ids of categories, which are not kept here."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from handover import history, threads
from handover.actors import Actor
from handover.models import Thread


def replace(thread: Thread, ids: Sequence[str], actor: Actor) -> None:
    """Give a thread these categories and no others."""
    with transaction.atomic():
        _set(threads.lock(thread.pk), ids, actor)


def add(thread: Thread, ids: Sequence[str], actor: Actor) -> None:
    """Give a thread these categories, too."""
    with transaction.atomic():
        locked = threads.lock(thread.pk)
        _set(locked, [*locked.thread_category_ids, *ids], actor)


def _set(locked: Thread, ids: Sequence[str], actor: Actor) -> None:
    wanted = list(dict.fromkeys(ids))
    if wanted == locked.thread_category_ids:
        return
    locked.thread_category_ids = wanted
    history.append_unchanged(
        locked, "content_thread.recategorized", actor, f"categories set by {actor.label}"
    )
    threads.save(locked)
