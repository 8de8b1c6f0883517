"""A Redis of a test's own, which keeps nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash.processes import Process, until
from tests.processes import is_listening


@contextmanager
def redis(port: int, folder: Path) -> Iterator[None]:
    """Running while the block does."""
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    server = Process(command, os.environ, folder / "redis.log")
    try:
        until(lambda: server.check() or is_listening(port))
        yield
    finally:
        server.kill()
