"""The worker's sweep: finds what is due on the rows, whether or not anybody rang for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog
from django.db import close_old_connections
from django.utils import timezone

from handover import attending, doorbell, upkeep

log = structlog.get_logger(__name__)

MOST_BELLS = 500
"""That wait to be heard. Where the worker has so much before it, further ones only pile up."""


def sweep(stop: threading.Event, seconds: float, workers: int) -> None:
    """Sweep every so many seconds until the worker stops.

    Upkeep calls the platform itself, for up to half a minute a round, so it does not keep the bells waiting.
    """
    keeping_up = threading.Thread(target=_keep_up, args=(stop, seconds), name="upkeep", daemon=True)
    keeping_up.start()
    while not stop.wait(seconds):
        _safely(partial(_attend_to_due_threads, stop, workers))
    keeping_up.join()


def _keep_up(stop: threading.Event, seconds: float) -> None:
    while not stop.wait(seconds):
        _safely(upkeep.run_due)


def _attend_to_due_threads(stop: threading.Event, workers: int) -> None:
    """The worker's threads do it, if a bell reaches them; else as many are attended to here at once."""
    room = MOST_BELLS - doorbell.waiting()
    due = attending.due(timezone.now())[: max(room, 0)]
    rung = next((number for number, key in enumerate(due) if not doorbell.is_rung_for(key)), len(due))
    unheard = due[rung:][:workers]
    if unheard:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(partial(_attend_unless_stopped, stop), unheard))


def _attend_unless_stopped(stop: threading.Event, thread_id: int) -> None:
    if not stop.is_set():
        _safely(partial(attending.attend, thread_id))


def _safely(work: Callable[[], object]) -> None:
    """One thing that fails holds back none of the others."""
    try:
        work()
    except Exception:
        log.exception("sweep.failed")
    finally:
        close_old_connections()
