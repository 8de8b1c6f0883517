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
from django.utils import timezone

from handover.models import ApiToken, Source

WINDOW = timedelta(minutes=1)
RIGHTS = ("handover", "reply", "read")


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
        )
        row.sources.set(limits)
    return token


def _service_user(name: str) -> User:
    user, is_new = get_user_model().objects.get_or_create(username=f"token:{name}"[:150])
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def use(token: str) -> ApiToken:
    """The row behind a token, with this call counted. Raises `InvalidToken` or `TooManyCalls`.

    The count stands on the row, so that every process sees it.
    """
    with transaction.atomic():
        rows = ApiToken.objects.select_for_update(of=("self",)).select_related("user")
        row = rows.filter(digest=_digest(token)).first()
        now = timezone.now()
        if row is None or not _is_valid(row, now):
            raise InvalidToken
        _count(row, now)
    return row


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _is_valid(row: ApiToken, now: datetime) -> bool:
    has_expired = row.expires_at is not None and row.expires_at <= now
    return row.is_active and row.user.is_active and not has_expired


def _count(row: ApiToken, now: datetime) -> None:
    if row.window_started_at is None or now - row.window_started_at >= WINDOW:
        row.window_started_at, row.window_calls = now, 0
    if row.window_calls >= row.per_minute:
        left = row.window_started_at + WINDOW - now
        raise TooManyCalls(max(1, math.ceil(left.total_seconds())))
    row.window_calls += 1
    row.last_used_at = now
    row.save(update_fields=["window_started_at", "window_calls", "last_used_at"])
