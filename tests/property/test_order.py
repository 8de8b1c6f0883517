"""Any split, order and repetition of a set of events ends in the same threads, contents and owner.

Times decide: two deeds are at least two seconds apart, as news within a second of an answer of ours are
settled by asking. Facebook's simulator plays the deeds, so the events are such as Facebook sends; a second
test makes them up, as the claim does not rest on their being consistent.
"""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_fb.models import Delivery, DeliveryItem, Page
from channels_fb.simulator import GraphError, SentEvent, Simulator
from channels_fb.simulator.webhooks import encode
from channels_fb.webhooks import processing
from handover import history
from handover.models import Content, Source, Thread, ThreadEvent
from tests.channels_fb.stage import AGENT, BOT, NOW_MS, PAGE, STRANGER, connected_page
from tests.property.profiles import often
from tests.property.tables import forget_conversations
from tests.property.watching import quiet_log
from tests.world import INBOX

PEOPLE = ["24001", "24002"]
MODES = st.sampled_from(
    [("receivers", "bot"), ("receivers", "agent"), ("routing", "bot"), ("routing", "agent"), ("open", "none")]
)
APPS = st.sampled_from([AGENT, AGENT, BOT, BOT, STRANGER])
DEEDS = st.one_of(
    st.tuples(st.just("customer_writes")),
    st.tuples(st.just("customer_writes")),
    st.tuples(st.just("customer_taps")),
    st.tuples(st.just("customer_reads")),
    st.tuples(st.just("app_sends"), APPS),
    st.tuples(st.just("app_passes"), APPS, st.sampled_from([AGENT, BOT, INBOX, STRANGER])),
    st.tuples(st.sampled_from(["app_takes", "app_requests", "app_releases"]), APPS),
    st.tuples(st.just("inbox_replies")),
    st.tuples(st.just("inbox_takes")),
    st.tuples(st.just("inbox_passes")),
    st.tuples(st.just("inbox_releases")),
)
GAPS = st.sampled_from([2, 2, 3, 61, 3600, 20 * 3600, 25 * 3600])
STORY = st.lists(st.tuples(GAPS, st.sampled_from(PEOPLE), DEEDS), min_size=1, max_size=14)
SHUFFLES = st.randoms(use_true_random=False)


def _play(mode: str, primary: str, story: list[Any]) -> list[SentEvent]:
    """What Facebook tells our app of a story."""
    facebook = Simulator()
    try:
        facebook.add_page(PAGE, "Acme", mode, {"bot": BOT, "agent": AGENT}.get(primary))  # type: ignore[arg-type]
        facebook.knobs.webhook_style(delivery_receipts=True)
        for app_id in (AGENT, BOT, STRANGER):
            facebook.add_app(app_id, "secret", f"App {app_id}")
            facebook.connect(PAGE, app_id, f"token-{app_id}", take_over=True)
        facebook.subscribe(PAGE, AGENT)
        for psid in PEOPLE:
            facebook.add_person(PAGE, psid)
        for gap, psid, (deed, *who) in story:
            facebook.advance(gap)
            with suppress(GraphError):
                _do(facebook, deed, psid, *who)
        return facebook.events(AGENT)
    finally:
        facebook.stop()


def _do(facebook: Simulator, deed: str, psid: str, *who: str) -> None:
    does = getattr(facebook, deed)
    if deed.startswith("app_"):
        does(who[0], PAGE, psid, *(who[1:] or (["Beep"] if deed == "app_sends" else [])))
    else:
        more = {"customer_writes": ["Hi"], "customer_taps": ["Yes", "YES"], "inbox_replies": ["Hello"]}
        does(PAGE, psid, *more.get(deed, [AGENT] if deed == "inbox_passes" else []))


def _deliveries(events: list[SentEvent], dice: random.Random) -> list[bytes]:
    """The events in any order, some of them twice, split into deliveries of any size, some of those twice."""
    told = [*events, *(event for event in events if dice.random() < 0.3)]
    dice.shuffle(told)
    bodies = []
    while told:
        size = dice.randint(1, 5)
        bodies.append(encode(told[:size]))
        told = told[size:]
    return bodies + [body for body in bodies if dice.random() < 0.2]


