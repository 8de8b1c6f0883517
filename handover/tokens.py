"""Issue access tokens, and find who is behind one."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from handover import durability
from handover.models import ApiToken, Source
from handover.prepared import Given, Select, Update

WINDOW = timedelta(minutes=1)
RIGHTS = ("handover", "reply", "read")

_BY_DIGEST = Select(lambda: ApiToken.objects.filter(digest=Given("digest")).select_related("user"))
_COUNT = Update(
    lambda: ApiToken.objects.filter(
        pk=Given("pk"), window_started_at__gt=Given("began_after"), window_calls__lt=F("per_minute")
    ),
    window_calls=F("window_calls") + 1,
    last_used_at=Given("now"),
)


class InvalidToken(Exception):
    """Unknown, disabled or expired."""


class TooManyCalls(Exception):
    """More calls than the token may make. `retry_after`: whole seconds until it may again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


def issue(
    name: str,
    *,
    staff: User | None = None,
    sources: Iterable[Source] = (),
    rights: Iterable[str] = RIGHTS,
    per_minute: int = 500,
    expires_at: datetime | None = None,
) -> str:
    """Make a token and return it: the only time that it can be seen. No `sources` means all of them."""
    token, granted, limits = secrets.token_urlsafe(32), set(rights), list(sources)
    with transaction.atomic():
        row = ApiToken.objects.create(
            name=name,
            digest=_digest(token),
            user=staff or _service_user(name),
            may_hand_over="handover" in granted,
            may_reply="reply" in granted,
            may_read="read" in granted,
            is_limited=bool(limits),
            per_minute=per_minute,
            expires_at=expires_at,
        )
        row.sources.set(limits)
    return token


def _service_user(name: str) -> User:
    user, is_new = get_user_model().objects.get_or_create(username=f"token:{name}"[:150])
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def row_of(token: str) -> ApiToken:
    """The row behind a token just issued. Raises `ApiToken.DoesNotExist` for any that never was."""
    return ApiToken.objects.get(digest=_digest(token))


def use(token: str) -> ApiToken:
    """The row behind a token, with this call counted. Raises `InvalidToken` or `TooManyCalls`.

    The count stands on the row, so that every process sees it.
    """
    row, now = _BY_DIGEST.first(digest=_digest(token)), timezone.now()
    if row is None or not _is_valid(row, now):
        raise InvalidToken
    with durability.can_be_made_again():
        if not _count_in_window(row, now):
            _count_under_lock(row, now)
    return row


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _is_valid(row: ApiToken, now: datetime) -> bool:
    has_expired = row.expires_at is not None and row.expires_at <= now
    return row.is_active and row.user.is_active and not has_expired


def _count_in_window(row: ApiToken, now: datetime) -> bool:
    """The usual case, in one statement. False where the window is over or the calls are used up."""
    return bool(_COUNT.run(pk=row.pk, began_after=now - WINDOW, now=now))


def _count_under_lock(row: ApiToken, now: datetime) -> None:
    with transaction.atomic():
        _count(ApiToken.objects.select_for_update().get(pk=row.pk), now)


def _count(row: ApiToken, now: datetime) -> None:
    if row.window_started_at is None or now - row.window_started_at >= WINDOW:
        row.window_started_at, row.window_calls = now, 0
    if row.window_calls >= row.per_minute:
        left = row.window_started_at + WINDOW - now
        raise TooManyCalls(max(1, math.ceil(left.total_seconds())))
    row.window_calls += 1
    row.last_used_at = now
    row.save(update_fields=["window_started_at", "window_calls", "last_used_at"])
