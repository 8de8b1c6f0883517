"""The demo from its first line to its last."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from django.conf import settings
from django.urls import reverse

from channels_fb.demo import addresses, cast, environment
from channels_fb.demo.errors import DemoFailed, Interrupted, NotYet
from channels_fb.demo.handing_over import CALL_FOR_HUMAN
from channels_fb.demo.narrator import Narrator
from channels_fb.demo.processes import Processes
from channels_fb.demo.script import Step
from channels_fb.demo.service import Json, Service, control_curl, customer_curl
from channels_fb.demo.signals import StopSignals
from channels_fb.demo.stage import Stage
from channels_fb.demo.story import Story, Tokens
from channels_fb.simulator import GraphError, UnknownThing
from handover.wire_ids import key_of

STALE = ("*.sqlite3*", "*.log")


@dataclass(frozen=True)
class Options:
    """`patience`: seconds that each step may take. `usual_ports`: 8000, 9000 and 9001 where they are free."""

    once: bool
    patience: float
    usual_ports: bool


def perform(narrator: Narrator, folder: Path, options: Options) -> None:
    """Set the stage, play, and serve until told to stop. Raises DemoFailed, or Interrupted before the end."""
    with _own(folder), StopSignals() as signals, addresses.choose(usual=options.usual_ports) as at:
        variables = environment.of_demo(folder, at)
        with Processes(Path(settings.BASE_DIR), folder, variables, signals.check) as processes:
            Performance(narrator, Stage(processes, at), folder, options).run()


@contextmanager
def _own(folder: Path) -> Iterator[None]:
    """One demo at a time in a folder, beginning with nothing of the last one's."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DemoFailed(f"Another demo is running in {folder}.") from None
        for pattern in STALE:
            for path in folder.glob(pattern):
                path.unlink()
        yield


class Performance:
    """One run."""

    def __init__(self, narrator: Narrator, stage: Stage, folder: Path, options: Options) -> None:
        self._narrator = narrator
        self._stage = stage
        self._folder = folder
        self._options = options

    def run(self) -> None:
        """All of it."""
        self._narrator.heading("RingCX Bots, the demo. All of it runs on this machine, without Facebook.")
        story = self._set_the_stage()
        for act in story.acts():
            self._narrator.heading(act.title)
            for step in act.steps:
                self._play(step)
        self._invite(story.watcher)
        if self._options.once:
            self._narrator.heading("One round was asked for: everything stops now.")
        else:
            self._serve()

    def _set_the_stage(self) -> Story:
        say, stage, at = self._narrator.say, self._stage, self._stage.at
        facebook = stage.start_facebook()
        say(f"The Messenger simulator, which plays Facebook, listens on {at.simulator}")
        stage.make_database()
        say(f"A new SQLite database is in {_short(self._folder / environment.DATABASE)}")
        tokens = self._connect()
        stage.start_service()
        say(f"The web process listens on {at.web}, and the worker runs.")
        stage.start_bot(tokens.bot)
        say(f"The demo bot listens on {at.bot}")
        stage.connect_webhooks(facebook)
        return Story(facebook, at.web, tokens, stage.bot_calls, stage.history)

    def _connect(self) -> Tokens:
        """The page, and who may call the API for it."""
        self._stage.connect_page()
        self._narrator.say(
            f"The page {cast.PAGE_NAME} ({cast.PAGE_ID}) is connected. The bot's app, {cast.BOT_APP_ID}, is"
            f" primary; ours for the agents is {cast.AGENT_APP_ID}."
        )
        issue = self._stage.issue_token
        return Tokens(
            bot=issue(cast.BOT_APP_NAME, "--right", "handover"),
            agent=issue(cast.AGENT_NAME, "--staff", cast.AGENT_USERNAME),
            watcher=issue("demo"),
        )

    def _play(self, step: Step) -> None:
        processes = self._stage.processes
        try:
            _act(step)
            details = processes.until(lambda: _look(step), self._options.patience)
        except NotYet as error:
            reason = f"After {self._options.patience:g} seconds: {error}"
            raise self._broken_off(step, reason, processes.log(step.culprit)) from None
        except DemoFailed as error:
            raise self._broken_off(step, error.message, error.log) from None
        else:
            self._narrator.happened(step.sentence, details)

    def _broken_off(self, step: Step, reason: str, log: Path | None) -> DemoFailed:
        self._narrator.did_not_happen(step.sentence, reason)
        return DemoFailed(f"This step did not happen: {step.sentence}", log)

    def _invite(self, watcher: Service) -> None:
        """What to try now; the address that stands last is that of a thread in which all of it happened."""
        at, narrator, token = self._stage.at, self._narrator, watcher.token
        narrator.heading("Your turn")
        narrator.say(f"API token:  {token}")
        narrator.say(f"The API:    {at.web}/api-docs")
        narrator.show([""])
        narrator.say("Who holds the thread:")
        narrator.show(control_curl(at.web, token))
        narrator.say(
            f"Write as {cast.FIRST_NAME}; the word human makes the bot hand over again, and then the word bot"
            " makes it take the thread back:"
        )
        words = {"page_id": cast.PAGE_ID, "psid": cast.PSID, "text": CALL_FOR_HUMAN}
        narrator.show(customer_curl(at.simulator, words))
        narrator.say(f"Logs are in {_short(self._folder)}/")
        narrator.show([""])
        narrator.say(f"Admin:      {at.web}{reverse('admin:index')}")
        narrator.say(f"Login:      {cast.ADMIN_NAME}, password {self._stage.secrets.admin_password}")
        narrator.say(f"{cast.FIRST_NAME}'s thread, with all that happened in it:")
        narrator.say(f"{at.web}{_page_of(watcher.thread())}")

    def _serve(self) -> None:
        """Until told to stop, which is no failure any more."""
        self._narrator.heading("Everything keeps running. Ctrl-C stops it all.")
        try:
            self._stage.processes.forever()
        except Interrupted:
            self._narrator.heading("Stopping.")


def _act(step: Step) -> None:
    try:
        step.act()
    except (GraphError, UnknownThing, requests.RequestException) as error:
        raise DemoFailed(f"{type(error).__name__}: {error}") from None


def _look(step: Step) -> list[str]:
    try:
        return list(step.look())
    except requests.RequestException as error:
        raise NotYet(f"no answer: {type(error).__name__}") from None


def _page_of(thread: Json) -> str:
    """A thread's page in the console."""
    return reverse("admin:handover_thread_change", args=[key_of(thread["id"])])


def _short(path: Path) -> str:
    """As seen from the project's root, where it is inside."""
    root = Path(settings.BASE_DIR)
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
