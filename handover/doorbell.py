"""Ring for the worker. A bell that is lost costs seconds: the sweep finds whatever is due."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.db import transaction
from django.utils import timezone

from handover.models import Thread

log = structlog.get_logger(__name__)


def ring() -> None:
    """Have the worker do what is due, once the present transaction has been committed."""
    transaction.on_commit(_ring, robust=True)


def ring_for(thread: Thread) -> None:
    """Have the worker attend to a thread, likewise."""
    thread_id = thread.pk
    transaction.on_commit(lambda: is_rung_for(thread_id), robust=True)


def ring_if_due(thread: Thread) -> None:
    """Wake the worker for a thread that is to be attended to, whose owner is to be read or whose person's
    name is still unknown."""
    if thread.owner_check_at is not None or thread.identity.profile_due_at is not None:
        ring()
    if thread.attend_at is not None and thread.attend_at <= timezone.now():
        ring_for(thread)


def ring_for_alert(thread_id: int) -> None:
    """Have the worker send a thread's e-mail, at once."""
    from handover.tasks import send_alert  # noqa: PLC0415 - as below.

    _is_rung(lambda: send_alert(thread_id))


def is_rung_for(thread_id: int) -> bool:
    """Ring at once. False where the queue is down."""
    from handover.tasks import attend  # noqa: PLC0415 - tasks import the services that ring.

    return _is_rung(lambda: attend(thread_id))


def waiting() -> int:
    """How many bells nobody has heard yet; 0 where the queue is down."""
    from huey.contrib.djhuey import HUEY  # noqa: PLC0415 - it reads the settings.

    try:
        return int(HUEY.pending_count())
    except Exception:  # noqa: BLE001 - whoever rings finds out.
        return 0


def _ring() -> None:
    from handover.tasks import run_due  # noqa: PLC0415 - as above.

    _is_rung(run_due)


def _is_rung(bell: Callable[[], object]) -> bool:
    try:
        bell()
    except Exception as error:  # noqa: BLE001 - a queue that is down must not undo what was committed.
        log.warning("doorbell.lost", error=type(error).__name__)
        return False
    return True
