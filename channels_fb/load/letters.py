"""Webhook deliveries, as Facebook would have sent them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from channels_fb.models import App, Delivery


def message(page_id: str, psid: str, at: datetime, mid: str, text: str) -> dict[str, Any]:
    """A customer's message, seen by a bystander."""
    return _entry(page_id, psid, at, "standby", message={"mid": mid, "text": text})


def pass_of_control(page_id: str, psid: str, at: datetime, previous: str, new: str) -> dict[str, Any]:
    """Control went from one app to another."""
    moved = {"previous_owner_app_id": previous, "new_owner_app_id": new}
    return _entry(page_id, psid, at, "messaging", pass_thread_control=moved)


def _entry(page_id: str, psid: str, at: datetime, came_as: str, **news: Any) -> dict[str, Any]:
    moment = int(at.timestamp() * 1000)
    item = {"sender": {"id": psid}, "recipient": {"id": page_id}, "timestamp": moment, **news}
    return {"object": "page", "entry": [{"id": page_id, "time": moment, came_as: [item]}]}


def delivery(app: App, body: Mapping[str, Any], at: datetime, error: str = "") -> Delivery:
    """The row of one, which was processed well, or was not."""
    raw = json.dumps(body, separators=(",", ":")).encode()
    return Delivery(
        app=app,
        body=raw,
        sha256=hashlib.sha256(raw).hexdigest(),
        received_at=at,
        state=Delivery.State.FAILED if error else Delivery.State.PROCESSED,
        attempts=20 if error else 1,
        processed_at=None if error else at,
        error=error,
    )
