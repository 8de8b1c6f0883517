"""`manage.py demo` as a whole, in processes of its own."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from django.conf import settings

from channels_fb.simulator import SimulatorClient

SENTENCES = [
    "Maya Lind, a customer, writes",
    "The bot answers.",
    "knows who may speak: the bot.",
    "asks for a human.",
    "calls POST /1.0/bots/handover",
    'HTTP 200 {"status":200,"message":"Success"}',
    "Facebook asks the bot",
    "The bot passes control.",
    "The thread is the agent's now",
    "gives the thread back to the bot",
    "The thread is the bot's again",
    "Robin, an agent, opens an intervention while the bot holds the thread.",
    '"synchronization_status": "export_pending"',
    "RingCX Bots asks for control.",
    "Facebook tells the bot, which passes control.",
    "Maya's phone shows it once.",
    "It is refused: the agent is engaged.",
    'HTTP 422 {"error":"intervention_engaged"',
    "Robin closes the intervention.",
    "RingCX Bots releases control: nobody holds the thread.",
    "Facebook: owner is nobody",
    "so the primary app answers: the bot.",
    "thread_control.requested  Acme bot  bot -> bot",
    "thread_control.passed     Robin     agent -> bot",
    "thread_control.requested  Robin     bot -> bot",
    "thread_control.released   system    agent -> idle",
    "rows is unbroken.",
    'Noor: thread_control: {"owner": "agent"',
    'Ines: thread_control: {"owner": "inbox"',
    "/admin/",
    "API token:",
    "/api-docs",
]


class Demo:
    """A demo that was started."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self.popen = popen
        self.told = ""

    def until_told(self, sentence: str) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self.told += line
            if sentence in line:
                return
        raise AssertionError(self.told)

    def rest(self) -> tuple[int, str]:
        """Exit code, and what was said on both outputs."""
        told, complaint = self.popen.communicate(timeout=120)
        self.told += told
        return self.popen.returncode, self.told + complaint

    def found(self, pattern: str) -> str:
        match = re.search(pattern, self.told)
        assert match is not None, self.told
        return match[1]


@contextmanager
def demo(folder: Path, *arguments: str, **variables: str) -> Iterator[Demo]:
    # The environment of somebody whose own installation is on this machine, behind a proxy.
    hostile = {
        "DATABASE_URL": f"sqlite:///{folder / 'real.sqlite3'}",
        "GRAPH_API_URL": "https://graph.invalid",
        "GUNICORN_CMD_ARGS": "--bind 0.0.0.0:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "PORT": "1",
        "http_proxy": "http://127.0.0.1:1",
    }
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(folder), "ENV_FILE": "", **hostile, **variables}
    command = [sys.executable, settings.BASE_DIR / "manage.py", "demo", "--any-ports", *arguments]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as popen:
        try:
            yield Demo(popen)
        finally:
            popen.terminate()


def is_listening(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) == 0


def addresses(told: str) -> list[str]:
    return re.findall(r"listens on (http://127\.0\.0\.1:\d+)", told)


def test_it_tells_the_story_serves_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with demo(tmp_path, PYTHONWARNINGS="ignore") as running:
        running.until_told("Ctrl-C")
        assert [sentence for sentence in SENTENCES if sentence not in running.told] == []
        assert len(addresses(running.told)) == 3
        assert all(map(is_listening, addresses(running.told)))
        check_the_invitation(running)
        running.popen.send_signal(signal.SIGINT)
        code, said = running.rest()
    assert code == 0, said
    assert not any(map(is_listening, addresses(running.told)))
    assert (tmp_path / "demo" / "demo.sqlite3").is_file()
    assert not (tmp_path / "real.sqlite3").exists()
    check_the_logs(running, tmp_path / "demo")


def check_the_invitation(running: Demo) -> None:
    """The login, the curl, the token and the address of the thread that are printed work."""
    admin, password = running.found(r"Admin: +(\S+)"), running.found(r"password (\S+)")
    with requests.Session() as browser:
        browser.trust_env = False
        browser.get(admin, timeout=10)
        form = {"username": "admin", "password": password, "next": "/admin/"}
        form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
        assert "Log out" in browser.post(f"{admin}login/", data=form, timeout=10).text
        thread_page = browser.get(running.found(r"(http\S+/admin/handover/thread/\d+/change/)"), timeout=10)
        assert "Maya Lind" in thread_page.text
        curl = shlex.split(running.found(r"(curl '(?:.|\n)+?Bearer \S+')"))
        name, _, value = curl[-1].partition(": ")
        [thread] = browser.get(curl[1], headers={name: value}, timeout=10).json()["records"]
    assert thread["thread_control"]["owner"] == "bot"


def check_the_logs(running: Demo, folder: Path) -> None:
    """Nothing went wrong in secret, and no secret got out."""
    logs = {log.name: log.read_text() for log in folder.glob("*.log")}
    assert set(logs) == {"bot.log", "commands.log", "simulator.log", "web.log", "worker.log"}
    secrets = [running.found(r"API token: +(\S+)"), running.found(r"password (\S+)")]
    for name, text in logs.items():
        assert "Traceback" not in text, f"{name}: {text}"
        assert not any(secret in text for secret in secrets), name


def test_once_it_ends_by_itself_and_may_be_played_again(tmp_path: Path) -> None:
    for _ in range(2):
        with demo(tmp_path, "--once") as running:
            code, said = running.rest()
        assert code == 0, said
        assert [sentence for sentence in SENTENCES if sentence not in said] == []
        assert "\x1b" not in said


@pytest.mark.parametrize(
    ("edge", "number", "sentence", "log"),
    [
        ("pass_thread_control", 7, "The bot passes control.", "bot.log"),
        (
            "release_thread_control",
            19,
            "RingCX Bots releases control: nobody holds the thread.",
            "worker.log",
        ),
    ],
)
def test_the_step_that_did_not_happen_is_named(
    tmp_path: Path, edge: str, number: int, sentence: str, log: str
) -> None:
    with demo(tmp_path, "--once", "--patience", "4") as running:
        running.until_told("simulator")
        with SimulatorClient(addresses(running.told)[0]) as facebook:
            facebook.knobs.fail_next(edge, times=100)
        code, said = running.rest()
    assert code == 1
    assert f"{number}.  THIS DID NOT HAPPEN: {sentence}" in said
    assert f"This step did not happen: {sentence}" in said
    assert f"The last lines of {tmp_path / 'demo' / log}:" in said
    assert not any(map(is_listening, addresses(running.told)))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_the_end_stops_everything(tmp_path: Path, number: signal.Signals) -> None:
    with demo(tmp_path) as running:
        running.until_told("simulator")
        running.popen.send_signal(number)
        code, said = running.rest()
    assert code == 130
    assert "Stopped before the story was over." in said
    assert not any(map(is_listening, addresses(running.told)))


def test_a_second_one_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        running.until_told("simulator")
        with demo(tmp_path, "--once") as second:
            code, said = second.rest()
    assert code == 1
    assert "Another demo is running" in said
