"""The stage that tests play on: one page, our agent app, a bot, a customer, and a simulated Facebook.

Our service is reached by HTTP, Facebook is the simulator, and webhooks come back over HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests
from django.core.management import call_command
from django.utils import timezone

from channels_fb.simulator import Simulator
from handover import attending, tokens, upkeep
from handover.models import Handover, Identity, Source, Thread
from handover.wire_ids import key_of

PAGE, AGENT, BOT, MAYA = "111", "800", "900", "24001"
INBOX = "263902037430900"
AGENT_SECRET, VERIFY, PAGE_TOKEN, BOT_TOKEN = "agent-secret", "verify-me", "page-token", "bot-page-token"


@dataclass
class World:
    """One service and one Facebook."""

    url: str
    facebook: Simulator
    token: str = ""
    http: requests.Session = field(default_factory=requests.Session)

    def build(self, mode: str = "receivers", primary: str = "bot", *, take_over: bool = False) -> World:
        """Connect the page under one of Facebook's modes, and issue a token for everything."""
        self.build_facebook(mode, {"bot": BOT, "agent": AGENT}.get(primary), take_over=take_over)
        self.connect_page(primary)
        self.token = tokens.issue("test bot")
        return self

    def build_facebook(self, mode: str, primary_app_id: str | None, *, take_over: bool = False) -> None:
        """Facebook's side alone."""
        self.facebook.add_app(BOT, "bot-secret", "Acme bot")
        self.facebook.add_app(AGENT, AGENT_SECRET, "RingCX Bots")
        self.add_page(PAGE, mode, primary_app_id, take_over=take_over)
        self.facebook.add_person(PAGE, MAYA, "Maya", "Lind")

    def add_page(
        self, page_id: str, mode: str, primary_app_id: str | None, *, take_over: bool = False
    ) -> None:
        """A page with both apps on it."""
        suffix = "" if page_id == PAGE else f"-{page_id}"
        self.facebook.add_page(page_id, f"Page {page_id}", mode, primary_app_id)
        self.facebook.connect(page_id, BOT, BOT_TOKEN + suffix)
        self.facebook.connect(page_id, AGENT, PAGE_TOKEN + suffix, take_over=take_over)
        self.facebook.subscribe(page_id, BOT)

    def connect_page(self, primary: str = "bot", page_id: str = PAGE, *options: str) -> Source:
        """Our side, as an administrator does it; then Facebook learns where our webhooks are."""
        suffix = "" if page_id == PAGE else f"-{page_id}"
        call_command(
            "connect_page",
            *("--page-id", page_id, "--name", f"Page {page_id}", "--page-token", PAGE_TOKEN + suffix),
            *("--agent-app-id", AGENT, "--agent-app-secret", AGENT_SECRET, "--verify-token", VERIFY),
            *("--bot-app-id", BOT, "--bot-name", "Acme bot", "--primary", primary),
            *options,
        )
        self.facebook.set_callback(AGENT, f"{self.url}/webhooks/facebook/{AGENT}", VERIFY)
        self.facebook.forget()
        return Source.objects.get(foreign_id=page_id)

    # What people do.

    def maya_writes(self, text: str = "Hello") -> None:
        """The customer writes, and Facebook tells everybody."""
        self.facebook.customer_writes(PAGE, MAYA, text)
        self.settle()

    def bot_passes_to_us(self) -> None:
        """The bot grants what it was asked for."""
        self.facebook.app_passes(BOT, PAGE, MAYA, AGENT)
        self.settle()

    def settle(self) -> None:
        """Wait until Facebook has told everything it has to tell."""
        self.facebook.wait_until_quiet()

    def work(self) -> None:
        """A round of the worker: what it rings for is attended to here, one thread after the other."""
        for thread_id in attending.due(timezone.now()):
            attending.attend(thread_id)
        upkeep.run_due()

    # What the API is asked.

    def ask(self, method: str, path: str, token: str | None = None, **options: Any) -> requests.Response:
        """A call to the API, never following a redirect."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        headers.update(options.pop("headers", {}))
        return self.http.request(
            method, self.url + path, headers=headers, allow_redirects=False, timeout=30, **options
        )

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON at a path."""
        return self.ask("GET", path, params=parameters).json()

    def hand_over(self, from_party: str, to_party: str, **parameters: Any) -> requests.Response:
        """A handover of Maya's thread."""
        asked = {"identity_foreign_id": MAYA, "from": from_party, "to": to_party, "type": "messenger"}
        return self.ask("POST", "/1.0/bots/handover", params={**asked, **parameters})

    def bot_to_agent(self, **parameters: Any) -> requests.Response:
        """A bot asks for an agent."""
        return self.hand_over("bot", "agent", **parameters)

    def agent_to_bot(self, **parameters: Any) -> requests.Response:
        """A thread goes back to the bot."""
        return self.hand_over("agent", "bot", **{"app_id": BOT, **parameters})

    def handover_of(self, answer: requests.Response) -> Handover:
        """The record that an answer names."""
        return Handover.objects.get(pk=key_of(answer.headers["Handover-Id"]))

    # What is so.

    @property
    def thread(self) -> Thread:
        """Maya's thread."""
        return Thread.objects.select_related("identity", "source").get(identity__foreign_id=MAYA)

    @property
    def identity(self) -> Identity:
        """Maya."""
        return self.thread.identity

    @property
    def control(self) -> dict[str, Any]:
        """Who holds Maya's thread, by our API."""
        threads = self.get("/1.0/content_threads", q=f"foreign:{MAYA}")
        control: dict[str, Any] = threads["records"][0]["thread_control"]
        return control

    @property
    def truth(self) -> str | None:
        """Who holds Maya's thread, by Facebook."""
        return self.facebook.owner(PAGE, MAYA)

    def graph_calls(self, *edges: str) -> list[str]:
        """The control calls that our app has made, in order."""
        wanted = edges or (
            "request_thread_control",
            "take_thread_control",
            "pass_thread_control",
            "release_thread_control",
            "thread_owner",
        )
        return [call.edge for call in self.facebook.calls if call.app_id == AGENT and call.edge in wanted]
