"""Who read what was said in a thread: the readings that its history tells of."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from handover import history, threads
from handover.actors import Actor
from handover.models import Thread


def is_recorded(user: User) -> bool:
    """Whether the user's readings are: those of auditors and others who do not answer customers.

    Whoever may reply has to read, so their readings say nothing.
    """
    return not user.has_perm("handover.reply_to_thread")


def note_reading(thread: Thread, user: User) -> None:
    """Have the history tell that the user was shown messages of the thread, if their readings are recorded.

    To be called before they are shown, once each time that they are opened.
    """
    if not is_recorded(user):
        return
    with transaction.atomic():
        locked = threads.lock(thread.pk)
        actor, cause = Actor.for_staff(user), f"messages shown to {user.get_username()}"
        history.append_unchanged(locked, "content_thread.read", actor, cause)
        threads.save(locked)
