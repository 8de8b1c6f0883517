"""What `q` finds in the journal: the keys that Engage Digital has for events, and the order.

`name_in` may have several names, parted by commas. Moments are ISO 8601, in UTC where they do not say
otherwise; a date is its first moment. What is at the moment itself comes after it, not before it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.db.models import CharField, Q
from django.db.models.functions import Cast

from handover.api.errors import ApiError
from handover.api.search import Keys, Term, condition, id_in, terms
from handover.models import ApiToken, ThreadEvent

ORDERS = {"created_at.desc": ("-at", "-pk"), "created_at.asc": ("at", "pk")}
"""Newest first, unless `order` says otherwise."""
_ORDER = "order"


def events(q: str) -> tuple[Q, tuple[str, str]]:
    """The condition and the order that a `q` puts on events. Raises `invalid_parameter`."""
    found = terms(q)
    wanted = condition([term for term in found if term.key != _ORDER], KEYS)
    return wanted, _order([term for term in found if term.key == _ORDER])


def _order(found: list[Term]) -> tuple[str, str]:
    orders = {term.value for term in found} or {next(iter(ORDERS))}
    if len(orders) > 1 or not orders <= ORDERS.keys() or any(term.is_negated for term in found):
        raise ApiError("invalid_parameter", f"Parameter q: order is one of {', '.join(ORDERS)}.")
    return ORDERS[orders.pop()]


def _id_of(column: str) -> Callable[[str], Q]:
    return lambda value: Q(**{column: id_in(value)})


def _names(value: str) -> Q:
    return Q(name__in=value.split(","))


def _before(value: str) -> Q:
    return Q(at__lt=_moment(value))


def _after(value: str) -> Q:
    return Q(at__gte=_moment(value))


def _moment(value: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ApiError(
            "invalid_parameter", "Parameter q: a moment is like 2026-11-24 or 2026-11-24T15:00:00Z."
        ) from None


def _user(value: str) -> Q:
    """As member of staff, or through a token that acts as the user."""
    key = id_in(value)
    tokens = ApiToken.objects.filter(user=key).values(text=Cast("pk", CharField(max_length=64)))
    kinds = ThreadEvent.ActorKind
    return Q(actor_kind=kinds.STAFF, actor_id=str(key)) | Q(actor_kind=kinds.TOKEN, actor_id__in=tokens)


KEYS: Keys = {
    "content": _id_of("content"),
    "content_thread": _id_of("thread"),
    "name_in": _names,
    "created_before": _before,
    "created_after": _after,
    "user": _user,
}
