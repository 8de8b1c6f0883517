"""The worker process: threads that hear the doorbell, and a sweep that finds what no doorbell rang for."""

from __future__ import annotations

import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from huey.contrib.djhuey import HUEY

from handover import tasks  # noqa: F401 - the consumer knows imported tasks only.
from handover.listening import Listeners
from handover.sweeping import sweep


class Command(BaseCommand):
    """`manage.py run_worker`: runs until SIGTERM, and finishes what it has in hand. Ctrl-C ends it."""

    help = "Carry out what is due in the background: replies, unknown outcomes, deadlines, names, deliveries."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--workers`: threads, as the work is waiting for the platform. `--sweep`: seconds."""
        # As many as GRAPH_CONCURRENCY lets call at once: with more, some would be told to come back later.
        parser.add_argument("--workers", type=int, default=32)
        parser.add_argument("--sweep", type=float, default=1.0)

    def handle(self, *args: Any, **options: Any) -> None:
        """Listen and sweep."""
        seconds, workers = options["sweep"], options["workers"]

        def sweeping(stop: threading.Event) -> None:
            sweep(stop, seconds, workers)

        Listeners(HUEY, sweeping, workers=workers).run()
