"""The story that is played: each step is a sentence, and the look that proves it."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import requests

from channels_fb.demo import bot, stage
from channels_fb.demo.cast import AGENT_APP_ID, BOT_APP_ID, FIRST_NAME, LAST_NAME, PAGE_ID, PAGE_NAME, PSID
from channels_fb.demo.errors import NotYet
from channels_fb.demo.service import Json, Service, handover_curl
from channels_fb.simulator import GraphCall, SimulatorClient

FIRST_QUESTION = "Hello, do you still have tomato seedlings?"
CALL_FOR_HUMAN = "Can I talk to a human, please?"
BACK_TO_BOT = {
    "identity_foreign_id": PSID,
    "from": "agent",
    "to": "bot",
    "type": "messenger",
    "app_id": BOT_APP_ID,
    "reason": "The agent is done",
}


@dataclass(frozen=True)
class Step:
    """`look` returns the lines that show it, or raises NotYet. `culprit`: the process that has to act."""

    sentence: str
    culprit: str
    look: Callable[[], Iterable[str]]
    act: Callable[[], None] = lambda: None


class Story:
    """`bot_calls` is the bot's account of its calls; everything else is seen from outside."""

    def __init__(
        self,
        facebook: SimulatorClient,
        service: Service,
        bot_token: str,
        bot_calls: Callable[[], Sequence[Json]],
        history: Callable[[], list[str]],
    ) -> None:
        self._facebook = facebook
        self.service = service
        self._bot_token = bot_token
        self._bot_calls = bot_calls
        self._history = history
        self._answer: requests.Response | None = None

    def steps(self) -> list[Step]:
        """In the order in which they happen."""
        return [*self._to_the_agent(), *self._to_the_bot()]

    def _to_the_agent(self) -> list[Step]:
        name = f"{FIRST_NAME} {LAST_NAME}"
        return [
            Step(
                f"{name}, a customer, writes to the page {PAGE_NAME}.",
                stage.SIMULATOR,
                lambda: [self._line(None, FIRST_QUESTION)],
                lambda: self._customer_writes(FIRST_QUESTION),
            ),
            Step("The bot answers.", stage.BOT, lambda: [self._line(BOT_APP_ID, bot.GREETING)]),
            Step(
                "RingCX Bots was told of both by Facebook, and knows who may speak: the bot.",
                stage.WEB,
                lambda: self._heard_and_held_by("bot", bot.GREETING),
            ),
            Step(
                f"{FIRST_NAME} asks for a human.",
                stage.SIMULATOR,
                lambda: [self._line(None, CALL_FOR_HUMAN)],
                lambda: self._customer_writes(CALL_FOR_HUMAN),
            ),
            Step(
                "The bot promises one and calls POST /1.0/bots/handover.",
                stage.BOT,
                self._bot_asked,
            ),
            Step(
                f"Facebook asks the bot to give the thread to app {AGENT_APP_ID}, which is RingCX Bots.",
                stage.SIMULATOR,
                self._request_delivered,
            ),
            Step("The bot passes control.", stage.BOT, self._bot_passed),
            Step(
                "Facebook tells RingCX Bots. The thread is the agent's now, and the handover is completed.",
                stage.WEB,
                self._agent_has_it,
            ),
        ]

    def _to_the_bot(self) -> list[Step]:
        return [
            Step(
                "The agent is done and gives the thread back to the bot, by the same API.",
                stage.WEB,
                self._given_back,
                self._give_back,
            ),
            Step(
                "The thread is the bot's again: RingCX Bots says so, and Facebook does.",
                stage.WEB,
                self._bot_has_it,
            ),
            Step(
                "All of it stands in the thread's history, chained so that no row can be changed unseen.",
                stage.COMMANDS,
                self._history,
            ),
        ]

    # What people and apps do

    def _customer_writes(self, text: str) -> None:
        self._facebook.customer_writes(PAGE_ID, PSID, text)

    def _give_back(self) -> None:
        self._answer = self.service.hand_over(BACK_TO_BOT)

    # What can be seen of it

    def _line(self, app_id: str | None, text: str) -> str:
        """A line of the conversation, as the customer's phone shows it."""
        lines = self._facebook.transcript(PAGE_ID, PSID)
        if not any((line.app_id, line.text) == (app_id, text) for line in lines):
            raise NotYet(f"the conversation has no message {text!r}.")
        return f'{FIRST_NAME if app_id is None else "Bot"}: "{text}"'

    def _heard_and_held_by(self, owner: str, text: str) -> list[str]:
        if not self.service.has_heard(text):
            raise NotYet(f"RingCX Bots has not heard of the message {text!r}.")
        return self._held_by(owner)

    def _held_by(self, owner: str) -> list[str]:
        control = self.service.thread_control()
        if control["owner"] != owner or not control["sure"]:
            raise NotYet(f"thread_control is {json.dumps(control)}.")
        shown = {name: control[name] for name in ("owner", "app_id", "how")}
        return [f"thread_control: {json.dumps(shown)}"]

    def _bot_asked(self) -> list[str]:
        made = self._handover_call()
        curl = handover_curl(self.service.url, self._bot_token, bot.handover_parameters(PSID))
        return [
            self._line(BOT_APP_ID, bot.FETCHING),
            "The call, as a curl:",
            *curl,
            f"Answer: HTTP 200 {made['answer']}",
            f"Handover-Id: {made['handover_id']} (asked for, not granted yet)",
        ]

    def _handover_call(self) -> Json:
        """The bot's call, answered with success."""
        calls = [made for made in self._bot_calls() if made["call"] == "handover"]
        if not calls:
            raise NotYet("the bot has not called.")
        if calls[-1]["status"] != 200:
            raise NotYet(f"the answer was HTTP {calls[-1]['status']} {calls[-1]['answer']}")
        return calls[-1]

    def _request_delivered(self) -> list[str]:
        if not any(
            each.app_id == BOT_APP_ID and each.status == 200 and b'"request_thread_control"' in each.body
            for each in self._facebook.deliveries
        ):
            raise NotYet("the bot's webhook was not called with request_thread_control.")
        return ["Webhook to the bot: request_thread_control"]

    def _bot_passed(self) -> list[str]:
        calls = [call for call in self._facebook.calls if _is_pass_by_the_bot(call)]
        if not calls:
            raise NotYet("the bot has not called pass_thread_control.")
        if calls[-1].status != 200:
            raise NotYet(f"pass_thread_control was answered {json.dumps(calls[-1].answer)}")
        return [f"Graph API: POST /me/pass_thread_control, target_app_id={AGENT_APP_ID}"]

    def _agent_has_it(self) -> list[str]:
        seen = self._held_by("agent")
        handover = self.service.handover(self._handover_call()["handover_id"])
        if handover["state"] != "completed":
            raise NotYet(f"the handover is {handover['state']}: {handover['outcome']}")
        return [*seen, f"handover: {json.dumps({name: handover[name] for name in ('from', 'to', 'state')})}"]

    def _given_back(self) -> list[str]:
        if self._answer is None or self._answer.status_code != 200:
            raise NotYet(f"the answer was {self._answer.text if self._answer is not None else 'none'}")
        curl = handover_curl(self.service.url, self.service.token, BACK_TO_BOT)
        return [*curl, f"Answer: HTTP 200 {self._answer.text}"]

    def _bot_has_it(self) -> list[str]:
        seen, truth = self._held_by("bot"), self._facebook.owner(PAGE_ID, PSID)
        if truth != BOT_APP_ID:
            raise NotYet(f"at Facebook the thread is held by {truth or 'nobody'}.")
        return [*seen, f"Facebook: owner is app {truth}"]


def _is_pass_by_the_bot(call: GraphCall) -> bool:
    return (call.edge, call.app_id) == ("pass_thread_control", BOT_APP_ID)
