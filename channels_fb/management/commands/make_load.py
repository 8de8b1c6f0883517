"""`manage.py make_load`: fill the database with plausible threads, for measuring."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from channels_fb.load import cast
from channels_fb.load.filling import Load, fill
from handover.models import Source


class Command(BaseCommand):
    help = (
        "Make threads with messages, handovers, interventions and history, as many as you say, for measuring."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--threads", type=int, default=20_000, help="20,000 unless set")
        parser.add_argument(
            "--contents", type=int, default=500_000, help="500,000 unless set, over all threads"
        )
        parser.add_argument("--pages", type=int, default=3, help="3 unless set")
        parser.add_argument("--seed", type=int, default=1, help="The same one draws the same again.")
        parser.add_argument(
            "--yes", action="store_true", help="Do it although the database has pages that are connected."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        load = Load(*(options[name] for name in ("threads", "contents", "pages", "seed")))
        _refuse(load, sure=options["yes"])
        begun = time.monotonic()
        fill(load, timezone.now(), self._tell)
        self.stdout.write(
            f"{load.threads} threads with {load.contents} contents on {load.pages} pages"
            f" in {time.monotonic() - begun:.0f} seconds."
        )

    def _tell(self, threads: int) -> None:
        if threads % 2_000 == 0:
            self.stderr.write(f"{threads} threads ...")


def _refuse(load: Load, *, sure: bool) -> None:
    if load.threads < 1 or load.pages < 1 or load.contents < 0:
        raise CommandError("There must be a thread and a page at least.")
    if cast.is_here():
        raise CommandError("A load was made here before. Begin with a new database.")
    if Source.objects.exists() and not sure:
        raise CommandError("This database has pages that are connected. If it is meant: --yes.")
