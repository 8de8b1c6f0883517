"""Webhooks on their way: verification, signature, order, retries and the knobs that disturb them."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from channels_fb.simulator import VerificationFailed
from tests.channels_fb.simulator.listener import VERIFY_TOKEN, Listener, listening
from tests.channels_fb.simulator.stage import AGENT, BOT, PAGE, PSID, SECRETS, Stage, running


@dataclass
class Line:
    """The bot's app, which owns every thread here, with its callback."""

    stage: Stage
    callback: Listener

    def write(self, *texts: str) -> None:
        for text in texts:
            self.stage.customer_writes(text)

    def quiet(self) -> list[str]:
        self.stage.sim.wait_until_quiet()
        return self.callback.texts()


@pytest.fixture
def line() -> Iterator[Line]:
    with listening() as callback, running("receivers", primary=BOT) as stage:
        stage.sim.set_callback(BOT, callback.url, VERIFY_TOKEN)
        yield Line(stage, callback)


def test_a_callback_that_does_not_echo_the_challenge_is_not_saved(line: Line) -> None:
    with pytest.raises(VerificationFailed):
        line.stage.sim.set_callback(AGENT, line.callback.url, "wrong")
    line.write("hi")
    line.stage.sim.wait_until_quiet()
    assert {delivery.app_id for delivery in line.stage.sim.deliveries} == {BOT}


def test_a_callback_that_nobody_answers_is_not_saved(line: Line) -> None:
    with pytest.raises(VerificationFailed):
        line.stage.sim.set_callback(AGENT, "http://127.0.0.1:1/", VERIFY_TOKEN)


def test_the_envelope_names_page_and_time(line: Line) -> None:
    line.write("hi")
    line.quiet()
    body = json.loads(line.callback.bodies[0])
    assert body["object"] == "page"
    assert [(entry["id"], list(entry)) for entry in body["entry"]] == [(PAGE, ["id", "time", "messaging"])]


def test_the_signature_covers_the_bytes_with_non_ascii_escaped(line: Line) -> None:
    line.write("Grüße 👋")
    assert line.quiet() == ["Grüße 👋"]
    (body,) = line.callback.bodies
    assert b"\\u00fc" in body
    digest = hmac.new(SECRETS[BOT].encode(), body, hashlib.sha256).hexdigest()
    assert line.callback.signatures == [f"sha256={digest}"]


def test_a_changed_secret_signs_from_then_on(line: Line) -> None:
    line.stage.sim.change_secret(BOT, "new")
    line.write("hi")
    line.quiet()
    digest = hmac.new(b"new", line.callback.bodies[0], hashlib.sha256).hexdigest()
    assert line.callback.signatures == [f"sha256={digest}"]


def test_each_app_hears_on_its_own_callback_with_its_own_secret(line: Line) -> None:
    with listening() as other:
        line.stage.sim.set_callback(AGENT, other.url, VERIFY_TOKEN)
        line.write("hi")
        line.quiet()
        assert "standby" in json.loads(other.bodies[0])["entry"][0]
        assert other.signatures != line.callback.signatures


def test_a_delivery_is_repeated_unchanged_until_it_is_answered_200(line: Line) -> None:
    line.callback.answers = [500, 403, 201]
    line.write("first", "second")
    assert line.quiet() == ["first"] * 4 + ["second"]
    assert len(set(line.callback.bodies[:4])) == 1
    assert [(tried.attempt, tried.status) for tried in line.stage.sim.deliveries] == [
        (1, 500),
        (2, 403),
        (3, 201),
        (4, 200),
        (1, 200),
    ]


def test_waiting_for_quiet_gives_up(line: Line) -> None:
    line.callback.answers = [500] * 100
    line.write("hi")
    with pytest.raises(TimeoutError):
        line.stage.sim.wait_until_quiet(timeout=0.1)


def test_events_arrive_in_order(line: Line) -> None:
    texts = [str(number) for number in range(20)]
    line.write(*texts)
    assert line.quiet() == texts


def test_held_webhooks_wait_for_their_release(line: Line) -> None:
    line.stage.sim.knobs.webhooks.hold()
    line.write("one", "two")
    assert line.quiet() == []
    line.stage.sim.knobs.webhooks.release()
    assert line.quiet() == ["one", "two"]


def test_what_waits_can_be_reordered(line: Line) -> None:
    line.stage.sim.knobs.webhooks.hold()
    line.write("one", "two", "three")
    line.stage.sim.knobs.webhooks.reorder()
    line.stage.sim.knobs.webhooks.release()
    assert line.quiet() == ["three", "two", "one"]


def test_events_can_be_duplicated(line: Line) -> None:
    line.stage.sim.knobs.webhooks.duplicate(1)
    line.write("one", "two")
    assert line.quiet() == ["one", "one", "two"]
    assert line.callback.bodies[0] == line.callback.bodies[1]


def test_events_can_be_dropped(line: Line) -> None:
    line.stage.sim.knobs.webhooks.drop_next(1)
    line.write("one", "two")
    assert line.quiet() == ["two"]
    assert len(line.stage.sim.events(BOT)) == 2


def test_a_batch_shares_one_post_and_neighbours_share_an_entry(line: Line) -> None:
    line.stage.sim.knobs.webhooks.batch(10)
    line.stage.sim.knobs.webhooks.hold()
    line.write("one", "two")
    line.stage.sim.app_passes(BOT, PAGE, PSID, AGENT)
    line.write("three")
    line.stage.sim.knobs.webhooks.release()
    assert line.quiet() == ["one", "two", "three"]
    (body,) = line.callback.bodies
    entries = json.loads(body)["entry"]
    assert [(list(entry)[2], len(list(entry.values())[2])) for entry in entries] == [
        ("messaging", 2),
        ("standby", 1),
    ]


def test_a_reset_lets_everything_flow_again(line: Line) -> None:
    line.stage.sim.knobs.webhooks.hold()
    line.stage.sim.knobs.webhooks.duplicate(5)
    line.stage.sim.knobs.reset()
    line.write("one")
    assert line.quiet() == ["one"]
