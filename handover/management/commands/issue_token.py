"""Issue an access token for the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from handover import tokens
from handover.models import ApiToken, Source


class Command(BaseCommand):
    """`manage.py issue_token NAME`: prints the new token, alone, once."""

    help = (
        "Issue an API token, or with --rotate put a new one in the place of one. It is printed once, alone, "
        "on standard output, and cannot be shown again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Without `--right` the token has all rights, without `--page` all pages."""
        parser.add_argument("name")
        parser.add_argument("--page", action="append", default=[], metavar="ID", help="Limit to a page.")
        parser.add_argument("--staff", metavar="USERNAME", help="Act as this member of staff.")
        parser.add_argument("--right", action="append", choices=tokens.RIGHTS, default=[])
        parser.add_argument("--per-minute", type=int, default=500, help="Calls a minute; 500 unless set.")
        parser.add_argument(
            "--rotate", action="store_true", help="NAME is an active token's; its pages and rights stay."
        )
        parser.add_argument(
            "--overlap",
            type=int,
            default=24,
            metavar="HOURS",
            help="How long the old token is valid after --rotate; 24 unless set.",
        )

    def handle(self, *args: Any, **options: Any) -> str:
        """Check what was given and issue the token."""
        if not 0 < len(options["name"]) <= 140:
            raise CommandError("NAME must have 1 to 140 characters.")
        if options["rotate"]:
            return _rotated(options["name"], options["overlap"])
        if options["per_minute"] < 1:
            raise CommandError("--per-minute must be at least 1.")
        return tokens.issue(
            options["name"],
            staff=_staff(options["staff"]) if options["staff"] else None,
            sources=[_page(page_id) for page_id in options["page"]],
            rights=options["right"] or tokens.RIGHTS,
            per_minute=options["per_minute"],
        )


def _rotated(name: str, hours: int) -> str:
    rows = list(ApiToken.objects.filter(name=name, is_active=True)[:2])
    if len(rows) != 1:
        found = "No active token" if not rows else "More than one active token"
        raise CommandError(f"{found} is called {name}.")
    try:
        return tokens.rotate(rows[0], timedelta(hours=hours))
    except (ValueError, tokens.CannotRotate) as error:
        raise CommandError(str(error)) from None


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
