"""Orders to die: given by a test, taken by a process of the service, and carried out at a step of its work.

They pass through files in a folder, as a process that was killed says nothing more.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

FOLDER = "CRASH_ORDERS"
"""The environment variable that tells a process where its orders are."""

WRITING, COMMITTING = "writing", "committing"
"""The work of whoever answers no request: all from its first statement that writes, or its first COMMIT."""

ATTENDING = "attending"
"""The work of whoever attends to a thread: from its first statement that changes a row. Only those statements
are steps, and the COMMITs behind them: who finds nothing to do makes none."""

Deed = Literal["die", "wait"]


@dataclass(frozen=True)
class Order:
    """What to do before the `step`-th step of a piece of work; 0 is none: the process only tells its pid."""

    work: str
    step: int
    deed: Deed


class Orders:
    """One order at a time. Whoever takes it removes it, so that the process after this one lives."""

    def __init__(self, folder: Path) -> None:
        self._given = folder / "given"
        self._taken = folder / "taken"
        self._pid = folder / "pid"
        self._report = folder / "report"

    # The test's side

    def give(self, work: str, step: int = 0, deed: Deed = "die") -> None:
        for file in (self._given, self._taken, self._pid, self._report):
            file.unlink(missing_ok=True)
        self._given.parent.mkdir(exist_ok=True)
        _write(self._given, json.dumps(asdict(Order(work, step, deed))))

    @property
    def pid(self) -> int:
        """Of the process that took the order."""
        return int(self._pid.read_text())

    @property
    def report(self) -> str:
        """Before which step the order was carried out; empty while it was not."""
        with suppress(FileNotFoundError):
            return self._report.read_text()
        return ""

    # The process's side

    def take(self, work: str) -> Order | None:
        """The order, if there is one for this piece of work."""
        with suppress(FileNotFoundError):
            order = Order(**json.loads(self._given.read_text()))
            if order.work == work:
                self._given.rename(self._taken)
                _write(self._pid, str(os.getpid()))
                return order
        return None

    def carry_out(self, order: Order, step: str) -> None:
        """Never returns."""
        _write(self._report, f"step {order.step}: {step[:100]}")
        if order.deed == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        threading.Event().wait()


def _write(file: Path, text: str) -> None:
    """Whole or not at all, for whoever looks."""
    draft = file.with_suffix(".draft")
    draft.write_text(text)
    draft.rename(file)
