"""THE PORT: what a channel must be able to do, the errors it may raise, and the registry of channels.

A channel's package implements `Channel` and registers an instance from its `AppConfig.ready`; nothing
in `handover` names a vendor. Every method that goes over the network must be called outside any
transaction, takes a `Deadline` for the whole operation, and either returns a value or raises one
`ChannelError`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from handover.decision import Verb
from handover.messaging_window import MessageTag, ReplyLimits
from handover.ownership import ControlMode

if TYPE_CHECKING:
    from handover.models import Source


class Deadline:
    """The time left for a whole operation, in seconds, however many calls it takes."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._ends - time.monotonic())


@dataclass(frozen=True)
class CallRecord:
    """What was asked of the platform and what it said, for the history: no secret, no personal text."""

    edge: str
    as_app_id: str
    target_app_id: str = ""
    status: int | None = None
    code: int | None = None
    subcode: int | None = None
    message: str = ""
    trace_id: str = ""


@dataclass(frozen=True)
class ControlAnswer:
    """The platform accepted a control call. `at`: its own clock."""

    at: datetime
    call: CallRecord


@dataclass(frozen=True)
class OutgoingMessage:
    """What an agent says. `metadata` comes back in the message's echo, by which it is known again."""

    text: str
    metadata: str
    tag: MessageTag = MessageTag.RESPONSE


@dataclass(frozen=True)
class SentMessage:
    """The platform took a message. `foreign_id`: the message's id there. `at`: its own clock."""

    at: datetime
    foreign_id: str
    call: CallRecord


@dataclass(frozen=True)
class OwnerReading:
    """Who holds a thread, by the platform. `app_id`: empty where it says that nobody does, None where it
    says that another app than ours does but not which. `at`, `expires_at`: its own clock."""

    at: datetime
    app_id: str | None
    expires_at: datetime | None
    call: CallRecord


@dataclass(frozen=True)
class Profile:
    """What the platform tells about a person; empty where it does not."""

    first_name: str = ""
    last_name: str = ""
    picture_url: str = ""


@dataclass(frozen=True)
class Attachment:
    """What came along with a message, for people: what it is, how it is called, and where.

    `title` and `url` are empty where there is none; `url` is an http or https address and nothing else.
    """

    kind: str
    title: str = ""
    url: str = ""


class ChannelError(Exception):
    """A call that did not succeed.

    `call` says which and what the platform answered; `at` when it did, by its own clock, if it did.
    """

    def __init__(self, message: str, call: CallRecord, *, at: datetime | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.call = call
        self.at = at


class Unavailable(ChannelError):
    """Did not happen; may work later. `retry_after`: seconds, where the platform named them."""

    def __init__(
        self,
        message: str,
        call: CallRecord,
        *,
        at: datetime | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message, call, at=at)
        self.retry_after = retry_after


class OutcomeUnknown(ChannelError):
    """May or may not have happened: no answer came, or one that does not tell."""

    @property
    def is_answered(self) -> bool:
        """The platform said that it failed, by an error of its own, rather than nothing at all."""
        return self.call.code is not None


class Refused(ChannelError):
    """Did not happen and will not, as things stand."""


class NotConnected(Refused):
    """Nothing was asked: what it takes to reach the source is missing here, or cannot be read."""


class NotOwner(Refused):
    """The platform says that our app does not hold the thread."""


class AlreadyOwner(Refused):
    """The platform says that our app holds the thread already."""


class VerbNotSupported(Refused):
    """The platform does not offer this verb to our app on this source.

    `contradicts` names the mode that the source cannot be in, given this answer.
    """

    contradicts: ControlMode | None = None


class UnknownRecipient(Refused):
    """The platform knows nobody of this foreign id on this source."""


class Channel(Protocol):
    """A kind of messaging platform with an idea of thread control."""

    type: str
    """The wire's `type`, for example `messenger`."""
    vendor: str
    """Whose platform it is, as it stands in the identifiers of errors: `facebook_unavailable`."""
    inbox_app_ids: frozenset[str]
    """The ids under which the platform's own inbox holds threads."""
    reply_limits: ReplyLimits
    """What the platform takes of an agent, and until when."""

    def edge(self, verb: Verb) -> str:
        """The platform's own name for a verb."""

    def attachment(self, raw: object) -> Attachment:
        """An attachment as the platform sent it, whatever it may be, in words. Never raises."""

    def request_control(
        self, source: Source, foreign_id: str, metadata: str, deadline: Deadline
    ) -> ControlAnswer:
        """Ask the present owner for control. Success means asked, not granted."""

    def take_control(
        self, source: Source, foreign_id: str, metadata: str, deadline: Deadline
    ) -> ControlAnswer:
        """Take control, whoever holds the thread."""

    def pass_control(
        self, source: Source, foreign_id: str, target_app_id: str, metadata: str, deadline: Deadline
    ) -> ControlAnswer:
        """Give control to a named app."""

    def release_control(
        self, source: Source, foreign_id: str, metadata: str, deadline: Deadline
    ) -> ControlAnswer:
        """Give control back to nobody in particular."""

    def send_message(
        self, source: Source, foreign_id: str, message: OutgoingMessage, deadline: Deadline
    ) -> SentMessage:
        """Send an agent's message. Raises `NotOwner` where another app holds the thread."""

    def read_owner(self, source: Source, foreign_id: str, deadline: Deadline) -> OwnerReading:
        """Who holds the thread now."""

    def read_mode(self, source: Source, deadline: Deadline) -> ControlMode:
        """How the platform decides about control on this source."""

    def read_profile(self, source: Source, foreign_id: str, deadline: Deadline) -> Profile:
        """Name and picture of a person, where the platform allows it."""

    def run_due(self) -> int:
        """Do what is due inside the channel, such as deliveries left over. Returns how many things were."""


_channels: dict[str, Channel] = {}


def register(channel: Channel) -> None:
    """Make a channel available under its type. A later registration of the same type replaces it."""
    _channels[channel.type] = channel


def unregister(channel_type: str) -> None:
    """Forget a channel."""
    _channels.pop(channel_type, None)


def get(channel_type: str) -> Channel:
    """The channel of a type. Raises KeyError where none is registered."""
    return _channels[channel_type]


def registered() -> tuple[Channel, ...]:
    """The channels that there are."""
    return tuple(_channels.values())
