"""Driving from another process: the client, and the raw face below `/_simulator/`."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from channels_fb.simulator import GraphError, Simulator, SimulatorClient, UnknownThing, VerificationFailed
from channels_fb.simulator.client_knobs import ClientKnobs, ClientWebhookKnobs
from channels_fb.simulator.driver_http import ACTIONS, KNOBS, RECORDS, VIEWS, WEBHOOK_KNOBS
from channels_fb.simulator.knobs import Knobs
from channels_fb.simulator.queues import WebhookQueues
from tests.channels_fb.simulator.stage import AGENT, BOT, PAGE, PSID, Stage, running


@pytest.fixture
def stage() -> Iterator[Stage]:
    with running("receivers", primary=BOT) as stage:
        yield stage


@pytest.fixture
def client(stage: Stage) -> Iterator[SimulatorClient]:
    with SimulatorClient(stage.sim.url) as client:
        yield client


@pytest.mark.parametrize(
    ("here", "there", "names"),
    [
        (Simulator, SimulatorClient, [*ACTIONS, *VIEWS]),
        (Knobs, ClientKnobs, KNOBS),
        (WebhookQueues, ClientWebhookKnobs, WEBHOOK_KNOBS),
    ],
)
def test_the_client_offers_every_driving_method_as_it_is(here: type, there: type, names: list[str]) -> None:
    for name in names:
        assert inspect.signature(getattr(here, name)) == inspect.signature(getattr(there, name)), name
    assert {name for name in vars(here) if not name.startswith("_")} >= set(names)
    assert set(RECORDS) <= set(dir(SimulatorClient))


def test_a_whole_story_can_be_driven_over_http(client: SimulatorClient) -> None:
    client.add_app("700", "secret", "Third")
    client.add_page("112", "Other", "routing", "700")
    client.connect("112", "700", "third-token", take_over=True)
    client.subscribe("112", "700", ["messages", "message_echoes"])
    mid = client.customer_writes("112", "333", "Grüße")
    client.app_sends("700", "112", "333", "hello", metadata="m")
    client.customer_taps("112", "333", "Yes", "YES")
    assert client.owner("112", "333") == "700"
    assert [line.text for line in client.transcript("112", "333")] == ["Grüße", "hello", "Yes"]
    assert client.transcript("112", "333")[0].mid == mid
    assert [sent.key for sent in client.events("700")] == ["messaging", "messaging"]
    client.inbox_takes("112", "333")
    client.inbox_passes("112", "333", "700")
    client.app_extends("700", "112", "333", 3600)
    client.app_releases("700", "112", "333")
    assert client.owner("112", "333") is None
    client.forget()
    assert client.events("700") == []


def test_records_arrive_as_they_are_kept(stage: Stage, client: SimulatorClient) -> None:
    client.customer_writes(PAGE, PSID, "hi")
    stage.text(app=BOT)
    assert client.calls == stage.sim.calls
    assert client.events(BOT) == stage.sim.events(BOT)
    assert client.transcript(PAGE, PSID) == stage.sim.transcript(PAGE, PSID)


def test_knobs_turn_over_http(stage: Stage, client: SimulatorClient) -> None:
    client.knobs.fail_next("messages", body={"error": {"code": 4}}, status=403)
    client.customer_writes(PAGE, PSID, "hi")
    assert stage.text(app=BOT).json() == {"error": {"code": 4}}
    client.knobs.fail_next("messages", body=b"raw", status=502)
    assert stage.text(app=BOT).text == "raw"
    client.knobs.webhooks.hold()
    client.knobs.webhooks.batch(3)
    client.knobs.webhook_style(ids_as="number")
    client.knobs.delay("messages", 0.01, when="after")
    client.knobs.lose_answer("messages")
    client.knobs.reset()
    client.wait_until_quiet(timeout=1)


def test_the_clock_moves_over_http(client: SimulatorClient) -> None:
    before = client.now()
    client.advance(3600)
    assert (client.now() - before).total_seconds() == pytest.approx(3600, abs=5)
    with pytest.raises(ValueError, match="forward"):
        client.advance(-1)


def test_what_the_platform_refuses_an_app_is_raised(client: SimulatorClient) -> None:
    client.customer_writes(PAGE, PSID, "hi")
    with pytest.raises(GraphError) as caught:
        client.app_sends(AGENT, PAGE, PSID, "mine?")
    assert (caught.value.code, caught.value.subcode, caught.value.status) == (10, 2018300, 400)


def test_failures_keep_their_kind(client: SimulatorClient) -> None:
    with pytest.raises(UnknownThing):
        client.customer_writes("999", PSID, "hi")
    with pytest.raises(VerificationFailed):
        client.set_callback(BOT, "http://127.0.0.1:1/", "token")
    with pytest.raises(ValueError, match="primary_app_id"):
        client.set_mode(PAGE, "open", BOT)
    with pytest.raises(ValueError, match="batch"):
        client.knobs.webhooks.batch(0)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("customer_writes", {}),
        ("customer_writes", {"page_id": PAGE, "psid": PSID, "text": "hi", "colour": "red"}),
        ("customer_writes", {"page_id": PAGE, "psid": 222, "text": "hi"}),
        ("customer_writes", {"page_id": PAGE, "psid": PSID, "text": "hi", "attachments": ["cat"]}),
        ("advance", {"seconds": True}),
        ("add_page", {"page_id": "112", "name": "Other", "mode": "sideways"}),
        ("knobs/delay", {"edge": "messages", "seconds": "long"}),
    ],
)
def test_bad_arguments_are_told(stage: Stage, name: str, arguments: dict[str, Any]) -> None:
    answer = requests.post(f"{stage.sim.url}/_simulator/{name}", json=arguments, timeout=5)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (400, "BadArguments")


@pytest.mark.parametrize("name", ["stop", "clock", "__init__", "knobs/failure", "knobs/webhooks/put", ""])
def test_only_driving_methods_can_be_reached(stage: Stage, name: str) -> None:
    assert requests.post(f"{stage.sim.url}/_simulator/{name}", json={}, timeout=5).status_code == 404


def test_the_state_shows_threads_and_hides_secrets(stage: Stage, client: SimulatorClient) -> None:
    client.customer_writes(PAGE, PSID, "hi")
    page = client.state()["pages"][PAGE]
    assert page["threads"][PSID]["owner"] == BOT
    assert page["people"] == {PSID: "Jane Doe"}
    text = requests.get(f"{stage.sim.url}/_simulator/state", timeout=5).text
    assert "bot-token" not in text
    assert "bot-secret" not in text


def test_a_stopped_simulator_answers_nobody(client: SimulatorClient) -> None:
    with Simulator() as other, SimulatorClient(other.url) as caller:
        assert caller.state()["pages"] == {}
        other.stop()
        with pytest.raises(requests.ConnectionError):
            caller.state()
