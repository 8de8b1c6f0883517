"""The worker's sweep rings for what is due, and never for more than can be heard in a while."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.utils import timezone
from huey.contrib.djhuey import HUEY

from handover import doorbell, sweeping
from handover.models import Identity, Source, Thread

pytestmark = pytest.mark.django_db(transaction=True)


class OneRound(threading.Event):
    """Says to stop the second time that a thread asks."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_by: list[int] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.asked_by.append(threading.get_ident())
        return self.asked_by.count(threading.get_ident()) > 1


@pytest.fixture
def bells() -> Iterator[None]:
    """They wait to be heard, unlike in other tests."""
    HUEY.immediate = False
    yield
    HUEY.immediate = True


@pytest.fixture
def due() -> list[Thread]:
    """Threads that somebody has to attend to."""
    source = Source.objects.create(channel_type="pigeon", foreign_id="1", name="Loft")
    persons = [Identity.objects.create(source=source, foreign_id=str(number)) for number in range(5)]
    now = timezone.now()
    return [Thread.objects.create(source=source, identity=person, attend_at=now) for person in persons]


def sweep() -> None:
    sweeping.sweep(OneRound(), seconds=0, workers=2)


def test_it_rings_for_each_thread_that_is_due(bells: None, due: list[Thread]) -> None:
    sweep()
    assert sorted(bell.args for bell in HUEY.pending()) == [(thread.pk,) for thread in due]


def test_while_nobody_hears_them_it_adds_no_further_bells(
    bells: None, due: list[Thread], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "MOST_BELLS", 3)
    sweep()
    sweep()
    assert doorbell.waiting() == 3


def test_a_thread_that_fails_does_not_keep_the_rest_of_the_round_waiting(
    due: list[Thread], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(doorbell, "is_rung_for", lambda thread_id: False)
    # Of a thread with something to do its channel is wanted, and there is none of this type.
    Thread.objects.filter(pk=due[0].pk).update(control_due_at=timezone.now())
    done: list[str] = []
    monkeypatch.setattr(sweeping.upkeep, "run_due", lambda: done.append("upkeep"))
    sweep()
    assert "sweep.failed" in caplog.text
    assert done == ["upkeep"]
