"""The worker process: the queue's consumer, and a sweep that finds what no doorbell rang for."""

from __future__ import annotations

import threading
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
from django.utils import timezone
from huey.contrib.djhuey import HUEY

from handover import attending, doorbell, tasks, upkeep  # noqa: F401 - the consumer knows imported tasks only.

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """`manage.py run_worker`: runs until SIGTERM or Ctrl-C, and finishes what it has in hand."""

    help = "Carry out what is due in the background: unknown outcomes, deadlines, names, deliveries."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--workers`: threads, as the work is waiting for the platform. `--sweep`: seconds."""
        parser.add_argument("--workers", type=int, default=8)
        parser.add_argument("--sweep", type=float, default=1.0)

    def handle(self, *args: Any, **options: Any) -> None:
        """Start the sweep and the consumer."""
        stop = threading.Event()
        sweep = threading.Thread(target=_sweep, args=(stop, options["sweep"]), name="sweep", daemon=True)
        sweep.start()
        try:
            # Short polling: a doorbell is answered at once, however long it has been quiet.
            HUEY.create_consumer(
                workers=options["workers"],
                worker_type="thread",
                initial_delay=0.05,
                max_delay=0.05,
                periodic=False,
                # On SIGTERM, finish what is in hand.
                graceful_signal="TERM",
            ).run()
        finally:
            stop.set()
            sweep.join(timeout=20)


def _sweep(stop: threading.Event, seconds: float) -> None:
    while not stop.wait(seconds):
        try:
            _ring_for_due_threads()
            upkeep.run_due()
        except Exception:
            log.exception("sweep.failed")
        finally:
            close_old_connections()


def _ring_for_due_threads() -> None:
    """Many threads are attended to beside each other; here one after the other, where the queue is down."""
    for thread_id in attending.due(timezone.now()):
        if not doorbell.is_rung_for(thread_id):
            attending.attend(thread_id)
