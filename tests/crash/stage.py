"""The stage: a service whose processes can be killed, a simulated Facebook, and customers as needed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from threading import Event

import requests
from django.db.models import F
from django.utils import timezone

from channels_fb.models import Delivery
from channels_fb.simulator.knobs import Phase
from channels_fb.simulator.queues import LARGEST_BATCH
from channels_fb.simulator.webhooks import encode, signature
from handover import tokens
from handover.models import Handover, Identity, Reply, Thread
from handover.replying import ECHO_WITHIN
from tests.crash.orders import FOLDER, WRITING, Orders
from tests.crash.processes import Process, until
from tests.processes import environment, free_port, is_listening
from tests.world import AGENT, AGENT_SECRET, BOT, PAGE, World

HANDOVER, WEBHOOK = "/1.0/bots/handover", f"/webhooks/facebook/{AGENT}"
CONTENTS, INTERVENTIONS = "/1.0/contents", "/1.0/interventions"
DUE = (
    (Handover, "lease_until"),
    (Handover, "next_attempt_at"),
    (Delivery, "lease_until"),
    (Delivery, "next_attempt_at"),
    (Thread, "owner_check_at"),
    (Thread, "attend_at"),
    (Thread, "attended_until"),
    (Thread, "control_due_at"),
    (Identity, "profile_due_at"),
)
"""Where rows say when somebody may, or is to, go about them."""


@contextmanager
def noted(report: str) -> Iterator[None]:
    """What fails in this block says when the process had died."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"The process was killed before {report}.")
        raise


@dataclass
class Stage(World):
    """A world whose service can die. `folder` is for what its processes write."""

    folder: Path = Path()
    port: int = field(default_factory=free_port)
    running: list[Process] = field(default_factory=list)
    psids: Iterator[int] = field(default_factory=lambda: count(25_001))

    def __post_init__(self) -> None:
        self.url = f"http://127.0.0.1:{self.port}"

    @cached_property
    def web(self) -> Orders:
        """What the web processes are told."""
        return Orders(self.folder / "web")

    @cached_property
    def worker(self) -> Orders:
        """What the worker is told."""
        return Orders(self.folder / "worker")

    # Processes

    def start_web(self, *command: str) -> Process:
        """By default with one process, which gunicorn replaces by itself when it was killed."""
        usual = ("gunicorn", "ringcx_bots.wsgi", "--workers", "1", "--threads", "4")
        web = self._start("web", command or usual, GUNICORN_CMD_ARGS=f"--bind 127.0.0.1:{self.port}")
        until(lambda: web.check() or is_listening(self.port))
        return web

    def start_worker(self, *command: str, **variables: str) -> Process:
        """By default one that is started anew when it was killed."""
        return self._start("worker", command or ("python", "-m", "tests.crash.supervisor"), **variables)

    def _start(self, name: str, command: tuple[str, ...], **variables: str) -> Process:
        variables = {
            **environment(self.folder, self.facebook.url),
            "DJANGO_SETTINGS_MODULE": "tests.crash.settings",
            FOLDER: str(self.folder / name),
            **variables,
        }
        process = Process(command, variables, self.folder / f"{name}.log")
        self.running.append(process)
        return process

    def end(self) -> None:
        for process in self.running:
            process.kill()
        self.http.close()

    # Deaths

    def is_answered(self, work: str, step: int, call: Callable[[], requests.Response]) -> bool:
        """Whether the call had no such step; else the web process died of it."""
        self.web.give(work, step)
        try:
            answer = call()
        except requests.ConnectionError:
            assert self.web.report, "the web process died of something else"
            return False
        assert answer.status_code == 200, answer.text
        return True

    def worker_dies(
        self, step: int, begin: Callable[[], object], is_done: Callable[[], bool], work: str = WRITING
    ) -> bool:
        """Whether the worker died of it in the middle of what `begin` makes due; else that is done by now."""
        self.worker.give(work, step)
        begin()
        until(lambda: is_done() or self.worker.report)
        return not is_done()

    @contextmanager
    def killed_by_facebook(self, orders: Orders, work: str, edge: str, phase: Phase) -> Iterator[None]:
        """Whoever calls this edge in this piece of work, before the call takes effect or after."""
        knobs, seconds = self.facebook.knobs, self.facebook.knobs.seconds
        is_dead = Event()

        def shoot(asked: str, when: Phase) -> float:
            if (asked, when) == (edge, phase) and not is_dead.is_set():
                os.kill(orders.pid, signal.SIGKILL)
                is_dead.set()
            return seconds(asked, when)

        orders.give(work)
        knobs.seconds = shoot
        yield
        until(is_dead.is_set)
        knobs.seconds = seconds

    # Time

    def time_passes(self) -> None:
        """Until all leases have run out, and whatever is to be done later is due; no reply expires."""
        now = timezone.now()
        due = now - timedelta(seconds=1)
        waiting = Reply.objects.filter(is_pending=True)
        waiting.filter(due_at__gt=now).update(due_at=due)
        waiting.filter(asked_at__isnull=False).update(asked_at=F("asked_at") - ECHO_WITHIN)
        for model, column in DUE:
            model.objects.filter(**{f"{column}__gt": now}).update(**{column: due})

    def worker_rests(self) -> None:
        """Wait until the worker has done all there is, for now and for later."""

        def is_all_done() -> bool:
            self.time_passes()
            return not any(m.objects.filter(**{f"{c}__isnull": False}).exists() for m, c in DUE)

        until(is_all_done)

    # People, and Facebook

    def somebody(self) -> Customer:
        """A customer who has not written yet.

        Each has a bot with a token of its own: a token's first call makes more steps than the next ones.
        """
        psid = str(next(self.psids))
        self.facebook.add_person(PAGE, psid, "Maya", "Lind")
        return Customer(self, psid, tokens.issue(f"of {psid}"))

    def untold(self, happening: Callable[[], object]) -> bytes:
        """The delivery of what happens, which Facebook would send, and does not."""
        now = self.facebook.now()
        self.facebook.knobs.webhooks.drop_next(LARGEST_BATCH)
        happening()
        self.facebook.knobs.webhooks.drop_next(0)
        return encode([event for event in self.facebook.events(AGENT) if event.at >= now])

    @contextmanager
    def no_word_comes(self) -> Iterator[None]:
        """Facebook's webhooks wait for the end of this block."""
        self.facebook.knobs.webhooks.hold()
        yield
        self.facebook.knobs.webhooks.release()

    def deliver(self, body: bytes) -> requests.Response:
        """A delivery, as Facebook signs it."""
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(AGENT_SECRET, body)}
        return self.http.post(self.url + WEBHOOK, data=body, headers=headers, timeout=10)


