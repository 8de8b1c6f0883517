"""What tests of interventions have in common."""

from __future__ import annotations

from typing import Any

import requests

from handover import history, tokens
from handover.models import Content, Source
from handover.wire_ids import wire_id
from tests.people import agent_user
from tests.world import AGENT, BOT, MAYA, PAGE, World

NOBODYS = ["f" * 24, "0" * 24, "1", "nonsense", "0" * 20 + "9999"]
CHANGES = [
    ("PUT", "close"),
    ("DELETE", "cancel"),
    ("PUT", "defer"),
    ("PUT", "reactivate"),
    ("PUT", "reassign"),
    ("POST", "notes"),
]
EMPTY_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "0"}


def staged(
    world: World,
    mode: str = "receivers",
    primary: str = "bot",
    *,
    held_by: str = AGENT,
    take_over: bool = False,
) -> World:
    """Maya has written, our app or the bot's holds her thread, and ana's token calls."""
    world.build(mode, primary, take_over=take_over)
    world.maya_writes("Where is my parcel?")
    if held_by != world.truth:
        world.facebook.app_passes(BOT if held_by == AGENT else AGENT, PAGE, MAYA, held_by)
        world.settle()
    world.facebook.forget()
    world.token = tokens.issue("desk", staff=agent_user("ana"))
    return world


def thread_id(world: World) -> str:
    return wire_id(world.thread.pk)


def content_id(world: World) -> str:
    return wire_id(Content.objects.get(author="customer").pk)


def post(world: World, path: str, **options: Any) -> requests.Response:
    return world.ask("POST", f"/1.0/{path}", **options)


def opened(world: World, **options: Any) -> dict[str, Any]:
    answer = post(world, "interventions", params={"thread_id": thread_id(world)}, **options)
    assert answer.status_code == 200, answer.text
    record: dict[str, Any] = answer.json()
    return record


def change(
    world: World, record: dict[str, Any], method: str, action: str, **options: Any
) -> requests.Response:
    return world.ask(method, f"/1.0/interventions/{record['id']}/{action}", **options)


def changed(world: World, record: dict[str, Any], method: str, action: str, **options: Any) -> dict[str, Any]:
    answer = change(world, record, method, action, **options)
    assert answer.status_code == 200, answer.text
    after: dict[str, Any] = answer.json()
    return after


def reply(world: World, text: str = "On its way") -> None:
    world.facebook.app_sends(AGENT, PAGE, MAYA, text)
    world.settle()


def names_in_history(world: World) -> list[str]:
    """The lines about interventions, oldest first; the chain is whole."""
    assert list(history.breaks(world.thread)) == []
    return list(
        world.thread.events.filter(name__startswith="intervention.")
        .order_by("seq")
        .values_list("name", flat=True)
    )


def other_pages_token() -> str:
    other = Source.objects.create(channel_type="messenger", foreign_id="9", name="Other")
    return tokens.issue("other page", sources=[other])
