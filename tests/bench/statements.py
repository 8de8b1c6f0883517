"""The SQL statements of a call, BEGIN and COMMIT included. Needs Maya's thread, held by the asking side.

For a reply we hold it, and no worker may run.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from handover.wire_ids import wire_id
from tests.bench import writing
from tests.bench.cast import AGENT, MAYA, PAGE
from tests.bench.load import signature

MOST: Mapping[str, int] = {
    "bot to agent": 18,
    "agent to bot": 20,
    "webhook": 12,
    "a reply": 16,
    "a reply on its way": 22,
}
"""What the tests allow."""


def counted(what: str, token: str) -> int:
    """How many statements one call makes."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="localhost")
    # What a process does once only is not counted.
    client.get("/1.0/content_sources", headers={"Authorization": f"Bearer {token}"})
    call = _calls(client, what, token)
    with CaptureQueriesContext(connection) as statements:
        answer = call()
    if answer != 200:
        raise AssertionError(f"{what} was answered {answer}")
    return len(statements)


def _calls(client: Any, what: str, token: str) -> Callable[[], int]:
    """What is counted, ready to be called; returns the status of the answer."""
    if what == "webhook":
        return lambda: _webhook(client)
    if not what.startswith("a reply"):
        return lambda: _handover(client, what, token)
    return _calls_about_a_reply(client, what, token)


def _calls_about_a_reply(client: Any, what: str, token: str) -> Callable[[], int]:
    from handover import attending
    from handover.models import Thread

    writing.engage()
    thread = Thread.objects.get().pk
    if what == "a reply":
        return lambda: _reply(client, token, thread)
    _reply(client, token, thread)
    return lambda: 200 if attending.attend(thread) else 404


def _reply(client: Any, token: str, thread: int) -> int:
    answer = client.post(
        "/1.0/contents",
        json.dumps({"thread_id": wire_id(thread), "body": "On its way"}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    return int(answer.status_code)


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