@dataclass(frozen=True)
class Customer:
    """One of many, with a thread of their own."""

    stage: Stage
    psid: str
    token: str

    def writes(self, text: str = "Hello") -> None:
        self.stage.facebook.customer_writes(PAGE, self.psid, text)
        self.stage.settle()

    def hears_from_the_bot(self) -> None:
        self.stage.facebook.app_sends(BOT, PAGE, self.psid, "One moment, please.")
        self.stage.settle()

    def is_passed_to_us(self) -> None:
        """By the bot."""
        self.stage.facebook.app_passes(BOT, PAGE, self.psid, AGENT)
        self.stage.settle()

    def bot_to_agent(self) -> requests.Response:
        return self._hand_over({"from": "bot", "to": "agent"})

    def agent_to_bot(self) -> requests.Response:
        return self._hand_over({"from": "agent", "to": "bot"})

    def _hand_over(self, parties: dict[str, str]) -> requests.Response:
        asked = {**parties, "identity_foreign_id": self.psid, "type": "messenger"}
        return self.stage.ask("POST", HANDOVER, self.token, params=asked)

    @property
    def thread(self) -> Thread:
        return Thread.objects.select_related("identity", "source").get(identity__foreign_id=self.psid)

    @property
    def truth(self) -> str | None:
        """Which app holds the thread, by Facebook."""
        return self.stage.facebook.owner(PAGE, self.psid)

    def handovers(self, to_app: str) -> list[Handover]:
        """To this app, oldest first."""
        rows = Handover.objects.filter(thread__identity__foreign_id=self.psid, app_id=to_app)
        return list(rows.order_by("pk"))

    def calls(self, edge: str) -> int:
        """How often Facebook has got this call about the thread."""
        return sum((call.edge, call.psid) == (edge, self.psid) for call in self.stage.facebook.calls)
