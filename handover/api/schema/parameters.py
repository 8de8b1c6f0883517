"""What can be sent with a call: in its query, and with a handover in a body too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from handover import channel
from handover.api import event_search, search
from handover.api.handover_request import (
    LONGEST_FOREIGN_ID,
    LONGEST_REASON,
    MOST_CATEGORIES,
    REQUIRED,
    VIRTUAL_AGENT,
)
from handover.api.lists import LARGEST_LIMIT, USUAL_LIMIT
from handover.api.resources import PERMISSIONS
from handover.api.schema.values import APP, FOREIGN_ID, ID, SOURCE_ID, Schema
from handover.models import AvailabilityState
from handover.ownership import Party


@dataclass(frozen=True)
class Parameter:
    """One parameter: its values, and what it means."""

    name: str
    schema: Schema
    words: str
    place: Literal["query", "path"] = "query"
    example: Any = ""
    """What a form begins with. An empty value is an absent one."""

    def beside_a_body(self) -> OpenApiParameter:
        """As drf-spectacular wants it."""
        return OpenApiParameter(self.name, self.schema, self.place, description=self.words)

    def in_a_body(self) -> Schema:
        """As a property."""
        return {**self.schema, "description": self.words, "examples": [self.example]}


RECORD_ID = Parameter("id", ID, "The record's id.", "path")
FOREIGN_ID_FILTER = Parameter("foreign_id", FOREIGN_ID, "Only the person with this id at the platform.")
HANDOVERS_OF = Parameter(
    "identity_foreign_id", FOREIGN_ID, "Only handovers of the person with this id at the platform."
)
SOURCE_FILTER = Parameter("source_id", ID, "Only what is on this page.")
THREAD_FILTER = Parameter("thread_id", ID, "Only what is in this thread.")
ACTIVE_FILTER = Parameter("active", {"type": "boolean"}, "Only pages that are active, or only the others.")
PERMISSION_FILTER = Parameter(
    "permission",
    {"type": "string", "enum": list(PERMISSIONS)},
    "`read`, as if absent: all pages of the token. `initiate_discussion`: none, as no page can write first.",
)
STATUS = Parameter(
    "status",
    {"type": "string", "enum": AvailabilityState.values},
    "Required. What the token's user is to be.",
)
_IN_Q = (
    "All terms must hold; of a key that stands several times one value is enough. "
    '`key:"a b"` for a value with blanks, `-` before a term for its opposite.'
)
Q = Parameter(
    "q",
    {"type": "string", "maxLength": search.LONGEST},
    f"A search: `identity:ID`, `source:ID`, `foreign:PSID`, and words that occur in a message. {_IN_Q}",
)
EVENTS_Q = Parameter(
    "q",
    {"type": "string", "maxLength": search.LONGEST},
    "A search: `content_thread:ID`, `name_in:NAME` (or several, parted by commas), `user:ID`, "
    "`created_after:MOMENT`, `created_before:MOMENT`. Moments are ISO 8601, in UTC unless they say "
    "otherwise; a date is its first moment, and what is at the moment itself comes after it. "
    f"{_IN_Q} The order is `order:{'` or `order:'.join(event_search.ORDERS)}`, the first if absent.",
)
PAGING = (
    Parameter("offset", {"type": "integer", "minimum": 0, "default": 0}, "How many records to pass over."),
    Parameter(
        "limit",
        {"type": "integer", "minimum": 0, "default": USUAL_LIMIT},
        f"How many records to return at most. More than {LARGEST_LIMIT} means {LARGEST_LIMIT}.",
    ),
)

_TEXT: Schema = {"type": "string"}
_SIDE: Schema = {"type": "string", "enum": [party.value for party in Party]}
_REASON: Schema = {"type": "string", "maxLength": LONGEST_REASON}
CATEGORIES: Schema = {
    "type": "array",
    "maxItems": MOST_CATEGORIES,
    "items": {"type": "string", "maxLength": LONGEST_FOREIGN_ID},
}
_TOKEN = Parameter("access_token", _TEXT, "The access token, if it is in no other place.")


def of_handover() -> tuple[Parameter, ...]:
    """The parameters of a handover. Its `type` is one of the channels that are registered."""
    types: Schema = {"type": "string", "enum": [port.type for port in channel.registered()]}
    return (
        _handover(
            "identity_foreign_id",
            FOREIGN_ID,
            "The person's id at the platform. No control characters.",
            "24001",
        ),
        _handover("from", _SIDE, "Who gives the thread.", "bot"),
        _handover("to", _SIDE, "Who gets it: the other one.", "agent"),
        _handover("type", types, f"The channel. `{VIRTUAL_AGENT}` is known, too, and refused.", "messenger"),
        _handover(
            "app_id",
            APP,
            "From agent to bot: the bot's app. Absent: the page's bot app, if it has exactly one. "
            "Ignored from bot to agent.",
        ),
        _handover(
            "source_id",
            SOURCE_ID,
            "The page, by its id here or at the platform, for a person known on several or on none yet.",
        ),
        _handover("reason", _REASON, "Kept in the history, shown to the agent, and sent to the other app."),
        _handover(
            "dry_run",
            {"type": "boolean"},
            "Decide and explain: the answer has a `plan`, nothing changes, the platform is not asked. "
            "`1`, `on`, `yes`, `0`, `off` and `no` are booleans, too.",
            False,
        ),
        _handover("thread_category_ids[]", CATEGORIES, "Set on the thread when the handover succeeds.", []),
        _handover("intervention_id", _TEXT, "Accepted, and ignored."),
        _handover("trigger", _TEXT, "Accepted, and ignored."),
        _handover("impersonated_user_id", _TEXT, "Refused with `impersonation_refused`."),
    )


def _handover(name: str, schema: Schema, words: str, example: Any = "") -> Parameter:
    words = f"Required. {words}" if name in REQUIRED else words
    return Parameter(name, schema, words, example=example)


def in_a_body(sent: Iterable[Parameter]) -> Schema:
    """Parameters in a body. Nothing is required there, as each may stand in the query instead."""
    return {
        "type": "object",
        "description": "The same as in the query, which wins. In JSON, numbers are taken as text.",
        "properties": {one.name: one.in_a_body() for one in (_TOKEN, *sent) if one.place == "query"},
    }


def body_of_handover() -> Schema:
    """A handover's parameters in a body."""
    return in_a_body(of_handover())


def examples_of_handover() -> list[OpenApiExample]:
    """Bodies to begin with, one for each direction."""
    who = {"identity_foreign_id": "24001", "type": "messenger"}
    to_agent = {**who, "from": "bot", "to": "agent", "reason": "Asked for a person"}
    to_bot = {**who, "from": "agent", "to": "bot", "app_id": "900"}
    return [OpenApiExample("From bot to agent", to_agent), OpenApiExample("From agent to bot", to_bot)]
