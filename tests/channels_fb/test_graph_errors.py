"""What each of Facebook's errors means to the domain."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels_fb.errors import channel_error, fault_of, retry_after
from channels_fb.simulator import errors as platform
from handover.channel import (
    AlreadyOwner,
    CallRecord,
    ChannelError,
    NotOwner,
    OutcomeUnknown,
    Refused,
    Unavailable,
    UnknownRecipient,
    VerbNotSupported,
)
from handover.ownership import ControlMode

RECORD = CallRecord("take_thread_control", "800")


def meaning(status: int = 400, headers: dict[str, str] | None = None, **error: Any) -> ChannelError:
    fault = fault_of(status, {"error": error} if error else {}, lambda text: text)
    return channel_error(fault, RECORD, None, headers or {})


OURS_IS_NOT_THE_OWNER = [
    {"code": 10, "error_subcode": 2018300, "message": ""},
    {"code": 10, "message": platform.CONTROLLED_BY_ANOTHER.message},
    {"code": 100, "message": "(#100) calling app is not the thread owner"},
    {"code": 100, "message": "Only the current thread owner can release"},
    {"code": 100, "message": platform.EXTEND_NOT_OWNER.message},
    {
        "code": 100,
        "error_subcode": 2534037,
        "message": "The action is invalid since it's not the thread owner.",
    },
]
TABLE: list[tuple[type[ChannelError], dict[str, Any]]] = [
    *((NotOwner, error) for error in OURS_IS_NOT_THE_OWNER),
    (AlreadyOwner, {"code": 27, "error_subcode": 1893035, "message": "in any words"}),
    (AlreadyOwner, {"code": 27, "message": "(#27) The requesting app already has control of this thread."}),
    (AlreadyOwner, {"code": 100, "message": "The app is already the thread owner"}),
    (VerbNotSupported, {"code": 27, "message": platform.TAKE_NEEDS_ROUTING.message}),
    (VerbNotSupported, {"code": 27, "message": platform.TAKE_SWITCH_OFF.message}),
    (VerbNotSupported, {"code": 27, "message": platform.REQUEST_UNDER_ROUTING.message}),
    (VerbNotSupported, {"code": 100, "message": platform.REQUEST_BY_PRIMARY.message}),
    (VerbNotSupported, {"code": 100, "message": platform.TAKE_BY_SECONDARY.message}),
    (VerbNotSupported, {"code": 100, "message": "Handover Protocol APIs disabled for this page."}),
    (
        VerbNotSupported,
        {"error_subcode": 2018171, "message": "Only available to Primary and Secondary Receivers."},
    ),
    (UnknownRecipient, {"code": 100, "error_subcode": 2018001, "message": "(#100) No matching user found"}),
    (UnknownRecipient, {"code": 100, "message": "(#100) No matching user found"}),
    *((Unavailable, {"code": code, "message": "slow down"}) for code in (4, 17, 32, 341, 613, 80001, 80006)),
    (Unavailable, {"code": 613, "error_subcode": 1996, "message": "erratic"}),
    (Unavailable, {"code": 100, "error_subcode": 2018321, "message": "a flow is running"}),
    (Unavailable, {"code": 100, "message": "anything", "is_transient": True}),
    (OutcomeUnknown, {"code": 1, "message": "An unknown error occurred"}),
    (OutcomeUnknown, {"code": 2, "message": "Service temporarily unavailable", "is_transient": True}),
    (Refused, {"code": 2, "error_subcode": 2018344, "message": "terms", "is_transient": False}),
    (Refused, {"code": 2, "error_subcode": 2018344, "message": "terms"}),
    (Refused, {"code": 1, "message": "no", "is_transient": False}),
    *((Refused, {"code": code, "message": "no"}) for code in (3, 10, 33, 100, 102, 190, 200, 299, 368, 551)),
    (Refused, {"code": 10, "error_subcode": 2018278, "message": "outside of allowed window"}),
    (Refused, {"code": 100, "error_subcode": 2018164, "message": "(#100) Incorrect App ID."}),
    (Refused, {"code": 999_999, "message": "news of next year"}),
    (Refused, {"code": "190", "message": "a code as text"}),
    (Refused, {"message": "no code at all"}),
]


@pytest.mark.parametrize(("kind", "error"), TABLE, ids=lambda value: str(value)[:60])
def test_each_error_has_one_meaning(kind: type[ChannelError], error: dict[str, Any]) -> None:
    assert type(meaning(**error)) is kind


@pytest.mark.parametrize(
    ("text", "contradicted"),
    [
        (platform.TAKE_NEEDS_ROUTING.message, ControlMode.ROUTING),
        (platform.REQUEST_UNDER_ROUTING.message, None),
        (platform.TAKE_SWITCH_OFF.message, None),
    ],
)
def test_what_an_unsupported_verb_says_about_the_mode(text: str, contradicted: ControlMode | None) -> None:
    error = meaning(code=27, message=text)
    assert isinstance(error, VerbNotSupported)
    assert error.contradicts is contradicted


@pytest.mark.parametrize("status", [200, 302, 404, 500, 502])
def test_without_a_graph_error_nobody_knows(status: int) -> None:
    assert type(meaning(status)) is OutcomeUnknown


def test_too_many_requests_is_clear_even_so() -> None:
    error = meaning(429, {"Retry-After": "30"})
    assert isinstance(error, Unavailable)
    assert error.retry_after == 30
    assert isinstance(meaning(429, code=190, message="x"), Unavailable)


def test_the_message_carries_code_subcode_and_facebooks_words() -> None:
    assert meaning(code=190, message="Invalid OAuth access token").message == (
        "Facebook refused (code 190): Invalid OAuth access token."
    )
    error = meaning(code=100, error_subcode=2018164, message="(#100) Incorrect App ID.", fbtrace_id="A1")
    assert error.message == "Facebook refused (code 100/2018164): Incorrect App ID."
    assert error.call == CallRecord(
        "take_thread_control", "800", "", 400, 100, 2018164, "(#100) Incorrect App ID.", "A1"
    )


def test_facebooks_words_are_cut_and_storable() -> None:
    error = meaning(code=100, message="\x00\ud800" + "x" * 5000, fbtrace_id=["?"])
    assert error.call.message == "\ufffd\ufffd" + "x" * 298
    assert error.call.trace_id == ""


@pytest.mark.parametrize(
    "error", [[], "text", 1, None, {}, {"code": True}, {"code": [], "message": {}, "is_transient": "x"}]
)
def test_a_malformed_error_is_still_an_error_of_the_port(error: Any) -> None:
    fault = fault_of(400, {"error": error}, lambda text: text)
    assert isinstance(channel_error(fault, RECORD, None, {}), OutcomeUnknown)


def usage(*minutes: Any) -> str:
    return json.dumps({"1": [{"type": "messenger", "estimated_time_to_regain_access": m} for m in minutes]})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": " 7 "}, 7),
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"Retry-After": "99999999999"}, 86_400),
        ({"X-Business-Use-Case-Usage": usage(2)}, 120),
        ({"X-Business-Use-Case-Usage": usage(0, 3, 1), "Retry-After": "7"}, 180),
        ({"X-Business-Use-Case-Usage": usage(0), "Retry-After": "7"}, 7),
        ({"X-Business-Use-Case-Usage": usage("x", None, [], True)}, None),
        ({"X-Business-Use-Case-Usage": "{"}, None),
        ({"X-Business-Use-Case-Usage": "[1]"}, None),
        ({"X-Business-Use-Case-Usage": '{"1": {}, "2": [1]}'}, None),
        ({"X-Business-Use-Case-Usage": "[" * 100_000}, None),
    ],
)
def test_how_long_to_stay_away(headers: dict[str, str], seconds: int | None) -> None:
    assert retry_after(headers) == seconds
