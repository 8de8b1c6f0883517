"""Which app hears of a customer's or the page's message, and where ("Conversation routing" page)."""

from collections.abc import Iterator
from datetime import datetime

from channels_fb.simulator.model import Connection, Page, Thread
from channels_fb.simulator.records import Json, Key


def listeners(page: Page, thread: Thread, field: str, now: datetime) -> Iterator[tuple[str, Key]]:
    """Each subscribed app and the key its copy comes under.

    The owner, or on an idle thread the default app, hears on `messaging`, the others on `standby`. On a page
    without a default app all hear on `messaging`, whoever owns the thread. To hear on `messaging` takes
    the event's own field, to hear on `standby` takes `standby`.
    """
    holder = thread.owner(now) or page.primary_app_id
    for connection in page.connections.values():
        key = _key(page, connection, holder)
        if (field if key == "messaging" else "standby") in connection.fields:
            yield connection.app_id, key


def as_heard(key: Key, event: Json) -> Json:
    """On `standby` a postback comes without its payload: that belongs to the app that sent the button."""
    if key == "messaging" or "postback" not in event:
        return event
    postback = {name: value for name, value in event["postback"].items() if name != "payload"}
    return event | {"postback": postback}


def _key(page: Page, connection: Connection, holder: str | None) -> Key:
    if page.mode == "open" or connection.app_id == holder:
        return "messaging"
    return "standby"
