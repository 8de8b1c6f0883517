"""An agent's desk at a service whose processes run, and end, as a test says."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tests.contract.engaging import opened, staged
from tests.crash.processes import Process, until
from tests.processes import COMMANDS, environment, free_port, is_listening
from tests.world import World


@dataclass
class Desk(World):
    """`folder`: for what the processes write. `queue_url`: where their queue is; empty: the embedded one."""

    folder: Path = Path()
    queue_url: str = ""
    port: int = field(default_factory=free_port)
    running: list[Process] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.url = f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """The web process runs, Maya's thread is ours, and ana is engaged in it."""
        web = self._start("web", "--bind", f"127.0.0.1:{self.port}")
        until(lambda: web.check() or is_listening(self.port))
        staged(self)
        opened(self)

    def start_worker(self, *options: str) -> Process:
        """As `Procfile` has it."""
        return self._start("worker", *options)

    def end(self) -> None:
        for process in self.running:
            process.kill()
        self.http.close()

    def _start(self, name: str, *options: str) -> Process:
        variables = {**environment(self.folder, self.facebook.url), "HUEY_URL": self.queue_url}
        process = Process([*COMMANDS[name], *options], variables, self.folder / f"{name}.log")
        self.running.append(process)
        return process
