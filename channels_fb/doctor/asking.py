"""Ask Facebook about a page: five questions that change nothing, by credentials that need not be kept yet.

Sources: the Graph reference of `debug_token`, `/{app-id}/subscriptions` and `subscribed_apps`; the handover
protocol's `secondary_receivers`, which tells the primary app from the others, but may not under Conversation
Routing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any, TypeVar
from urllib.parse import quote

from django.utils import timezone

from channels_fb import graph
from channels_fb.channel import mode_of
from channels_fb.doctor.facts import Answers, Callback, Token, Trouble
from channels_fb.graph import GraphAnswer, GraphRequest
from handover.channel import CallRecord, ChannelError, Deadline, OutcomeUnknown, Unavailable
from handover.models import Primary
from handover.ownership import ControlMode
from handover.text import storable

SECONDS = 20
"""For all questions together."""

SECONDARIES_HIDDEN = 2018234
"""The subcode with which a secondary app is told that it is one (Meta, "Error codes")."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Credentials:
    """By what a page is reached. The secrets stand in no repr."""

    page_id: str
    app_id: str
    page_token: str = field(repr=False)
    app_secret: str = field(repr=False)


def ask(credentials: Credentials, primary: Primary, deadline: Deadline) -> Answers:
    """Every question, one after the other; what was not answered is a `Trouble`. Never raises.

    Goes over the network: must not run inside a transaction.
    """
    asking = _Asking(credentials, deadline)
    return Answers(
        mode=asking.answer(lambda: asking.mode(primary)),
        fields=asking.answer(asking.fields),
        is_primary=_role(asking.answer(asking.has_secondaries)),
        token=asking.answer(asking.token),
        callback=asking.answer(asking.callback),
        clock_ahead=median(asking.clocks) if asking.clocks else None,
    )


def _role(told: bool | Trouble) -> bool | Trouble | None:
    """Whom the others are named is primary. A page without roles names nobody to anybody."""
    if isinstance(told, Trouble):
        return False if told.subcode == SECONDARIES_HIDDEN else told
    return told or None


class _Asking:
    """The questions, each a call. `clocks`: by how much each dated answer was ahead of our clock."""

    def __init__(self, credentials: Credentials, deadline: Deadline) -> None:
        self.clocks: list[float] = []
        self._given = credentials
        self._deadline = deadline

    def answer(self, question: Callable[[], Answer]) -> Answer | Trouble:
        """What a question is answered, or why it is not."""
        try:
            return question()
        except ChannelError as error:
            is_silence = isinstance(error, Unavailable | OutcomeUnknown)
            return Trouble(error.message, is_silence, error.call.code, error.call.subcode)

    def mode(self, primary: Primary) -> ControlMode:
        """How Facebook decides about control on the page."""
        return mode_of(self._of_page("", fields="id,name,messaging_feature_status").body, primary)

    def fields(self) -> dict[str, frozenset[str]]:
        """The apps that the page is subscribed for, and to which fields."""
        apps = _objects(self._of_page("subscribed_apps").body.get("data"))
        return {_text(app.get("id")): _names(app.get("subscribed_fields")) for app in apps}

    def has_secondaries(self) -> bool:
        """Whether other apps are named as secondary ones: the primary app alone hears of them."""
        return bool(_objects(self._of_page("secondary_receivers", fields="id,name").body.get("data")))

    def token(self) -> Token:
        """What the page's token is good for."""
        token = self._given.page_token
        body = self._of_app("debug_token", input_token=token).body.get("data")
        told: Mapping[str, Any] = body if isinstance(body, dict) else {}
        error = told.get("error")
        words = _text(error.get("message")) if isinstance(error, dict) else ""
        return Token(
            is_valid=told.get("is_valid") is True,
            app_id=_text(told.get("app_id")),
            page_id=_text(told.get("profile_id")),
            ends_at=_moment(told.get("expires_at")),
            permissions=_names(told.get("scopes")),
            kind=_text(told.get("type")),
            words=f"Facebook says: {words.replace(token, '[token]') or 'it is not valid'}",
        )

    def callback(self) -> Callback | None:
        """The webhooks for pages in the app's dashboard."""
        path = f"{quote(self._given.app_id, safe='')}/subscriptions"
        for webhooks in _objects(self._of_app(path).body.get("data")):
            if webhooks.get("object") == "page":
                fields = frozenset(_text(each.get("name")) for each in _objects(webhooks.get("fields")))
                return Callback(_text(webhooks.get("callback_url")), webhooks.get("active") is True, fields)
        return None

    def _of_page(self, edge: str, **fields: str) -> GraphAnswer:
        node = quote(self._given.page_id, safe="")
        return self._get(f"{node}/{edge}" if edge else node, fields, self._given.page_token)

    def _of_app(self, path: str, **fields: str) -> GraphAnswer:
        """By the app's own token, which its id and its secret make up."""
        return self._get(path, fields, f"{self._given.app_id}|{self._given.app_secret}")

    def _get(self, path: str, fields: Mapping[str, str], token: str) -> GraphAnswer:
        record = CallRecord(path.rpartition("/")[2], self._given.app_id)
        inspected = fields.get("input_token", "")
        request = GraphRequest(
            "GET", path, fields, token, self._given.app_secret, record, inspected=inspected
        )
        began = timezone.now()
        try:
            answer = graph.send(request, self._deadline)
        except ChannelError as error:
            self._compare(began, error.at)
            raise
        self._compare(began, answer.date)
        return answer

    def _compare(self, began: datetime, dated: datetime | None) -> None:
        """Facebook dates an answer in whole seconds, cut off, at some moment while we waited."""
        if dated is not None:
            middle = began + (timezone.now() - began) / 2
            self.clocks.append((dated - middle).total_seconds() + 0.5)


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _names(value: object) -> frozenset[str]:
    return frozenset(_text(name) for name in value) if isinstance(value, list) else frozenset()


def _text(value: object) -> str:
    """Ids come as text and as numbers."""
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    return storable(str(value))[:300] if is_plain else ""


def _moment(value: object) -> datetime | None:
    """Unix seconds; 0 stands for no end."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 4_102_444_800:
        return None
    return datetime.fromtimestamp(value, UTC)