def _process(page: Page, bodies: list[bytes]) -> None:
    with quiet_log():
        for body in bodies:
            processing.process(processing.receive(page.app, body))
    assert not Delivery.objects.exclude(state="processed").exists()
    assert not DeliveryItem.objects.exists()
    assert [sentence for thread in Thread.objects.all() for sentence in history.breaks(thread)] == []


def _outcome() -> dict[str, Any]:
    threads = Thread.objects.order_by("identity__foreign_id")
    return {
        "owners": list(threads.values_list("identity__foreign_id", "owner", "owner_app_id", "owner_sure")),
        "since": list(
            threads.values_list("owner_since", "owner_observed_at", "owner_expires_at", "owner_how")
        ),
        "times": list(
            threads.values_list("last_customer_at", "last_content_at", "delivered_until", "read_until")
        ),
        "last words": list(threads.values_list("last_answer_at", "customer_waits_since", "talked_over_at")),
        "contents": sorted(
            Content.objects.values_list(
                "thread__identity__foreign_id", "foreign_id", "author", "field", "sent_at"
            )
        ),
        "evidence": sorted(
            ThreadEvent.objects.exclude(evidence_key=None).values_list("evidence_key", flat=True)
        ),
    }


def _same_in_any_order(page: Page, events: list[SentEvent], dice: random.Random) -> None:
    forget_conversations()
    _process(page, [encode([event]) for event in events])
    in_order = _outcome()
    forget_conversations()
    _process(page, _deliveries(events, dice))
    assert _outcome() == in_order


@pytest.fixture
def page(transactional_db: None, settings: Any) -> Page:
    """Connected; nobody answers at Facebook's address, so that nothing but the events decides."""
    settings.GRAPH_API_URL = "http://127.0.0.1:9"
    return connected_page()


@pytest.fixture(autouse=True)
def no_doorbell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads the owner in between."""
    monkeypatch.setattr("handover.doorbell.ring", lambda: None)


@often(1)
@given(MODES, STORY, SHUFFLES)
def test_a_story_is_the_same_in_any_order(
    page: Page, mode: tuple[str, str], story: list[Any], dice: random.Random
) -> None:
    Source.objects.update(control_mode=mode[0], primary=mode[1])
    _same_in_any_order(page, _play(*mode, story), dice)


MADE_UP = st.one_of(
    st.sampled_from(["messaging", "standby"]).map(lambda key: (key, "message", {"text": "Hi"})),
    APPS.map(lambda app: ("standby", "message", {"text": "Hi", "is_echo": True, "app_id": app})),
    st.tuples(
        st.sampled_from(["pass_thread_control", "take_thread_control"]),
        st.sampled_from([AGENT, BOT, INBOX, STRANGER, None]),
        st.sampled_from([AGENT, BOT, INBOX, STRANGER]),
    ).map(lambda t: ("messaging", t[0], {"previous_owner_app_id": t[1], "new_owner_app_id": t[2]})),
)


def _written(psid: str, at: int, number: int, key: Any, kind: str, content: dict[str, Any]) -> SentEvent:
    sides = [{"id": psid}, {"id": PAGE}]
    if content.get("is_echo"):
        sides.reverse()
    named = {"mid": f"m_{number}", **content} if kind == "message" else content
    event = {"sender": sides[0], "recipient": sides[1], "timestamp": at, kind: named}
    return SentEvent(datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=at), AGENT, PAGE, key, event)


@often(1)
@given(MODES, st.lists(st.tuples(GAPS, st.sampled_from(PEOPLE), MADE_UP), min_size=1, max_size=12), SHUFFLES)
def test_so_is_what_no_facebook_would_tell(
    page: Page, mode: tuple[str, str], made_up: list[Any], dice: random.Random
) -> None:
    Source.objects.update(control_mode=mode[0], primary=mode[1])
    at, events = NOW_MS - 10**9, []
    for number, (gap, psid, what) in enumerate(made_up):
        at += gap * 1000
        events.append(_written(psid, at, number, *what))
    _same_in_any_order(page, events, dice)
