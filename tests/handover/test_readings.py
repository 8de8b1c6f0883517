"""The owner is read while something else happens: the reading is not taken for the last word."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from channels_fb.simulator.knobs import Phase
from handover import attending, history, readings
from handover.actors import SYSTEM
from handover.channel import Deadline
from tests.contract.engaging import changed, opened, staged
from tests.contract.replying import answer
from tests.world import AGENT, World

pytestmark = pytest.mark.usefixtures("worker_rests")


@pytest.fixture
def worker_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes when a test says so, and as soon as the doorbell rings it does not."""
    monkeypatch.setattr("handover.doorbell.is_rung_for", lambda thread_id: True)
    monkeypatch.setattr("handover.doorbell.ring", lambda: None)


def read_while(world: World, happening: Callable[[], object]) -> None:
    """Facebook has looked who holds the thread; then it happens, and only then the answer comes."""
    happens_once(world, "thread_owner", "after", happening)
    read(world)


def read(world: World) -> None:
    readings.read_and_record(world.thread, SYSTEM, Deadline(10))


def happens_once(world: World, edge: str, phase: Phase, happening: Callable[[], object]) -> None:
    """When Facebook is asked this next: before it takes effect, or after."""
    knobs, planned = world.facebook.knobs, world.facebook.knobs.seconds

    def seconds(asked: str, when: Phase) -> float:
        if (asked, when) == (edge, phase):
            knobs.seconds = planned  # type: ignore[method-assign]
            happening()
        return planned(asked, when)

    knobs.seconds = seconds  # type: ignore[method-assign]


def echo_comes(world: World) -> None:
    world.facebook.knobs.webhooks.release()
    world.settle()


def test_control_that_was_taken_meanwhile_is_not_the_bots_again(world: World) -> None:
    world.build("routing", "agent", take_over=True)
    world.maya_writes()
    assert world.agent_to_bot().status_code == 200
    read_while(world, lambda: world.bot_to_agent())
    assert world.truth == AGENT
    assert (world.control["owner"], world.control["sure"]) == ("agent", True)
    assert list(history.breaks(world.thread)) == []


def test_a_reading_that_comes_while_control_is_released_has_the_owner_read_once_more(world: World) -> None:
    """Later than anything that was known when control was being released, and yet before it was."""
    desk = staged(world)
    record = opened(desk)
    desk.facebook.knobs.webhooks.hold()
    answer(desk, "Bye")
    desk.work()
    changed(desk, record, "PUT", "close")
    happens_once(desk, "release_thread_control", "before", lambda: (echo_comes(desk), read(desk)))
    attending.attend(desk.thread.pk)
    assert desk.truth is None
    desk.work()
    assert (desk.control["owner"], desk.control["sure"]) == ("idle", True)


def test_word_of_a_reply_that_comes_meanwhile_has_the_owner_read_once_more(world: World) -> None:
    """The reply went out before control was released, within the second by which answers are dated."""
    desk = staged(world)
    world.facebook.knobs.webhooks.hold()
    record = opened(desk)
    answer(desk, "Bye")
    desk.work()
    changed(desk, record, "PUT", "close")
    desk.work()
    assert (desk.truth, desk.control["owner"]) == (None, "idle")
    read_while(desk, lambda: echo_comes(desk))
    desk.work()
    assert (desk.control["owner"], desk.control["sure"]) == ("idle", True)
