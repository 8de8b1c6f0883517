"""The SQL statements of a call, BEGIN and COMMIT included. Needs Maya's thread, held by the asking side."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from tests.bench.cast import AGENT, MAYA, PAGE
from tests.bench.load import signature

MOST: Mapping[str, int] = {"bot to agent": 18, "agent to bot": 20, "webhook": 12}
"""What the tests allow."""


def counted(what: str, token: str) -> int:
    """How many statements one call makes."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="localhost")
    # What a process does once only is not counted.
    client.get("/1.0/content_sources", headers={"Authorization": f"Bearer {token}"})
    with CaptureQueriesContext(connection) as statements:
        answer = _webhook(client) if what == "webhook" else _handover(client, what, token)
    if answer != 200:
        raise AssertionError(f"{what} was answered {answer}")
    return len(statements)


def _handover(client: Any, what: str, token: str) -> int:
    from_party, _, to_party = what.split()
    asked = {"identity_foreign_id": MAYA, "type": "messenger", "from": from_party, "to": to_party}
    answer = client.post(
        "/1.0/bots/handover",
        json.dumps(asked),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    return int(answer.status_code)


def _webhook(client: Any) -> int:
    event = {
        "sender": {"id": MAYA},
        "recipient": {"id": PAGE},
        "timestamp": int(time.time() * 1000) + 1000,
        "message": {"mid": "m_counted", "text": "Where is my parcel?"},
    }
    body = json.dumps({"object": "page", "entry": [{"id": PAGE, "time": 1, "messaging": [event]}]}).encode()
    answer = client.post(
        f"/webhooks/facebook/{AGENT}",
        body,
        content_type="application/json",
        headers={"X-Hub-Signature-256": signature(body)},
    )
    return int(answer.status_code)
