"""What can be seen of an act from outside: at Facebook, by our API, and by the bot's account of its calls."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from channels_fb.demo.cast import AGENT_APP_ID, AGENT_NAME, BOT_APP_ID, FIRST_NAME, PAGE_ID, PSID
from channels_fb.demo.errors import NotYet
from channels_fb.demo.service import Json, Service, shown
from channels_fb.simulator import GraphCall, SimulatorClient
from channels_fb.simulator.records import Line

_SPEAKERS = {None: FIRST_NAME, BOT_APP_ID: "Bot", AGENT_APP_ID: AGENT_NAME}


class Witness:
    """Sees what has happened at Facebook since it came, which is when an act begins.

    Each method returns what shows that something is so, or raises NotYet.
    """

    def __init__(
        self, facebook: SimulatorClient, service: Service, bot_calls: Callable[[], Sequence[Json]]
    ) -> None:
        self._facebook = facebook
        self._service = service
        self._bot_calls = bot_calls
        self._since: datetime = facebook.now()

    # The conversation

    def phone(self) -> list[str]:
        """The conversation, as the customer's phone shows it."""
        return [_spoken(line.app_id, line.text) for line in self._lines()]

    def said(self, app_id: str | None, text: str) -> str:
        """A line of the conversation; of the customer's own, where there is no app."""
        if not any((line.app_id, line.text) == (app_id, text) for line in self._lines()):
            raise NotYet(f"the conversation has no message {text!r}.")
        return _spoken(app_id, text)

    def said_once(self, app_id: str, text: str) -> str:
        """The one thing that an app has said."""
        texts = [line.text for line in self._lines() if line.app_id == app_id]
        if texts != [text]:
            raise NotYet(f"app {app_id} has said {json.dumps(texts)}.")
        return _spoken(app_id, text)

    # Who may speak

    def held_by(self, owner: str) -> list[str]:
        """RingCX Bots is sure of the thread's holder."""
        control = self._service.thread_control()
        if control["owner"] != owner or not control["sure"]:
            raise NotYet(f"thread_control is {json.dumps(control)}.")
        return [f"thread_control: {shown(control, 'owner', 'app_id', 'how')}"]

    def agreed_to_be_held_by(self, owner: str, app_id: str | None) -> list[str]:
        """RingCX Bots and Facebook say the same."""
        seen, truth = self.held_by(owner), self._facebook.owner(PAGE_ID, PSID)
        if truth != app_id:
            raise NotYet(f"at Facebook the thread is held by {_owner(truth)}.")
        return [*seen, f"Facebook: owner is {_owner(truth)}"]

    # Calls and webhooks

    def handover_call(self, name: str, status: int) -> Json:
        """The bot's last call of this name, answered with this status."""
        calls = [made for made in self._bot_calls() if made["call"] == name]
        if not calls:
            raise NotYet("the bot has not called.")
        if calls[-1]["status"] != status:
            raise NotYet(f"the answer was HTTP {calls[-1]['status']} {calls[-1]['answer']}")
        return calls[-1]

    def request_reached_bot(self) -> list[str]:
        """Facebook has told the bot that our app wants control."""
        if not any(
            each.app_id == BOT_APP_ID
            and each.at >= self._since
            and each.status == 200
            and b'"request_thread_control"' in each.body
            for each in self._facebook.deliveries
        ):
            raise NotYet("the bot's webhook was not called with request_thread_control.")
        return ["Webhook to the bot: request_thread_control"]

    def bot_passed(self) -> list[str]:
        """The bot has passed control to our app."""
        self._called(BOT_APP_ID, "pass_thread_control")
        return [f"Graph API: POST /me/pass_thread_control, target_app_id={AGENT_APP_ID}"]

    def we_called(self, edge: str) -> list[str]:
        """RingCX Bots has made this call with success."""
        self._called(AGENT_APP_ID, edge)
        return [f"Graph API: POST /me/{edge}: HTTP 200"]

    def we_were_refused(self, edge: str) -> list[str]:
        """Facebook has refused this call of RingCX Bots."""
        refused = [call for call in self._calls(AGENT_APP_ID, edge) if call.status != 200]
        if not refused:
            raise NotYet(f"Facebook has refused no call of {edge}.")
        error = refused[0].answer["error"]
        return [
            f"Graph API: POST /me/{edge}: HTTP {refused[0].status},"
            f" code {error['code']}/{error.get('error_subcode')}"
        ]

    def _called(self, app_id: str, edge: str) -> None:
        calls = self._calls(app_id, edge)
        if not calls:
            raise NotYet(f"app {app_id} has not called {edge}.")
        if calls[-1].status != 200:
            raise NotYet(f"{edge} was answered {json.dumps(calls[-1].answer)}")

    def _calls(self, app_id: str, edge: str) -> list[GraphCall]:
        return [
            call
            for call in self._facebook.calls
            if (call.app_id, call.edge) == (app_id, edge) and call.at >= self._since
        ]

    def _lines(self) -> list[Line]:
        return [line for line in self._facebook.transcript(PAGE_ID, PSID) if line.at >= self._since]


def _spoken(app_id: str | None, text: str | None) -> str:
    return f'{_SPEAKERS[app_id]}: "{text}"'


def _owner(app_id: str | None) -> str:
    return f"app {app_id}" if app_id else "nobody"
