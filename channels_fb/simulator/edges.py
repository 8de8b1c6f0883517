"""The edges of the Graph API that concern messaging, each a small function of caller and parameters."""

from collections.abc import Callable
from dataclasses import dataclass

from channels_fb.simulator import errors, sending
from channels_fb.simulator.errors import GraphError, invalid
from channels_fb.simulator.model import FIELDS, Connection, Page
from channels_fb.simulator.parameters import Parameters
from channels_fb.simulator.platform import Platform
from channels_fb.simulator.records import Json

SUCCESS: Json = {"success": True}


@dataclass(frozen=True)
class Caller:
    """Whom the token names: one app on one page."""

    page: Page
    connection: Connection

    @property
    def page_id(self) -> str:
        return self.page.page_id

    @property
    def app_id(self) -> str:
        return self.connection.app_id


Edge = Callable[[Platform, Caller, Parameters], Json]


def run(platform: Platform, caller: Caller, method: str, edge: str, given: Parameters) -> Json:
    """Carry out one call; raises GraphError for whatever Meta would refuse."""
    known = EDGES.get((method, edge))
    if known is None:
        raise GraphError(errors.UNKNOWN_PATH)
    with platform.lock:
        _check_permission(caller, edge)
        return known(platform, caller, given)


def _check_permission(caller: Caller, edge: str) -> None:
    needed, refusal = PERMISSIONS.get(edge, ("", errors.UNKNOWN_PATH))
    if needed and needed not in caller.connection.permissions:
        raise GraphError(refusal)


def _pass(platform: Platform, caller: Caller, given: Parameters) -> Json:
    target = given.app_id("target_app_id")
    platform.passes(caller.page_id, caller.app_id, given.recipient(), target, given.metadata())
    return SUCCESS


def _take(platform: Platform, caller: Caller, given: Parameters) -> Json:
    platform.takes(caller.page_id, caller.app_id, given.recipient(), given.metadata())
    return SUCCESS


def _request(platform: Platform, caller: Caller, given: Parameters) -> Json:
    platform.requests(caller.page_id, caller.app_id, given.recipient(), given.metadata())
    return SUCCESS


def _release(platform: Platform, caller: Caller, given: Parameters) -> Json:
    given.metadata()
    platform.releases(caller.page_id, caller.app_id, given.recipient())
    return SUCCESS


def _extend(platform: Platform, caller: Caller, given: Parameters) -> Json:
    platform.extends(caller.page_id, caller.app_id, given.recipient(), given.integer("duration"))
    return SUCCESS


def _thread_owner(platform: Platform, caller: Caller, given: Parameters) -> Json:
    """Here alone `recipient` is the plain id. Idle is an empty list: assumed, not documented."""
    psid = given.text("recipient")
    if psid is None:
        raise invalid("The parameter recipient is required")
    seen = platform.visible_owner(caller.page_id, caller.app_id, psid)
    return {"data": [{"thread_owner": seen}] if seen else []}


def _messages(platform: Platform, caller: Caller, given: Parameters) -> Json:
    psid = given.recipient()
    mid = platform.sends(caller.page_id, caller.app_id, psid, sending.outgoing(given))
    return {"recipient_id": psid} | ({"message_id": mid} if mid else {})


def _secondary_receivers(platform: Platform, caller: Caller, given: Parameters) -> Json:
    """All for the primary, refused to a secondary, none on a page without roles.

    Not documented under Conversation Routing; here the default app then counts as primary.
    """
    page = caller.page
    if page.primary_app_id is None:
        return {"data": []}
    if caller.app_id != page.primary_app_id:
        raise GraphError(errors.SECONDARIES_HIDDEN)
    others = [app_id for app_id in page.connections if app_id != caller.app_id]
    return {"data": [{"id": app_id, "name": platform.world.app(app_id).name} for app_id in others]}


def _subscribe(platform: Platform, caller: Caller, given: Parameters) -> Json:
    fields = given.names("subscribed_fields")
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown or not fields:
        raise invalid(f"Param subscribed_fields[0] must be one of {{{', '.join(FIELDS)}}}")
    caller.connection.fields = frozenset(fields)
    return SUCCESS


