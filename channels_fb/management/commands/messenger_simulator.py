"""`manage.py messenger_simulator`: a Messenger Platform on this machine, to work offline."""

import json
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels_fb.simulator import GraphError, Simulator, SimulatorClient, UnknownThing


class Command(BaseCommand):
    help = "Run a simulated Messenger Platform on 127.0.0.1 until interrupted."
    requires_system_checks = ()  # It needs no database, so it runs before one is set up.

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=9000, help="0 takes a free one")
        parser.add_argument(
            "--setup", type=Path, help='JSON list of driving calls, each {"call": "add_page", "with": {...}}'
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = threading.Event()
        _stop_on_signals(stopped)
        with _simulator(options["port"]) as simulator:
            if options["setup"] is not None:
                with SimulatorClient(simulator.url) as client:
                    _set_up(client, options["setup"])
            self.stdout.write(f"Messenger simulator listening on {simulator.url}")
            self.stdout.flush()
            stopped.wait()


def _simulator(port: int) -> Simulator:
    try:
        return Simulator(port)
    except (OSError, OverflowError) as error:
        raise CommandError(f"Cannot listen on port {port}: {error}") from None


def _stop_on_signals(stopped: threading.Event) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


def _set_up(client: SimulatorClient, file: Path) -> None:
    """The same calls that can be made over HTTP, in order."""
    try:
        for step in json.loads(file.read_text()):
            client.call(step["call"], step.get("with", {}))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UnknownThing, GraphError) as error:
        raise CommandError(f"Cannot set up from {file}: {type(error).__name__}: {error}") from None
