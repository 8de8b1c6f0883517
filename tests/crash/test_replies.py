"""The worker is killed at each step of what it does for agents, and while Facebook is being asked.

The next one goes on where it died: each text goes out once and in order, or is shown as of unknown outcome,
and control ends where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count

import pytest

from channels_fb.simulator.knobs import Phase
from tests.crash.chores import (
    Asking,
    Chore,
    Finishing,
    GivingUp,
    Looking,
    PassingBack,
    Releasing,
    Sending,
    Taking,
)
from tests.crash.desk import SENT, UNKNOWN, Desk, Neighbour
from tests.crash.orders import ATTENDING
from tests.crash.processes import until
from tests.crash.stage import Stage, noted
from tests.crash.ways import DEEDS, Deed, Way


@pytest.mark.parametrize(
    "chore",
    [Sending(), Asking(), Taking(), Looking(), Finishing(), GivingUp(), Releasing(), PassingBack()],
    ids=lambda chore: type(chore).__name__,
)
def test_a_chore_ends_well_though_the_worker_died_in_it(stage: Stage, chore: Chore) -> None:
    neighbour = at_work(stage, chore.way)
    for desk in killed_at_each_step(neighbour, chore):
        with noted(stage.worker.report):
            chore.ends_well(desk)
    for edge in chore.edges:
        for deed in DEEDS:
            with noted(f"the answer of {edge}; Facebook {deed}"):
                chore.ends_well(killed_asking(neighbour, chore, edge, deed))


def at_work(stage: Stage, way: Way) -> Neighbour:
    """The page and both processes. No doorbell reaches the worker: its sweep alone finds what is due."""
    way.build(stage)
    stage.start_worker(VAR_DIR=str(stage.folder / "elsewhere"))
    return Neighbour(stage)


def killed_at_each_step(neighbour: Neighbour, chore: Chore) -> Iterator[Desk]:
    """For each step of a chore, a desk about whose thread the worker died there.

    Until then no word comes of what it does. Afterwards the neighbour is served, and time passes.
    """
    stage, last = neighbour.stage, ""
    for step in count(1):
        desk = chore.made_ready(stage)
        begin, is_done = partial(chore.begins, desk), partial(chore.is_done, desk)
        with stage.no_word_comes():
            is_killed = stage.worker_dies(step, begin, is_done, ATTENDING)
        if not is_killed:
            yield desk
            break
        last = stage.worker.report
        with noted(last):
            somebody_else_is_served(neighbour, desk)
        yield desk
    assert last.endswith("COMMIT")


def killed_asking(neighbour: Neighbour, chore: Chore, edge: str, deed: Deed) -> Desk:
    """A desk about whose thread the worker died while Facebook was asked; no word came before."""
    stage = neighbour.stage
    desk = chore.made_ready(stage)
    asked = desk.customer.calls(edge)
    if deed == "never acts":
        stage.facebook.knobs.fail_next(edge)
    phase: Phase = "after" if deed == "has acted" else "before"
    with stage.no_word_comes():
        with stage.killed_by_facebook(stage.worker, ATTENDING, edge, phase):
            chore.begins(desk)
        until(lambda: desk.customer.calls(edge) > asked)
    somebody_else_is_served(neighbour, desk)
    return desk


def somebody_else_is_served(neighbour: Neighbour, desk: Desk) -> None:
    """Before the time comes at which the next worker looks after the desk."""
    desk.notes_what_is_known()
    neighbour.is_served()
    neighbour.stage.time_passes()


def test_an_echo_settles_a_reply_that_was_given_up(stage: Stage) -> None:
    neighbour = at_work(stage, Sending.way)
    desk = Sending().made_ready(stage)
    with stage.no_word_comes():
        with stage.killed_by_facebook(stage.worker, ATTENDING, "messages", "after"):
            desk.writes("Hello")
        desk.writes("Are you there?")
        stage.time_passes()
        until(desk.all_is_sent)
        assert desk.ends() == {"Hello": UNKNOWN, "Are you there?": SENT}
        assert desk.said() == ["Hello", "Are you there?"]
    desk.all_went_well()
    neighbour.is_served()
    desk.is_closed_at_last()


def test_a_reply_that_never_went_out_is_sent_when_it_is_retried(stage: Stage) -> None:
    neighbour = at_work(stage, Sending.way)
    desk = killed_asking(neighbour, Sending(), "messages", "never acts")
    until(desk.all_is_sent)
    desk.all_went_well()
    desk.retries("Hello")
    until(desk.all_is_sent)
    desk.is_closed_at_last()
