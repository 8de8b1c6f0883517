"""The worker's threads at the doorbell: one listens, and goes to work when it rings; then the next listens.

Bells are heard at once, however many threads there are, and silence costs next to nothing. As huey has it
each thread would look for itself: 32 of them, each 20 times a second, or 32 connections to Redis.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import structlog
from huey.consumer import Consumer, Worker

from handover import attending

log = structlog.get_logger(__name__)

LOOK_EVERY = 0.02
"""Seconds between two looks at a queue that cannot wake its listener, as SQLite."""

DEAF_FOR = 1.0
"""Seconds after which a queue that is away is tried again; until then the sweep finds what is due."""

SWEEP_ENDS_WITHIN = 40.0
"""Seconds: a round of the sweep begins nothing after 20, and what it has begun then takes up to 15."""

_listening = threading.Lock()


class Listener(Worker):  # type: ignore[misc]  # huey ships no types
    """One of the worker's threads."""

    def loop(self, now: Any = None) -> None:
        """Called by huey until the worker stops, which finishes what was begun."""
        with _listening:
            bell = self._next_bell()
        if bell is not None:
            self.huey.execute(bell, now)

    def _next_bell(self) -> Any:
        """None once the worker is to stop."""
        while not self.stop_flag.is_set():
            try:
                bell = self.huey.dequeue()
            except Exception as error:  # noqa: BLE001 - whatever is wrong with the queue, the sweep does without.
                log.warning("doorbell.unheard", error=type(error).__name__)
                self.stop_flag.wait(DEAF_FOR)
                continue
            if bell is not None:
                return bell
            if not self.huey.storage.blocking:
                self.stop_flag.wait(LOOK_EVERY)
        return None


class Listeners(Consumer):  # type: ignore[misc]
    """huey's consumer, with such threads and one that sweeps until it is told to stop."""

    worker_class = Listener

    def __init__(self, huey: Any, sweep: Callable[[threading.Event], None], *, workers: int) -> None:
        super().__init__(
            huey,
            workers=workers,
            periodic=False,
            scheduler_interval=60,  # Nothing is ever scheduled.
            graceful_signal="TERM",
        )
        self._sweep = threading.Thread(target=sweep, args=[self.stop_flag], name="sweep", daemon=True)

    def start(self) -> None:
        # huey does so last. Told to end before, it would break off what its first threads have begun.
        self._set_signal_handlers()
        super().start()
        self._sweep.start()

    def stop(self, graceful: bool = False) -> None:
        """`graceful`: finish what is in hand, on SIGTERM and before a restart by SIGHUP."""
        attending.stopping.set()
        super().stop(graceful)
        if graceful:
            self._sweep.join(SWEEP_ENDS_WITHIN)
