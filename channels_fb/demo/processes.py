"""The demo's child processes: started, watched, and stopped whatever happens."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self, TypeVar

from channels_fb.demo.errors import DemoFailed, NotYet

POLL = 0.05
STOP_WITHIN = 10.0

Seen = TypeVar("Seen")
Command = Sequence[str | Path]


@dataclass(frozen=True)
class Child:
    """One process, which leads a group of its own: Ctrl-C in the terminal reaches only the demo itself."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path


class Processes:
    """`with Processes(...)`: when the block ends, by whatever, no process is left.

    `check_stop` raises where the demo was told to stop.
    """

    def __init__(
        self, directory: Path, logs: Path, environment: Mapping[str, str], check_stop: Callable[[], None]
    ) -> None:
        self._directory = directory
        self._logs = logs
        self._environment = dict(environment)
        self._check_stop = check_stop
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def log(self, name: str) -> Path:
        """Where a process of this name writes."""
        return self._logs / f"{name}.log"

    def start(self, name: str, command: Command, **variables: str) -> None:
        """Start a process that is to run until the end."""
        with self.log(name).open("ab") as log:
            self._children.append(Child(name, self._popen(command, variables, log.fileno()), self.log(name)))

    def run(self, name: str, command: Command, **variables: str) -> str:
        """Run a command to its end and return what it printed; errors go to the log. Raises DemoFailed."""
        with self.log(name).open("ab") as log:
            popen = self._popen(command, variables, subprocess.PIPE, log.fileno())
        self._children.append(Child(name, popen, self.log(name)))
        printed = self._output(popen)
        # It is over, so it must not count as one that died.
        self._children.pop()
        if popen.returncode != 0:
            raise DemoFailed(f"The command failed with exit code {popen.returncode}.", self.log(name))
        return printed

    def check(self) -> None:
        """Raise DemoFailed where a process has ended, Interrupted where we are to."""
        self._check_stop()
        for child in self._children:
            code = child.popen.poll()
            if code is not None:
                raise DemoFailed(f"The process `{child.name}` ended (exit code {code}).", child.log)

    def until(self, look: Callable[[], Seen], seconds: float) -> Seen:
        """What `look` returns once it no longer raises NotYet; the last one of those after `seconds`."""
        ends = time.monotonic() + seconds
        while True:
            self.check()
            try:
                return look()
            except NotYet:
                if time.monotonic() >= ends:
                    raise
            time.sleep(POLL)

    def forever(self) -> NoReturn:
        """Watch until `check` raises."""
        while True:
            self.check()
            time.sleep(POLL)

    def stop(self) -> None:
        """Ask all to end, wait, and kill what is left."""
        running = [child for child in self._children if child.popen.poll() is None]
        for child in running:
            _signal(child, signal.SIGTERM)
        ends = time.monotonic() + STOP_WITHIN
        for child in running:
            _wait_or_kill(child, max(0.0, ends - time.monotonic()))
        self._children.clear()

    def _popen(
        self, command: Command, variables: Mapping[str, str], out: int, errors: int = subprocess.STDOUT
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=self._directory,
            env={**self._environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            start_new_session=True,
        )

    def _output(self, popen: subprocess.Popen[bytes]) -> str:
        """Read in short turns, so that a signal is obeyed meanwhile."""
        while True:
            with suppress(subprocess.TimeoutExpired):
                return popen.communicate(timeout=POLL)[0].decode().strip()
            self._check_stop()


def _signal(child: Child, number: signal.Signals) -> None:
    """To its whole group; a process that has gone meanwhile needs none."""
    with suppress(ProcessLookupError):
        os.killpg(child.popen.pid, number)


def _wait_or_kill(child: Child, seconds: float) -> None:
    # The block closes what a command would have printed to.
    with child.popen as popen:
        try:
            popen.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            _signal(child, signal.SIGKILL)
