"""The `messages` edge: window, tags, limits, echoes."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.channels_fb.simulator.stage import AGENT, BOT, DAY, PAGE, PSID, Stage, error, running


@pytest.fixture
def stage() -> Iterator[Stage]:
    with running("receivers", primary=BOT) as stage:
        yield stage


def test_the_customer_sees_what_the_owner_sends(stage: Stage) -> None:
    stage.given_to(AGENT)
    answer = stage.text("good morning")
    assert answer.json()["recipient_id"] == PSID
    line = stage.sim.transcript(PAGE, PSID)[-1]
    assert (line.sender, line.app_id, line.text, line.mid) == (
        "page",
        AGENT,
        "good morning",
        answer.json()["message_id"],
    )


def test_a_message_of_somebody_else_is_refused_in_metas_words(stage: Stage) -> None:
    stage.given_to(BOT)
    answer = stage.text()
    assert error(answer) == (400, 10, 2018300)
    body = answer.json()["error"]
    assert body["message"] == (
        "(#10) Message failed to send because another app is controlling this thread now."
    )
    assert body["type"] == "OAuthException"
    assert body["fbtrace_id"]


def test_the_echo_reaches_the_owner_on_messaging_and_others_on_standby(stage: Stage) -> None:
    stage.given_to(AGENT)
    mid = stage.post("messages", message={"text": "hello", "metadata": "ours"}).json()["message_id"]
    (to_agent,), (to_bot,) = stage.sim.events(AGENT), stage.sim.events(BOT)
    assert (to_agent.key, to_bot.key) == ("messaging", "standby")
    assert to_agent.event["sender"] == {"id": PAGE}
    assert to_agent.event["recipient"] == {"id": PSID}
    assert to_agent.event["message"] == {
        "is_echo": True,
        "mid": mid,
        "text": "hello",
        "app_id": AGENT,
        "metadata": "ours",
    }


def test_the_window_closes_a_day_after_the_customers_last_action(stage: Stage) -> None:
    stage.given_to(BOT)
    stage.sim.advance(DAY + 1)
    assert error(stage.text(app=BOT)) == (400, 10, 2018278)


def test_a_human_agent_has_seven_days(stage: Stage) -> None:
    stage.given_to(BOT)
    stage.sim.advance(7 * DAY - 60)
    assert stage.text(app=BOT, tag="HUMAN_AGENT").ok
    stage.sim.advance(60)
    assert error(stage.text(app=BOT, tag="HUMAN_AGENT")) == (400, 10, 2018278)


def test_whoever_never_wrote_cannot_be_written_to(stage: Stage) -> None:
    assert error(stage.text(app=BOT)) == (400, 10, 2018278)


def test_an_unknown_psid_is_nobody(stage: Stage) -> None:
    assert error(stage.post("messages", psid="404", message={"text": "?"})) == (400, 100, 2018001)


def test_who_blocks_the_page_is_not_available(stage: Stage) -> None:
    stage.given_to(BOT)
    stage.sim.customer_blocks(PAGE, PSID)
    assert error(stage.text(app=BOT)) == (400, 551, 1545041)


def test_attachments_reach_customer_and_echo(stage: Stage) -> None:
    stage.given_to(AGENT)
    image = {"type": "image", "payload": {"url": "https://pictures.example/cat.png"}}
    assert stage.post("messages", message={"attachment": image}).ok
    assert stage.sim.transcript(PAGE, PSID)[-1].attachments == [image]
    assert stage.sim.events(AGENT)[0].event["message"]["attachments"] == [image]


def test_a_sender_action_leaves_no_message(stage: Stage) -> None:
    stage.given_to(AGENT)
    assert stage.post("messages", sender_action="typing_on").json() == {"recipient_id": PSID}
    assert stage.told(AGENT) == []
    assert error(stage.post("messages", BOT, sender_action="typing_on")) == (400, 10, 2018300)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"message": {}},
        {"message": "not an object"},
        {"message": {"text": "x" * 2001}},
        {"message": {"text": "x", "metadata": "y" * 1001}},
        {"message": {"text": "x"}, "tag": "ACCOUNT_UPDATE"},
        {"message": {"text": "x"}, "tag": "NONSENSE"},
        {"message": {"text": 5}},
        {"sender_action": "dance"},
    ],
)
def test_what_cannot_be_sent_is_refused(stage: Stage, parameters: dict[str, Any]) -> None:
    stage.given_to(AGENT)
    assert error(stage.post("messages", **parameters)) == (400, 100, None)
    assert stage.told(AGENT) == []


def test_sending_on_an_idle_thread_gives_the_sender_nothing(stage: Stage) -> None:
    stage.idle()
    assert stage.text(app=BOT).ok
    assert stage.owner() is None
