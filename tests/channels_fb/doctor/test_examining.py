"""Examining a page at a simulated Facebook, where everything is broken once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels_fb.doctor import examining
from channels_fb.doctor.finding import Finding, State
from channels_fb.models import App, Delivery, Examination, Page
from channels_fb.simulator.model import FIELDS
from channels_fb.webhooks import processing
from handover.models import Source
from tests.channels_fb.doctor.conftest import CALLBACK, hear
from tests.channels_fb.raw_server import RawServer
from tests.channels_fb.stage import AGENT, BOT, PAGE, SECRET, TOKEN, Stage, delivery, message

DAY = 86_400


def examined() -> dict[str, Finding]:
    """What is found now, by its code."""
    examination = examining.examine(Page.objects.select_related("app", "source").get())
    return {finding.code: finding for finding in examining.findings_of(examination)}


def broken() -> set[str]:
    return {code for code, finding in examined().items() if finding.state is State.BROKEN}


def test_a_page_that_is_well_has_nothing_to_fix(well: Stage) -> None:
    assert broken() == set()


def test_what_was_found_is_kept_once_a_page(well: Stage) -> None:
    well.facebook.grant(PAGE, AGENT, ["pages_manage_metadata"])
    examined()
    first = Examination.objects.get()
    assert (first.broken, first.page) == (1, well.page)
    well.facebook.grant(PAGE, AGENT, ["pages_manage_metadata", "pages_messaging"])
    examined()
    again = Examination.objects.get()
    assert (again.pk, again.broken) == (first.pk, 0)
    assert again.at > first.at


def test_it_changes_nothing_at_facebook(well: Stage) -> None:
    examined()
    assert {call.method for call in well.facebook.calls} == {"GET"}


Break = Callable[[Any], None]

AT_FACEBOOK: list[tuple[str, Break, set[str]]] = [
    ("token over", lambda fb: fb.end_token(PAGE, AGENT, 0), {"token"}),
    ("token replaced", lambda fb: fb.connect(PAGE, AGENT, "another"), {"token"}),
    ("no pages_messaging", lambda fb: fb.grant(PAGE, AGENT, ["pages_manage_metadata"]), {"permissions"}),
    ("another app secret", lambda fb: fb.change_secret(AGENT, "changed"), {"secret"}),
    ("page subscription lost", lambda fb: fb.subscribe(PAGE, AGENT, []), {"page_fields"}),
    (
        "a field of the page is missing",
        lambda fb: fb.subscribe(PAGE, AGENT, [name for name in FIELDS if name != "standby"]),
        {"page_fields"},
    ),
    ("dashboard lacks a field", lambda fb: fb.list_fields(AGENT, ["messages", "standby"]), {"app_fields"}),
    ("no callback", lambda fb: fb.add_app(AGENT, SECRET, "Agent"), {"callback"}),
    (
        "another callback",
        lambda fb: fb.add_app(AGENT, SECRET, "Agent", callback_url="https://bots.example.com/old"),
        {"callback"},
    ),
    ("routing switched on", lambda fb: fb.set_mode(PAGE, "routing", BOT), {"mode"}),
    ("we are primary there", lambda fb: fb.set_mode(PAGE, "receivers", AGENT), {"primary"}),
    ("the clock is another", lambda fb: fb.advance(DAY), {"clock"}),
]


@pytest.mark.parametrize(
    ("breaks", "found"), [case[1:] for case in AT_FACEBOOK], ids=[c[0] for c in AT_FACEBOOK]
)
def test_what_is_broken_at_facebook_is_found(well: Stage, breaks: Break, found: set[str]) -> None:
    breaks(well.facebook)
    assert broken() == found


def test_a_token_that_ends_soon_is_to_be_watched(well: Stage) -> None:
    well.facebook.end_token(PAGE, AGENT, 9 * DAY + 60)
    finding = examined()["token"]
    assert (finding.state, finding.title) == (State.WATCH, "Page token ends in 9 days")


def test_another_apps_token_is_found(well: Stage) -> None:
    well.page.page_token = "bot-token"
    well.page.save()
    found = examined()
    assert found["token"].title == "The page token is another app's"
    assert found["token"].state is State.BROKEN


@pytest.mark.parametrize(
    ("learnt", "code", "state"),
    [
        ({"requests_refused": True, "can_take": False}, "control", State.BROKEN),
        ({"requests_refused": True, "can_take": None}, "control", State.WATCH),
        ({"requests_refused": True, "can_take": True}, "control", State.FINE),
        ({"needs_agent": True}, "agents", State.BROKEN),
        ({"may_tag_human_agent": True}, "human_agent", State.NOT_CHECKED),
        ({"is_active": False}, "active", State.WATCH),
    ],
)
def test_what_was_learnt_and_set_here_is_found(
    well: Stage, learnt: dict[str, Any], code: str, state: State
) -> None:
    Source.objects.update(**learnt)
    assert examined()[code].state is state


class TestFacebook:
    def test_down_is_a_finding(self, page: Page) -> None:
        assert broken() == {"facebook"}

    def test_slow_is_a_finding(self, well: Stage, settings: Any) -> None:
        settings.GRAPH_READ_TIMEOUT = 0.2
        well.facebook.knobs.delay("subscribed_apps", 1, times=1)
        found = examined()
        assert found["facebook"].state is State.WATCH
        assert found["page_fields"].state is State.NOT_CHECKED
        assert found["token"].state is State.FINE

    def test_failing_is_a_finding(self, well: Stage) -> None:
        well.facebook.knobs.fail_next("*", times=20, status=500)
        assert broken() == {"facebook"}

    @pytest.mark.parametrize(
        "body", [b"[]", b"{}", b'{"data": 7}', b'{"data": [7, {"object": "page"}]}', b"<html>"]
    )
    def test_answering_nonsense_is_no_error(self, page: Page, raw_server: RawServer, body: bytes) -> None:
        raw_server.answers(body, "HTTP/1.1 200 OK", "Connection: close")
        assert "token" in examined()


def test_a_lost_key_is_told_and_nothing_asked(well: Stage, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert "FIELD_ENCRYPTION_KEYS" in examined()["token"].seen
    assert well.facebook.calls == []


def test_it_refuses_to_hold_a_transaction_while_it_asks(well: Stage) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"), transaction.atomic():
        examined()


def test_no_secret_is_in_what_was_found(well: Stage) -> None:
    well.facebook.knobs.fail_next(
        "debug_token", body={"error": {"code": 190, "message": f"Malformed access token {TOKEN}."}}
    )
    well.facebook.change_secret(AGENT, "changed")
    examined()
    kept = str(Examination.objects.get().findings)
    assert TOKEN not in kept and SECRET not in kept


class TestWhatCame:
    def test_is_told_by_kind(self, well: Stage) -> None:
        seen = examined()["last"].seen
        assert "message to us as the holder 0 seconds ago" in seen
        assert "echo 0 seconds ago" in seen
        assert "handover none seen" in seen

    def test_of_another_page_does_not_count(self, well: Stage) -> None:
        Delivery.objects.all().delete()
        well.page.source.contents.all().delete()
        hear(message("m_9"), page_id="222")
        assert examined()["last"].title == "Nothing has come for the page"

    def test_only_as_a_bystander_is_watched(self, well: Stage) -> None:
        an_hour_ago = timezone.now() - timedelta(hours=1, minutes=1)
        well.page.source.contents.update(field="standby", received_at=an_hour_ago)
        assert examined()["standby"].title == "Only standby for 1 hour"

    def test_that_failed_is_found(self, well: Stage) -> None:
        row = processing.receive(App.objects.get(), delivery(message("m_8")))
        row.items.create(position=0, page_id=PAGE, kind="failed", note="boom")
        assert "failed" in broken()

    def test_costs_the_same_however_much_there_is(self, well: Stage) -> None:
        examined()
        few = _statements()
        for number in range(12):
            hear(message(f"m_1{number}", psid=f"3{number}"))
        assert _statements() == few <= 20


def _statements() -> int:
    with CaptureQueriesContext(connection) as captured:
        examined()
    return len(captured)


def test_a_bot_that_never_spoke_is_to_be_watched(well: Stage) -> None:
    well.page.source.bot_apps.create(app_id="901", name="Mistyped")
    found = examined()
    assert found["bot:901"].title == "Bot app Mistyped (901) never spoke"
    assert found[f"bot:{BOT}"].state is State.FINE


def test_a_callback_is_compared_by_its_path_where_our_own_address_is_not_known(
    well: Stage, settings: Any
) -> None:
    assert CALLBACK in examined()["callback"].seen
    settings.PUBLIC_URL = "https://elsewhere.example.com"
    assert examined()["callback"].title == "The app's callback is not ours"
