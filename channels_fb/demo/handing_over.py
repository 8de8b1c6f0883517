"""The first act: the bot hands over to the agent, who gives the thread back."""

from collections.abc import Callable

from channels_fb.demo import bot, calling, stage
from channels_fb.demo.cast import AGENT_APP_ID, BOT_APP_ID, FIRST_NAME, LAST_NAME, PAGE_NAME, PSID
from channels_fb.demo.errors import NotYet
from channels_fb.demo.script import Step
from channels_fb.demo.service import Service, handover_call, shown
from channels_fb.demo.witness import Witness

FIRST_QUESTION = "Hello, do you still have tomato seedlings?"
CALL_FOR_HUMAN = "Can I talk to a human, please?"
BACK_TO_BOT = handover_call(
    {
        "identity_foreign_id": PSID,
        "from": "agent",
        "to": "bot",
        "type": "messenger",
        "app_id": BOT_APP_ID,
        "reason": "The agent is done",
    }
)


class HandingOver:
    """`agent` and `bot` are the API with the token of either."""

    def __init__(
        self, seen: Witness, agent: Service, bot: Service, customer_writes: Callable[[str], None]
    ) -> None:
        self._seen = seen
        self._agent = agent
        self._bot = bot
        self._customer_writes = customer_writes

    def steps(self) -> list[Step]:
        """In the order in which they happen."""
        return [*self._conversation(), *self._to_the_agent(), *self._to_the_bot()]

    def _conversation(self) -> list[Step]:
        return [
            Step(
                f"{FIRST_NAME} {LAST_NAME}, a customer, writes to the page {PAGE_NAME}.",
                stage.SIMULATOR,
                lambda: [self._seen.said(None, FIRST_QUESTION)],
                lambda: self._customer_writes(FIRST_QUESTION),
            ),
            Step("The bot answers.", stage.BOT, lambda: [self._seen.said(BOT_APP_ID, bot.GREETING)]),
            Step(
                "RingCX Bots was told of both by Facebook, and knows who may speak: the bot.",
                stage.WEB,
                self._heard,
            ),
            Step(
                f"{FIRST_NAME} asks for a human.",
                stage.SIMULATOR,
                lambda: [self._seen.said(None, CALL_FOR_HUMAN)],
                lambda: self._customer_writes(CALL_FOR_HUMAN),
            ),
        ]

    def _to_the_agent(self) -> list[Step]:
        return [
            Step("The bot promises one and calls POST /1.0/bots/handover.", stage.BOT, self._asked),
            Step(
                f"Facebook asks the bot to give the thread to app {AGENT_APP_ID}, which is RingCX Bots.",
                stage.SIMULATOR,
                self._seen.request_reached_bot,
            ),
            Step("The bot passes control.", stage.BOT, self._seen.bot_passed),
            Step(
                "Facebook tells RingCX Bots. The thread is the agent's now, and the handover is completed.",
                stage.WEB,
                self._completed,
            ),
        ]

    def _to_the_bot(self) -> list[Step]:
        return [
            calling.step(
                "The agent is done and gives the thread back to the bot, by the same API.",
                self._agent,
                lambda: BACK_TO_BOT,
                ("status", "message"),
            ),
            Step(
                "The thread is the bot's again: RingCX Bots says so, and Facebook does.",
                stage.WEB,
                lambda: self._seen.agreed_to_be_held_by("bot", BOT_APP_ID),
            ),
        ]

    def _heard(self) -> list[str]:
        if not self._agent.has_heard(bot.GREETING):
            raise NotYet(f"RingCX Bots has not heard of the message {bot.GREETING!r}.")
        return self._seen.held_by("bot")

    def _asked(self) -> list[str]:
        made = self._seen.handover_call(bot.TO_AGENT, 200)
        return [
            self._seen.said(BOT_APP_ID, bot.FETCHING),
            "The call, as a curl:",
            *self._bot.curl(handover_call(bot.handover_parameters(PSID))),
            f"Answer: HTTP 200 {made['answer']}",
            f"Handover-Id: {made['handover_id']} (asked for, not granted yet)",
        ]

    def _completed(self) -> list[str]:
        control = self._seen.held_by("agent")
        handover = self._agent.handover(self._seen.handover_call(bot.TO_AGENT, 200)["handover_id"])
        if handover["state"] != "completed":
            raise NotYet(f"the handover is {handover['state']}: {handover['outcome']}")
        return [*control, f"handover: {shown(handover, 'from', 'to', 'state')}"]
