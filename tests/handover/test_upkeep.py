"""The worker's round: what is due is done once, by one of the workers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.utils import timezone

from handover import channel, upkeep
from handover.channel import Deadline, OwnerReading
from handover.decision import Verb
from handover.models import Identity, Source, Thread
from tests.fake_channel import PigeonPost

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class TwoWorkers(PigeonPost):
    """While one worker waits for its first answer, another one goes its round."""

    has_begun: bool = False

    def read_owner(self, source: Source, foreign_id: str, deadline: Deadline) -> OwnerReading:
        if not self.has_begun:
            self.has_begun = True
            upkeep.run_due()
        return super().read_owner(source, foreign_id, deadline)


@pytest.fixture
def pigeons() -> Iterator[TwoWorkers]:
    port = TwoWorkers()
    channel.register(port)
    yield port
    channel.unregister(port.type)


def test_of_two_workers_only_one_does_what_is_due(pigeons: TwoWorkers) -> None:
    source = Source.objects.create(channel_type="pigeon", foreign_id="loft", agent_app_id="keeper")
    for name in ("coop 1", "coop 2"):
        identity = Identity.objects.create(source=source, foreign_id=name)
        Thread.objects.create(source=source, identity=identity, owner_check_at=timezone.now())
    upkeep.run_due()
    assert sorted(pigeons.calls) == [(Verb.READ_OWNER, "coop 1", ""), (Verb.READ_OWNER, "coop 2", "")]
