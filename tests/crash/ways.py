"""The ways of a handover: on which page, by which call, to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import pytest
import requests
from django.utils import timezone

from channels_fb.simulator.knobs import Phase
from channels_fb.simulator.model import Mode
from handover.models import Handover, Thread
from tests.crash.processes import until
from tests.crash.stage import HANDOVER, Customer, Stage
from tests.world import AGENT, BOT

Deed = Literal["never acts", "acts all the same", "has acted"]
"""Facebook's, when it is asked by one who dies before the answer."""

DEEDS: tuple[Deed, ...] = ("never acts", "acts all the same", "has acted")


@dataclass(frozen=True)
class Way:
    """A handover to an app, on a page where this edge carries it out. `primary`: whose app is the default.

    `is_stale`: our picture is older than a minute, so the owner is read first. `is_first_contact`: we have
    not heard of the customer before.
    """

    edge: str
    mode: Mode
    primary: str
    to_app: str
    is_stale: bool = False
    is_first_contact: bool = False

    def build(self, stage: Stage) -> None:
        """The page, with one web process at its service."""
        stage.start_web()
        stage.build(self.mode, self.primary, take_over=True)

    def customer(self, stage: Stage) -> Customer:
        """Whose thread is held by the other side."""
        customer = stage.somebody()
        if self.is_first_contact:
            stage.untold(customer.writes)
        else:
            customer.writes()
        if self.to_app == BOT:
            customer.is_passed_to_us()
        elif customer.truth == AGENT:
            assert customer.agent_to_bot().status_code == 200
        if self.is_stale:
            long_ago = timezone.now() - timedelta(minutes=2)
            Thread.objects.filter(pk=customer.thread.pk).update(owner_confirmed_at=long_ago)
        return customer

    def ask(self, customer: Customer) -> requests.Response:
        return customer.bot_to_agent() if self.to_app == AGENT else customer.agent_to_bot()

    def is_killed_asking(self, customer: Customer, deed: Deed, edge: str = "") -> None:
        """The handover is begun, and killed while Facebook is asked, by this way's edge or another."""
        edge, stage = edge or self.edge, customer.stage
        asked = customer.calls(edge)
        if deed == "never acts":
            stage.facebook.knobs.fail_next(edge)
        phase: Phase = "after" if deed == "has acted" else "before"
        killed = stage.killed_by_facebook(stage.web, HANDOVER, edge, phase)
        with killed, pytest.raises(requests.ConnectionError):
            self.ask(customer)
        until(lambda: customer.calls(edge) > asked)

    def serves_somebody_else(self, stage: Stage) -> None:
        """Another customer is heard, and their thread handed over."""
        other = self.customer(stage)
        answer = self.ask(other)
        assert answer.status_code == 200, answer.text
        assert other.handovers(self.to_app)[-1].state in ("requested", "completed")


def states(handovers: list[Handover]) -> list[str]:
    """As they stand now."""
    for handover in handovers:
        handover.refresh_from_db()
    return [str(handover.state) for handover in handovers]


def ended_as_it_went(handovers: list[Handover], has_moved: bool) -> bool:
    """Completed where control has moved at Facebook, failed where it has not."""
    return states(handovers) == ["completed" if has_moved else "failed" for _ in handovers]


REQUEST = Way("request_thread_control", "receivers", "bot", AGENT)
FIRST_CONTACT = Way("request_thread_control", "receivers", "bot", AGENT, is_first_contact=True)
TAKE = Way("take_thread_control", "routing", "bot", AGENT)
TAKE_AFTER_READING = Way("take_thread_control", "routing", "agent", AGENT, is_stale=True)
"""Here ours is the default app, to which Facebook names the owner; in the other ways it does not."""
PASS = Way("pass_thread_control", "receivers", "bot", BOT)
