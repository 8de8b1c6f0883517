"""One queue of webhook events per app, in order, with the knobs that disturb it."""

import threading
from collections import defaultdict, deque

from channels_fb.simulator.records import SentEvent

LARGEST_BATCH = 1000
"""Updates per POST, as the Graph webhooks page states."""


class WebhookQueues:
    """Filled by the platform, emptied by one delivery thread per app."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: defaultdict[str, deque[SentEvent]] = defaultdict(deque)
        self._in_flight: set[str] = set()
        self._held = False
        self._stopped = False
        self._to_drop = 0
        self._to_duplicate = 0
        self._batch_size = 1

    # Knobs

    def hold(self) -> None:
        """Deliver nothing until `release`; what happens meanwhile is queued."""
        with self._changed:
            self._held = True

    def release(self) -> None:
        with self._changed:
            self._held = False
            self._changed.notify_all()

    def drop_next(self, times: int = 1) -> None:
        """Never deliver the next events; one event for two apps counts as two."""
        with self._changed:
            self._to_drop = times

    def duplicate(self, times: int = 1) -> None:
        """Deliver each of the next events twice."""
        with self._changed:
            self._to_duplicate = times

    def reorder(self) -> None:
        """Turn round what is waiting now, app by app; best used between `hold` and `release`."""
        with self._changed:
            for waiting in self._waiting.values():
                waiting.reverse()

    def batch(self, size: int) -> None:
        """From now on put up to `size` waiting events into one POST; 1 ends it."""
        if not 1 <= size <= LARGEST_BATCH:
            raise ValueError(f"a batch holds 1 to {LARGEST_BATCH} events")
        with self._changed:
            self._batch_size = size

    def reset(self) -> None:
        """All knobs back to nothing; what was held goes out."""
        with self._changed:
            self._to_drop = self._to_duplicate = 0
            self._batch_size = 1
        self.release()

    # Between platform and delivery

    def put(self, event: SentEvent) -> None:
        with self._changed:
            self._waiting[event.app_id].extend([event] * self._copies())
            self._changed.notify_all()

    def take(self, app_id: str) -> list[SentEvent]:
        """Wait for the app's next batch; empty once stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or (self._waiting[app_id] and not self._held))
            if self._stopped:
                return []
            self._in_flight.add(app_id)
            waiting = self._waiting[app_id]
            return [waiting.popleft() for _ in range(min(self._batch_size, len(waiting)))]

    def done(self, app_id: str) -> None:
        with self._changed:
            self._in_flight.discard(app_id)
            self._changed.notify_all()

    def pause(self, seconds: float) -> bool:
        """Sleep between two attempts; true once stopped."""
        with self._changed:
            return self._changed.wait_for(lambda: self._stopped, timeout=seconds)

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def wait_until_quiet(self, timeout: float) -> None:
        """Return once every event was answered 200; held ones do not count."""
        with self._changed:
            if not self._changed.wait_for(self._quiet, timeout=timeout):
                raise TimeoutError(f"webhooks were still unanswered after {timeout} s")

    def _quiet(self) -> bool:
        return not self._in_flight and (self._held or not any(self._waiting.values()))

    def _copies(self) -> int:
        if self._to_drop > 0:
            self._to_drop -= 1
            return 0
        if self._to_duplicate > 0:
            self._to_duplicate -= 1
            return 2
        return 1
