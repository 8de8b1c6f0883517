"""Issue and rotate access tokens, and find who is behind one."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from handover import durability
from handover.models import ApiToken, Source
from handover.prepared import Given, Select, Update

WINDOW = timedelta(minutes=1)
RIGHTS = ("handover", "reply", "read")

LONGEST_OVERLAP = timedelta(days=30)
"""Longer than this nobody takes to put a new token in the old one's place."""

_BY_DIGEST = Select(lambda: ApiToken.objects.filter(digest=Given("digest")).select_related("user"))
_BY_PREVIOUS = Select(
    lambda: ApiToken.objects.filter(
        previous_digest=Given("digest"), previous_until__gt=Given("now")
    ).select_related("user")
)


def _countable() -> QuerySet[ApiToken]:
    """The row, where its window runs and has a call left."""
    return ApiToken.objects.filter(
        pk=Given("pk"), window_started_at__gt=Given("began_after"), window_calls__lt=F("per_minute")
    )


_COUNT = Update(_countable, window_calls=F("window_calls") + 1, last_used_at=Given("now"))
_COUNT_PREVIOUS = Update(
    _countable,
    window_calls=F("window_calls") + 1,
    last_used_at=Given("now"),
    previous_used_at=Given("now"),
)


class InvalidToken(Exception):
    """Unknown, disabled or expired."""


class CannotRotate(Exception):
    """The token is of no use any more; the text says why."""


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
    digest, now = _digest(token), timezone.now()
    row = _BY_DIGEST.first(digest=digest)
    is_previous = row is None
    if row is None:
        row = _BY_PREVIOUS.first(digest=digest, now=now)
    if row is None or not _is_valid(row, now):
        raise InvalidToken
    with durability.can_be_made_again():
        if not _count_in_window(row, now, is_previous):
            _count_under_lock(row, now, is_previous)
    return row


def rotate(row: ApiToken, overlap: timedelta) -> str:
    """Put a new token in the place of the one there is, and return it: the only time that it can be seen.

    The one there is stays valid for `overlap`, up to `LONGEST_OVERLAP`; the one before it, if it still was,
    is not any more. Raises `CannotRotate` where the row is switched off or has expired.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise ValueError(
            f"A token may overlap for {LONGEST_OVERLAP.days} days at most, and not be in the past."
        )
    token, now = secrets.token_urlsafe(32), timezone.now()
    with transaction.atomic():
        kept = ApiToken.objects.select_for_update().get(pk=row.pk)
        _check_use(kept, now)
        _keep_previous(kept, kept.digest if overlap else None, now + overlap)
        kept.digest = _digest(token)
        kept.save(update_fields=["digest", *_PREVIOUS])
    return token


def end_previous(row: ApiToken) -> None:
    """The token before the last rotation is not valid any more."""
    ApiToken.objects.filter(pk=row.pk).update(**dict.fromkeys(_PREVIOUS))


_PREVIOUS = ("previous_digest", "previous_until", "previous_used_at")


def _keep_previous(row: ApiToken, digest: str | None, until: datetime) -> None:
    row.previous_digest = digest
    row.previous_until = until if digest else None
    row.previous_used_at = None


def _check_use(row: ApiToken, now: datetime) -> None:
    if not row.is_active:
        raise CannotRotate("This token is switched off. Enable it first, or issue a new one.")
    if row.expires_at is not None and row.expires_at <= now:
        raise CannotRotate("This token has expired. Give it a later end first, or issue a new one.")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _is_valid(row: ApiToken, now: datetime) -> bool:
    has_expired = row.expires_at is not None and row.expires_at <= now
    return row.is_active and row.user.is_active and not has_expired


def _count_in_window(row: ApiToken, now: datetime, is_previous: bool) -> bool:
    """The usual case, in one statement. False where the window is over or the calls are used up."""
    statement = _COUNT_PREVIOUS if is_previous else _COUNT
    return bool(statement.run(pk=row.pk, began_after=now - WINDOW, now=now))


def _count_under_lock(row: ApiToken, now: datetime, is_previous: bool) -> None:
    with transaction.atomic():
        _count(ApiToken.objects.select_for_update().get(pk=row.pk), now, is_previous)


def _count(row: ApiToken, now: datetime, is_previous: bool) -> None:
    if row.window_started_at is None or now - row.window_started_at >= WINDOW:
        row.window_started_at, row.window_calls = now, 0
    if row.window_calls >= row.per_minute:
        left = row.window_started_at + WINDOW - now
        raise TooManyCalls(max(1, math.ceil(left.total_seconds())))
    row.window_calls += 1
    row.last_used_at = now
    if is_previous:
        row.previous_used_at = now
    row.save(update_fields=["window_started_at", "window_calls", "last_used_at", "previous_used_at"])
