"""What calls about interventions are told, with the wire's errors."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from django.db.models import Q
from django.utils import timezone

from handover.api.errors import ApiError
from handover.api.lists import find, key_of_parameter, key_parameter
from handover.api.parameters import Parameters
from handover.interventions import FURTHEST, LONGEST_NOTE
from handover.models import ApiToken, Content, InterventionStatus, Thread
from handover.models.interventions import OVER

SORTS = ("created_at", "updated_at")
MOST_IDENTITIES = 100

_OPEN = ~Q(status__in=OVER)
_DEFERRED = Q(status=InterventionStatus.DEFERRED)
STATUSES = {
    "active": _OPEN & ~_DEFERRED,
    "opened": _OPEN,
    "deferred": _DEFERRED,
    "closed": Q(status=InterventionStatus.CLOSED),
}
"""Engage Digital's words for its filter: `active` is what is open and not deferred."""


def condition(sent: Parameters) -> Q:
    """What the filters of a list leave. Raises `invalid_parameter`."""
    wanted = Q()
    for name in ("thread_id", "user_id"):
        key = key_parameter(sent, name)
        if key is not None:
            wanted &= Q(**{name: key})
    identities = sent.texts("identity_id")
    if identities is not None:
        wanted &= Q(identity__in=_identities(identities))
    status = sent.text("status")
    return wanted & STATUSES[_one_of("status", status, STATUSES)] if status else wanted


def order(sent: Parameters) -> tuple[str, str]:
    """The order of a list, newest first. Raises `invalid_parameter`."""
    return f"-{_one_of('sort', sent.text('sort') or SORTS[0], SORTS)}", "-pk"


def thread_and_content(sent: Parameters, token: ApiToken) -> tuple[Thread, Content | None]:
    """Where an intervention is to be opened, by `content_id`, `thread_id` or both. Raises `ApiError`."""
    if sent.text("content_id"):
        content = content_of(sent, token)
        thread_id = sent.text("thread_id")
        if thread_id and find_thread(token, thread_id) != content.thread:
            raise ApiError("invalid_parameter", "The message content_id is not in the thread thread_id.")
        return content.thread, content
    if not sent.text("thread_id"):
        raise ApiError("missing_parameter", "Parameter content_id or thread_id is missing.")
    return find_thread(token, sent.text("thread_id")), None


def content_of(sent: Parameters, token: ApiToken) -> Content:
    """The message that `content_id` names. Raises `ApiError`."""
    rows = Content.objects.filter(source__in=token.allowed_sources()).select_related("thread__source")
    return find(rows, required(sent, "content_id"))


def find_thread(token: ApiToken, thread_id: str) -> Thread:
    """The thread behind a wire id. Raises 404."""
    rows = Thread.objects.filter(identity__is_known=True, source__in=token.allowed_sources())
    return find(rows.select_related("source"), thread_id)


def required(sent: Parameters, name: str) -> str:
    """The value of a parameter. Raises `missing_parameter`."""
    value = sent.text(name)
    if not value:
        raise ApiError("missing_parameter", f"Parameter {name} is missing.")
    return value


def note_body(sent: Parameters) -> str:
    """The text of a note. Raises `ApiError`."""
    body = required(sent, "body")
    if len(body) > LONGEST_NOTE or not body.strip():
        raise ApiError(
            "invalid_parameter", f"Parameter body may have {LONGEST_NOTE} characters, not all blank."
        )
    return body


def until(sent: Parameters) -> datetime | None:
    """When what is deferred comes back; None where it does not by itself. Raises `invalid_parameter`."""
    text = sent.text("until")
    if not text:
        return None
    at, now = _moment(text), timezone.now()
    if not now < at < now + FURTHEST:
        raise ApiError("invalid_parameter", f"Parameter until must be within the next {FURTHEST.days} days.")
    return at.astimezone(UTC)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ApiError("invalid_parameter", "Parameter until must be a moment like 2026-11-24T15:00:00Z.")
    return at


def _identities(texts: list[str]) -> list[int]:
    """Clients send several ids as `identity_id[]`, or with commas."""
    ids = [part for text in texts for part in text.split(",")]
    if len(ids) > MOST_IDENTITIES:
        raise ApiError("invalid_parameter", f"Parameter identity_id may name {MOST_IDENTITIES} identities.")
    return [key_of_parameter("identity_id", text) for text in ids]


def _one_of(name: str, value: str, known: Collection[str]) -> str:
    if value not in known:
        raise ApiError("invalid_parameter", f"Parameter {name} must be one of {', '.join(known)}.")
    return value
