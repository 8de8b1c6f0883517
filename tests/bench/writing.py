"""Have an agent engage in all threads, write to each of them at once, or wait until all has been sent.

python -m tests.bench.writing engage|write|wait
"""

from __future__ import annotations

import sys
import time

import django


def engage() -> None:
    """Open an intervention on each thread."""
    from django.contrib.auth.models import User
    from django.utils import timezone

    from handover.models import Intervention, Thread

    ana = User.objects.create(username="ana", is_staff=True)
    Intervention.objects.bulk_create(
        Intervention(
            source_id=thread.source_id,
            thread=thread,
            identity_id=thread.identity_id,
            user=ana,
            opened_at=timezone.now(),
        )
        for thread in Thread.objects.all()
    )


def write() -> None:
    """A reply on each thread; the worker sees none of them before all are there."""
    from django.contrib.auth.models import User
    from django.db import transaction

    from handover import contents
    from handover.actors import Actor
    from handover.models import Thread

    ana = User.objects.get(username="ana")
    with transaction.atomic():
        for thread in Thread.objects.all():
            contents.reply(thread, "On its way", ana, Actor.for_staff(ana))


def wait() -> None:
    """Until nothing waits any more. Raises SystemExit where a reply has failed."""
    from handover.models import Reply, Synchronization

    while Reply.objects.filter(is_pending=True).exists():
        time.sleep(0.05)
    failed = Reply.objects.exclude(content__synchronization_status=Synchronization.SUCCESS).count()
    if failed:
        raise SystemExit(f"{failed} replies were not sent.")


if __name__ == "__main__":
    django.setup()
    {"engage": engage, "write": write, "wait": wait}[sys.argv[1]]()
