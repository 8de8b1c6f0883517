"""What somebody else has done about a thread since somebody looked at it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Q

from handover.models import Thread, ThreadEvent

_DONE = Q(
    name__in=[
        "thread_control.requested",
        "thread_control.taken",
        "thread_control.passed",
        "thread_control.released",
        "content.replied",
        "content.retried_synchronization",
    ]
) | Q(name__startswith="intervention.")
_BY_PEOPLE_AND_BOTS = Q(actor_kind__in=[ThreadEvent.ActorKind.STAFF, ThreadEvent.ActorKind.TOKEN])


def done_by_others(thread: Thread, seen: int, user: User) -> ThreadEvent | None:
    """The first thing that somebody else than this member of staff did after the line of history that was
    the last one when they looked. What the platform told is not among it: that changes the plan instead."""
    own = Q(actor_kind=ThreadEvent.ActorKind.STAFF, actor_id=str(user.pk))
    since = thread.events.filter(_DONE, _BY_PEOPLE_AND_BOTS, seq__gt=seen).exclude(own)
    return since.order_by("seq").first()
