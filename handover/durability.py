"""What a commit waits for: the disk, unless what is written can be made again."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from django.db import connection


def can_be_made_again() -> AbstractContextManager[None]:
    """In this block a commit need not wait for the disk; a power cut may undo the last ones, whole.

    For counters, and for work that starts over from rows that are on the disk. A database that cannot
    choose waits as ever.
    """
    relaxed: AbstractContextManager[None] = getattr(connection, "without_waiting_for_the_disk", nullcontext)()
    return relaxed
