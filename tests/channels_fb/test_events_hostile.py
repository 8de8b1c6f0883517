"""Whatever comes: parsing never raises, and what it yields can be stored."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels_fb.webhooks import events
from channels_fb.webhooks.events import Unknown
from channels_fb.webhooks.values import LONGEST_ID, LONGEST_MID
from handover.news import Message
from tests.channels_fb.stage import AGENT, NOW_MS, PAGE, PSID

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=80)
    | st.sampled_from([PAGE, PSID, AGENT, NOW_MS, "m_1", -1, 10**30, "\ud800", "\x00"])
)
NAMES = st.sampled_from(
    ["id", "mid", "text", "is_echo", "app_id", "metadata", "watermark", "payload", "attachments", "reply_to"]
    + ["new_owner_app_id", "previous_owner_app_id", "requested_owner_app_id", "title", "quick_reply"]
)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
PARTY = st.fixed_dictionaries({"id": st.sampled_from([PAGE, PSID, int(PAGE), True, None])}) | ANY_JSON
KINDS = ["message", "postback", "delivery", "read", "app_roles", "reaction"] + [
    f"{verb}_thread_control" for verb in ("pass", "take", "request")
]
ITEM = st.builds(
    lambda sides, kind, content: {**sides, kind: content},
    st.fixed_dictionaries(
        {"sender": PARTY, "recipient": PARTY},
        optional={"timestamp": st.integers(NOW_MS - 10**9, NOW_MS) | SCALARS},
    ),
    st.sampled_from(KINDS),
    st.dictionaries(NAMES, ANY_JSON, max_size=6) | ANY_JSON,
)
ENTRY = st.fixed_dictionaries(
    {"id": st.just(PAGE) | ANY_JSON},
    optional={
        "time": SCALARS,
        "messaging": st.lists(ITEM | ANY_JSON, max_size=4) | ANY_JSON,
        "standby": st.lists(ITEM | ANY_JSON, max_size=4) | ANY_JSON,
        "hop_context": ANY_JSON,
    },
)
DELIVERY = st.fixed_dictionaries({"object": st.just("page"), "entry": st.lists(ENTRY | ANY_JSON, max_size=3)})

often = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(body: bytes) -> None:
    found = events.parse(body)
    assert [item.position for item in found] == list(range(len(found)))
    for item in found:
        assert len(item.page_id) <= LONGEST_ID
        assert len(item.psid) <= LONGEST_ID
        stored = [item.page_id, item.psid, item.raw]
        if isinstance(item.news, Unknown):
            stored.append(item.news.reason)
        elif isinstance(item.news, Message):
            assert 0 < len(item.news.foreign_id) <= LONGEST_MID
            stored += [item.news.foreign_id, item.news.body, item.news.payload, item.news.app_id]
            stored.append(json.dumps(item.news.attachments, allow_nan=False, ensure_ascii=False))
        text = "".join(stored)
        assert "\x00" not in text
        text.encode()
    assert events.parse(body) == found or "nan" in str(found)


@often
@given(ANY_JSON)
def test_any_json(document: Any) -> None:
    check(json.dumps(document).encode())


@often
@given(DELIVERY)
def test_any_delivery(document: Any) -> None:
    check(json.dumps(document).encode())


@often
@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    check(body)
