"""A handover is moved only from where it was seen, or from where the caller knows that it may be."""

from __future__ import annotations

import pytest
from django.utils import timezone

from handover import settling
from handover.models import Handover, HandoverState, Identity, Source, Thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def handover() -> Handover:
    source = Source.objects.create(channel_type="messenger", foreign_id="111", agent_app_id="800")
    maya = Identity.objects.create(source=source, foreign_id="24001")
    return Handover.objects.create(
        source=source,
        thread=Thread.objects.create(source=source, identity=maya),
        from_party="agent",
        to_party="bot",
        lease_until=timezone.now(),
        requested_at=timezone.now(),
    )


def test_one_that_somebody_else_has_moved_stays_there_and_is_seen_there(handover: Handover) -> None:
    Handover.objects.update(state=HandoverState.FAILED)
    assert not settling.settle(handover, HandoverState.COMPLETED, "Control has come.")
    assert handover.state == HandoverState.FAILED


def test_the_platforms_own_answer_overrules_a_reading_that_gave_the_handover_up(handover: Handover) -> None:
    Handover.objects.update(state=HandoverState.FAILED, settled_at=timezone.now())
    moved = settling.settle(
        handover, HandoverState.COMPLETED, "The platform moved control.", also_from=HandoverState.FAILED
    )
    row = Handover.objects.get()
    assert moved
    assert (row.state, row.outcome, row.lease_until) == ("completed", "The platform moved control.", None)
    assert row.settled_at == handover.settled_at
