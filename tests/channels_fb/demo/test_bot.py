"""The demo's bot against a simulator and a stand-in of our API."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests

from channels_fb.demo import bot
from channels_fb.demo.bot import FETCHING, GREETING, NOBODY, Settings
from channels_fb.demo.webhook_server import WebhookServer
from channels_fb.simulator import Simulator, VerificationFailed

PAGE, PSID, AGENT, BOT = "111", "222", "800", "900"


@dataclass
class Api:
    """Answers handovers with `status`, and keeps what was asked."""

    status: int = 200
    url: str = ""
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)


@dataclass
class Scene:
    sim: Simulator
    server: WebhookServer
    api: Api

    def customer_writes(self, text: str) -> None:
        self.sim.customer_writes(PAGE, PSID, text)

    def bot_said(self) -> list[str | None]:
        return [line.text for line in self.sim.transcript(PAGE, PSID) if line.app_id == BOT]

    def until_bot_said(self, *texts: str) -> None:
        self._until(lambda: self.bot_said() == list(texts), self.bot_said)

    def until_owner_is(self, app_id: str) -> None:
        self._until(lambda: self.sim.owner(PAGE, PSID) == app_id, lambda: self.sim.owner(PAGE, PSID))

    def _until(self, holds: Any, seen: Any) -> None:
        ends = time.monotonic() + 5
        while not holds():
            assert time.monotonic() < ends, seen()
            time.sleep(0.01)


@pytest.fixture
def scene() -> Iterator[Scene]:
    with Simulator() as sim, _api() as api, bot.running(_settings(sim, api)) as server:
        sim.add_page(PAGE, "Acme", "receivers", BOT)
        for app_id in (AGENT, BOT):
            sim.add_app(app_id, f"secret {app_id}", f"App {app_id}")
            sim.connect(PAGE, app_id, f"token-{app_id}")
            sim.subscribe(PAGE, app_id)
        sim.set_callback(BOT, server.url, "verify me")
        yield Scene(sim, server, api)


def _settings(sim: Simulator, api: Api) -> Settings:
    return Settings(
        port="0",
        app_id=BOT,
        app_secret=f"secret {BOT}",
        verify_token="verify me",
        page_token=f"token-{BOT}",
        graph_url=f"{sim.url}/v26.0",
        api_url=api.url,
        api_token="api token",
    )


@contextmanager
def _api() -> Iterator[Api]:
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            api.asked.append((self.path, self.headers["Authorization"], form))
            body = json.dumps({"status": api.status, "message": "..."}).encode()
            self.send_response(api.status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Handover-Id", "0" * 23 + "1")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        api.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield api
        server.shutdown()
        thread.join()


def test_a_message_is_answered_once_though_it_comes_twice(scene: Scene) -> None:
    scene.sim.knobs.webhooks.duplicate(2)
    scene.customer_writes("Good morning")
    scene.customer_writes("Still there?")
    scene.until_bot_said(GREETING, GREETING)
    scene.sim.wait_until_quiet()
    assert scene.bot_said() == [GREETING, GREETING]
    assert scene.api.asked == []


def test_as_a_bystander_it_keeps_quiet(scene: Scene) -> None:
    scene.customer_writes("Good morning")
    scene.until_bot_said(GREETING)
    scene.sim.app_passes(BOT, PAGE, PSID, AGENT)
    scene.customer_writes("Is that you, agent?")
    scene.sim.app_passes(AGENT, PAGE, PSID, BOT)
    scene.customer_writes("And now?")
    scene.until_bot_said(GREETING, GREETING)
    assert scene.api.asked == []


@pytest.mark.parametrize("text", ["A human, please!", "AGENT", "are there humans?"])
def test_whoever_wants_a_human_is_handed_over(scene: Scene, text: str) -> None:
    scene.customer_writes(text)
    scene.until_bot_said(FETCHING)
    scene._until(lambda: scene.api.asked, lambda: "no handover")
    [(path, authorization, form)] = scene.api.asked
    assert path == "/1.0/bots/handover"
    assert authorization == "Bearer api token"
    assert form == bot.handover_parameters(PSID)


def test_it_says_so_when_nobody_can_be_had(scene: Scene) -> None:
    scene.api.status = 422
    scene.customer_writes("A human, please!")
    scene.until_bot_said(FETCHING, NOBODY)


def test_as_a_bystander_it_asks_for_the_thread_once_when_it_is_wanted_and_keeps_quiet_if_refused(
    scene: Scene,
) -> None:
    scene.api.status = 422
    scene.customer_writes("Are you a bot?")
    scene.until_bot_said(GREETING)
    scene.sim.app_passes(BOT, PAGE, PSID, AGENT)
    scene.sim.knobs.webhooks.duplicate(2)
    scene.customer_writes("Let me talk to the bot!")
    scene.customer_writes("Are you there?")
    scene.sim.wait_until_quiet()
    scene._until(lambda: scene.api.asked, lambda: "no handover")
    assert [form for _, _, form in scene.api.asked] == [bot.return_parameters(PSID, BOT)]
    assert scene.bot_said() == [GREETING]


@pytest.mark.parametrize("ids_as", ["text", "number"])
def test_it_passes_control_to_the_app_that_asks(scene: Scene, ids_as: Any) -> None:
    scene.sim.knobs.webhook_style(ids_as=ids_as)
    scene.customer_writes("Good morning")
    scene.sim.app_requests(AGENT, PAGE, PSID)
    scene.until_owner_is(AGENT)


def test_news_that_it_does_not_know_does_not_stop_it(scene: Scene) -> None:
    scene.sim.set_mode(PAGE, "receivers", AGENT)
    scene.sim.set_mode(PAGE, "receivers", BOT)
    scene.customer_writes("Good morning")
    scene.until_bot_said(GREETING)


def test_it_reports_its_calls_without_a_secret(scene: Scene) -> None:
    scene.customer_writes("A human, please!")
    scene.until_bot_said(FETCHING)
    url = scene.server.url.replace("/webhook", "/calls")
    scene._until(
        lambda: len(requests.get(url, timeout=5).json()) == 2, lambda: requests.get(url, timeout=5).text
    )
    report = requests.get(url, timeout=5)
    assert [(made["call"], made["status"]) for made in report.json()] == [
        ("messages", 200),
        ("handover to agent", 200),
    ]
    assert report.json()[1]["handover_id"] == "0" * 23 + "1"
    assert "token" not in report.text


def test_what_facebook_did_not_sign_is_refused(scene: Scene) -> None:
    scene.customer_writes("Good morning")
    scene.until_bot_said(GREETING)
    message = {"sender": {"id": PSID}, "message": {"mid": "forged", "text": "human"}}
    body = json.dumps({"object": "page", "entry": [{"id": PAGE, "messaging": [message]}]})
    for headers in ({}, {"X-Hub-Signature-256": "sha256=" + "0" * 64}):
        assert requests.post(scene.server.url, data=body, headers=headers, timeout=5).status_code == 403
    scene.customer_writes("Still there?")
    scene.until_bot_said(GREETING, GREETING)
    assert scene.api.asked == []


def test_its_address_is_verified_by_its_own_token_only(scene: Scene) -> None:
    with pytest.raises(VerificationFailed):
        scene.sim.set_callback(BOT, scene.server.url, "a guess")
