"""`manage.py thread_history`: who held a thread when, and through whom, as a table."""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from handover import history
from handover.models import Thread, ThreadEvent

_HEADER = ("#", "time (UTC)", "what", "who", "thread control", "call to Facebook")


class Command(BaseCommand):
    help = "Print the history of a person's thread as a table, and check that nobody has changed it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("psid", help="The person's id on the page.")
        parser.add_argument("--page", help="The page's id, where the person is known on several.")

    def handle(self, *args: Any, **options: Any) -> None:
        threads = Thread.objects.filter(identity__foreign_id=options["psid"]).select_related("identity")
        if options["page"]:
            threads = threads.filter(source__foreign_id=options["page"])
        if not threads:
            raise CommandError("No thread of this person is known.")
        for thread in threads.order_by("pk"):
            self._show(thread)

    def _show(self, thread: Thread) -> None:
        rows = [_row(event) for event in thread.events.order_by("seq")]
        for line in _table([_HEADER, *rows]):
            self.stdout.write(line)
        breaks = list(history.breaks(thread))
        if breaks:
            raise CommandError(" ".join(breaks))
        self.stdout.write(f"The chain of {len(rows)} rows is unbroken.")


def _row(event: ThreadEvent) -> tuple[str, ...]:
    return (
        str(event.seq),
        f"{event.at:%Y-%m-%d %H:%M:%S}",
        event.name,
        event.actor_label,
        f"{_holder(event.owner_before, event.sure_before)} -> {_holder(event.owner_after, event.sure_after)}",
        _call(event.call),
    )


def _holder(owner: str, is_sure: bool) -> str:
    return owner if is_sure or owner == "unknown" else f"{owner}?"


def _call(call: dict[str, Any] | None) -> str:
    """Which edge, and the answer's status."""
    return f"{call['edge']}: {call['status'] or 'no answer'}" if call else ""


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Columns as wide as their widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
