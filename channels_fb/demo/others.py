"""The last act: more customers write, so that there is something to look at in the console."""

from __future__ import annotations

from dataclasses import dataclass

from channels_fb.demo import stage
from channels_fb.demo.cast import PAGE_ID
from channels_fb.demo.errors import NotYet
from channels_fb.demo.handing_over import CALL_FOR_HUMAN
from channels_fb.demo.script import Step
from channels_fb.demo.service import Json, Service, shown
from channels_fb.simulator import SimulatorClient


@dataclass(frozen=True)
class Person:
    """A customer, and what they ask first."""

    psid: str
    first_name: str
    last_name: str
    question: str


NOOR = Person("24102", "Noor", "Khan", "My parcel came without the lid. What can I do?")
EMIL = Person("24103", "Emil", "Dahl", "I have been charged twice for order 48190.")
INES = Person("24104", "Ines", "Costa", "Can I pick it up at the shop?")
HUGO = Person("24105", "Hugo", "Weber", "Do you have the bench in oak?")
OTHERS = (NOOR, EMIL, INES, HUGO)

AT_THE_SHOP = "Yes, until six. This is the shop."


class Others:
    """`watcher` is the API with the token of whoever watches."""

    def __init__(self, facebook: SimulatorClient, watcher: Service) -> None:
        self._facebook = facebook
        self._watcher = watcher

    def steps(self) -> list[Step]:
        """In the order in which they happen."""
        names = ", ".join(person.first_name for person in OTHERS[:-1])
        return [
            Step(
                f"{names} and {OTHERS[-1].first_name} write, too. The bot answers each of them.",
                stage.BOT,
                lambda: self._held(dict.fromkeys(OTHERS, "bot")),
                self._all_write,
            ),
            Step(
                "Noor and Emil want a human, and the bot hands both over. Nobody looks at their threads yet.",
                stage.BOT,
                lambda: self._held({NOOR: "agent", EMIL: "agent"}),
                lambda: self._write({NOOR: CALL_FOR_HUMAN, EMIL: CALL_FOR_HUMAN}),
            ),
            Step(
                "A colleague answers Ines in the Page Inbox.",
                stage.SIMULATOR,
                lambda: self._held({INES: "inbox"}),
                self._answer_in_the_inbox,
            ),
        ]

    # What they do

    def _all_write(self) -> None:
        for person in OTHERS:
            self._facebook.add_person(PAGE_ID, person.psid, person.first_name, person.last_name)
        self._write({person: person.question for person in OTHERS})

    def _write(self, texts: dict[Person, str]) -> None:
        for person, text in texts.items():
            self._facebook.customer_writes(PAGE_ID, person.psid, text)

    def _answer_in_the_inbox(self) -> None:
        self._facebook.inbox_takes(PAGE_ID, INES.psid)
        self._facebook.inbox_replies(PAGE_ID, INES.psid, AT_THE_SHOP)

    # What can be seen of it

    def _held(self, holders: dict[Person, str]) -> list[str]:
        return [self._held_by(person, owner) for person, owner in holders.items()]

    def _held_by(self, person: Person, owner: str) -> str:
        control: Json = self._watcher.thread(person.psid)["thread_control"]
        if control["owner"] != owner:
            raise NotYet(f"{person.first_name}'s thread_control is {control}.")
        return f"{person.first_name}: thread_control: {shown(control, 'owner', 'app_id', 'how')}"
