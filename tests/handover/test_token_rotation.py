"""A new token in the place of one: both are valid for a while."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from handover import tokens
from handover.models import ApiToken

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def old() -> str:
    return tokens.issue("Acme bot", rights=["read"], per_minute=3)


def rotate(overlap: timedelta = DAY) -> str:
    return tokens.rotate(ApiToken.objects.get(), overlap)


def is_valid(token: str) -> bool:
    try:
        return bool(tokens.use(token))
    except tokens.InvalidToken:
        return False


def wait(length: timedelta) -> None:
    """The old token's time goes by."""
    row = ApiToken.objects.get()
    assert row.previous_until is not None
    row.previous_until -= length
    row.save()


def test_both_are_the_same_caller_until_the_old_one_ends(old: str) -> None:
    new = rotate()
    assert new != old
    assert tokens.use(new) == tokens.use(old)
    wait(DAY)
    assert (is_valid(new), is_valid(old)) == (True, False)


def test_without_an_overlap_the_old_one_ends_at_once(old: str) -> None:
    new = rotate(timedelta())
    assert (is_valid(new), is_valid(old)) == (True, False)


def test_rights_and_calls_are_counted_for_both(old: str) -> None:
    new = rotate()
    assert not tokens.use(new).may_hand_over
    tokens.use(old)
    tokens.use(new)
    with pytest.raises(tokens.TooManyCalls):
        tokens.use(old)


def test_rotating_again_ends_the_one_before(old: str) -> None:
    second = rotate()
    third = rotate()
    assert [is_valid(token) for token in (old, second, third)] == [False, True, True]


def test_the_old_one_can_be_ended_before_its_time(old: str) -> None:
    new = rotate()
    tokens.end_previous(ApiToken.objects.get())
    assert (is_valid(new), is_valid(old)) == (True, False)


def test_who_has_the_old_one_still_is_seen(old: str) -> None:
    new = rotate()
    tokens.use(new)
    assert ApiToken.objects.get().previous_used_at is None
    tokens.use(old)
    assert ApiToken.objects.get().previous_used_at is not None


def test_who_is_switched_off_is_so_with_both(old: str) -> None:
    new = rotate()
    ApiToken.objects.update(is_active=False)
    assert (is_valid(new), is_valid(old)) == (False, False)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"is_active": False}, "switched off"), ({"expires_at": timezone.now() - DAY}, "has expired")],
)
def test_a_token_of_no_use_is_not_rotated(old: str, change: dict[str, Any], words: str) -> None:
    ApiToken.objects.update(**change)
    digest = ApiToken.objects.get().digest
    with pytest.raises(tokens.CannotRotate, match=words):
        rotate()
    assert ApiToken.objects.get().digest == digest


@pytest.mark.parametrize("overlap", [timedelta(days=31), timedelta(seconds=-1)])
def test_an_overlap_has_its_bounds(old: str, overlap: timedelta) -> None:
    with pytest.raises(ValueError, match="30 days"):
        rotate(overlap)


def test_the_new_one_costs_as_much_as_any_and_the_old_one_a_statement_more(
    old: str, django_assert_num_queries: Any
) -> None:
    new = rotate()
    tokens.use(new)
    with django_assert_num_queries(2):
        tokens.use(new)
    with django_assert_num_queries(3):
        tokens.use(old)


class TestCommand:
    def issued(self, *options: str) -> str:
        out = StringIO()
        call_command("issue_token", "Acme bot", *options, stdout=out)
        return out.getvalue().strip()

    def test_prints_the_new_one_alone(self, old: str) -> None:
        new = self.issued("--rotate", "--overlap", "1")
        assert (is_valid(new), is_valid(old)) == (True, True)
        wait(timedelta(hours=1))
        assert not is_valid(old)

    def test_needs_one_active_token_of_the_name(self, old: str) -> None:
        tokens.issue("Acme bot")
        with pytest.raises(CommandError, match="More than one active token"):
            self.issued("--rotate")
        ApiToken.objects.update(is_active=False)
        with pytest.raises(CommandError, match="No active token"):
            self.issued("--rotate")

    def test_refuses_an_overlap_that_is_too_long(self, old: str) -> None:
        with pytest.raises(CommandError, match="30 days"):
            self.issued("--rotate", "--overlap", "721")
