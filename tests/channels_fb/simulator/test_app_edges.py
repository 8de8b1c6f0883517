"""What an app may ask about itself: its webhooks and its tokens; and what a token may not do."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests

from channels_fb.simulator.model import FIELDS
from tests.channels_fb.simulator.stage import AGENT, BOT, HOUR, PAGE, PSID, TOKENS, Stage, error, running

APP_TOKEN = f"{AGENT}|agent-secret"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with running("receivers", primary=BOT) as stage:
        yield stage


def ask(stage: Stage, path: str, token: str = APP_TOKEN, **query: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return stage.http.get(f"{stage.sim.url}/v26.0/{path}", params=query, headers=headers, timeout=5)


def test_a_token_is_described(stage: Stage) -> None:
    described = ask(stage, "debug_token", input_token=TOKENS[AGENT]).json()["data"]
    assert described == {
        "app_id": AGENT,
        "type": "PAGE",
        "application": f"App {AGENT}",
        "profile_id": PAGE,
        "expires_at": 0,
        "is_valid": True,
        "scopes": ["pages_manage_metadata", "pages_messaging", "pages_show_list"],
    }


def test_the_described_token_is_not_remembered(stage: Stage) -> None:
    ask(stage, "debug_token", input_token=TOKENS[AGENT])
    assert (stage.sim.calls[-1].edge, stage.sim.calls[-1].parameters) == ("debug_token", {})


def test_a_token_that_is_none_is_said_to_be_invalid(stage: Stage) -> None:
    described = ask(stage, "debug_token", input_token="x").json()["data"]
    assert (described["is_valid"], described["error"]["code"], described["scopes"]) == (False, 190, [])


def test_another_apps_token_is_not_described(stage: Stage) -> None:
    answer = ask(stage, "debug_token", input_token=TOKENS[BOT])
    assert error(answer) == (400, 100, None)
    assert "did not match the Viewing App" in answer.json()["error"]["message"]


def test_a_token_ends(stage: Stage) -> None:
    stage.sim.end_token(PAGE, AGENT, HOUR)
    ends = stage.sim.now() + timedelta(seconds=HOUR)
    described = ask(stage, "debug_token", input_token=TOKENS[AGENT]).json()["data"]
    assert described["is_valid"] and abs(described["expires_at"] - ends.timestamp()) < 5
    assert stage.get("me").ok
    stage.sim.advance(HOUR)
    described = ask(stage, "debug_token", input_token=TOKENS[AGENT]).json()["data"]
    assert (described["is_valid"], described["error"]["subcode"]) == (False, 463)
    assert error(stage.get("me")) == (400, 190, 463)


def test_webhooks_are_told_once_there_is_a_callback(stage: Stage) -> None:
    assert ask(stage, f"{AGENT}/subscriptions").json() == {"data": []}
    stage.sim.add_app(AGENT, "agent-secret", "Agent", callback_url="http://127.0.0.1:9/hook")
    stage.sim.list_fields(AGENT, ["messages", "standby"])
    (webhooks,) = ask(stage, f"{AGENT}/subscriptions").json()["data"]
    assert (webhooks["object"], webhooks["active"]) == ("page", True)
    assert webhooks["callback_url"] == "http://127.0.0.1:9/hook"
    assert [field["name"] for field in webhooks["fields"]] == ["messages", "standby"]


@pytest.mark.parametrize(
    ("token", "code"), [(f"{AGENT}|wrong", 190), ("999|agent-secret", 101), (TOKENS[AGENT], 101), ("", 101)]
)
def test_only_the_app_itself_may_ask(stage: Stage, token: str, code: int) -> None:
    assert error(ask(stage, f"{AGENT}/subscriptions", token))[1] == code
    assert error(ask(stage, "debug_token", token, input_token=TOKENS[AGENT]))[1] == code


def test_another_apps_webhooks_are_not_told(stage: Stage) -> None:
    assert error(ask(stage, f"{BOT}/subscriptions")) == (400, 100, 33)


def test_without_pages_messaging_nothing_about_threads_is_done(stage: Stage) -> None:
    stage.sim.grant(PAGE, AGENT, ["pages_manage_metadata"])
    stage.customer_writes()
    for edge in ("request_thread_control", "release_thread_control"):
        assert error(stage.post(edge)) == (400, 200, 2018028)
    assert error(stage.text()) == (400, 200, 2018028)
    assert stage.get("me/subscribed_apps").ok


def test_without_pages_manage_metadata_nothing_is_subscribed(stage: Stage) -> None:
    stage.sim.grant(PAGE, AGENT, ["pages_messaging"])
    assert error(stage.post("subscribed_apps", subscribed_fields="messages")) == (400, 200, None)
    assert stage.get("me").ok


def test_a_field_that_the_dashboard_lacks_brings_no_webhooks(stage: Stage) -> None:
    stage.sim.list_fields(AGENT, [name for name in FIELDS if name != "messaging_handovers"])
    stage.customer_writes()
    stage.sim.app_passes(BOT, PAGE, PSID, AGENT)
    assert stage.told(AGENT) == [("standby", "message")]
    stage.sim.list_fields(AGENT, FIELDS)
    stage.sim.app_passes(AGENT, PAGE, PSID, BOT)
    stage.sim.app_passes(BOT, PAGE, PSID, AGENT)
    assert stage.told(AGENT)[1:] == [("messaging", "pass_thread_control")]
