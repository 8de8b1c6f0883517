"""Issue an access token for the API."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from handover import tokens
from handover.models import Source


class Command(BaseCommand):
    """`manage.py issue_token NAME`: prints the new token, alone, once."""

    help = "Issue an API token. It is printed once, alone, on standard output, and cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Without `--right` the token has all rights, without `--page` all pages."""
        parser.add_argument("name")
        parser.add_argument("--page", action="append", default=[], metavar="ID", help="Limit to a page.")
        parser.add_argument("--staff", metavar="USERNAME", help="Act as this member of staff.")
        parser.add_argument("--right", action="append", choices=tokens.RIGHTS, default=[])
        parser.add_argument("--per-minute", type=int, default=500, help="Calls a minute; 500 unless set.")

    def handle(self, *args: Any, **options: Any) -> str:
        """Check what was given and issue the token."""
        if not 0 < len(options["name"]) <= 140:
            raise CommandError("NAME must have 1 to 140 characters.")
        if options["per_minute"] < 1:
            raise CommandError("--per-minute must be at least 1.")
        return tokens.issue(
            options["name"],
            staff=_staff(options["staff"]) if options["staff"] else None,
            sources=[_page(page_id) for page_id in options["page"]],
            rights=options["right"] or tokens.RIGHTS,
            per_minute=options["per_minute"],
        )


def _staff(username: str) -> User:
    user = get_user_model().objects.filter(username=username, is_staff=True).first()
    if user is None:
        raise CommandError(f"No member of staff has the username {username}.")
    return user


def _page(page_id: str) -> Source:
    source = Source.objects.filter(foreign_id=page_id).first()
    if source is None:
        raise CommandError(f"Page {page_id} is not connected; see connect_page.")
    return source
