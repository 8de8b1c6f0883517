"""Whatever is posted to the webhook, well signed: it is kept, answered 200, and no error is logged.

What is understood goes into threads, the rest is kept as unknown; nothing ever fails. What was stored can be
read through the API, and doing it all again changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from channels_fb.models import App, Delivery, DeliveryItem
from channels_fb.webhooks import events, processing
from channels_fb.webhooks.events import RolesTold, Unknown
from handover import history
from handover.models import Content, Source, Thread, ThreadEvent
from tests.channels_fb.stage import NOW_MS, signed
from tests.property import junk
from tests.property.profiles import often
from tests.property.tables import forget_conversations
from tests.property.watching import as_agreed, quiet_log
from tests.world import AGENT, AGENT_SECRET, BOT, INBOX, MAYA, PAGE, World

PATH = f"/webhooks/facebook/{AGENT}"
NAMES = st.sampled_from(
    [
        "object",
        "entry",
        "id",
        "time",
        "messaging",
        "standby",
        "sender",
        "recipient",
        "timestamp",
        "message",
        "mid",
    ]
    + ["text", "is_echo", "app_id", "attachments", "postback", "payload", "delivery", "read", "watermark"]
    + ["pass_thread_control", "take_thread_control", "request_thread_control", "app_roles", "metadata"]
    + ["new_owner_app_id", "previous_owner_app_id", "requested_owner_app_id", "reply_to", "quick_reply"]
)
ANY_JSON = junk.any_json(NAMES)

APPS = st.sampled_from([AGENT, BOT, INBOX, "950", int(BOT), None])
TIMES = st.integers(NOW_MS - 10**9, NOW_MS) | st.integers(NOW_MS // 1000 - 10, NOW_MS // 1000)
MIDS = st.sampled_from(["m_1", "m_2", "m_3", "m_4"])
FROM_CUSTOMER = {"sender": st.just({"id": MAYA}), "recipient": st.just({"id": PAGE}), "timestamp": TIMES}
FROM_PAGE = {**FROM_CUSTOMER, "sender": st.just({"id": PAGE}), "recipient": st.just({"id": MAYA})}
MOVED = st.fixed_dictionaries(
    {"previous_owner_app_id": APPS, "new_owner_app_id": APPS, "metadata": junk.TEXT}
)


def _event(sides: dict[str, Any], kind: str, **content: Any) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({**sides, kind: st.fixed_dictionaries(content)})


REAL_EVENTS = st.one_of(
    _event(FROM_CUSTOMER, "message", mid=MIDS, text=junk.TEXT),
    _event(FROM_CUSTOMER, "message", mid=MIDS, attachments=st.lists(ANY_JSON, max_size=2)),
    _event(FROM_CUSTOMER, "postback", mid=MIDS, title=junk.TEXT, payload=junk.TEXT),
    _event(FROM_PAGE, "message", is_echo=st.just(True), mid=MIDS, text=junk.TEXT, app_id=APPS),
    _event(FROM_CUSTOMER, "delivery", mids=st.lists(MIDS), watermark=TIMES),
    _event(FROM_CUSTOMER, "read", watermark=TIMES),
    *(st.fixed_dictionaries({**FROM_CUSTOMER, f"{verb}_thread_control": MOVED}) for verb in ("pass", "take")),
    _event(FROM_CUSTOMER, "request_thread_control", requested_owner_app_id=APPS, metadata=junk.TEXT),
    st.fixed_dictionaries(
        {
            "recipient": st.just({"id": PAGE}),
            "timestamp": TIMES,
            "app_roles": st.dictionaries(
                st.sampled_from([AGENT, BOT, "950"]),
                st.lists(st.sampled_from(["primary_receiver", "secondary_receiver"]), max_size=2),
                max_size=2,
            ),
        }
    ),
)
ENTRIES = st.fixed_dictionaries(
    {"id": st.just(PAGE) | st.just("222"), "time": TIMES},
    optional={"messaging": st.lists(REAL_EVENTS, max_size=3), "standby": st.lists(REAL_EVENTS, max_size=2)},
)
REAL_DELIVERIES = st.fixed_dictionaries({"object": st.just("page"), "entry": st.lists(ENTRIES, max_size=2)})


@st.composite
def nearly_real(draw: st.DrawFn) -> Any:
    """A delivery as Facebook sends it, with a few of its keys and values replaced, moved or left out."""
    document = deepcopy(draw(REAL_DELIVERIES))  # Parts of it are the same object in every example.
    for _ in range(draw(st.integers(0, 3))):
        places = list(_places(document))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        change = draw(st.sampled_from(["replace", "rename", "remove", "wrap", "add"]))
        if change == "replace":
            holder[key] = draw(ANY_JSON)
        elif change == "wrap":
            holder[key] = draw(st.sampled_from([[holder[key]], {"id": holder[key]}]))
        elif change == "add" and isinstance(holder, dict):
            holder[draw(NAMES)] = draw(ANY_JSON)
        elif isinstance(holder, dict):
            value = holder.pop(key)
            if change == "rename":
                holder[draw(NAMES | junk.TEXT)] = value
    return document


def _places(value: Any) -> Any:
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        yield value, key
        yield from _places(value[key])


BODIES: st.SearchStrategy[bytes] = st.one_of(
    nearly_real().map(junk.written),
    nearly_real().map(junk.written),
    nearly_real().map(
        lambda document: json.dumps(document, ensure_ascii=False).encode(errors="surrogatepass")
    ),
    ANY_JSON.map(junk.written),
    st.binary(max_size=60),
    junk.DEPTHS.map(junk.deep),
    st.sampled_from([b"", b'{"object":"page","object":"page","entry":[]}', b"\xef\xbb\xbf{}", b"9" * 5000]),
    st.tuples(nearly_real().map(junk.written), st.integers(0, 200)).map(
        lambda cut: cut[0][: -cut[1] or None]
    ),
)


def _post(body: bytes, signature: str, **headers: str) -> Any:
    client = Client(raise_request_exception=False)
    with quiet_log():
        return client.generic("POST", PATH, data=body, HTTP_X_HUB_SIGNATURE_256=signature, **headers)


def _what_is_known() -> dict[str, Any]:
    """Everything that deliveries made, without our own clock's times."""
    columns = [
        "identity__foreign_id",
        "owner",
        "owner_app_id",
        "owner_sure",
        "owner_since",
        "owner_observed_at",
    ]
    columns += ["owner_expires_at", "last_customer_at", "last_content_at", "delivered_until", "read_until"]
    return {
        "threads": sorted(map(repr, Thread.objects.values_list(*columns))),
        "contents": sorted(
            Content.objects.values_list("foreign_id", "author", "app_id", "body", "field", "sent_at")
        ),
        "history": sorted(
            ThreadEvent.objects.exclude(evidence_key=None).values_list("evidence_key", flat=True)
        ),
        "length": ThreadEvent.objects.count(),
        "primary": Source.objects.get().primary,
    }


