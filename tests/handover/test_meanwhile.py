"""Two people look at one thread: what the other has done is known to whoever acts second."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from handover import answering, interventions, tokens
from handover.actors import PLATFORM, Actor
from handover.meanwhile import done_by_others
from handover.models import Thread
from handover.ownership import Owner
from tests.handover.admin.scene import build
from tests.handover.test_conversation_rows import move
from tests.people import agent_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker_rests")]


@pytest.fixture
def thread() -> Thread:
    row: Thread = build(0)[Thread]
    return row


@pytest.fixture
def ana() -> User:
    return agent_user("ana")


@pytest.fixture
def robin() -> User:
    return agent_user("robin")


def found(thread: Thread, seen: int, user: User) -> str:
    line = done_by_others(thread, seen, user)
    return f"{line.actor_label}: {line.name}" if line is not None else ""


def test_the_first_of_what_another_did_is_told(thread: Thread, ana: User, robin: User) -> None:
    seen = thread.history_length
    answering.answer(thread, "Hello", robin, Actor.for_staff(robin))
    assert found(thread, seen, ana) == "robin: intervention.opened"
    assert found(thread, seen, robin) == ""


def test_what_was_seen_already_is_not_told_again(thread: Thread, ana: User, robin: User) -> None:
    interventions.open_intervention(thread, robin, Actor.for_staff(robin))
    thread.refresh_from_db()
    assert found(thread, thread.history_length, ana) == ""


def test_a_token_of_ones_own_is_somebody_else(thread: Thread, ana: User) -> None:
    token = tokens.row_of(tokens.issue("desk", staff=ana))
    seen = thread.history_length
    interventions.open_intervention(thread, ana, Actor.for_token(token))
    assert found(thread, seen, ana) == "desk: intervention.opened"


def test_what_the_platform_tells_is_nobodys_doing(thread: Thread, ana: User) -> None:
    seen = thread.history_length
    move(thread, 1, Owner.AGENT)
    interventions.open_intervention(thread, agent_user("lee"), PLATFORM)
    assert found(thread, seen, ana) == ""
