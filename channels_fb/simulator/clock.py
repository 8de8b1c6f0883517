"""The platform's own time: real time plus whatever the caller moved it by."""

import threading
from datetime import UTC, datetime, timedelta


class Clock:
    """Runs on like a real clock, so that later events get later times, and can be moved forward at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The platform's time, aware, UTC."""
        with self._lock:
            return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Move forward. Backwards is refused: nothing at Meta happens before what already happened."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        with self._lock:
            self._ahead += timedelta(seconds=seconds)


def milliseconds(moment: datetime) -> int:
    """Unix time in milliseconds, the unit of webhook times."""
    return int(moment.timestamp() * 1000)
