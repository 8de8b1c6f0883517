"""The second act: an agent answers while the bot holds the thread, and control comes and goes with it."""

import json
from collections.abc import Callable

from channels_fb.demo import bot, calling, stage
from channels_fb.demo.cast import AGENT_APP_ID, AGENT_NAME, BOT_APP_ID, FIRST_NAME, PSID
from channels_fb.demo.errors import NotYet
from channels_fb.demo.script import Step
from channels_fb.demo.service import Call, Service, handover_call, shown
from channels_fb.demo.witness import Witness

ANSWER = f"Yes, a few trays are left. {AGENT_NAME}"
CALL_FOR_BOT = "Thank you! I would like the bot again."
LAST_QUESTION = "When are you open?"


class Answering:
    """`agent` and `bot` are the API with the token of either."""

    def __init__(
        self,
        seen: Witness,
        agent: Service,
        bot: Service,
        customer_writes: Callable[[str], None],
        history: Callable[[], list[str]],
    ) -> None:
        self._seen = seen
        self._agent = agent
        self._bot = bot
        self._customer_writes = customer_writes
        self._history = history

    def steps(self) -> list[Step]:
        """In the order in which they happen."""
        return [*self._the_answer(), *self._control(), *self._the_bots_attempt(), *self._the_end()]

    def _the_answer(self) -> list[Step]:
        return [
            calling.step(
                f"{AGENT_NAME}, an agent, opens an intervention while the bot holds the thread.",
                self._agent,
                self._opening,
                ("id", "status"),
                lambda: self._seen.agreed_to_be_held_by("bot", BOT_APP_ID),
            ),
            calling.step(
                f"{AGENT_NAME} answers {FIRST_NAME}'s question. RingCX Bots accepts it at once, to be sent.",
                self._agent,
                self._reply,
                ("id", "synchronization_status"),
            ),
        ]

    def _control(self) -> list[Step]:
        return [
            Step(
                "Facebook refuses it, as the bot holds the thread. RingCX Bots asks for control.",
                stage.WORKER,
                lambda: [
                    *self._seen.we_were_refused("messages"),
                    *self._seen.we_called("request_thread_control"),
                ],
            ),
            Step(
                "Facebook tells the bot, which passes control.",
                stage.BOT,
                lambda: [*self._seen.request_reached_bot(), *self._seen.bot_passed()],
            ),
            Step(
                f"The thread is the agent's, and the answer goes out. {FIRST_NAME}'s phone shows it once.",
                stage.WORKER,
                self._sent,
            ),
        ]

    def _the_bots_attempt(self) -> list[Step]:
        return [
            Step(
                f"{FIRST_NAME} asks for the bot.",
                stage.SIMULATOR,
                lambda: [self._seen.said(None, CALL_FOR_BOT)],
                lambda: self._customer_writes(CALL_FOR_BOT),
            ),
            Step(
                "The bot, which listens in, asks for the thread. It is refused: the agent is engaged.",
                stage.BOT,
                self._refused,
            ),
        ]

    def _the_end(self) -> list[Step]:
        return [
            calling.step(
                f"{AGENT_NAME} closes the intervention.",
                self._agent,
                self._closing,
                ("id", "status"),
            ),
            Step(
                "RingCX Bots releases control: nobody holds the thread.",
                stage.WORKER,
                lambda: [
                    *self._seen.we_called("release_thread_control"),
                    *self._seen.agreed_to_be_held_by("idle", None),
                ],
            ),
            Step(
                f"{FIRST_NAME} writes again. Nobody holds the thread, so the primary app answers: the bot.",
                stage.BOT,
                self._bot_is_back,
                lambda: self._customer_writes(LAST_QUESTION),
            ),
            Step(
                "All of it stands in the thread's history, chained so that no row can be changed unseen.",
                stage.COMMANDS,
                self._history,
            ),
        ]

    # The agent's calls

    def _opening(self) -> Call:
        return Call("POST", "/1.0/interventions", {"thread_id": self._agent.thread()["id"]})

    def _reply(self) -> Call:
        parameters = {"thread_id": self._agent.thread()["id"], "body": ANSWER}
        return Call("POST", "/1.0/contents", parameters)

    def _closing(self) -> Call:
        return Call("PUT", f"/1.0/interventions/{self._agent.intervention()['id']}/close")

    # What can be seen of it

    def _sent(self) -> list[str]:
        control, reply = self._seen.held_by("agent"), self._agent.reply()
        if reply["synchronization_status"] != "success":
            raise NotYet(f"the answer is {reply['synchronization_status']}: {reply['waiting_for']}")
        return [
            *control,
            f"content: {shown(reply, 'id', 'synchronization_status')}",
            self._seen.said_once(AGENT_APP_ID, ANSWER),
        ]

    def _refused(self) -> list[str]:
        made = self._seen.handover_call(bot.TO_BOT, 422)
        if json.loads(made["answer"])["error"] != "intervention_engaged":
            raise NotYet(f"the answer was HTTP 422 {made['answer']}")
        return [
            *self._bot.curl(handover_call(bot.return_parameters(PSID, BOT_APP_ID))),
            f"Answer: HTTP 422 {made['answer']}",
            *self._seen.agreed_to_be_held_by("agent", AGENT_APP_ID),
        ]

    def _bot_is_back(self) -> list[str]:
        """The phone shows the whole act, and the agent's answer in it still once."""
        self._seen.said(BOT_APP_ID, bot.GREETING)
        self._seen.said_once(AGENT_APP_ID, ANSWER)
        return [*self._seen.agreed_to_be_held_by("bot", BOT_APP_ID), *self._seen.phone()]
