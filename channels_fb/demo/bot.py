"""A small bot, as an integrator would write it: it talks, hands over when a human is wanted, and asks
for the thread when the bot is.

`python -m channels_fb.demo.bot` runs it; the environment says as whom (see `Settings`).
"""

import logging
import os
import re
import signal
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from typing import Any, Self

import requests

from channels_fb.demo import loopback
from channels_fb.demo.webhook_server import Json, WebhookServer

logger = logging.getLogger(__name__)

_WANTS_HUMAN = re.compile(r"\b(agent|human|person|colleague)s?\b", re.IGNORECASE)
_WANTS_BOT = re.compile(r"\bbots?\b", re.IGNORECASE)

GREETING = "Hello, I am the bot. We are open from 8 to 18; write 'human' to talk to a person."
FETCHING = "One moment please, I am fetching a colleague."
NOBODY = "Sorry, I could not reach a colleague. Please try again in a moment."

# What its calls of our API are named in its report.
TO_AGENT, TO_BOT = "handover to agent", "handover to bot"

# Our API may take 15 seconds to answer a handover.
_TIMEOUT = 20


@dataclass(frozen=True, repr=False)
class Settings:
    """Each is read from the variable BOT_ and its name in capitals."""

    port: str
    app_id: str
    app_secret: str
    verify_token: str
    page_token: str
    graph_url: str
    api_url: str
    api_token: str

    @classmethod
    def from_environment(cls) -> Self:
        """Raises KeyError with the name of what is missing."""
        return cls(**{each.name: os.environ[f"BOT_{each.name.upper()}"] for each in fields(cls)})


def handover_parameters(psid: str) -> dict[str, str]:
    """What the bot asks the Bots API for."""
    return {
        "identity_foreign_id": psid,
        "from": "bot",
        "to": "agent",
        "type": "messenger",
        "reason": "The customer asked for a human",
    }


def return_parameters(psid: str, app_id: str) -> dict[str, str]:
    """What it asks for to get a thread back."""
    return {
        "identity_foreign_id": psid,
        "from": "agent",
        "to": "bot",
        "type": "messenger",
        "app_id": app_id,
        "reason": "The customer asked for the bot",
    }


class Bot:
    """What it does about what it hears."""

    def __init__(self, settings: Settings) -> None:
        self._calls: deque[Json] = deque(maxlen=100)
        self._settings = settings
        self._heard: deque[str] = deque(maxlen=1000)
        self._session = loopback.session()

    def report(self) -> list[Json]:
        """The calls it made lately with their answers, oldest first; without texts and tokens."""
        return list(self._calls)

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def hear(self, event: Json, holds_thread: bool) -> None:
        """Deal with one event."""
        psid, message = event["sender"]["id"], event.get("message", {})
        if "request_thread_control" in event:
            self._pass_control(psid, str(event["request_thread_control"]["requested_owner_app_id"]))
        elif "text" in message and not message.get("is_echo") and self._is_new(message["mid"]):
            react = self._answer if holds_thread else self._overhear
            react(psid, message["text"])

    def _is_new(self, mid: str) -> bool:
        """Facebook may deliver a message again; it must not be answered again."""
        if mid in self._heard:
            return False
        self._heard.append(mid)
        return True

    def _answer(self, psid: str, text: str) -> None:
        if not _WANTS_HUMAN.search(text):
            self._say(psid, GREETING)
            return
        self._say(psid, FETCHING)
        if not self._hand_over(psid):
            self._say(psid, NOBODY)

    def _overhear(self, psid: str, text: str) -> None:
        """What comes while another app holds the thread is not ours to answer, even if we do not get it."""
        if _WANTS_BOT.search(text):
            self._call_api(TO_BOT, return_parameters(psid, self._settings.app_id))

    def _say(self, psid: str, text: str) -> None:
        self._graph("messages", psid, messaging_type="RESPONSE", message={"text": text})

    def _pass_control(self, psid: str, app_id: str) -> None:
        self._graph("pass_thread_control", psid, target_app_id=app_id)

    def _hand_over(self, psid: str) -> bool:
        """Ask the service for an agent. Facebook then asks us for control, which `hear` gives away."""
        return self._call_api(TO_AGENT, handover_parameters(psid))

    def _call_api(self, name: str, parameters: dict[str, str]) -> bool:
        url, token = f"{self._settings.api_url}/1.0/bots/handover", self._settings.api_token
        return self._post(name, url, token, data=parameters)

    def _graph(self, edge: str, psid: str, **body: Any) -> bool:
        url, token = f"{self._settings.graph_url}/me/{edge}", self._settings.page_token
        return self._post(edge, url, token, json={"recipient": {"id": psid}, **body})

    def _post(self, name: str, url: str, token: str, **body: Any) -> bool:
        """The token goes into a header: addresses end up in logs."""
        made: Json = {"call": name, "status": None}
        try:
            answer = self._session.post(
                url, headers={"Authorization": f"Bearer {token}"}, timeout=_TIMEOUT, **body
            )
            made |= {"status": answer.status_code, "answer": answer.text}
            made["handover_id"] = answer.headers.get("Handover-Id")
        except requests.RequestException as error:
            made["answer"] = type(error).__name__
        self._calls.append(made)
        succeeded: bool = made["status"] == 200
        logger.info("%s: %s", name, "done" if succeeded else made)
        return succeeded


@contextmanager
def running(settings: Settings) -> Iterator[WebhookServer]:
    """The bot behind its webhook, until the block ends."""
    with closing(Bot(settings)) as bot:
        port, secret, verify_token = int(settings.port), settings.app_secret, settings.verify_token
        with WebhookServer(port, secret, verify_token, bot.hear, bot.report) as server:
            yield server


def main() -> None:
    """Run until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with running(Settings.from_environment()) as server:
        logger.info("listening on %s", server.url)
        stopped.wait()


if __name__ == "__main__":
    main()
