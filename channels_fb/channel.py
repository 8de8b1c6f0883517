"""The port, implemented on the Graph API.

Sources: Meta's conversation-routing page (2025-09-24) and its API twin for Instagram; the Graph reference
of `take_thread_control` and `thread_owner`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.utils import timezone

from channels_fb import attachments, graph
from channels_fb.encryption import UndecryptableSecret
from channels_fb.graph import GraphAnswer, GraphRequest
from channels_fb.models import Page
from handover.channel import (
    Attachment,
    CallRecord,
    ControlAnswer,
    Deadline,
    NotConnected,
    OutcomeUnknown,
    OutgoingMessage,
    OwnerReading,
    Profile,
    SentMessage,
    UnknownRecipient,
)
from handover.decision import Verb
from handover.messaging_window import MessageTag, ReplyLimits
from handover.models import Primary, Source
from handover.ownership import ControlMode
from handover.prepared import Given, Select
from handover.text import storable

CHANNEL_TYPE = "messenger"

PAGE_INBOX = "263902037430900"
PAGE_INBOX_MISPRINTED = "26390203743090"
"""The message-echoes page prints the Inbox's id so, a digit short."""

LONGEST_METADATA = 1000
"""Characters: documented for message metadata; no page states a limit for thread control."""

_PAGE = Select(lambda: Page.objects.select_related("app").filter(source=Given("source")))

_EDGES: Mapping[Verb, str] = {
    Verb.READ_OWNER: "thread_owner",
    Verb.REQUEST: "request_thread_control",
    Verb.TAKE: "take_thread_control",
    Verb.PASS: "pass_thread_control",
    Verb.RELEASE: "release_thread_control",
    Verb.SEND: "messages",
}


class MessengerChannel:
    """Facebook Messenger."""

    type = CHANNEL_TYPE
    vendor = "facebook"
    inbox_app_ids = frozenset({PAGE_INBOX, PAGE_INBOX_MISPRINTED})
    reply_limits = ReplyLimits(
        longest_text=2000, response_within=timedelta(hours=24), by_hand_within=timedelta(days=7)
    )

    def edge(self, verb: Verb) -> str:
        return _EDGES[verb]

    def attachment(self, raw: object) -> Attachment:
        return attachments.describe(raw)

    def request_control(
        self, source: Source, foreign_id: str, metadata: str, deadline: Deadline
    ) -> ControlAnswer:
        return _control(source, Verb.REQUEST, foreign_id, metadata, deadline)

    def take_control(
        self, source: Source, foreign_id: str, metadata: str, deadline: Deadline
    ) -> ControlAnswer:
        return _control(source, Verb.TAKE, foreign_id, metadata, deadline)

    def pass_control(
        self, source: Source, foreign_id: str, target_app_id: str, metadata: str, deadline: Deadline
    ) -> ControlAnswer:
        return _control(source, Verb.PASS, foreign_id, metadata, deadline, target_app_id)

    def release_control(
        self, source: Source, foreign_id: str, metadata: str, deadline: Deadline
    ) -> ControlAnswer:
        return _control(source, Verb.RELEASE, foreign_id, metadata, deadline)

    def send_message(
        self, source: Source, foreign_id: str, message: OutgoingMessage, deadline: Deadline
    ) -> SentMessage:
        """`messaging_type` RESPONSE within the window, MESSAGE_TAG with HUMAN_AGENT past it."""
        edge = _EDGES[Verb.SEND]
        request = _request(page_of(source, edge), "POST", edge, _message(foreign_id, message), foreign_id)
        answer = graph.send(request, deadline)
        record = replace(request.record, status=answer.status)
        message_id = _text(answer.body.get("message_id"), 255)
        if not message_id:
            raise OutcomeUnknown("Facebook took the message without giving it an id.", record, at=answer.at)
        return SentMessage(answer.at, message_id, record)

    def read_owner(self, source: Source, foreign_id: str, deadline: Deadline) -> OwnerReading:
        """Here alone the recipient is a plain id."""
        edge, fields = _EDGES[Verb.READ_OWNER], {"recipient": foreign_id}
        request = _request(page_of(source, edge), "GET", edge, fields, foreign_id)
        return _reading(graph.send(request, deadline), request.record)

    def read_mode(self, source: Source, deadline: Deadline) -> ControlMode:
        """By `messaging_feature_status`: `msgr_multi_app` is Conversation Routing, `hop_v2` must be on too.

        Whether a page outside of it has a primary app is told nowhere: the administrator says so.
        """
        page = page_of(source, "page")
        request = _request(page, "GET", "", {"fields": "messaging_feature_status"})
        return mode_of(graph.send(request, deadline).body, Primary(source.primary))

    def read_profile(self, source: Source, foreign_id: str, deadline: Deadline) -> Profile:
        """The person's id is a part of the address here, so what cannot be one is not sent."""
        page = page_of(source, "profile")
        record = CallRecord("profile", page.app.app_id)
        if not re.fullmatch(r"[0-9A-Za-z_-]+", foreign_id):
            raise UnknownRecipient("Facebook has no person of such an id.", record)
        fields = {"fields": "first_name,last_name,profile_pic"}
        request = GraphRequest("GET", foreign_id, fields, *_secrets(page, record), record, foreign_id)
        return _profile(graph.send(request, deadline).body)

    def run_due(self) -> int:
        """Do what has fallen due: deliveries to process, pages to subscribe. How many things were done."""
        from channels_fb import upkeep  # noqa: PLC0415 - it builds on this module.

        return upkeep.run_due(timezone.now())


