"""Find, make, lock and save a thread: the short row lock that every service works under."""

from __future__ import annotations

from django.utils import timezone

from handover.models import Identity, Source, Thread

_SERVICES_WRITE = [
    "owner",
    "owner_app_id",
    "owner_since",
    "owner_observed_at",
    "owner_expires_at",
    "owner_confirmed_at",
    "owner_how",
    "owner_sure",
    "owner_check_at",
    "last_customer_at",
    "last_content_at",
    "delivered_until",
    "read_until",
    "thread_category_ids",
    "history_length",
    "history_digest",
    "updated_at",
]


def lock(thread_id: int) -> Thread:
    """The thread, locked until the transaction ends.

    SQLite has no row locks: there, `BEGIN IMMEDIATE` has locked the database already.
    """
    rows = Thread.objects.select_for_update(of=("self",)).select_related("source", "identity")
    return rows.get(pk=thread_id)


def lock_again(seen: Thread) -> Thread:
    """The thread as it stands now, locked; its page and person are those it was `seen` with."""
    thread = Thread.objects.select_for_update().get(pk=seen.pk)
    thread.source, thread.identity = seen.source, seen.identity
    return thread


def lock_or_create(
    source: Source, foreign_id: str, *, is_known: bool, identity: Identity | None = None
) -> Thread:
    """The person's thread, locked; person and thread are made where they are new.

    `is_known`: the platform vouches for the person. A first contact of ours does not yet. `identity`: the
    person, where somebody has just looked.
    """
    identity = identity or Identity.objects.filter(source=source, foreign_id=foreign_id).first()
    if identity is None:
        identity, _ = Identity.objects.get_or_create(
            source=source, foreign_id=foreign_id, defaults={"is_known": False}
        )
    thread = Thread.objects.select_for_update().filter(identity=identity).first()
    if thread is None:
        made, _ = Thread.objects.get_or_create(identity=identity, defaults={"source": source})
        thread = lock(made.pk)
    thread.source, thread.identity = source, identity
    if is_known and not thread.identity.is_known:
        vouch_for(thread.identity)
    return thread


def vouch_for(identity: Identity) -> None:
    """The platform has confirmed the person: show them, and ask for their name when there is time."""
    identity.is_known = True
    identity.profile_due_at = timezone.now()
    identity.save(update_fields=["is_known", "profile_due_at", "updated_at"])


def save(thread: Thread) -> None:
    """Write what services may change of a locked thread."""
    thread.save(update_fields=_SERVICES_WRITE)
