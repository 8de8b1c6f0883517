"""Processes that are started for a measurement: gunicorn with either service, and a Facebook."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Service:
    """A service under gunicorn. `environment` is that of its processes."""

    port: int
    environment: Mapping[str, str]


def environment(folder: Path, settings: str, graph: str) -> dict[str, str]:
    """What both services run under: nothing of the caller's own settings, and loopback only."""
    kept = ("PATH", "HOME", "LANG")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": settings,
        "ENV_FILE": "",
        "SECRET_KEY": "for measuring only, and of a decent length, as the checks want it",
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'service.sqlite3'}",
        "BASELINE_DATABASE": str(folder / "baseline.sqlite3"),
        "GRAPH_API_URL": graph,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def python(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a Python command to its end and return what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@contextmanager
def running(environment: Mapping[str, str], port: int | None, log: Path, *arguments: str) -> Iterator[None]:
    """A Python command in a process of its own, from when it listens, if it does, until the block ends."""
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=sink, stderr=sink
        )
        try:
            if port is not None:
                _wait_for(port, process, log)
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)


@contextmanager
def gunicorn(wsgi: str, environment: Mapping[str, str], log: Path) -> Iterator[Service]:
    """A service as `Procfile` starts it: two processes of 64 threads, by gunicorn.conf.py."""
    port = free_port()
    with running(environment, port, log, "-m", "gunicorn", wsgi, "--bind", f"127.0.0.1:{port}"):
        yield Service(port, environment)


@contextmanager
def worker(environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """The worker as `Procfile` starts it."""
    with running(environment, None, log, "manage.py", "run_worker"):
        yield


@contextmanager
def graph(folder: Path, delay: float) -> Iterator[str]:
    """The fake Graph; the address."""
    port, plain = free_port(), {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    with running(plain, port, folder / "graph.log", "-m", "tests.bench.fake_graph", str(port), str(delay)):
        yield f"http://127.0.0.1:{port}"


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit(f"A process stopped at its start: {log.read_text()[-2000:]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("A process did not start to listen.")
