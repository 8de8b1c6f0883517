"""Ring for the worker. A bell that is lost costs seconds: the sweep finds whatever is due."""

from __future__ import annotations

import structlog
from django.db import transaction

from handover.models import Thread

log = structlog.get_logger(__name__)


def ring() -> None:
    """Wake the worker once the present transaction has been committed."""
    transaction.on_commit(_ring, robust=True)


def ring_if_due(thread: Thread) -> None:
    """Wake the worker if a thread's owner has to be read or its person's name is still unknown."""
    if thread.owner_check_at is not None or thread.identity.profile_due_at is not None:
        ring()


def _ring() -> None:
    from handover.tasks import run_due  # noqa: PLC0415 - tasks import the services that ring.

    try:
        run_due()
    except Exception as error:  # noqa: BLE001 - a queue that is down must not undo what was committed.
        log.warning("doorbell.lost", error=type(error).__name__)
