"""What the tests of the Facebook channel share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from channels_fb.models import Page
from tests.channels_fb.raw_server import RawServer
from tests.channels_fb.stage import AGENT, BOT, PAGE, PSID, Stage, connected_page


@pytest.fixture(autouse=True)
def facebook_is_out_of_reach(settings: Any) -> None:
    """Unless a test says where it is: nothing listens there."""
    settings.GRAPH_API_URL = "http://127.0.0.1:9"


@pytest.fixture
def page(transactional_db: None) -> Page:
    """Our side: page 111, connected with the agent's app 800, with the bot's app 900 on it."""
    return connected_page()


@pytest.fixture
def stage(page: Page, facebook: Any, settings: Any) -> Stage:
    """Both sides: the page above and a simulated Facebook where the bot's app is primary."""
    settings.GRAPH_API_URL = facebook.url
    facebook.add_page(PAGE, "Acme", "receivers", BOT)
    for app_id, token in ((AGENT, "agent-token"), (BOT, "bot-token")):
        facebook.add_app(app_id, f"{token}-secret", f"App {app_id}")
        facebook.connect(PAGE, app_id, token)
        facebook.subscribe(PAGE, app_id)
    facebook.add_person(PAGE, PSID, "Jane", "Doe")
    return Stage(page, facebook)


@pytest.fixture
def raw_server(settings: Any) -> Iterator[RawServer]:
    """Something in Facebook's place that answers with the bytes it is given."""
    with RawServer() as server:
        settings.GRAPH_API_URL = server.url
        yield server
