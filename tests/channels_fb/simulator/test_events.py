"""Which app hears what, where, and in which of Meta's spellings."""

from collections.abc import Iterator

import pytest

from tests.channels_fb.simulator.stage import AGENT, BOT, PAGE, PSID, Stage, kind, running


@pytest.fixture
def stage() -> Iterator[Stage]:
    with running("receivers", primary=BOT) as stage:
        yield stage


def test_a_message_says_who_wrote_what_and_when(stage: Stage) -> None:
    image = {"type": "image", "payload": {"url": "https://pictures.example/cat.png"}}
    mid = stage.sim.customer_writes(PAGE, PSID, "look", [image])
    (sent,) = stage.sim.events(BOT)
    assert (sent.event["sender"], sent.event["recipient"]) == ({"id": PSID}, {"id": PAGE})
    assert sent.event["message"] == {"mid": mid, "text": "look", "attachments": [image]}
    assert sent.event["timestamp"] == pytest.approx(stage.sim.now().timestamp() * 1000, abs=5000)


def test_a_postback_loses_its_payload_on_standby(stage: Stage) -> None:
    mid = stage.sim.customer_taps(PAGE, PSID, "Yes", "ANSWER_YES")
    (to_bot,), (to_agent,) = stage.sim.events(BOT), stage.sim.events(AGENT)
    assert to_bot.event["postback"] == {"title": "Yes", "payload": "ANSWER_YES", "mid": mid}
    assert to_agent.event["postback"] == {"title": "Yes", "mid": mid}
    assert to_agent.key == "standby"


def test_reads_and_receipts_are_told(stage: Stage) -> None:
    stage.given_to(AGENT)
    stage.sim.knobs.webhook_style(delivery_receipts=True)
    mid = stage.text().json()["message_id"]
    stage.sim.customer_reads(PAGE, PSID)
    echo, delivery, read = stage.sim.events(AGENT)
    assert kind(echo.event) == "echo"
    assert delivery.event["delivery"]["mids"] == [mid]
    assert read.event["read"]["watermark"] >= delivery.event["delivery"]["watermark"]
    assert stage.told(BOT) == [("standby", "echo"), ("standby", "delivery"), ("standby", "read")]


@pytest.mark.parametrize(
    ("app", "field", "expected"),
    [
        (BOT, "messages", [("messaging", "message")]),
        (BOT, "message_echoes", [("messaging", "echo")]),
        (BOT, "standby", [("standby", "echo")]),
        (BOT, "messaging_handovers", [("messaging", "take_thread_control")]),
        (AGENT, "messages", []),
        (AGENT, "standby", [("standby", "message"), ("standby", "echo"), ("standby", "echo")]),
    ],
)
def test_an_app_hears_what_it_subscribed_to(
    stage: Stage, app: str, field: str, expected: list[tuple[str, str]]
) -> None:
    stage.post("subscribed_apps", app, subscribed_fields=field)
    stage.customer_writes()
    stage.text(app=BOT)
    stage.sim.inbox_replies(PAGE, PSID, "from the Inbox")
    assert stage.told(app) == expected


def test_an_app_that_unsubscribed_hears_nothing(stage: Stage) -> None:
    url = f"{stage.sim.url}/v26.0/{PAGE}/subscribed_apps"
    assert stage.http.delete(url, params={"access_token": "agent-token"}, timeout=5).json() == {
        "success": True
    }
    stage.customer_writes()
    assert stage.told(AGENT) == []
    assert [app["id"] for app in stage.get("me/subscribed_apps").json()["data"]] == [BOT]


def test_subscriptions_can_be_read_back(stage: Stage) -> None:
    stage.post("subscribed_apps", subscribed_fields="messages,standby")
    found = {app["id"]: app["subscribed_fields"] for app in stage.get("me/subscribed_apps").json()["data"]}
    assert found[AGENT] == ["messages", "standby"]


def test_an_unknown_field_cannot_be_subscribed_to(stage: Stage) -> None:
    assert stage.post("subscribed_apps", subscribed_fields="messages,gossip").status_code == 400


def test_app_ids_come_as_text_as_numbers_or_mixed(stage: Stage) -> None:
    seen = []
    for style in ("text", "number", "mixed"):
        stage.given_to(BOT)
        stage.sim.knobs.webhook_style(ids_as=style)
        stage.sim.app_passes(BOT, PAGE, PSID, AGENT)
        body = stage.sim.events(AGENT)[0].event["pass_thread_control"]
        seen.append((body["previous_owner_app_id"], body["new_owner_app_id"]))
        assert stage.visible_owner()[0]["app_id"] == (int(AGENT) if style == "number" else AGENT)
    assert seen == [(BOT, AGENT), (int(BOT), int(AGENT)), (BOT, int(AGENT))]


def test_event_times_can_come_in_seconds(stage: Stage) -> None:
    stage.sim.knobs.webhook_style(timestamps="seconds")
    stage.customer_writes()
    timestamp = stage.sim.events(BOT)[0].event["timestamp"]
    assert timestamp == pytest.approx(stage.sim.now().timestamp(), abs=5)


def test_one_page_hears_nothing_of_anothers_customers(stage: Stage) -> None:
    stage.sim.add_page("112", "Other", "open")
    stage.sim.connect("112", AGENT, "other-token")
    stage.sim.subscribe("112", AGENT)
    stage.sim.customer_writes("112", "333", "hi")
    assert stage.told(BOT) == []
    assert [sent.page_id for sent in stage.sim.events(AGENT)] == ["112"]