def page_of(source: Source, edge: str) -> Page:
    """Token and app of a source, read afresh: either may have been changed since the source was loaded."""
    page = _PAGE.first(source=source.pk)
    if page is None:
        message = f"Page {source.foreign_id} has no access token yet; connect it with connect_page."
        raise NotConnected(message, CallRecord(edge, source.agent_app_id))
    page.source = source
    return page


def call(page: Page, method: str, edge: str, fields: Mapping[str, Any], deadline: Deadline) -> GraphAnswer:
    """Call an edge of the page that concerns nobody in particular."""
    return graph.send(_request(page, method, edge, fields), deadline)


def _request(page: Page, method: str, edge: str, fields: Mapping[str, Any], person: str = "") -> GraphRequest:
    node = quote(page.source.foreign_id, safe="")
    record = CallRecord(edge or "page", page.app.app_id)
    path = f"{node}/{edge}" if edge else node
    return GraphRequest(method, path, fields, *_secrets(page, record), record, person)


def _secrets(page: Page, record: CallRecord) -> tuple[str, str]:
    """The page's token and its app's secret."""
    try:
        return page.page_token, page.app.secret
    except UndecryptableSecret as error:
        raise NotConnected(str(error), record) from None


def _control(
    source: Source, verb: Verb, foreign_id: str, metadata: str, deadline: Deadline, target_app_id: str = ""
) -> ControlAnswer:
    fields: dict[str, Any] = {"recipient": {"id": foreign_id}}
    if metadata:
        fields["metadata"] = metadata[:LONGEST_METADATA]
    if target_app_id:
        fields["target_app_id"] = target_app_id
    request = _request(page_of(source, _EDGES[verb]), "POST", _EDGES[verb], fields, foreign_id)
    request = replace(request, record=replace(request.record, target_app_id=target_app_id))
    answer = graph.send(request, deadline)
    return ControlAnswer(answer.at, replace(request.record, status=answer.status))


def _message(foreign_id: str, message: OutgoingMessage) -> dict[str, Any]:
    is_tagged = message.tag is MessageTag.HUMAN_AGENT
    return {
        "recipient": {"id": foreign_id},
        "messaging_type": "MESSAGE_TAG" if is_tagged else "RESPONSE",
        **({"tag": "HUMAN_AGENT"} if is_tagged else {}),
        "message": {"text": message.text, "metadata": message.metadata},
    }


def _reading(answer: GraphAnswer, record: CallRecord) -> OwnerReading:
    """`{"data": [{"thread_owner": {"app_id", "expiration"}}]}`.

    Of somebody else's thread only the expiration is told; of an idle one, nothing.
    """
    record = replace(record, status=answer.status)
    try:
        owner = _owner_object(answer.body)
        app_id = _app_id(owner.get("app_id"))
    except ValueError as error:
        raise OutcomeUnknown(f"Facebook's answer cannot be understood: {error}.", record) from None
    expires_at = _moment(owner.get("expiration"))
    if app_id is None and owner.get("expiration") is None:
        app_id = ""
    return OwnerReading(answer.at, app_id, expires_at, record)


def _owner_object(body: Mapping[str, Any]) -> dict[str, Any]:
    data = body.get("data") or []
    first = data[0] if isinstance(data, list) and data else {}
    owner = (first.get("thread_owner") or {}) if isinstance(first, dict) else None
    if not isinstance(data, list) or not isinstance(owner, dict):
        raise ValueError("it names the thread's owner in an unknown way")
    return owner


def _app_id(value: object) -> str | None:
    """Documented as a number, seen as text."""
    if value is None or value == "":
        return None
    if isinstance(value, str | int) and not isinstance(value, bool) and re.fullmatch(r"\d{1,32}", f"{value}"):
        return str(value)
    raise ValueError("the owner's app id is no id")


def _moment(value: object) -> datetime | None:
    """Unix seconds, between 2000 and 2100."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return datetime.fromtimestamp(value, UTC) if 946_684_800 < value < 4_102_444_800 else None


def mode_of(body: Mapping[str, Any], primary: Primary) -> ControlMode:
    """What `messaging_feature_status` says; `primary` tells apart what it does not."""
    status = body.get("messaging_feature_status")
    flags = status if isinstance(status, dict) else {}
    routing, handover_protocol = flags.get("msgr_multi_app"), flags.get("hop_v2")
    if not isinstance(routing, bool) or not isinstance(handover_protocol, bool):
        return ControlMode.UNKNOWN
    if routing:
        return ControlMode.ROUTING if handover_protocol else ControlMode.UNKNOWN
    return ControlMode.OPEN if primary == Primary.NONE else ControlMode.RECEIVERS


def _profile(body: Mapping[str, Any]) -> Profile:
    picture = _text(body.get("profile_pic"), 2000)
    return Profile(
        first_name=_text(body.get("first_name"), 200),
        last_name=_text(body.get("last_name"), 200),
        picture_url=picture if picture.startswith(("https://", "http://")) else "",
    )


def _text(value: object, longest: int) -> str:
    return storable(value)[:longest] if isinstance(value, str) else ""