def _subscriptions(platform: Platform, caller: Caller, given: Parameters) -> Json:
    subscribed = [connection for connection in caller.page.connections.values() if connection.fields]
    return {"data": [_subscription(platform, connection) for connection in subscribed]}


def _subscription(platform: Platform, connection: Connection) -> Json:
    app = platform.world.app(connection.app_id)
    return {
        "id": app.app_id,
        "name": app.name,
        "category": "Messaging",
        "link": "https://www.facebook.com/",
        "subscribed_fields": sorted(connection.fields),
    }


def _unsubscribe(platform: Platform, caller: Caller, given: Parameters) -> Json:
    caller.connection.fields = frozenset()
    return SUCCESS


def _page(platform: Platform, caller: Caller, given: Parameters) -> Json:
    """The page itself; `messaging_feature_status` tells routing from the rest by `msgr_multi_app`."""
    page = caller.page
    status = {"hop_v2": True, "msgr_multi_app": page.mode == "routing", "ig_multi_app": False}
    values: Json = {"id": page.page_id, "name": page.name, "messaging_feature_status": status}
    return _chosen(values, given.names("fields") or ["id", "name"], "Page")


def _profile(platform: Platform, caller: Caller, given: Parameters) -> Json:
    psid = given.recipient()
    person = caller.page.people.get(psid)
    if person is None:
        raise GraphError(errors.NO_SUCH_OBJECT)
    if not person.first_name:
        raise GraphError(errors.NO_PROFILE)
    values: Json = {
        "id": psid,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "name": f"{person.first_name} {person.last_name}".strip(),
        "profile_pic": f"https://pictures.example/{psid}.jpg",
    }
    return _chosen(values, given.names("fields") or ["id", "first_name", "last_name", "profile_pic"], "User")


def _conversations(platform: Platform, caller: Caller, given: Parameters) -> Json:
    """`user_id` narrows to one customer; `is_owner` is only answered under Conversation Routing."""
    wanted = given.text("user_id")
    asked = "is_owner" in given.names("fields") and caller.page.mode == "routing"
    found: list[Json] = []
    for psid in caller.page.threads:
        if wanted in (None, psid):
            owner = platform.owner(caller.page_id, psid)
            found.append({"id": f"t_{psid}"} | ({"is_owner": owner == caller.app_id} if asked else {}))
    return {"data": found}


def _chosen(values: Json, names: list[str], kind: str) -> Json:
    for name in names:
        if name not in values:
            raise invalid(f"Tried accessing nonexisting field ({name}) on node type ({kind})")
    return {name: values[name] for name in [*names, "id"]}


EDGES: dict[tuple[str, str], Edge] = {
    ("POST", "pass_thread_control"): _pass,
    ("POST", "take_thread_control"): _take,
    ("POST", "request_thread_control"): _request,
    ("POST", "release_thread_control"): _release,
    ("POST", "extend_thread_control"): _extend,
    ("POST", "messages"): _messages,
    ("GET", "thread_owner"): _thread_owner,
    ("GET", "secondary_receivers"): _secondary_receivers,
    ("POST", "subscribed_apps"): _subscribe,
    ("GET", "subscribed_apps"): _subscriptions,
    ("DELETE", "subscribed_apps"): _unsubscribe,
    ("GET", "page"): _page,
    ("GET", "profile"): _profile,
    ("GET", "conversations"): _conversations,
}
"""`page` stands for `GET /me` and `profile` for `GET /{psid}`, whose paths end in an id."""

PERMISSIONS: dict[str, tuple[str, errors.Refusal]] = {
    "pass_thread_control": ("pages_messaging", errors.NO_PAGES_MESSAGING),
    "take_thread_control": ("pages_messaging", errors.NO_PAGES_MESSAGING),
    "request_thread_control": ("pages_messaging", errors.NO_PAGES_MESSAGING),
    "release_thread_control": ("pages_messaging", errors.NO_PAGES_MESSAGING),
    "extend_thread_control": ("pages_messaging", errors.NO_PAGES_MESSAGING),
    "thread_owner": ("pages_messaging", errors.NO_PAGES_MESSAGING),
    "messages": ("pages_messaging", errors.NO_PAGES_MESSAGING),
    "subscribed_apps": ("pages_manage_metadata", errors.NO_PAGES_MANAGE_METADATA),
}
"""What an edge asks for (Graph reference of each); the others ask for neither."""
