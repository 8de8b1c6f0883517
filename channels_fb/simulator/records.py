"""What is remembered for the driver to look at: calls, deliveries, events and what the customer saw."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
Key = Literal["messaging", "standby"]


@dataclass(frozen=True)
class GraphCall:
    """One Graph request and its answer; `parameters` leave out token and proof.

    `lost` is true where the caller never got the answer.
    """

    at: datetime
    method: str
    edge: str
    version: str
    page_id: str | None
    app_id: str | None
    psid: str | None
    parameters: Json
    status: int
    answer: Any
    lost: bool = False


@dataclass(frozen=True)
class Line:
    """One message in the thread as the customer sees it; `app_id` is None for the customer's own."""

    at: datetime
    sender: Literal["customer", "page"]
    app_id: str | None
    text: str | None
    mid: str
    attachments: list[Json] = field(default_factory=list)


@dataclass(frozen=True)
class SentEvent:
    """One webhook event made for one app, whether or not it has a callback."""

    at: datetime
    app_id: str
    page_id: str
    key: Key
    event: Json


@dataclass(frozen=True)
class Delivery:
    """One attempt to deliver; `status` is None where nobody answered in time."""

    at: datetime
    app_id: str
    attempt: int
    status: int | None
    body: bytes