def _api(world: World) -> Callable[[str], Any]:
    client = Client(raise_request_exception=False)

    def get(path: str) -> Any:
        with quiet_log():
            answer = client.get(path, HTTP_AUTHORIZATION=f"Bearer {world.token}")
        assert answer.status_code == 200
        return as_agreed(answer, "GET")["records"]

    return get


def _begin() -> None:
    forget_conversations()
    Source.objects.update(primary="bot", roles_told_at=None)


@often(2)
@given(BODIES, junk.content_types())
def test_any_delivery_is_kept(stage: World, body: bytes, content_type: str) -> None:
    _begin()
    answer = _post(body, signed(body, AGENT_SECRET), content_type=content_type)
    if not body:
        # Django's client sends no Content-Length with an empty body.
        assert answer.status_code == 411
        return
    assert (answer.status_code, json.loads(answer.content)) == (200, {"status": 200, "message": "Success"})
    row = Delivery.objects.get()
    assert (bytes(row.body), row.repeats, row.lease_until) == (body, 0, None)
    assert (row.state, row.error, row.next_attempt_at) == ("processed", "", None)
    assert not DeliveryItem.objects.filter(kind="failed").exists()
    _unknown_items_are_shown(row)
    assert [sentence for thread in Thread.objects.all() for sentence in history.breaks(thread)] == []

    known = _what_is_known()
    assert _post(body, signed(body, AGENT_SECRET), content_type=content_type).status_code == 200
    row.refresh_from_db()
    assert (Delivery.objects.count(), row.repeats) == (1, 1)
    with quiet_log():
        assert processing.process_again([row]) == 1
        processing.process(row)
    assert _what_is_known() == known

    get = _api(stage)
    assert len(get("/1.0/contents?limit=150")) == Content.objects.count()
    assert len(get("/1.0/content_threads?limit=150")) == Thread.objects.count()
    assert len(get("/1.0/identities?limit=150")) == Thread.objects.count()


def _unknown_items_are_shown(row: Delivery) -> None:
    kept = set(DeliveryItem.objects.values_list("position", flat=True))
    for item in events.parse(bytes(row.body)):
        is_unknown = isinstance(item.news, Unknown) or item.page_id != PAGE
        assert (
            item.position in kept
            if is_unknown
            else item.position not in kept or isinstance(item.news, RolesTold)
        )


SIGNATURES = junk.HEADER_TEXT | st.sampled_from(
    ["", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "SHA256={right}", "sha256={right} ", "{right}"]
)


@often(1)
@given(BODIES.filter(bool), SIGNATURES)
def test_what_is_not_signed_is_not_kept(stage: World, body: bytes, signature: str) -> None:
    _begin()
    right = signed(body, AGENT_SECRET).removeprefix("sha256=")
    answer = _post(body, signature.replace("{right}", right), content_type="application/json")
    assert answer.status_code == 403
    assert as_agreed_by_webhook(answer)["error"] == "forbidden"
    assert not Delivery.objects.exists()


@often(1)
@given(
    st.sampled_from(["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]),
    st.sampled_from(
        [PATH, PATH + "/", "/webhooks/facebook/1", "/webhooks/facebook/", "/webhooks/x", "/webhooks"]
    ),
    st.dictionaries(
        st.sampled_from(["hub.mode", "hub.challenge", "hub.verify_token", "hub.mode[]"]),
        junk.SCALARS,
        max_size=4,
    ),
)
def test_any_verification(stage: World, method: str, path: str, query: dict[str, Any]) -> None:
    client = Client(raise_request_exception=False)
    with quiet_log():
        answer = client.generic(method, path, QUERY_STRING=junk.as_query(list(query.items())))
    assert answer.status_code in (403, 404, 405)
    if method != "HEAD":
        as_agreed_by_webhook(answer)
    assert App.objects.count() == 1


def as_agreed_by_webhook(answer: Any) -> Any:
    """Errors have the shape of the API's."""
    content = json.loads(answer.content)
    assert set(content) == {"error", "message", "status"}
    assert content["status"] == answer.status_code
    return content
