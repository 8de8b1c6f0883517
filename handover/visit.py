"""One step of whoever attends to a thread, as it was planned under the thread's lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from handover.models import Reply, Thread
from handover.replying import Attendance, Step

CALL_SECONDS = 15.0
"""Within this each step has its answer, or none."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)

Settle = Callable[[Thread], bool | None]
"""Write down what became of a step, on the thread, locked anew. Whoever calls it saves the thread.

True where the owner has just been read, so that the next step may rest on it.
"""


@dataclass(frozen=True)
class Visit:
    """`thread` and `reply`, the first that waits, as they stood when the step was planned."""

    thread: Thread
    reply: Reply | None
    attendance: Attendance
    step: Step

    @property
    def reply_waiting(self) -> Reply:
        """The reply that the step is about. Raises ValueError where it is about none."""
        if self.reply is None:
            raise ValueError("this step is about no reply")
        return self.reply
