"""What a channel tells us: its events, translated at the edge into the domain's words.

Every `at` is the channel's own clock. Ids are text. Text is storable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handover.models.sources import Primary


@dataclass(frozen=True)
class Message:
    """A message of either side. `app_id` is the sending app where the channel names it."""

    at: datetime
    foreign_id: str
    is_customers: bool
    is_standby: bool
    body: str = ""
    app_id: str = ""
    metadata: str = ""
    """What the sending app wrote beside the message, for itself."""
    is_postback: bool = False
    payload: str = ""
    in_reply_to_foreign_id: str = ""
    attachments: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class OwnerChanged:
    """Control moved to `app_id`; an empty one is nobody. `verb` is how, in the channel's words."""

    at: datetime
    app_id: str
    previous_app_id: str
    verb: str
    metadata: str = ""


@dataclass(frozen=True)
class ControlAsked:
    """An app asked the thread's owner for control."""

    at: datetime
    app_id: str
    metadata: str = ""


@dataclass(frozen=True)
class Receipt:
    """The customer got, or read, everything up to `until`."""

    at: datetime
    until: datetime
    is_read: bool


@dataclass(frozen=True)
class PrimaryChanged:
    """The channel told who is primary on a source."""

    at: datetime
    primary: Primary
    note: str


ThreadNews = Message | OwnerChanged | ControlAsked | Receipt
