"""What tests of replies have in common."""

from __future__ import annotations

from typing import Any

from tests.contract.engaging import post, thread_id
from tests.world import AGENT, MAYA, PAGE, World


def answer(world: World, text: str, **parameters: Any) -> dict[str, Any]:
    """The record of a reply that was accepted."""
    where = {} if "in_reply_to_id" in parameters else {"thread_id": thread_id(world)}
    reply = post(world, "contents", json={"body": text, **where, **parameters})
    assert reply.status_code == 200, reply.text
    record: dict[str, Any] = reply.json()
    return record


def refresh(world: World, record: dict[str, Any]) -> dict[str, Any]:
    """The record as it is now."""
    now: dict[str, Any] = world.get(f"/1.0/contents/{record['id']}")
    return now


def answers(world: World, records: list[dict[str, Any]]) -> list[str]:
    """How far they have come."""
    return [refresh(world, record)["synchronization_status"] for record in records]


def said(world: World) -> list[str]:
    """What our app has told the customer, by Facebook."""
    return [str(line.text) for line in world.facebook.transcript(PAGE, MAYA) if line.app_id == AGENT]


def texts_sent(world: World) -> list[str]:
    """What Facebook was asked to send, refused or not."""
    calls = [call for call in world.facebook.calls if (call.app_id, call.edge) == (AGENT, "messages")]
    return [str(call.parameters["message"]["text"]) for call in calls]
