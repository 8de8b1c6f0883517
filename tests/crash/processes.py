"""Processes of the service that may be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.processes import ROOT


def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something to become so."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it never came to be"
        time.sleep(0.005)


class Process:
    """A command, with all the processes that it starts."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        programs = Path(sys.executable).parent
        with log.open("ab") as sink:
            self._leader = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**environment, "PATH": f"{programs}{os.pathsep}{environment['PATH']}"},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )

    def check(self) -> None:
        """It is still running."""
        assert self._leader.poll() is None, self._log.read_text()[-2000:]

    def kill(self) -> None:
        """kill -9, all of them at once."""
        if self._leader.poll() is None:
            os.killpg(self._leader.pid, signal.SIGKILL)
            self._leader.wait()

    def ends(self) -> int:
        """SIGTERM to the command alone, as whatever supervises a service sends it; the exit status."""
        self._leader.terminate()
        return self._leader.wait(timeout=60)

    def says(self, words: str) -> bool:
        """Whether this stands in its log."""
        return words in self._log.read_text()
