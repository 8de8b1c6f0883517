"""The service as it runs, before a simulated Facebook and with the demo's bot, on loopback only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from channels_fb.demo import addresses, cast, environment
from channels_fb.demo.processes import Processes
from channels_fb.demo.stage import COMMANDS, Stage
from channels_fb.simulator import SimulatorClient
from tests.processes import ROOT

PASSWORD = "a password for nobody"


@dataclass
class Person:
    """A customer of the page."""

    psid: str
    name: str
    facebook: SimulatorClient

    def writes(self, text: str) -> None:
        """And everybody has been told, the bot too."""
        self.facebook.customer_writes(cast.PAGE_ID, self.psid, text)
        self.facebook.wait_until_quiet()

    def wants_a_human(self) -> None:
        """The bot hands over, and passes control when it is asked for it."""
        self.writes("Can I talk to a human, please?")

    def was_told(self) -> list[str]:
        """What the customer's phone shows of our app's."""
        lines = self.facebook.transcript(cast.PAGE_ID, self.psid)
        return [str(line.text) for line in lines if line.app_id == cast.AGENT_APP_ID]

    @property
    def holder(self) -> str | None:
        """The app that holds the thread, by Facebook."""
        return self.facebook.owner(cast.PAGE_ID, self.psid)


@dataclass
class Running:
    """What tests in a browser play with. `url`: of the console's service."""

    url: str
    facebook: SimulatorClient
    stage: Stage
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def customer(self, first_name: str) -> Person:
        """Somebody new, whose name nobody else has."""
        number = next(self.numbers)
        psid, name = f"25{number:03}", (first_name, f"No{number}")
        self.facebook.add_person(cast.PAGE_ID, psid, *name)
        return Person(psid, " ".join(name), self.facebook)

    def staff(self, username: str, *options: str) -> None:
        """A member of staff; `options` of `tests.browser.staff`."""
        program = [sys.executable, "-m", "tests.browser.staff", username, PASSWORD, *options]
        self.stage.processes.run(COMMANDS, program)


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """One page is connected, on which the bot's app is primary. Nobody has written yet."""
    with addresses.choose(usual=False) as at:
        variables = environment.of_demo(folder, at) | {"DJANGO_SETTINGS_MODULE": "ringcx_bots.settings"}
        with Processes(ROOT, folder, variables, check_stop=lambda: None) as processes:
            stage = Stage(processes, at)
            facebook = stage.start_facebook()
            stage.make_database()
            stage.connect_page()
            token = stage.issue_token(cast.BOT_APP_NAME, "--right", "handover")
            stage.start_service()
            stage.start_bot(token)
            stage.connect_webhooks(facebook)
            yield Running(at.web, facebook, stage)
