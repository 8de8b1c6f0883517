"""Attachments in words: what Facebook sends, and what somebody may have it send."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_fb.attachments import describe
from handover.channel import Attachment
from tests.property.junk import any_json

CDN = "https://cdn.example/v/IMG_2207.jpg?oh=1&oe=2"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ({"type": "image", "payload": {"url": CDN}}, Attachment("Photo", "IMG_2207.jpg", CDN)),
        (
            {"type": "image", "payload": {"url": CDN, "sticker_id": 369239263222822}},
            Attachment("Sticker", "IMG_2207.jpg", CDN),
        ),
        ({"type": "sticker", "payload": {}}, Attachment("Sticker")),
        (
            {"type": "audio", "payload": {"url": "https://cdn.example/x"}},
            Attachment("Voice message", "", "https://cdn.example/x"),
        ),
        (
            {"type": "location", "payload": {"coordinates": {"lat": 48.2, "long": 16.4}}},
            Attachment("Place", "48.2, 16.4"),
        ),
        (
            {"type": "fallback", "title": "A shop", "url": "http://shop.example/"},
            Attachment("Link", "A shop", "http://shop.example/"),
        ),
        ({"type": "appointment_booking"}, Attachment("Appointment booking")),
        ({}, Attachment("Attachment")),
        ("an image", Attachment("Attachment")),
        (None, Attachment("Attachment")),
    ],
)
def test_are_named_and_linked_to(raw: Any, shown: Attachment) -> None:
    assert describe(raw) == shown


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//cdn.example/x",
        "file:///etc/passwd",
        "http://",
        "http://[",
        7,
    ],
)
def test_what_is_no_address_of_the_web_is_not_linked_to(url: Any) -> None:
    assert describe({"type": "file", "payload": {"url": url}}).url == ""


def test_a_long_title_is_cut() -> None:
    assert len(describe({"type": "fallback", "title": "x" * 500}).title) == 81


@given(
    st.fixed_dictionaries(
        {"type": any_json(), "payload": any_json(st.sampled_from(["url", "coordinates", "title"]))}
    )
    | any_json()
)
def test_anything_has_a_kind(raw: Any) -> None:
    assert describe(raw).kind
