"""A page that is well, at a simulated Facebook."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from channels_fb.models import App
from channels_fb.webhooks import processing
from tests.channels_fb.stage import AGENT, BOT, SECRET, Stage, delivery, echo, message

CALLBACK = f"https://bots.example.com/webhooks/facebook/{AGENT}"


@pytest.fixture
def well(stage: Stage) -> Stage:
    """Nothing is to be fixed: there is a callback, and messages of the customer and of the bot have come."""
    stage.facebook.add_app(AGENT, SECRET, "Agent", callback_url=CALLBACK)
    stage.facebook.knobs.webhooks.hold()
    hear(message())
    hear(echo(app_id=BOT))
    stage.facebook.forget()
    return stage


def hear(event: dict[str, Any], **options: Any) -> None:
    """An event has come just now, in a delivery of its own, and was processed."""
    body = delivery({**event, "timestamp": int(timezone.now().timestamp() * 1000)}, **options)
    assert processing.keep_and_process(App.objects.get(), body)
