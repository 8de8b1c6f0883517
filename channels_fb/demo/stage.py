"""Setting the stage: Facebook's side at the simulator, our side by the commands an administrator uses."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

import requests
from django.conf import settings

from channels_fb.demo import cast, loopback
from channels_fb.demo.addresses import Addresses
from channels_fb.demo.cast import Secrets
from channels_fb.demo.errors import DemoFailed, NotYet
from channels_fb.demo.processes import Command, Processes
from channels_fb.demo.service import Json
from channels_fb.simulator import SimulatorClient, VerificationFailed

SIMULATOR, WEB, WORKER, BOT, COMMANDS = "simulator", "web", "worker", "bot", "commands"
START_WITHIN = 30.0
AGENT = Path(__file__).with_name("agent.json")


@dataclass(frozen=True)
class Stage:
    """Everything that the story needs; call the methods in the order in which they stand here."""

    processes: Processes
    at: Addresses
    secrets: Secrets = field(default_factory=Secrets)

    def start_facebook(self) -> SimulatorClient:
        """The simulator with the page, both apps and the customer."""
        command = manage("messenger_simulator", "--port", self.at.vacate(self.at.simulator))
        self.processes.start(SIMULATOR, command)
        self._wait_for(SIMULATOR, f"{self.at.simulator}/_simulator/now")
        facebook = SimulatorClient(self.at.simulator)
        _fill(facebook, self.secrets)
        return facebook

    def make_database(self) -> None:
        """A database with our tables and an administrator."""
        self._manage("migrate", "--verbosity", "0")
        self._manage(
            "createsuperuser",
            "--noinput",
            DJANGO_SUPERUSER_USERNAME=cast.ADMIN_NAME,
            DJANGO_SUPERUSER_PASSWORD=self.secrets.admin_password,
            DJANGO_SUPERUSER_EMAIL="admin@example.com",
        )

    def connect_page(self) -> None:
        """The page, our app and the bot's, and the agent whom the page is given to.

        Secrets are not for a command line.
        """
        self._manage(
            "connect_page",
            *("--page-id", cast.PAGE_ID, "--name", cast.PAGE_NAME, "--primary", "bot"),
            *("--agent-app-id", cast.AGENT_APP_ID),
            *("--bot-app-id", cast.BOT_APP_ID, "--bot-name", cast.BOT_APP_NAME),
            PAGE_TOKEN=self.secrets.agent_page_token,
            AGENT_APP_SECRET=self.secrets.agent_app_secret,
            VERIFY_TOKEN=self.secrets.agent_verify_token,
        )
        self._manage("loaddata", str(AGENT))

    def issue_token(self, name: str, *arguments: str) -> str:
        """A new API token."""
        return self._manage("issue_token", name, "--page", cast.PAGE_ID, *arguments)

    def start_service(self) -> None:
        """Web and worker."""
        self.processes.start(WORKER, manage("run_worker"))
        self.processes.start(WEB, _gunicorn(self.at.vacate(self.at.web)))
        self._wait_for(WEB, f"{self.at.web}/healthz")

    def start_bot(self, token: str) -> None:
        """The bot, with an API token of its own."""
        self.processes.start(
            BOT,
            [sys.executable, "-m", "channels_fb.demo.bot"],
            BOT_PORT=self.at.vacate(self.at.bot),
            BOT_APP_ID=cast.BOT_APP_ID,
            BOT_APP_SECRET=self.secrets.bot_app_secret,
            BOT_VERIFY_TOKEN=self.secrets.bot_verify_token,
            BOT_PAGE_TOKEN=self.secrets.bot_page_token,
            BOT_GRAPH_URL=f"{self.at.simulator}/{settings.GRAPH_API_VERSION}",
            BOT_API_URL=self.at.web,
            BOT_API_TOKEN=token,
        )
        self._wait_for(BOT, f"{self.at.bot}/calls")

    def connect_webhooks(self, facebook: SimulatorClient) -> None:
        """What is done in both apps' settings at Facebook, which tries each address first."""
        web, bot = f"{self.at.web}/webhooks/facebook/{cast.AGENT_APP_ID}", f"{self.at.bot}/webhook"
        try:
            facebook.set_callback(cast.AGENT_APP_ID, web, self.secrets.agent_verify_token)
            facebook.set_callback(cast.BOT_APP_ID, bot, self.secrets.bot_verify_token)
        except VerificationFailed as error:
            raise DemoFailed(f"Facebook could not verify a webhook: {error}.") from None

    def history(self) -> list[str]:
        """The thread's history as a table. Raises DemoFailed where its chain is broken."""
        return self._manage("thread_history", cast.PSID).splitlines()

    def bot_calls(self) -> list[Json]:
        """The bot's own account of the calls it made."""
        with loopback.session() as session:
            return list(session.get(f"{self.at.bot}/calls", timeout=5).json())

    def _manage(self, *arguments: str, **variables: str) -> str:
        try:
            return self.processes.run(COMMANDS, manage(*arguments), **variables)
        except DemoFailed as error:
            raise DemoFailed(f"`manage.py {arguments[0]}` failed.", error.log) from None

    def _wait_for(self, process: str, url: str) -> None:
        try:
            self.processes.until(lambda: _answers(url), START_WITHIN)
        except NotYet as error:
            message = f"The process `{process}` did not answer within {START_WITHIN:.0f} seconds: {error}"
            raise DemoFailed(message, self.processes.log(process)) from None


def manage(*arguments: str) -> Command:
    """A management command in a process of its own."""
    return [sys.executable, Path(settings.BASE_DIR) / "manage.py", *arguments]


def _gunicorn(port: str) -> Command:
    """As in the Procfile, but small, and on loopback whatever PORT says."""
    application = settings.WSGI_APPLICATION.rpartition(".")[0]
    options = ["--bind", f"{loopback.ADDRESS}:{port}", "--workers", "1", "--threads", "16"]
    return [sys.executable, "-m", "gunicorn", *options, application]


def _answers(url: str) -> None:
    try:
        with loopback.session() as session:
            status = session.get(url, timeout=5).status_code
    except requests.RequestException as error:
        raise NotYet(f"{url}: {type(error).__name__}.") from None
    if status != 200:
        raise NotYet(f"{url} is answered {status}.")


def _fill(facebook: SimulatorClient, secrets: Secrets) -> None:
    """A page of the handover protocol on which the bot's app is primary."""
    facebook.add_app(cast.AGENT_APP_ID, secrets.agent_app_secret, cast.AGENT_APP_NAME)
    facebook.add_app(cast.BOT_APP_ID, secrets.bot_app_secret, cast.BOT_APP_NAME)
    facebook.add_page(cast.PAGE_ID, cast.PAGE_NAME, "receivers", cast.BOT_APP_ID)
    facebook.connect(cast.PAGE_ID, cast.AGENT_APP_ID, secrets.agent_page_token)
    facebook.connect(cast.PAGE_ID, cast.BOT_APP_ID, secrets.bot_page_token)
    # Our own app's subscription is made by `connect_page`.
    facebook.subscribe(cast.PAGE_ID, cast.BOT_APP_ID)
    facebook.add_person(cast.PAGE_ID, cast.PSID, cast.FIRST_NAME, cast.LAST_NAME)
