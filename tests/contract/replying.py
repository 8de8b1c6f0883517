"""What tests of replies have in common."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F, Model

from handover.models import Handover, Intervention, Reply, Source, Thread
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


def later(seconds: float) -> None:
    """Time passes, as far as the agent's side of threads looks at a clock of ours."""
    for model, columns in _CLOCKS.items():
        for column in columns:
            model.objects.update(**{column: F(column) - timedelta(seconds=seconds)})


_CLOCKS: dict[type[Model], tuple[str, ...]] = {
    Thread: ("attend_at", "attended_until", "control_due_at", "owner_confirmed_at"),
    Reply: ("queued_at", "due_at", "expires_at", "asked_at"),
    Handover: ("requested_at", "deadline_at", "lease_until"),
    Intervention: ("closing_at",),
}


def set_page(world: World, **columns: Any) -> None:
    """How the page is set up."""
    Source.objects.update(**columns)
