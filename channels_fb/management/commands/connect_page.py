"""`manage.py connect_page`: connect a Facebook page, or change how it is connected."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels_fb import connecting
from channels_fb.connecting import CannotConnect, Connection
from handover.models import Primary

SECRETS = {
    "page_token": "PAGE_TOKEN",
    "agent_app_secret": "AGENT_APP_SECRET",
    "verify_token": "VERIFY_TOKEN",
}
"""Options that may stand in the environment instead, and under which name."""


class Command(BaseCommand):
    help = (
        "Connect a Facebook page, subscribe its webhooks and read its mode. Run it again to change things: "
        "what is left out stays. Secrets are also taken from the environment variables PAGE_TOKEN, "
        "AGENT_APP_SECRET and VERIFY_TOKEN, so that none need stand on a command line."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--page-id", required=True, help="the page's id at Facebook")
        parser.add_argument("--name", default="", help="how the page is shown")
        parser.add_argument("--page-token", default="", help="the app's access token for the page")
        parser.add_argument(
            "--agent-app-id", default="", help="the Meta app that calls Facebook for the agents"
        )
        parser.add_argument("--agent-app-secret", default="", help="that app's secret")
        parser.add_argument("--verify-token", default="", help="what Facebook names to verify the callback")
        parser.add_argument(
            "--bot-app-id",
            action="append",
            metavar="ID",
            help="a bot's Meta app; may be repeated. Bot apps that are not listed are switched off, "
            "unless none is listed at all",
        )
        parser.add_argument(
            "--bot-name", action="append", default=[], help="the bot app's name, in the order of --bot-app-id"
        )
        parser.add_argument(
            "--primary",
            default="",
            choices=Primary.values,
            help="whose app is the page's primary app (Facebook: default app)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            connected = connecting.connect(_wanted(options))
        except CannotConnect as error:
            raise CommandError(f"{error}{_hint(error)}") from None
        for warning in connected.warnings:
            self.stderr.write(self.style.WARNING(f"Warning: {warning}"))
        self.stdout.write(f"Page {connected.page} is connected.")


def _hint(error: CannotConnect) -> str:
    if not error.missing:
        return ""
    variable = f" or in the environment as {SECRETS[error.missing]}" if error.missing in SECRETS else ""
    return f" Give it with --{error.missing.replace('_', '-')}{variable}."


def _wanted(options: dict[str, Any]) -> Connection:
    return Connection(
        page_id=options["page_id"],
        name=options["name"],
        page_token=_secret(options, "page_token"),
        agent_app_id=options["agent_app_id"],
        agent_app_secret=_secret(options, "agent_app_secret"),
        verify_token=_secret(options, "verify_token"),
        primary=options["primary"],
        bot_apps=_bot_apps(options["bot_app_id"], options["bot_name"]),
    )


def _secret(options: dict[str, Any], name: str) -> str:
    return options[name] or os.environ.get(SECRETS[name], "")


def _bot_apps(ids: list[str] | None, names: list[str]) -> dict[str, str] | None:
    if len(names) > len(ids or []):
        raise CannotConnect("There are more --bot-name than --bot-app-id.")
    if ids is None:
        return None
    return dict(zip(ids, [*names, *[""] * (len(ids) - len(names))], strict=True))
