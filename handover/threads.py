"""Find, make, lock and save a thread: the short row lock that every service works under."""

from __future__ import annotations

from django.utils import timezone

from handover.models import Identity, Source, Thread
from handover.prepared import Given, Select, Update

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
    "last_answer_at",
    "customer_waits_since",
    "agent_wanted_since",
    "waits_since",
    "talked_over_at",
    "failed_sends",
    "active_at",
    "alert_at",
    "alert_sent_at",
    "delivered_until",
    "read_until",
    "attend_at",
    "attended_until",
    "control_due_at",
    "control_attempts",
    "give_back_for_id",
    "thread_category_ids",
    "history_length",
    "history_digest",
    "updated_at",
]

_LOCKED = Select(lambda: Thread.objects.select_for_update().filter(pk=Given("pk")))
_LOCKED_WITH_ALL = Select(
    lambda: (
        Thread.objects.select_for_update(of=("self",))
        .select_related("source", "identity")
        .filter(pk=Given("pk"))
    )
)
_LOCKED_OF_PERSON = Select(
    lambda: (
        Thread.objects.select_for_update(of=("self",))
        .select_related("identity")
        .filter(identity__source=Given("source"), identity__foreign_id=Given("foreign_id"))
    )
)
_SAVE = Update(
    lambda: Thread.objects.filter(pk=Given("pk")), **{column: Given(column) for column in _SERVICES_WRITE}
)


def lock(thread_id: int) -> Thread:
    """The thread, locked until the transaction ends.

    SQLite has no row locks: there, `BEGIN IMMEDIATE` has locked the database already.
    """
    return _LOCKED_WITH_ALL.one(pk=thread_id)


def lock_again(seen: Thread) -> Thread:
    """The thread as it stands now, locked; its page and person are those it was `seen` with."""
    thread = _LOCKED.one(pk=seen.pk)
    thread.source, thread.identity = seen.source, seen.identity
    return thread


def lock_or_create(source: Source, foreign_id: str, *, is_known: bool) -> Thread:
    """The person's thread, locked; person and thread are made where they are new.

    `is_known`: the platform vouches for the person. A first contact of ours does not yet.
    """
    thread = _LOCKED_OF_PERSON.first(source=source.pk, foreign_id=foreign_id) or _create(source, foreign_id)
    thread.source = source
    if is_known and not thread.identity.is_known:
        vouch_for(thread.identity)
    return thread


def _create(source: Source, foreign_id: str) -> Thread:
    identity, _ = Identity.objects.get_or_create(
        source=source, foreign_id=foreign_id, defaults={"is_known": False}
    )
    thread, _ = Thread.objects.get_or_create(identity=identity, defaults={"source": source})
    return lock(thread.pk)


def vouch_for(identity: Identity) -> None:
    """The platform has confirmed the person: show them, and ask for their name when there is time."""
    identity.is_known = True
    identity.profile_due_at = timezone.now()
    identity.save(update_fields=["is_known", "profile_due_at", "updated_at"])


def save(thread: Thread) -> None:
    """Write what services may change of a locked thread."""
    thread.updated_at = timezone.now()
    thread.active_at = thread.last_content_at or thread.created_at
    thread.waits_since = thread.customer_waits_since or thread.agent_wanted_since
    _SAVE.run(pk=thread.pk, **{column: getattr(thread, column) for column in _SERVICES_WRITE})
