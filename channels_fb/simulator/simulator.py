"""The simulator as one object: set the stage, play customers, other apps and the Inbox, turn knobs, look."""

import threading
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

from channels_fb.simulator import edges
from channels_fb.simulator.clock import Clock
from channels_fb.simulator.driver_http import DriverFace
from channels_fb.simulator.edges import Caller
from channels_fb.simulator.events import Style
from channels_fb.simulator.graph_http import GraphFace
from channels_fb.simulator.http_server import SimulatorServer
from channels_fb.simulator.knobs import Knobs
from channels_fb.simulator.model import FIELDS, INBOX_APP_ID, App, Connection, Mode, Page, Person
from channels_fb.simulator.parameters import Parameters
from channels_fb.simulator.platform import Platform
from channels_fb.simulator.queues import WebhookQueues
from channels_fb.simulator.records import Delivery, GraphCall, Json, Line, SentEvent
from channels_fb.simulator.snapshot import snapshot
from channels_fb.simulator.webhooks import WebhookSender, verify_callback

KEPT_EVENTS = 10_000


class Simulator:
    """`with Simulator() as sim:` serves on `sim.url` until the block ends; port 0 takes a free one.

    The `app_*` methods play an app that is not ours: they raise GraphError where Meta would refuse, are not
    recorded in `calls` and meet none of the knobs.
    """

    def __init__(self, port: int = 0) -> None:
        self.clock = Clock()
        style = Style()
        self._stopping = threading.Event()
        self._events: deque[SentEvent] = deque(maxlen=KEPT_EVENTS)
        self._queues = WebhookQueues()
        self._platform = Platform(self.clock, style, self._tell)
        self._sender = WebhookSender(self._queues, self.clock, self._platform.world.app)
        self.knobs = Knobs(style, self._queues)
        self._graph = GraphFace(self._platform, self.knobs, self._stopping)
        self._server = SimulatorServer(port, self.clock, self._graph.answer, DriverFace(self).answer)

    # Starting and stopping

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        """Queued webhooks are forgotten and open connections closed."""
        self._stopping.set()
        self._queues.stop()
        self._server.stop()
        self._sender.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Setting the stage

    def add_app(
        self,
        app_id: str,
        secret: str,
        name: str,
        callback_url: str | None = None,
        verify_token: str | None = None,
        require_proof: bool = False,
    ) -> None:
        """With a `verify_token` the callback is verified as by `set_callback`, without one just taken.

        Adding an app again replaces it, callback included.
        """
        with self._platform.lock:
            self._platform.world.apps[app_id] = App(app_id, secret, name, require_proof=require_proof)
        self._sender.serve(app_id)
        if callback_url is not None and verify_token is not None:
            self.set_callback(app_id, callback_url, verify_token)
        elif callback_url is not None:
            self._platform.world.app(app_id).callback_url = callback_url

    def set_callback(self, app_id: str, url: str, verify_token: str) -> None:
        """Verify as Meta does, then save; raises VerificationFailed."""
        app = self._platform.world.app(app_id)
        verify_callback(url, verify_token)
        app.callback_url = url

    def change_secret(self, app_id: str, secret: str) -> None:
        """From now on webhooks are signed, and proofs checked, with this one."""
        self._platform.world.app(app_id).secret = secret

    def add_page(self, page_id: str, name: str, mode: Mode, primary_app_id: str | None = None) -> None:
        with self._platform.lock:
            self._platform.world.pages[page_id] = Page(page_id, name, mode, primary_app_id)

    def connect(self, page_id: str, app_id: str, token: str, take_over: bool = False) -> None:
        """Give the app a page token; again replaces the token and keeps the subscribed fields."""
        with self._platform.lock:
            page, app = self._platform.world.page(page_id), self._platform.world.app(app_id)
            old = page.connections.get(app_id)
            fields: frozenset[str] = old.fields if old else frozenset()
            page.connections[app.app_id] = Connection(app_id, token, take_over, fields)

    def subscribe(self, page_id: str, app_id: str, fields: Sequence[str] = FIELDS) -> None:
        with self._platform.lock:
            self._platform.world.connection(page_id, app_id).fields = frozenset(fields)

    def grant(self, page_id: str, app_id: str, permissions: Sequence[str]) -> None:
        """The app's page token has these permissions from now on, and no others."""
        with self._platform.lock:
            self._platform.world.connection(page_id, app_id).permissions = frozenset(permissions)

    def end_token(self, page_id: str, app_id: str, seconds: float) -> None:
        """The app's page token ends that many seconds from now; it is over at once with 0."""
        with self._platform.lock:
            ends = self.clock.now() + timedelta(seconds=seconds)
            self._platform.world.connection(page_id, app_id).token_ends_at = ends

    def list_fields(self, app_id: str, fields: Sequence[str]) -> None:
        """The webhook fields that are subscribed in the app's dashboard: at first all of them."""
        with self._platform.lock:
            self._platform.world.app(app_id).fields = frozenset(fields)

    def add_person(self, page_id: str, psid: str, first_name: str = "", last_name: str = "") -> None:
        """Somebody the page could write to, who has not written yet; writing makes a person known too."""
        with self._platform.lock:
            self._platform.world.page(page_id).people[psid] = Person(psid, first_name, last_name)

    def set_mode(self, page_id: str, mode: Mode, primary_app_id: str | None = None) -> None:
        self._platform.set_mode(page_id, mode, primary_app_id)

    def set_take_over(self, page_id: str, app_id: str, on: bool) -> None:
        """The switch in the page's Advanced Messaging settings, used under Conversation Routing."""
        with self._platform.lock:
            self._platform.world.connection(page_id, app_id).take_over = on

    # Time

    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def wait_until_quiet(self, timeout: float = 5) -> None:
        """Return once every webhook was answered 200, or is held; TimeoutError otherwise."""
        self._queues.wait_until_quiet(timeout)

    # The customer

    def customer_writes(
        self, page_id: str, psid: str, text: str, attachments: list[Json] | None = None
    ) -> str:
        return self._platform.customer_writes(page_id, psid, text, attachments or [])

    def customer_taps(self, page_id: str, psid: str, title: str, payload: str) -> str:
        return self._platform.customer_taps(page_id, psid, title, payload)

    def customer_reads(self, page_id: str, psid: str) -> None:
        self._platform.customer_reads(page_id, psid)

    def customer_blocks(self, page_id: str, psid: str, blocked: bool = True) -> None:
        with self._platform.lock:
            self._platform.world.page(page_id).person(psid).blocks_page = blocked

    # The Page Inbox

    def inbox_replies(self, page_id: str, psid: str, text: str, ai_generated: bool = False) -> str:
        return self._platform.inbox_replies(page_id, psid, text, ai_generated)

    def inbox_takes(self, page_id: str, psid: str) -> None:
        self._platform.inbox_takes(page_id, psid)

    def inbox_passes(self, page_id: str, psid: str, app_id: str) -> None:
        self._platform.passes(page_id, INBOX_APP_ID, psid, app_id, None)

    def inbox_releases(self, page_id: str, psid: str) -> None:
        self._platform.releases(page_id, INBOX_APP_ID, psid)

    # Other apps

    def app_sends(
        self,
        app_id: str,
        page_id: str,
        psid: str,
        text: str,
        metadata: str | None = None,
        tag: str | None = None,
    ) -> str:
        message = {"text": text, "metadata": metadata}
        answer = self._as_app(app_id, page_id, "messages", psid, {"message": message, "tag": tag})
        return str(answer["message_id"])

    def app_passes(
        self,
        app_id: str,
        page_id: str,
        psid: str,
        target_app_id: str | None = None,
        metadata: str | None = None,
    ) -> None:
        parameters = {"target_app_id": target_app_id, "metadata": metadata}
        self._as_app(app_id, page_id, "pass_thread_control", psid, parameters)

    def app_takes(self, app_id: str, page_id: str, psid: str, metadata: str | None = None) -> None:
        self._as_app(app_id, page_id, "take_thread_control", psid, {"metadata": metadata})

    def app_requests(self, app_id: str, page_id: str, psid: str, metadata: str | None = None) -> None:
        self._as_app(app_id, page_id, "request_thread_control", psid, {"metadata": metadata})

    def app_releases(self, app_id: str, page_id: str, psid: str) -> None:
        self._as_app(app_id, page_id, "release_thread_control", psid, {})

    def app_extends(self, app_id: str, page_id: str, psid: str, seconds: int) -> None:
        self._as_app(app_id, page_id, "extend_thread_control", psid, {"duration": seconds})

    # Looking

    def owner(self, page_id: str, psid: str) -> str | None:
        """The truth, which no app may always see; None while idle."""
        return self._platform.owner(page_id, psid)

    def transcript(self, page_id: str, psid: str) -> list[Line]:
        """What the customer saw, oldest first."""
        with self._platform.lock:
            return list(self._platform.world.page(page_id).thread(psid).lines)

    @property
    def calls(self) -> list[GraphCall]:
        """Graph requests that came over HTTP, oldest first; the last 10,000."""
        return list(self._graph.calls)

    @property
    def deliveries(self) -> list[Delivery]:
        """Attempts to deliver webhooks, oldest first; the last 10,000."""
        return list(self._sender.log)

    def events(self, app_id: str) -> list[SentEvent]:
        """What this app was told, even without a callback; dropped and held events included."""
        return [event for event in list(self._events) if event.app_id == app_id]

    def forget(self) -> None:
        """Empty `calls`, `deliveries` and `events`; the stage stays as it is."""
        for records in (self._graph.calls, self._sender.log, self._events):
            records.clear()

    def state(self) -> Json:
        """Apps, pages and threads as JSON, without secrets and tokens."""
        with self._platform.lock:
            return snapshot(self._platform.world, self.clock.now())

    # Inside

    def _tell(self, event: SentEvent) -> None:
        self._events.append(event)
        if self._platform.world.app(event.app_id).callback_url is not None:
            self._queues.put(event)

    def _as_app(self, app_id: str, page_id: str, edge: str, psid: str, parameters: dict[str, Any]) -> Json:
        page, connection = (
            self._platform.world.page(page_id),
            self._platform.world.connection(page_id, app_id),
        )
        given = Parameters(parameters | {"recipient": {"id": psid}})
        return edges.run(self._platform, Caller(page, connection), "POST", edge, given)
