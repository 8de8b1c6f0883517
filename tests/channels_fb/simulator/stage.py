"""The cast of these tests: page 111, the agent's app 800, the bot's app 900 and a customer, 222."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from channels_fb.simulator import Simulator
from channels_fb.simulator.model import Mode

PAGE, PSID, AGENT, BOT, STRANGER = "111", "222", "800", "900", "950"
TOKENS = {AGENT: "agent-token", BOT: "bot-token"}
SECRETS = {AGENT: "agent-secret", BOT: "bot-secret"}
HOUR, DAY = 3600, 24 * 3600


class Stage:
    """A running simulator with the cast in place, and Graph calls as either app."""

    def __init__(self, sim: Simulator, http: requests.Session) -> None:
        self.sim = sim
        self.http = http

    def post(self, edge: str, app: str = AGENT, psid: str = PSID, **parameters: Any) -> requests.Response:
        body = {"recipient": {"id": psid}, "access_token": TOKENS[app], **parameters}
        return self.http.post(f"{self.sim.url}/v26.0/me/{edge}", json=body, timeout=5)

    def get(self, path: str, app: str = AGENT, **parameters: str) -> requests.Response:
        query = {"access_token": TOKENS[app], **parameters}
        return self.http.get(f"{self.sim.url}/v26.0/{path}", params=query, timeout=5)

    def text(self, text: str = "hello", app: str = AGENT, **parameters: Any) -> requests.Response:
        return self.post("messages", app, message={"text": text}, **parameters)

    def visible_owner(self, app: str = AGENT) -> list[dict[str, Any]]:
        found = self.get("me/thread_owner", app, recipient=PSID).json()["data"]
        return [item["thread_owner"] for item in found]

    def owner(self) -> str | None:
        return self.sim.owner(PAGE, PSID)

    def customer_writes(self, text: str = "hi") -> str:
        return self.sim.customer_writes(PAGE, PSID, text)

    def given_to(self, app: str) -> None:
        """The thread is awake and this app has it."""
        self.customer_writes()
        if self.owner() is None:
            self.sim.app_passes(app, PAGE, PSID, app)
        elif self.owner() != app:
            self.sim.app_passes(str(self.owner()), PAGE, PSID, app)
        self.sim.forget()

    def idle(self) -> None:
        """The customer has just written and whoever had the thread released it."""
        self.customer_writes()
        owner = self.owner()
        if owner is not None:
            self.sim.app_releases(owner, PAGE, PSID)
        self.sim.forget()

    def told(self, app: str) -> list[tuple[str, str]]:
        """What the app was told, as (key, kind of event)."""
        return [(sent.key, kind(sent.event)) for sent in self.sim.events(app)]


def kind(event: dict[str, Any]) -> str:
    """`message`, `echo`, `postback`, `pass_thread_control` ..."""
    if event.get("message", {}).get("is_echo"):
        return "echo"
    return next(name for name in event if name not in ("sender", "recipient", "timestamp"))


@contextmanager
def running(mode: Mode, primary: str | None = None) -> Iterator[Stage]:
    with Simulator() as sim, requests.Session() as http:
        sim.add_page(PAGE, "Acme", mode, primary)
        for app in (AGENT, BOT):
            sim.add_app(app, SECRETS[app], f"App {app}")
            sim.connect(PAGE, app, TOKENS[app])
            sim.subscribe(PAGE, app)
        sim.add_person(PAGE, PSID, "Jane", "Doe")
        yield Stage(sim, http)


def error(answer: requests.Response) -> tuple[int, int, int | None]:
    """(HTTP status, code, subcode)."""
    body = answer.json()["error"]
    return answer.status_code, body["code"], body.get("error_subcode")
