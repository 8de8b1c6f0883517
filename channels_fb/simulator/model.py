"""Apps, pages, people and threads, without rules: those are in `control`, `sending` and `routing`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from channels_fb.simulator.errors import NO_SUCH_USER, GraphError, UnknownThing
from channels_fb.simulator.records import Line

INBOX_APP_ID = "263902037430900"
"""Meta's own Page Inbox, as it appears wherever an app id does ("Conversation routing" page)."""

DAY = timedelta(hours=24)

Mode = Literal["receivers", "routing", "open"]
"""Old handover protocol with a primary app, Conversation Routing with a default app, or neither."""

FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_handovers",
    "messaging_referrals",
    "messaging_policy_enforcement",
    "standby",
    "message_echoes",
    "message_deliveries",
    "message_reads",
)


PERMISSIONS = ("pages_manage_metadata", "pages_messaging", "pages_show_list")
"""What a page token is granted, unless the driver says otherwise."""


@dataclass
class App:
    """A Meta app; without `callback_url` its webhooks are only remembered. `fields`: on its dashboard."""

    app_id: str
    secret: str
    name: str
    callback_url: str | None = None
    require_proof: bool = False
    fields: frozenset[str] = frozenset(FIELDS)


@dataclass
class Connection:
    """What one app may do on one page: its page token, take-over switch and subscribed fields.

    A token without `token_ends_at` has no end.
    """

    app_id: str
    token: str
    take_over: bool = False
    fields: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset(PERMISSIONS)
    token_ends_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        return self.token_ends_at is not None and now >= self.token_ends_at


@dataclass
class Person:
    psid: str
    first_name: str = ""
    last_name: str = ""
    blocks_page: bool = False


@dataclass
class Thread:
    """A conversation; control is held until `control_until`, and by nobody (idle) where that is past."""

    psid: str
    holder: str | None = None
    control_until: datetime | None = None
    last_customer_at: datetime | None = None
    lines: list[Line] = field(default_factory=list)

    def owner(self, now: datetime) -> str | None:
        if self.control_until is None or now >= self.control_until:
            return None
        return self.holder

    def give(self, app_id: str, now: datetime) -> None:
        """Control ends 24 h after the customer's last message; where that is past already, in 24 h.

        Meta only says that any control action sets the window to one day, not from when.
        """
        ends = (self.last_customer_at or now) + DAY
        self.holder = app_id
        self.control_until = ends if ends > now else now + DAY

    def free(self) -> None:
        self.holder = None
        self.control_until = None

    def hear_customer(self, now: datetime, default_app_id: str | None) -> None:
        """A customer's message wakes the thread: an idle one goes to the default app, if the page has one.

        Idle is 24 h without a customer message, or released; all else has an owner ("Conversation routing").
        An extension that reaches further than the new 24 h stays.
        """
        until = now + DAY
        if self.owner(now) is None:
            self.holder = default_app_id
            self.control_until = None
        self.control_until = max(until, self.control_until or until)
        self.last_customer_at = now


@dataclass
class Page:
    """`primary_app_id` is the primary receiver or the default app, None in open mode."""

    page_id: str
    name: str
    mode: Mode
    primary_app_id: str | None = None
    connections: dict[str, Connection] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    threads: dict[str, Thread] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.mode == "open") != (self.primary_app_id is None):
            raise ValueError("a page has a primary_app_id exactly if its mode is receivers or routing")

    def person(self, psid: str) -> Person:
        if psid not in self.people:
            raise GraphError(NO_SUCH_USER)
        return self.people[psid]

    def thread(self, psid: str) -> Thread:
        self.person(psid)
        return self.threads.setdefault(psid, Thread(psid))

    def role(self, app_id: str) -> str | None:
        """The value that `app_roles` webhooks use; only the old handover protocol has roles."""
        if self.mode != "receivers":
            return None
        return "primary_receiver" if app_id == self.primary_app_id else "secondary_receiver"


@dataclass
class World:
    """Everything that was set up, found by its id."""

    apps: dict[str, App] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)

    def app(self, app_id: str) -> App:
        if app_id not in self.apps:
            raise UnknownThing(f"no app {app_id}")
        return self.apps[app_id]

    def page(self, page_id: str) -> Page:
        if page_id not in self.pages:
            raise UnknownThing(f"no page {page_id}")
        return self.pages[page_id]

    def connection(self, page_id: str, app_id: str) -> Connection:
        connections = self.page(page_id).connections
        if app_id not in connections:
            raise UnknownThing(f"app {app_id} is not connected to page {page_id}")
        return connections[app_id]

    def tokens(self) -> Iterator[tuple[Page, Connection]]:
        for page in self.pages.values():
            for connection in page.connections.values():
                yield page, connection
