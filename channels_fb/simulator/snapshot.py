"""The world as JSON, for `GET /_simulator/state`."""

from datetime import datetime

from channels_fb.simulator.model import App, Connection, Page, Thread, World
from channels_fb.simulator.records import Json


def snapshot(world: World, now: datetime) -> Json:
    """`{"now", "apps": {id: ...}, "pages": {id: ...}}`; neither secrets nor tokens."""
    return {
        "now": now.isoformat(),
        "apps": {app_id: _app(app) for app_id, app in world.apps.items()},
        "pages": {page_id: _page(page, now) for page_id, page in world.pages.items()},
    }


def _app(app: App) -> Json:
    return {"name": app.name, "callback_url": app.callback_url, "require_proof": app.require_proof}


def _page(page: Page, now: datetime) -> Json:
    return {
        "name": page.name,
        "mode": page.mode,
        "primary_app_id": page.primary_app_id,
        "apps": {app_id: _connection(connection) for app_id, connection in page.connections.items()},
        "people": {psid: f"{who.first_name} {who.last_name}".strip() for psid, who in page.people.items()},
        "threads": {psid: _thread(thread, now) for psid, thread in page.threads.items()},
    }


def _connection(connection: Connection) -> Json:
    return {"take_over": connection.take_over, "subscribed_fields": sorted(connection.fields)}


def _thread(thread: Thread, now: datetime) -> Json:
    owner = thread.owner(now)
    return {
        "owner": owner,
        "control_until": _text(thread.control_until) if owner else None,
        "last_customer_at": _text(thread.last_customer_at),
        "messages": len(thread.lines),
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
