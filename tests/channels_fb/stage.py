"""The cast of these tests, as rows of ours and as a simulated Facebook."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from channels_fb.channel import MessengerChannel
from channels_fb.models import App, Page
from channels_fb.simulator import Simulator
from handover.channel import Deadline
from handover.models import BotApp, Primary, Source

PAGE, PSID, AGENT, BOT, STRANGER = "111", "24001", "800", "900", "950"
TOKEN, SECRET, VERIFY = "agent-token", "agent-token-secret", "verify-me"
NOW_MS = 1_790_000_000_000
"""September 2026, in Meta's milliseconds."""


def connected_page(page_id: str = PAGE, app_id: str = AGENT) -> Page:
    """A page as `connect_page` would have left it."""
    app, _ = App.objects.get_or_create(
        app_id=app_id, defaults={"name": "Agent", "secret": SECRET, "verify_token": VERIFY}
    )
    source = Source.objects.create(
        channel_type="messenger",
        foreign_id=page_id,
        name="Acme",
        agent_app_id=app_id,
        primary=Primary.BOT,
        control_mode="receivers",
    )
    BotApp.objects.create(source=source, app_id=BOT, name="Acme bot")
    return Page.objects.create(source=source, app=app, page_token=TOKEN)


@dataclass
class Stage:
    """The connected page and the Facebook it is on."""

    page: Page
    facebook: Simulator
    channel: MessengerChannel = MessengerChannel()

    @property
    def source(self) -> Source:
        return self.page.source

    def given_to(self, app_id: str) -> None:
        """The customer has written, and this app holds the thread."""
        self.facebook.customer_writes(PAGE, PSID, "hi")
        if self.facebook.owner(PAGE, PSID) != app_id:
            self.facebook.app_passes(BOT, PAGE, PSID, app_id)
        self.facebook.forget()

    def idle(self) -> None:
        """Nobody holds the thread."""
        self.facebook.customer_writes(PAGE, PSID, "hi")
        self.facebook.app_releases(BOT, PAGE, PSID)
        self.facebook.forget()

    @property
    def owner(self) -> str | None:
        return self.facebook.owner(PAGE, PSID)


def soon() -> Deadline:
    return Deadline(5)


def signed(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def delivery(*items: Any, page_id: Any = PAGE, key: str = "messaging", **entry: Any) -> bytes:
    """One delivery with one entry."""
    content = {"object": "page", "entry": [{"id": page_id, "time": NOW_MS, key: list(items), **entry}]}
    return json.dumps(content).encode()


def from_customer(psid: str = PSID, at: Any = NOW_MS, **event: Any) -> dict[str, Any]:
    return {"sender": {"id": psid}, "recipient": {"id": PAGE}, "timestamp": at, **event}


def message(mid: str = "m_1", text: str = "hi", psid: str = PSID, **more: Any) -> dict[str, Any]:
    return from_customer(psid, message={"mid": mid, "text": text, **more})


def echo(mid: str = "m_2", app_id: Any = BOT, **more: Any) -> dict[str, Any]:
    content = {"is_echo": True, "mid": mid, "text": "hello", "app_id": app_id, **more}
    return {
        "sender": {"id": PAGE},
        "recipient": {"id": PSID},
        "timestamp": NOW_MS,
        "message": content,
    }
