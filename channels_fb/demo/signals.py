"""Being told to stop."""

import signal
from types import FrameType, TracebackType
from typing import Any, Self

from channels_fb.demo.errors import Interrupted

# SIGHUP: the terminal was closed.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """Within the block a signal is only noted: an exception could lose a process that was just started."""

    def __init__(self) -> None:
        self._came = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raise Interrupted if one came."""
        if self._came:
            raise Interrupted

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._came = True
