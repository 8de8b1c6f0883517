"""`manage.py page_doctor`: examine pages, and say what is wrong with each and how it is put right."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels_fb.channel import CHANNEL_TYPE
from channels_fb.doctor import examining
from channels_fb.doctor.finding import STATES, Finding
from channels_fb.models import Examination, Page


class Command(BaseCommand):
    help = (
        "Examine pages: asks Facebook and looks at what came from it, changes nothing, and keeps what was "
        "found for the admin. The exit code is 1 where something is broken, 2 if the page is not connected."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--page", metavar="ID", help="the page's id at Facebook; all active pages unless given"
        )
        parser.add_argument(
            "--json", action="store_true", help="for programs: a list of pages with their findings"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        examined = [examining.examine(page) for page in _pages(options["page"])]
        self.stdout.write(_json(examined) if options["json"] else "\n\n".join(map(_text, examined)))
        broken = sum(examination.broken for examination in examined)
        if broken:
            raise CommandError(f"{broken} to fix.", returncode=1)


def _pages(page_id: str | None) -> list[Page]:
    rows = Page.objects.select_related("app", "source").filter(source__channel_type=CHANNEL_TYPE)
    if page_id is None:
        return list(rows.filter(source__is_active=True).order_by("source__name", "pk"))
    found = list(rows.filter(source__foreign_id=page_id))
    if not found:
        raise CommandError(f"Page {page_id} is not connected; see connect_page.", returncode=2)
    return found


def _json(examined: list[Examination]) -> str:
    return json.dumps(
        [examining.as_object(examination) for examination in examined], indent=2, ensure_ascii=False
    )


def _text(examination: Examination) -> str:
    lines = [f"{examination.page}: {examination.broken} to fix, {examination.watched} to watch"]
    for finding in examining.findings_of(examination):
        lines.extend(_lines(finding))
    return "\n".join(lines)


def _lines(finding: Finding) -> Iterator[str]:
    yield f"  {STATES[finding.state]}: {finding.title}"
    if finding.seen:
        yield f"    {finding.seen}"
    if finding.fix:
        yield f"    Fix: {finding.fix}"
