"""What an app asks about itself, with the token that is made of its id and its secret: `800|secret`.

Sources: the Graph reference of `debug_token` and of `/{app-id}/subscriptions`, which ask for such a token.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from channels_fb.simulator import errors
from channels_fb.simulator.errors import GraphError, invalid
from channels_fb.simulator.model import App, Connection, Page, World
from channels_fb.simulator.parameters import Parameters
from channels_fb.simulator.records import Json

CALLBACK_VERSION = "v26.0"


def app_of(world: World, token: str) -> App:
    """The app that a token of this kind is for; raises GraphError."""
    app_id, _, secret = token.partition("|")
    app = world.apps.get(app_id)
    if app is None:
        raise GraphError(errors.NO_SUCH_APP)
    if app.secret != secret:
        raise GraphError(errors.BAD_APP_TOKEN)
    return app


def run(world: World, app: App, edge: str, given: Parameters, now: datetime) -> Json:
    """Carry out one call; raises GraphError for whatever Meta would refuse."""
    return EDGES[edge](world, app, given, now)


def _debug_token(world: World, app: App, given: Parameters, now: datetime) -> Json:
    """A token that is none is described as such; one of another app is refused."""
    token = given.text("input_token")
    if token is None:
        raise invalid("The parameter input_token is required")
    found = next(((page, its) for page, its in world.tokens() if its.token == token), None)
    if found is None:
        return {"data": {"error": _error(errors.BAD_TOKEN), "is_valid": False, "scopes": []}}
    if found[1].app_id != app.app_id:
        raise GraphError(errors.TOKEN_OF_ANOTHER_APP)
    return {"data": _description(app, *found, now)}


def _description(app: App, page: Page, connection: Connection, now: datetime) -> Json:
    """`expires_at` is 0 for a token without an end."""
    ends = connection.token_ends_at
    is_over = connection.is_over(now)
    return {
        "app_id": app.app_id,
        "type": "PAGE",
        "application": app.name,
        "profile_id": page.page_id,
        "expires_at": int(ends.timestamp()) if ends else 0,
        "is_valid": not is_over,
        "scopes": sorted(connection.permissions),
    } | ({"error": _error(errors.TOKEN_EXPIRED)} if is_over else {})


def _error(refusal: errors.Refusal) -> Json:
    return {"code": refusal.code, "message": refusal.message} | (
        {"subcode": refusal.subcode} if refusal.subcode else {}
    )


def _subscriptions(world: World, app: App, given: Parameters, now: datetime) -> Json:
    """What the app's dashboard shows under Webhooks; nothing before the callback was verified."""
    if app.callback_url is None:
        return {"data": []}
    fields = [{"name": name, "version": CALLBACK_VERSION} for name in sorted(app.fields)]
    webhooks = {"object": "page", "callback_url": app.callback_url, "active": True, "fields": fields}
    return {"data": [webhooks]}


EDGES: dict[str, Callable[[World, App, Parameters, datetime], Json]] = {
    "debug_token": _debug_token,
    "subscriptions": _subscriptions,
}
