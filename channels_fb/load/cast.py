"""Who takes part: pages with their apps, a bot's token, agents."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User

from channels_fb.models import App, Page
from handover import tokens
from handover.models import ApiToken, BotApp, Primary, Source
from handover.ownership import Cast, ControlMode

AGENT_APP_ID, BOT_APP_ID = "990000800", "990000900"
AGENTS = 8


@dataclass(frozen=True)
class PageCast:
    """One page, and who writes there."""

    source: Source
    app: App
    cast: Cast
    token: ApiToken
    agents: list[User]


def gather(pages: int) -> list[PageCast]:
    """Make them all."""
    app = App.objects.create(
        app_id=AGENT_APP_ID, name="Load", secret="load-secret", verify_token="load-verify"
    )
    token = tokens.row_of(tokens.issue("Load bot", rights=["handover"]))
    agents = [
        User.objects.create(username=f"load-agent-{number}", is_staff=True) for number in range(1, AGENTS + 1)
    ]
    return [_page(number, app, token, agents) for number in range(1, pages + 1)]


def is_here() -> bool:
    """Whether they were made before."""
    return App.objects.filter(app_id=AGENT_APP_ID).exists()


def _page(number: int, app: App, token: ApiToken, agents: list[User]) -> PageCast:
    source = Source.objects.create(
        channel_type="messenger",
        foreign_id=f"990001{number:03}",
        name=f"Load page {number}",
        agent_app_id=AGENT_APP_ID,
        primary=Primary.BOT,
        control_mode=ControlMode.RECEIVERS,
    )
    BotApp.objects.create(source=source, app_id=BOT_APP_ID, name="Load bot")
    Page.objects.create(source=source, app=app, page_token=f"load-token-{number}")
    return PageCast(source, app, source.cast(), token, agents)
