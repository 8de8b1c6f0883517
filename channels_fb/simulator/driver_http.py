"""The driver's face, `/_simulator/...`: every driving method as a POST of its arguments as one JSON object.

`POST /_simulator/customer_writes {"page_id": "111", "psid": "222", "text": "hello"}` answers
`{"result": "m_..."}`. Knobs are below `/_simulator/knobs/` and `/_simulator/knobs/webhooks/`.
What only looks is a GET with its arguments in the query: `/_simulator/owner?page_id=111&psid=222`.
Failures are `{"error": {"kind", "message"}}`; an app that is played gets Graph's own error body.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from channels_fb.simulator.arguments import BadArguments, checked
from channels_fb.simulator.errors import GraphError, UnknownThing, VerificationFailed
from channels_fb.simulator.http_messages import Answer, Request, json_answer
from channels_fb.simulator.wire import to_json

if TYPE_CHECKING:
    from channels_fb.simulator.simulator import Simulator

PREFIX = "/_simulator/"

ACTIONS = (
    "add_app",
    "set_callback",
    "change_secret",
    "add_page",
    "connect",
    "subscribe",
    "grant",
    "end_token",
    "list_fields",
    "add_person",
    "set_mode",
    "set_take_over",
    "advance",
    "wait_until_quiet",
    "customer_writes",
    "customer_taps",
    "customer_reads",
    "customer_blocks",
    "inbox_replies",
    "inbox_takes",
    "inbox_passes",
    "inbox_releases",
    "app_sends",
    "app_passes",
    "app_takes",
    "app_requests",
    "app_releases",
    "app_extends",
    "forget",
)
VIEWS = ("now", "owner", "transcript", "events", "state")
RECORDS = ("calls", "deliveries")
KNOBS = ("fail_next", "delay", "lose_answer", "webhook_style", "reset")
WEBHOOK_KNOBS = ("hold", "release", "drop_next", "duplicate", "reorder", "batch", "reset")

STATUSES: dict[type[Exception], int] = {
    BadArguments: 400,
    ValueError: 400,
    UnknownThing: 404,
    VerificationFailed: 422,
    TimeoutError: 504,
}

Method = Callable[..., Any]


class DriverFace:
    """Only what stands in the tables above can be reached."""

    def __init__(self, simulator: "Simulator") -> None:
        knobs = simulator.knobs
        self._posts: dict[str, Method] = {name: getattr(simulator, name) for name in ACTIONS}
        self._posts |= {f"knobs/{name}": getattr(knobs, name) for name in KNOBS}
        self._posts |= {f"knobs/webhooks/{name}": getattr(knobs.webhooks, name) for name in WEBHOOK_KNOBS}
        self._gets: dict[str, Method] = {name: getattr(simulator, name) for name in VIEWS}
        self._gets |= {name: _reader(simulator, name) for name in RECORDS}

    def answer(self, request: Request) -> Answer:
        methods = self._gets if request.method == "GET" else self._posts if request.method == "POST" else {}
        name = request.path.removeprefix(PREFIX).strip("/")
        if name not in methods:
            return _error(404, "NotFound", f"no {request.method} {name} here")
        try:
            return json_answer(200, {"result": to_json(self._call(methods[name], request))})
        except GraphError as error:
            return json_answer(error.status, error.body())
        except tuple(STATUSES) as error:
            return _error(_status(error), type(error).__name__, str(error))

    def _call(self, method: Method, request: Request) -> Any:
        arguments = request.parameters()
        return method(**checked(method, arguments))


def _reader(simulator: "Simulator", name: str) -> Method:
    def read() -> Any:
        return getattr(simulator, name)

    return read


def _status(error: Exception) -> int:
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def _error(status: int, kind: str, message: str) -> Answer:
    return json_answer(status, {"error": {"kind": kind, "message": message}})
