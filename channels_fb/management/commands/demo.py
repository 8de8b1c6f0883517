"""`manage.py demo`: the whole service with a simulated Messenger, a bot and a story."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from channels_fb.demo.errors import DemoFailed, Interrupted
from channels_fb.demo.narrator import Narrator
from channels_fb.demo.performance import Options, perform


class Command(BaseCommand):
    help = "Run everything on this machine with a simulated Messenger, and play a conversation."
    # This process only starts others, with an environment of their own: it touches no database.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="Play, then stop: exit code 0 if all happened."
        )
        parser.add_argument(
            "--patience", type=float, default=10.0, help="Seconds that each step may take; 10 unless set."
        )
        parser.add_argument(
            "--any-ports", action="store_true", help="Take any free ports, not 8000, 9000 and 9001."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        narrator = Narrator(sys.stdout, colour=_wants_colour(**options))
        chosen = Options(
            once=options["once"], patience=options["patience"], usual_ports=not options["any_ports"]
        )
        folder = Path(settings.VAR_DIR) / "demo"
        try:
            perform(narrator, folder, chosen)
        except DemoFailed as error:
            if error.log is not None:
                narrator.tail(error.log)
            raise CommandError(f"{error.message} All logs are in {folder}.") from None
        except Interrupted:
            raise CommandError("Stopped before the story was over.", returncode=130) from None


def _wants_colour(*, no_color: bool, force_color: bool, **others: Any) -> bool:
    """As https://no-color.org asks."""
    return force_color or (sys.stdout.isatty() and not no_color and not os.environ.get("NO_COLOR"))
