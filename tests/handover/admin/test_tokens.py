"""Issuing and editing API tokens in the admin."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from handover import tokens
from handover.models import ApiToken, Source
from tests.handover.admin.scene import build
from tests.people import agent_user

pytestmark = pytest.mark.django_db

ISSUE, LIST = "/admin/handover/apitoken/issue/", "/admin/handover/apitoken/"
FORM = {"name": "Acme bot", "rights": ["handover", "read"], "per_minute": "60"}


def issue(client: Client, **changes: Any) -> str:
    """The new token, as the page shows it."""
    answer = client.post(ISSUE, {**FORM, **changes})
    assert answer.status_code == 200
    shown = re.search(r'<pre id="token">([\w-]{43})</pre>', answer.content.decode())
    assert shown is not None
    return shown[1]


class TestIssuing:
    def test_shows_a_token_that_works(self, staff: Client) -> None:
        row = tokens.use(issue(staff))
        assert (row.name, row.per_minute, row.user.username) == ("Acme bot", 60, "token:Acme bot")
        assert (row.may_hand_over, row.may_reply, row.may_read) == (True, False, True)
        assert (row.is_limited, row.expires_at) == (False, None)

    def test_takes_pages_a_user_and_an_end(self, staff: Client) -> None:
        source, ana = build(0)[Source], agent_user("ana")
        row = tokens.use(issue(staff, pages=[source.pk], staff=ana.pk, expires_at="2999-01-31T12:00"))
        assert (row.user, row.is_limited, list(row.sources.all())) == (ana, True, [source])
        assert row.expires_at == datetime(2999, 1, 31, 12, tzinfo=UTC)

    def test_shows_it_once_and_keeps_it_nowhere(self, staff: Client, caplog: Any) -> None:
        caplog.set_level("DEBUG")
        token = issue(staff)
        row = ApiToken.objects.get()
        pages = [ISSUE, LIST, f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/history/", "/admin/"]
        for path in pages:
            assert token not in staff.get(path, follow=True).content.decode()
        kept = [repr(session.get_decoded()) for session in Session.objects.all()]
        logged = [repr(entry.__dict__) for entry in LogEntry.objects.all()]
        printed = [repr(record.__dict__) for record in caplog.records]
        assert not any(token in text for text in [*kept, *logged, *printed, str(staff.cookies)])

    def test_is_never_cached(self, staff: Client) -> None:
        assert "no-store" in staff.post(ISSUE, FORM).headers["Cache-Control"]

    def test_is_logged_with_who_did_it(self, staff: Client, lee: User) -> None:
        issue(staff)
        entry = LogEntry.objects.get()
        assert (entry.user, entry.object_id) == (lee, str(ApiToken.objects.get().pk))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": ""},
            {"name": "x" * 141},
            {"rights": []},
            {"rights": ["everything"]},
            {"per_minute": "0"},
            {"per_minute": "99999999999"},
            {"expires_at": "2020-01-01T00:00"},
            {"expires_at": "soon"},
            {"pages": ["999"]},
        ],
    )
    def test_of_something_wrong_issues_nothing(self, staff: Client, wrong: dict[str, Any]) -> None:
        answer = staff.post(ISSUE, {**FORM, **wrong})
        assert (answer.status_code, ApiToken.objects.count()) == (200, 0)
        assert "Please correct" in answer.content.decode()

    def test_for_whoever_is_no_staff_is_refused(self, staff: Client) -> None:
        maya = User.objects.create_user("maya")
        assert "Please correct" in staff.post(ISSUE, {**FORM, "staff": maya.pk}).content.decode()

    def test_is_offered_to_whoever_may(self, staff_with: Any) -> None:
        looks = staff_with("handover.view_apitoken", username="ana")
        issues = staff_with("handover.view_apitoken", "handover.issue_token")
        assert ISSUE not in looks.get(LIST).content.decode()
        assert ISSUE in issues.get(LIST).content.decode()


class TestEditing:
    def test_limits_and_disables(self, staff: Client) -> None:
        source = build(0)[Source]
        token = issue(staff)
        row = tokens.use(token)
        form = {"name": "Acme", "may_read": "on", "is_limited": "on", "sources": [source.pk], "per_minute": 5}
        assert staff.post(f"{LIST}{row.pk}/change/", form).status_code == 302
        row.refresh_from_db()
        assert (row.name, row.is_active, row.may_hand_over, row.per_minute) == ("Acme", False, False, 5)
        assert list(row.allowed_sources()) == [source]
        with pytest.raises(tokens.InvalidToken):
            tokens.use(token)

    def test_leaves_the_count_of_calls_alone(self, staff: Client) -> None:
        token = issue(staff)
        row = tokens.use(token)
        ApiToken.objects.update(window_calls=7)
        staff.post(f"{LIST}{row.pk}/change/", {"name": "Acme", "is_active": "on", "per_minute": 5})
        row.refresh_from_db()
        assert (row.name, row.window_calls, tokens.row_of(token)) == ("Acme", 7, row)

    def test_deletes_and_adds_nothing(self, staff: Client) -> None:
        row = tokens.row_of(issue(staff))
        delete = reverse("admin:handover_apitoken_delete", args=[row.pk])
        assert staff.post(delete, {"post": "yes"}).status_code == 403
        assert staff.post(f"{LIST}add/", {"name": "x"}).status_code == 403


class TestRotating:
    def rotate(self, client: Client, row: ApiToken, **form: Any) -> Any:
        return client.post(f"{LIST}{row.pk}/rotate/", {"overlap": "24", **form})

    def test_shows_the_new_token_once_and_leaves_the_old_one_for_a_while(
        self, staff: Client, caplog: Any
    ) -> None:
        caplog.set_level("DEBUG")
        old = issue(staff)
        row = tokens.row_of(old)
        answer = self.rotate(staff, row)
        shown = re.search(r'<pre id="token">([\w-]{43})</pre>', answer.content.decode())
        assert shown is not None and shown[1] != old
        assert tokens.use(shown[1]) == tokens.use(old) == row
        assert "no-store" in answer.headers["Cache-Control"]
        pages = [f"{LIST}{row.pk}/rotate/", f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/history/"]
        assert not any(shown[1] in staff.get(path).content.decode() for path in pages)
        assert not any(shown[1] in repr(record.__dict__) for record in caplog.records)

    def test_is_asked_first_and_logged(self, staff: Client, lee: User) -> None:
        row = tokens.row_of(issue(staff))
        digest = row.digest
        assert "Rotate the token" in staff.get(f"{LIST}{row.pk}/rotate/").content.decode()
        row.refresh_from_db()
        assert row.digest == digest
        self.rotate(staff, row)
        entries = LogEntry.objects.filter(object_id=row.pk).order_by("pk")
        assert [entry.get_change_message() for entry in entries] == ["Issued.", "Rotated."]

    def test_ends_the_old_one_before_its_time(self, staff: Client) -> None:
        old = issue(staff)
        row = tokens.row_of(old)
        self.rotate(staff, row)
        assert "The old token is still valid" in staff.get(f"{LIST}{row.pk}/rotate/").content.decode()
        assert staff.post(f"{LIST}{row.pk}/rotate/", {"end": "End it now"}).status_code == 302
        with pytest.raises(tokens.InvalidToken):
            tokens.use(old)
        assert "still valid" not in staff.get(f"{LIST}{row.pk}/rotate/").content.decode()

    @pytest.mark.parametrize("overlap", ["", "x", "5", "100000"])
    def test_takes_only_what_is_offered(self, staff: Client, overlap: str) -> None:
        row = tokens.row_of(issue(staff))
        assert "Please correct" in self.rotate(staff, row, overlap=overlap).content.decode()
        assert ApiToken.objects.get().digest == row.digest

    def test_of_a_token_that_is_switched_off_is_refused_in_words(self, staff: Client) -> None:
        row = tokens.row_of(issue(staff))
        ApiToken.objects.update(is_active=False)
        assert "This token is switched off." in self.rotate(staff, row).content.decode()

    def test_is_offered_to_whoever_may(self, staff: Client) -> None:
        row = tokens.row_of(issue(staff))
        assert f"{LIST}{row.pk}/rotate/" in staff.get(f"{LIST}{row.pk}/change/").content.decode()
