"""From facts to findings: what is broken, what is to be watched, and what is not claimed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels_fb.doctor.facts import Bot, Callback, Trouble
from channels_fb.doctor.finding import Finding, Remedy, State, counted, span
from handover.ownership import ControlMode
from tests.channels_fb.doctor.healthy import AGENT, BOT, CALLBACK, FIELDS, NOW, TOKEN, found

SILENCE = Trouble("No answer came from Facebook: ReadTimeout.", is_silence=True)
BAD_PROOF = Trouble(
    "Facebook refused (code 100): Invalid appsecret_proof provided in the API argument.", code=100
)


def test_with_nothing_wrong_nothing_is_broken_or_to_be_watched() -> None:
    states = {code: finding.state for code, finding in found().items()}
    unusual = {code: state for code, state in states.items() if state is not State.FINE}
    assert unusual == {"human_agent": State.NOT_CHECKED, "agents": State.NOT_CHECKED}


def test_the_worst_comes_first() -> None:
    states = [finding.state for finding in found(answers={"token": replace(TOKEN, is_valid=False)}).values()]
    assert states == sorted(states, key=list(State).index)
    assert states[0] is State.BROKEN


@pytest.mark.parametrize(
    ("own", "answers", "code", "state", "words"),
    [
        # The way to Facebook
        ({}, {"mode": SILENCE}, "facebook", State.WATCH, "1 of 5 questions"),
        ({}, {"token": replace(TOKEN, is_valid=False)}, "token", State.BROKEN, "not valid"),
        ({}, {"token": replace(TOKEN, kind="USER")}, "token", State.BROKEN, "a USER token"),
        ({}, {"token": replace(TOKEN, app_id="801")}, "token", State.BROKEN, "app 801, ours is 800"),
        ({}, {"token": replace(TOKEN, page_id="222")}, "token", State.BROKEN, "for 222, not 111"),
        ({}, {"token": replace(TOKEN, ends_at=NOW + timedelta(days=9))}, "token", State.WATCH, "9 days"),
        ({}, {"token": replace(TOKEN, ends_at=NOW + timedelta(days=90))}, "token", State.FINE, "until"),
        ({}, {"token": SILENCE}, "token", State.NOT_CHECKED, "ReadTimeout"),
        (
            {},
            {"token": replace(TOKEN, permissions=frozenset({"pages_messaging"}))},
            "permissions",
            State.BROKEN,
            "pages_manage_metadata",
        ),
        ({}, {"mode": BAD_PROOF}, "secret", State.BROKEN, "appsecret_proof"),
        ({}, {"mode": SILENCE, "callback": SILENCE}, "secret", State.NOT_CHECKED, "was accepted"),
        ({"old_secret_until": NOW + timedelta(hours=2)}, {}, "old_secret", State.FINE, "14:00 UTC"),
        ({}, {"clock_ahead": 8.0}, "clock", State.WATCH, "8 seconds behind"),
        ({}, {"clock_ahead": -900.0}, "clock", State.BROKEN, "900 seconds ahead"),
        ({}, {"clock_ahead": None}, "clock", State.NOT_CHECKED, "dated"),
        # Subscriptions
        ({}, {"fields": {BOT: frozenset(FIELDS)}}, "page_fields", State.BROKEN, "4 of its fields"),
        ({}, {"fields": {AGENT: frozenset(FIELDS[:3])}}, "page_fields", State.WATCH, "message_reads"),
        ({}, {"callback": None}, "callback", State.BROKEN, "no callback"),
        ({}, {"callback": Callback("https://x/", True, frozenset())}, "callback", State.BROKEN, "not ours"),
        ({}, {"callback": Callback(CALLBACK, False, frozenset())}, "callback", State.BROKEN, "switched off"),
        (
            {"callback_url": "/webhooks/facebook/800"},
            {},
            "callback",
            State.FINE,
            "https://bots.example.com/webhooks/facebook/800",
        ),
        (
            {},
            {"callback": Callback(CALLBACK, True, frozenset(FIELDS) - {"standby"})},
            "app_fields",
            State.BROKEN,
            "Nothing comes while another app holds the thread",
        ),
        # Control
        ({"mode": ControlMode.OPEN}, {}, "mode", State.BROKEN, "We had: No routing"),
        ({}, {"mode": ControlMode.UNKNOWN}, "mode", State.WATCH, "does not tell"),
        ({}, {"is_primary": True}, "primary", State.BROKEN, "our agent app is primary"),
        ({"primary": "agent"}, {}, "primary", State.BROKEN, "another app than ours"),
        ({}, {"is_primary": None}, "primary", State.NOT_CHECKED, "Set here: the bot's app"),
        ({"can_take": False}, {}, "control", State.BROKEN, "switch is off"),
        ({"can_take": None}, {}, "control", State.WATCH, "not known"),
        ({}, {"mode": ControlMode.RECEIVERS}, "control", State.FINE, "by request"),
        (
            {"requests_refused": True, "primary": "none"},
            {"mode": ControlMode.OPEN},
            "control",
            State.BROKEN,
            "refused a request",
        ),
        ({"may_tag_human_agent": True}, {}, "human_agent", State.NOT_CHECKED, "has to be granted"),
        # Bots and agents
        ({"bots": ()}, {}, "bots", State.WATCH, "no bot app"),
        ({"bots": (Bot(BOT, "Acme bot"),)}, {}, f"bot:{BOT}", State.WATCH, "never spoke"),
        ({"absence": "", "has_agents": False}, {}, "agents", State.BROKEN, "no agent"),
        ({"absence": "The page is outside its opening hours."}, {}, "agents", State.FINE, "outside"),
        ({"is_active": False}, {}, "active", State.WATCH, "switched off"),
    ],
)
def test_what_is_wrong_is_found(
    own: dict[str, Any], answers: dict[str, Any], code: str, state: State, words: str
) -> None:
    finding = found(own, answers)[code]
    assert finding.state is state
    assert words in f"{finding.title} {finding.seen} {finding.fix}"


@pytest.mark.parametrize(
    ("own", "arrivals", "code", "state", "words"),
    [
        ({}, {"last": {}, "on_messaging_at": None}, "last", State.WATCH, "Nothing has come"),
        ({}, {}, "last", State.FINE, "message to us as the holder 2 minutes ago"),
        ({}, {"delays": (80.0, 90.0, 100.0)}, "delay", State.WATCH, "come late"),
        ({}, {"delays": ()}, "delay", State.NOT_CHECKED, ""),
        ({}, {"failed_items": 1}, "failed", State.BROKEN, "1 item of deliveries failed"),
        ({}, {"failed_items": 101}, "failed", State.BROKEN, "100+ items"),
        ({}, {"repeats": 2}, "failed", State.FINE, "2 deliveries again"),
    ],
)
def test_what_came_is_judged(
    own: dict[str, Any], arrivals: dict[str, Any], code: str, state: State, words: str
) -> None:
    finding = found(own, arrivals=arrivals)[code]
    assert finding.state is state
    assert words in f"{finding.title} {finding.seen} {finding.fix}"


class TestOnlyStandby:
    LONG_AGO = NOW - timedelta(minutes=41)

    def judged(self, primary: str = "bot", **arrivals: Any) -> Finding:
        return found({"primary": primary}, {"is_primary": None}, arrivals)["standby"]

    def test_is_watched_after_a_while(self) -> None:
        finding = self.judged(on_messaging_at=self.LONG_AGO, on_standby=6)
        assert (finding.state, finding.title) == (State.WATCH, "Only standby for 41 minutes")
        assert "6 messages came to us as a bystander" in finding.seen

    def test_is_broken_where_our_app_is_said_to_be_primary(self) -> None:
        finding = self.judged("agent", on_messaging_at=None, on_standby=6, on_standby_since=self.LONG_AGO)
        assert finding.state is State.BROKEN
        assert "None came to us as the holder yet" in finding.seen

    def test_is_fine_for_a_moment(self) -> None:
        assert self.judged(on_standby=6, on_messaging_at=NOW - timedelta(minutes=5)).state is State.FINE

    def test_is_fine_where_nothing_came_as_a_bystander(self) -> None:
        assert self.judged(on_messaging_at=self.LONG_AGO, on_standby=0).state is State.FINE


def test_without_facebook_one_thing_is_broken_and_nothing_else_is_claimed() -> None:
    answers = dict.fromkeys(("mode", "fields", "is_primary", "token", "callback"), SILENCE)
    by_code = found(answers={**answers, "clock_ahead": None})
    assert [code for code, finding in by_code.items() if finding.state is State.BROKEN] == ["facebook"]
    for code in ("token", "permissions", "secret", "clock", "page_fields", "callback", "mode", "primary"):
        assert by_code[code].state is State.NOT_CHECKED, code


def test_a_token_of_another_app_is_told_by_facebooks_refusal() -> None:
    refusal = Trouble("Facebook refused (code 100): The App_id did not match the Viewing App.", code=100)
    assert found(answers={"token": refusal})["token"].state is State.BROKEN


def test_everything_broken_says_what_to_do() -> None:
    answers = {"token": replace(TOKEN, is_valid=False), "callback": None, "fields": {}, "is_primary": True}
    for finding in found({"can_take": False, "absence": "", "has_agents": False}, answers).values():
        assert finding.state is not State.BROKEN or finding.cure


def test_what_can_be_put_right_here_leads_there() -> None:
    by_code = found({"bots": ()}, {"fields": {}, "is_primary": True}, {"failed_items": 1})
    assert by_code["page_fields"].remedy is Remedy.SUBSCRIBE
    assert by_code["primary"].remedy is Remedy.SETTINGS
    assert by_code["failed"].remedy is Remedy.DELIVERIES


def test_numbers_are_told_as_people_say_them() -> None:
    assert [counted(1, "reply"), counted(2, "reply"), counted(2, "day")] == ["1 reply", "2 replies", "2 days"]
    assert [span(timedelta(seconds=s)) for s in (0, 61, 7200, 90_000)] == [
        "0 seconds",
        "1 minute",
        "2 hours",
        "1 day",
    ]
