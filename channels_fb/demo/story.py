"""The story that is played, in three acts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from channels_fb.demo.answering import Answering
from channels_fb.demo.cast import PAGE_ID, PSID
from channels_fb.demo.handing_over import HandingOver
from channels_fb.demo.others import Others
from channels_fb.demo.script import Act
from channels_fb.demo.service import Json, Service
from channels_fb.demo.witness import Witness
from channels_fb.simulator import SimulatorClient


@dataclass(frozen=True, repr=False)
class Tokens:
    """For our API: the bot's, the agent's, and that of whoever watches."""

    bot: str
    agent: str
    watcher: str


class Story:
    """`bot_calls` is the bot's account of its calls; everything else is seen from outside."""

    def __init__(
        self,
        facebook: SimulatorClient,
        url: str,
        tokens: Tokens,
        bot_calls: Callable[[], Sequence[Json]],
        history: Callable[[], list[str]],
    ) -> None:
        self._facebook = facebook
        self._bot = Service(url, tokens.bot)
        self._agent = Service(url, tokens.agent)
        self.watcher = Service(url, tokens.watcher)
        self._bot_calls = bot_calls
        self._history = history

    def acts(self) -> Iterator[Act]:
        """One after the other: the next is made when the one before has been played."""
        first = HandingOver(self._witness(), self._agent, self._bot, self._customer_writes)
        yield Act("First act: the bot hands over", first.steps())
        second = Answering(self._witness(), self._agent, self._bot, self._customer_writes, self._history)
        yield Act("Second act: an agent answers", second.steps())
        third = Others(self._facebook, self.watcher)
        yield Act("Third act: more customers write", third.steps())

    def _witness(self) -> Witness:
        return Witness(self._facebook, self.watcher, self._bot_calls)

    def _customer_writes(self, text: str) -> None:
        self._facebook.customer_writes(PAGE_ID, PSID, text)
